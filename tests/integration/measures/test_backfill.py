"""Findings of before the label was kept get theirs from their snapshot."""

from importlib import import_module

from django.db import connection

from reports.models import MachineFinding
from reports.snapshot_json import encode
from reports.snapshots import Score
from tests.integration.measures.history import History
from tests.report_cases import snapshot

MIGRATION = import_module("reports.migrations.0018_measures")


def test_the_highest_probability_names_an_earlier_finding(week: History) -> None:
    several = (
        Score(label="BUTTOCKS_EXPOSED", value=0.4),
        Score(label="ANUS_EXPOSED", value=0.6),
        Score(label="age", value=19.0),
    )
    row = MachineFinding.objects.get(report=week.unsure)
    MachineFinding.objects.filter(pk=row.pk).update(snapshot=encode(snapshot(scores=several)))
    MachineFinding.objects.update(label="")

    with connection.cursor() as cursor:
        cursor.execute(MIGRATION.LABEL_EARLIER)

    labels = dict(MachineFinding.objects.values_list("report", "label"))
    assert labels[week.unsure.pk] == "ANUS_EXPOSED"
    assert labels[week.breast.pk] == "FEMALE_BREAST_EXPOSED"
    assert labels[week.under_age.pk] == ""
