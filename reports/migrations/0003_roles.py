"""The four roles as groups.

Django makes permissions only after all migrations, so they are made here first.
"""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports import roles


def make_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    reports = apps.get_app_config("reports")
    reports.models_module = True  # a historical app has none, and without it nothing is made
    create_permissions(reports, verbosity=0, apps=apps)
    reports.models_module = None
    roles.install(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_audit_is_append_only"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
