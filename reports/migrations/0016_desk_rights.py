"""The macros that come with the program, and who may do what at the desk."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports.house_rules import macros
from reports import roles


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    reports = apps.get_app_config("reports")
    reports.models_module = True  # as in 0003
    create_permissions(reports, verbosity=0, apps=apps)
    reports.models_module = None
    roles.install(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))
    macros.publish(apps.get_model("reports", "Macro"))


class Migration(migrations.Migration):
    dependencies = [("reports", "0015_desk_tables")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
