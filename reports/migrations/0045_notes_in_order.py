"""Notes of a discussion stand in the order in which they were written."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0044_accounts_by_name'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='qualitynote',
            options={'default_permissions': ('view',), 'ordering': ('at', 'pk')},
        ),
    ]
