"""Who counts as an independent reporter, and what leads do about false ones."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reports import roles


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0016_desk_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='reporter',
            name='is_newcomer',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='reporter',
            name='prefix',
            field=models.CharField(blank=True, default='', max_length=16),
        ),
        migrations.CreateModel(
            name='ReporterMeasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('device', models.UUIDField(db_index=True)),
                ('kind', models.CharField(choices=[('warned', 'Warned'), ('muted', 'Muted'), ('invalidated', 'Reports set aside')], max_length=12)),
                ('reason', models.TextField(max_length=2000)),
                ('at', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lift_reason', models.TextField(blank=True, max_length=2000)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'measure about a reporter',
                'verbose_name_plural': 'measures about reporters',
                'ordering': ('-at',),
                'permissions': (('manage_reporters', 'Can warn and mute reporters, and set reports aside'),),
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='reporter',
            name='set_aside_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='set_aside', to='reports.reportermeasure'),
        ),
        migrations.AddConstraint(
            model_name='reportermeasure',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'muted'), ('until__gt', models.F('at')), ('until__isnull', False)), models.Q(models.Q(('kind', 'muted'), _negated=True), ('until__isnull', True)), _connector='OR'), name='reporter_measure_mute_ends'),
        ),
        migrations.AddConstraint(
            model_name='reportermeasure',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lift_reason', ''), _negated=True)), _connector='OR'), name='reporter_measure_lifted_by_somebody'),
        ),
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
    ]
