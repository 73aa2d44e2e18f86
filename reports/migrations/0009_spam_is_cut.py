"""A robot that says the same in many rooms is out for ten minutes at first, by the ladder."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports.house_rules import policies


def publish(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    policies.publish(apps.get_model("reports", "Policy"))


class Migration(migrations.Migration):
    dependencies = [("reports", "0008_own_banks")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
