"""A grave report under a lighter policy takes two people, and the first one's word is kept."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0036_public_ids'),
    ]

    operations = [
        migrations.AlterField(
            model_name='decision',
            name='kind',
            field=models.CharField(choices=[('claimed', 'Claimed'), ('skipped', 'Skipped'), ('escalated', 'Escalated'), ('confirmed', 'Confirmed'), ('dismissal_proposed', 'Dismissal proposed'), ('lighter_proposed', 'Lighter policy proposed'), ('dismissed', 'Dismissed'), ('other_side', 'The other side as well'), ('reporter_measured', 'Something done about a reporter'), ('sanctioned', 'Sanctioned'), ('seconded', 'Seconded for ever'), ('lifted', 'Lifted'), ('reopened', 'Reopened'), ('appeal_granted', 'Appeal granted'), ('appeal_refused', 'Appeal refused'), ('undone', 'Undone')], max_length=20),
        ),
    ]
