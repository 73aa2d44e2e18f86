"""Policies that leads change: drafts, words of the house, finer policies below a rule's own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reports import roles


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0027_exposure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='policy',
            name='parent',
            field=models.SlugField(blank=True, default='', max_length=40),
        ),
        migrations.AddField(
            model_name='policy',
            name='words',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.CreateModel(
            name='PolicyEdit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40)),
                ('parent', models.SlugField(blank=True, max_length=40)),
                ('terms', models.JSONField(blank=True, default=dict)),
                ('at', models.DateTimeField()),
                ('reason', models.TextField(blank=True, max_length=2000)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('based_on', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.policy')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.policy')),
            ],
            options={
                'verbose_name': 'draft of a policy',
                'verbose_name_plural': 'drafts of policies',
                'ordering': ('-at',),
                'permissions': (('edit_policy', 'Can change policies within their bounds'),),
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('code',), name='policy_edit_one_open'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True), ('made__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='policy_edit_closed_by_somebody')],
            },
        ),
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
    ]
