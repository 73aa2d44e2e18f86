"""The banks that files of hashes are imported into, and who may see the imports."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports import roles

IMPORTED = (
    (
        "imported",
        "Imported",
        "standard",
        "Hashes that others handed over. A match is a picture that they found to break the rules.",
    ),
    (
        "imported-child-safety",
        "Imported, child safety",
        "child_safety",
        "Hashes that others handed over for child safety; known to the child-safety team alone.",
    ),
)


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    roles.give_rights(apps, schema_editor)
    for code, name, queue, about in IMPORTED:
        apps.get_model("reports", "Bank").objects.get_or_create(
            code=code,
            defaults={"name": name, "kind": "imported", "queue": queue, "about": about},
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0011_imports_of_hashes")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
