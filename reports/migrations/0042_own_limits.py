"""Limits of exposure for one person, lower than everybody's."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reports import roles


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0041_roles_alone'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OwnLimits',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day_items', models.PositiveIntegerField()),
                ('day_severe', models.PositiveIntegerField()),
                ('day_s', models.PositiveIntegerField()),
                ('note', models.TextField(blank=True, max_length=500)),
                ('set_at', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'own limits',
                'permissions': (('set_ownlimits', 'Can lower the exposure limits of one account'),),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('set_by', models.F('account')), _negated=True), name='own_limits_are_set_by_another')],
            },
        ),
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
    ]
