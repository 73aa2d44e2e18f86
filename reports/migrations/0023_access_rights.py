"""Who may see requests for sealed evidence: the child-safety team."""

from django.db import migrations

from reports import roles


class Migration(migrations.Migration):
    dependencies = [("reports", "0022_access_requests")]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
