"""How far each report of a wave is, who wants it undone, and where subjects came from."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _say_how_far_each_is(apps: Any, schema_editor: Any) -> None:
    """Waves of before were decided when their page came: nothing of them waits."""
    reports = apps.get_model("reports", "Report").objects
    items = apps.get_model("reports", "WaveItem").objects
    for wave in apps.get_model("reports", "Wave").objects.all():
        decided = items.filter(wave=wave)
        last = decided.exclude(undone_at=None).order_by("undone_at").last()
        if last is not None:
            wave.undo_by, wave.undo_at = last.undone_by, last.undone_at
            wave.save(update_fields=["undo_by", "undo_at"])
        decided.filter(undone_at=None).update(state="decided", settled_at=wave.at)
        decided.exclude(undone_at=None).update(state="undone", settled_at=models.F("undone_at"))
        for one in wave.passed_over:
            found = reports.filter(pk=one["report"]).exclude(wave_items__wave=wave).first()
            if found is not None:
                items.create(
                    wave=wave,
                    report=found,
                    state="passed_over",
                    why=one["why"][:200],
                    version=found.version,
                    settled_at=wave.at,
                )


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0039_prevalence'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='report',
            name='subject_prefix',
            field=models.CharField(blank=True, default='', max_length=16),
        ),
        migrations.AddField(
            model_name='wave',
            name='undo_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='wave',
            name='undo_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='wave',
            name='undo_reason',
            field=models.TextField(blank=True, default='', max_length=2000),
        ),
        migrations.AddField(
            model_name='waveitem',
            name='settled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='waveitem',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting'), ('decided', 'Decided'), ('passed_over', 'Passed over'), ('undoing', 'Being undone'), ('undone', 'Undone'), ('kept', 'Stays decided')], default='waiting', max_length=12),
        ),
        migrations.AddField(
            model_name='waveitem',
            name='why',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.RunPython(_say_how_far_each_is, migrations.RunPython.noop),
        # What is written above is checked now, and not after the tables have changed.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name='waveitem',
            name='wave_item_undone_by_somebody',
        ),
        migrations.RemoveField(
            model_name='wave',
            name='passed_over',
        ),
        migrations.RemoveField(
            model_name='waveitem',
            name='undone_at',
        ),
        migrations.RemoveField(
            model_name='waveitem',
            name='undone_by',
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(models.Q(('state', 'closed'), _negated=True), models.Q(('subject_prefix', ''), _negated=True)), fields=['subject_prefix'], name='report_subject_prefix'),
        ),
        migrations.AddIndex(
            model_name='waveitem',
            index=models.Index(condition=models.Q(('state__in', ('waiting', 'undoing'))), fields=['wave'], name='wave_item_unsettled'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undo_at__isnull', True), ('undo_by__isnull', True)), models.Q(('undo_at__isnull', False), ('undo_by__isnull', False)), _connector='OR'), name='wave_undone_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='waveitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='wave_item_settled_at_some_time'),
        ),
    ]
