"""Roles for triage and for who manages the accounts."""

from django.db import migrations, models

from reports import roles


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0028_policy_edits"),
    ]

    operations = [
        migrations.CreateModel(
            name='Staff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'permissions': (('manage_accounts', 'Can manage staff accounts and roles'),),
                'managed': False,
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='report',
            options={'default_permissions': ('view',), 'ordering': ('-rank',), 'permissions': (('review_report', 'Can claim reports, hand them on, and propose to dismiss them'), ('decide_report', 'Can decide reports'), ('handle_child_safety', 'Can see and decide child-safety and age-doubt reports'), ('take_escalated', 'Can claim escalated reports'))},
        ),
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
    ]
