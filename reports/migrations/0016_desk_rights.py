"""The macros that come with the program, and who may do what at the desk."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports.house_rules import macros
from reports import roles


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.give_rights(apps, schema_editor)
    macros.publish(apps.get_model("reports", "Macro"))


class Migration(migrations.Migration):
    dependencies = [("reports", "0015_desk_tables")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
