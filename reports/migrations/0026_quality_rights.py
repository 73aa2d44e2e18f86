"""Who leads second decisions."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports import roles


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    reports = apps.get_app_config("reports")
    reports.models_module = True  # as in 0003
    create_permissions(reports, verbosity=0, apps=apps)
    reports.models_module = None
    roles.install(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


class Migration(migrations.Migration):
    dependencies = [("reports", "0025_quality")]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
