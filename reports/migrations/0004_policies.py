"""The rules of the house, first version."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports.house_rules import policies


def publish(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    policies.publish(apps.get_model("reports", "Policy"))


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_roles")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
