"""The mark that legal holds came from; a migration of its own, since its rows were just read."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0031_legal_holds")]

    operations = [migrations.RemoveField(model_name="report", name="is_on_legal_hold")]
