"""What the next report within a filter is found by, and a queue's numbers."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0033_transparency'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='report',
            name='report_waiting',
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('state', 'closed'), _negated=True), fields=['rule', '-rank', '-id'], name='report_by_rule'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('state', 'closed'), _negated=True), fields=['opened_by', '-rank', '-id'], name='report_by_source'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('state__in', ('claimed', 'escalated'))), fields=['state', '-rank', '-id'], name='report_by_state'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('state', 'closed'), _negated=True), fields=['queue'], include=('due_at', 'opened_at', 'id'), name='report_waiting'),
        ),
    ]
