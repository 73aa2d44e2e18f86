"""What is published of each month, and who exports statements."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from reports import roles


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    reports = apps.get_app_config("reports")
    reports.models_module = True  # as in 0003
    create_permissions(reports, verbosity=0, apps=apps)
    reports.models_module = None
    roles.install(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))



class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0032_holds_are_no_marks'),
    ]

    operations = [
        migrations.CreateModel(
            name='TransparencyMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(unique=True)),
                ('figures', models.JSONField()),
                ('published_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('-month',),
                'default_permissions': ('view',),
            },
        ),
        migrations.AlterModelOptions(
            name='statement',
            options={'default_permissions': ('view',), 'ordering': ('-issued_at',), 'permissions': (('export_statement', "Can export statements for the EU's database"),)},
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
