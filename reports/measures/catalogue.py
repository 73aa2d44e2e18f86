"""Which measures there are, by the page that they stand on."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from reports.measures import (
    agreement,
    backlog,
    outcomes,
    precision,
    prevalence,
    times,
    volume,
    work,
)
from reports.measures.scope import Scope
from reports.measures.tables import Table

Measure = Callable[[Scope], Table]


class Page(StrEnum):
    """A page of measures, by the word in its address."""

    VOLUME = "volume"
    TIMES = "times"
    DECISIONS = "decisions"
    MACHINE = "machine"
    WORK = "work"


TITLES = {
    Page.VOLUME: _("Volume and backlog"),
    Page.TIMES: _("Times"),
    Page.DECISIONS: _("Decisions"),
    Page.MACHINE: _("Machine and reporters"),
    Page.WORK: _("Work"),
}

_MEASURES: Mapping[Page, tuple[Measure, ...]] = {
    Page.VOLUME: (
        volume.by_day,
        volume.by_rule,
        backlog.by_day,
        backlog.by_age,
        backlog.by_queue,
    ),
    Page.TIMES: (times.to_act, times.in_time),
    Page.DECISIONS: (
        outcomes.overturned_by_policy,
        outcomes.overturned_by_maker,
        agreement.by_policy,
        outcomes.automation,
        outcomes.repeated,
    ),
    Page.MACHINE: (
        precision.by_label,
        prevalence.overlooked,
        prevalence.at_thresholds,
        precision.of_reporters,
    ),
    Page.WORK: (work.shown, work.skipped),
}

_OF_PEOPLE: Mapping[Page, tuple[Measure, ...]] = {
    Page.DECISIONS: (outcomes.overturned_by_person,),
    Page.WORK: (work.shown_by_person,),
}


def measures(page: Page, scope: Scope) -> tuple[Measure, ...]:
    """What stands on `page`; measures that name people only where the scope allows it."""
    of_people = _OF_PEOPLE.get(page, ()) if scope.names_people else ()
    return (*_MEASURES[page], *of_people)
