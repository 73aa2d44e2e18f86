"""The banks of our own confirmed findings, the policy of known pictures, and who may do what there."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports.house_rules import policies
from reports import roles

OWN = (
    (
        "confirmed",
        "Confirmed here",
        "standard",
        "Frames of confirmed reports. A match is a picture that people here found to break the rules.",
    ),
    (
        "confirmed-child-safety",
        "Confirmed here, child safety",
        "child_safety",
        "Frames of confirmed child-safety reports; known to the child-safety team alone.",
    ),
)


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.give_rights(apps, schema_editor)
    policies.publish(apps.get_model("reports", "Policy"))
    for code, name, queue, about in OWN:
        apps.get_model("reports", "Bank").objects.get_or_create(
            code=code,
            defaults={"name": name, "kind": "confirmed", "queue": queue, "about": about},
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0007_banks")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
