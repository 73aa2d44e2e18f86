"""Titles that answer "what is wrong?" as well; sexual acts stand in the text about nudity."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports.house_rules import policies


def publish(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    policies.publish(apps.get_model("reports", "Policy"))


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_policies")]

    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
