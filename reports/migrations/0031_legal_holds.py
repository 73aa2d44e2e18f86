"""Legal holds with a reason, a person and an end, instead of a mark on the report."""

import django.db.models.deletion
from django.conf import settings
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

from reports import roles


def keep_marks(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A report that was marked stays held until somebody releases it."""
    hold, report = apps.get_model("reports", "LegalHold"), apps.get_model("reports", "Report")
    for pk in report.objects.filter(is_on_legal_hold=True).values_list("pk", flat=True):
        hold.objects.create(
            report_id=pk,
            basis="inquiry",
            reason="Marked before holds had a reason.",
            placed_at=timezone.now(),
        )


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0030_served_originals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('basis', models.CharField(choices=[('cybertip', 'CyberTipline submission'), ('authority', 'Order of an authority or a court'), ('inquiry', 'Dispute or inquiry of our own')], max_length=10)),
                ('reason', models.TextField(max_length=2000)),
                ('placed_at', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('release_reason', models.TextField(blank=True, max_length=2000)),
                ('placed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('released_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='legal_holds', to='reports.report')),
            ],
            options={
                'ordering': ('-placed_at', '-pk'),
                'permissions': (('place_legalhold', 'Can place and release legal holds'),),
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('basis', 'cybertip'), _negated=True), ('until__isnull', False), _connector='OR'), name='legal_hold_cybertip_has_an_end'), models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', True), ('released_by__isnull', True)), models.Q(('released_at__isnull', False), ('released_by__isnull', False), models.Q(('release_reason', ''), _negated=True)), _connector='OR'), name='legal_hold_released_by_somebody')],
            },
        ),
        migrations.RunPython(roles.give_rights, migrations.RunPython.noop),
        migrations.RunPython(keep_marks, migrations.RunPython.noop),
    ]
