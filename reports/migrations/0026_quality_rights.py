"""Who leads second decisions."""

from django.db import migrations

from reports import roles


class Migration(migrations.Migration):
    dependencies = [("reports", "0025_quality")]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
