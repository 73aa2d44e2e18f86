"""Roles for triage and for who manages the accounts."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports import roles


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    reports = apps.get_app_config("reports")
    reports.models_module = True  # as in 0003
    create_permissions(reports, verbosity=0, apps=apps)
    reports.models_module = None
    roles.install(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))



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
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
