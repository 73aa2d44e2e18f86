"""The four roles as groups.

Django makes permissions only after all migrations, so they are made here first.
"""

from django.db import migrations

from reports import roles


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_audit_is_append_only"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
