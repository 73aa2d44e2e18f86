"""Many reports decided at once, and which reports are about the same lines."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reports import roles


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0020_pages_of_a_long_queue"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Wave',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.UUIDField(unique=True)),
                ('outcome', models.CharField(choices=[('confirmed', 'Confirmed'), ('dismissed', 'Dismissed')], max_length=10)),
                ('length', models.CharField(blank=True, max_length=12)),
                ('reason', models.TextField(max_length=2000)),
                ('at', models.DateTimeField()),
                ('passed_over', models.JSONField(blank=True, default=list)),
            ],
            options={
                'ordering': ('-at',),
                'permissions': (('decide_wave', 'Can decide many reports at once, and undo that'),),
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='WaveItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('version', models.PositiveIntegerField()),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('pk',),
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='report',
            name='line_keys',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, size=None),
        ),
        migrations.AlterField(
            model_name='decision',
            name='kind',
            field=models.CharField(choices=[('claimed', 'Claimed'), ('skipped', 'Skipped'), ('escalated', 'Escalated'), ('confirmed', 'Confirmed'), ('dismissal_proposed', 'Dismissal proposed'), ('dismissed', 'Dismissed'), ('sanctioned', 'Sanctioned'), ('seconded', 'Seconded for ever'), ('lifted', 'Lifted'), ('appeal_granted', 'Appeal granted'), ('appeal_refused', 'Appeal refused'), ('undone', 'Undone')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='report',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('state', 'closed'), _negated=True), fields=['line_keys'], name='report_line_keys'),
        ),
        migrations.AddField(
            model_name='wave',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='wave',
            name='policy',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.policy'),
        ),
        migrations.AddField(
            model_name='waveitem',
            name='report',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wave_items', to='reports.report'),
        ),
        migrations.AddField(
            model_name='waveitem',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='waveitem',
            name='wave',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='reports.wave'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'confirmed'), ('policy__isnull', False)), models.Q(('outcome', 'dismissed'), ('policy__isnull', True)), _connector='OR'), name='wave_policy_fits_outcome'),
        ),
        migrations.AddConstraint(
            model_name='waveitem',
            constraint=models.UniqueConstraint(fields=('wave', 'report'), name='wave_item_once'),
        ),
        migrations.AddConstraint(
            model_name='waveitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undone_at__isnull', True), ('undone_by__isnull', True)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='wave_item_undone_by_somebody'),
        ),
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
    ]
