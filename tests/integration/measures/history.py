"""A week of a small house, short enough to count by hand; everything through the services.

| report | opened | raised by | first act | decided | due | then |
|---|---|---|---|---|---|---|
| breast | -72 h | machine, cut | +10 min | +20 min confirmed | +24 h | appeal refused |
| mistake | -71 h | machine, cut | +30 min | +60 min dismissed | +24 h | |
| rude | -48 h | a person | +5 min, skip +6 | +120 min confirmed | +24 h | appeal granted |
| late | -26 h | a person |  |  | +24 h, over | |
| unsure | -2 h | machine, no cut |  |  | +24 h | |
| under age | -24 h | machine, sealed |  |  | +1 h, over | |
| before | -20 d | machine, cut | +10 min | +10 min confirmed | +24 h | |
| again | -5 h | machine, cut | +60 min | +60 min confirmed | +24 h | same device as before |
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User

from reports.house_rules.policies import current
from reports.incoming import findings, intake
from reports.measures.scope import Scope, scope_of
from reports.measures.tables import Cell, Table
from reports.models import Appeal, Report, Sanction
from reports.reviewing import appeals, claims, review
from reports.rules import Rule
from reports.sanctions.ladder import Length
from reports.snapshots import Score
from tests.report_cases import NOW, finding, line_finding, person, snapshot, user_report

BREAST = Score(label="FEMALE_BREAST_EXPOSED", value=0.82)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The reports of the week, by name."""

    breast: Report
    mistake: Report
    rude: Report
    late: Report
    unsure: Report
    under_age: Report
    before: Report
    again: Report


def live_through(mod: User, other_mod: User, lead: User) -> History:
    """The week of the table above, which ends at NOW."""
    before = _found(17, NOW - 20 * 24 * HOUR)
    _confirm(before, mod, before.opened_at + 10 * MINUTE)
    breast = _found(11, NOW - 72 * HOUR)
    _claim(breast, mod, breast.opened_at + 10 * MINUTE)
    _confirm(breast, mod, breast.opened_at + 20 * MINUTE)
    _appeal(breast, lead, is_granted=False, at=breast.opened_at + HOUR)
    mistake = _found(12, NOW - 71 * HOUR, score=0.61)
    _claim(mistake, mod, mistake.opened_at + 30 * MINUTE)
    review.dismiss(
        mistake.pk,
        version=_fresh(mistake).version,
        reason="a knee",
        acting_user=mod,
        now=mistake.opened_at + 60 * MINUTE,
    )
    rude = _reported(13, NOW - 48 * HOUR)
    _claim(rude, mod, rude.opened_at + 5 * MINUTE)
    claims.skip(rude.pk, reason="", acting_user=mod, now=rude.opened_at + 6 * MINUTE)
    _claim(rude, other_mod, rude.opened_at + 60 * MINUTE)
    _confirm(
        rude, other_mod, rude.opened_at + 120 * MINUTE, rule=Rule.HARASSMENT, length=Length.HOURS_24
    )
    _appeal(rude, lead, is_granted=True, at=rude.opened_at + 3 * HOUR)
    late = _reported(14, NOW - 26 * HOUR)
    under_age = _opened(
        findings.record(
            line_finding(
                found_at=NOW - 24 * HOUR,
                snapshot=snapshot(
                    subject=person(16), scores=(), model_version="lines", thresholds_version=""
                ),
            )
        ).report
    )
    again = _found(17, NOW - 5 * HOUR)
    _confirm(again, mod, again.opened_at + 60 * MINUTE)
    unsure = _found(15, NOW - 2 * HOUR, cut=False, score=0.44)
    return History(
        breast=_fresh(breast),
        mistake=_fresh(mistake),
        rude=_fresh(rude),
        late=late,
        unsure=unsure,
        under_age=under_age,
        before=_fresh(before),
        again=_fresh(again),
    )


def week_of(user: User) -> Scope:
    """What `user` may have counted of the week."""
    return scope_of(user, days=7, now=NOW)


def rows(table: Table, *names: str) -> list[tuple[Cell, ...]]:
    """The table's rows, of these columns alone."""
    places = [table.column(name)[0] for name in names]
    return [tuple(row[place] for place in places) for row in table.rows]


def _found(who: int, at: datetime, *, cut: bool = True, score: float = 0.82) -> Report:
    found = finding(
        cut=cut,
        found_at=at,
        evidence=(),
        snapshot=snapshot(subject=person(who), scores=(Score(label=BREAST.label, value=score),)),
    )
    return _opened(findings.record(found).report)


def _reported(who: int, at: datetime) -> Report:
    taken = user_report(snapshot=snapshot(subject=person(who)), reported_at=at)
    return _opened(intake.receive(taken).report)


def _opened(pk: UUID) -> Report:
    return Report.objects.get(pk=pk)


def _fresh(report: Report) -> Report:
    return Report.objects.get(pk=report.pk)


def _claim(report: Report, user: User, at: datetime) -> None:
    claims.claim(report.pk, version=_fresh(report).version, acting_user=user, now=at)


def _confirm(
    report: Report,
    user: User,
    at: datetime,
    *,
    rule: Rule = Rule.NUDITY,
    length: Length = Length.AS_IS,
) -> None:
    review.confirm(
        report.pk,
        version=_fresh(report).version,
        policy=current(rule, is_child_safety=False),
        length=length,
        reason="seen",
        acting_user=user,
        now=at,
    )


def _appeal(report: Report, user: User, *, is_granted: bool, at: datetime) -> Appeal:
    sanction = Sanction.objects.get(report=report)
    written = appeals.write(sanction.statement.code, "it was not so", now=at)
    return appeals.decide(
        written.pk, is_granted=is_granted, reason="looked again", acting_user=user, now=at + HOUR
    )
