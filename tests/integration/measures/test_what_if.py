"""Another threshold, asked of the week: what it would have changed, and what nobody knows."""

from django.contrib.auth.models import User

from reports.incoming import findings
from reports.measures.what_if import labels, what_if
from reports.snapshots import Score
from tests.integration.measures.history import BREAST, HOUR, History, rows, week_of
from tests.report_cases import NOW, finding, person, snapshot

# Of the week: breast 0.82 cut, upheld; again 0.82 cut, upheld; mistake 0.61 cut, dismissed;
# unsure 0.44 asked, undecided.


def test_a_lower_threshold_cuts_what_only_asked(week: History, mod: User) -> None:
    answer = what_if(week_of(mod), label=BREAST.label, cut=0.4)

    assert (answer.more, answer.more_upheld, answer.more_undecided) == (1, 0, 1)
    assert (answer.fewer, answer.fewer_upheld) == (0, 0)
    assert answer.lowest == 0.44


def test_a_higher_threshold_spares_the_mistake(week: History, mod: User) -> None:
    answer = what_if(week_of(mod), label=BREAST.label, cut=0.7)

    assert (answer.more, answer.fewer, answer.fewer_upheld) == (0, 1, 0)
    assert rows(answer.changes, "change", "findings", "undecided", "n", "upheld") == [
        ("more", 0, 0, 0, 0),
        ("fewer", 1, 0, 1, 0),
        ("still", 2, 0, 2, 2),
        ("asked", 1, 1, 0, 0),
    ]


def test_the_same_threshold_changes_nothing(week: History, mod: User) -> None:
    answer = what_if(week_of(mod), label=BREAST.label, cut=0.61)

    assert (answer.more, answer.fewer) == (0, 0)


def test_each_threshold_counts_what_scores_as_much_or_more(week: History, mod: User) -> None:
    found = {
        row[0]: row[1:]
        for row in what_if(week_of(mod), label=BREAST.label, cut=0.6).by_threshold.rows
    }

    assert len(found) == 15
    assert found[0.25] == (2, 1, 1)
    assert found[0.45] == (2, 1, 0)
    assert found[0.65] == (2, 0, 0)
    assert found[0.85] == (0, 0, 0)


def test_of_a_label_that_nothing_has_nothing_is_known(week: History, mod: User) -> None:
    answer = what_if(week_of(mod), label="ANUS_EXPOSED", cut=0.5)

    assert answer.lowest is None
    assert (answer.more, answer.fewer) == (0, 0)


def test_what_is_sealed_is_neither_a_label_nor_counted_for_others(
    week: History, mod: User, guardian: User
) -> None:
    sealed = finding(
        is_child_safety=True,
        found_at=NOW - HOUR,
        evidence=(),
        snapshot=snapshot(subject=person(60), scores=(Score(label="ANUS_EXPOSED", value=0.9),)),
    )
    findings.record(sealed)
    assert labels(week_of(mod)) == [BREAST.label]
    assert what_if(week_of(mod), label="ANUS_EXPOSED", cut=0.5).lowest is None
    assert labels(week_of(guardian)) == [BREAST.label, "ANUS_EXPOSED"]
    assert what_if(week_of(guardian), label="ANUS_EXPOSED", cut=0.5).lowest == 0.9
