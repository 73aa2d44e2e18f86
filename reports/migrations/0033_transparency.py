"""What is published of each month, and who exports statements."""

from django.db import migrations, models

from reports import roles


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
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
    ]
