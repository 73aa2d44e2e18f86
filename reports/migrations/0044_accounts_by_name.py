"""Accounts and reporters have pages under their own names."""

import django.contrib.auth.models
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('reports', '0043_measures_read_an_index'),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
            ],
            options={
                'verbose_name': 'account',
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('auth.user',),
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.AlterModelOptions(
            name='reportermeasure',
            options={'default_permissions': ('view',), 'ordering': ('-at',), 'permissions': (('manage_reporters', 'Can warn and mute reporters, and set reports aside'),), 'verbose_name': 'reporter', 'verbose_name_plural': 'reporters'},
        ),
    ]
