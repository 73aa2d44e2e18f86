"""The macros beside a report's decision: what each would fill in, and the key that does it.

All that the account may use are on the page; those that don't fit the chosen policy are hidden.
Without a script a macro is a link to the same page with the form filled in.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reports import snapshot_json
from reports.forms import LENGTHS
from reports.house_rules import macros
from reports.models import Macro, MacroAct, Policy, Report, Sanction, SanctionKind
from reports.models.sealing import shown_queues
from reports.roles import Right, has_right
from reports.sanctions import in_force, warnings
from reports.sanctions.ladder import Length, suggested_length

KEYS = "123456789"
_ACTS = list(MacroAct)


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroChoice:
    """A macro for this report. `fill` is JSON for the page's script; `key` is empty where it is
    hidden or there are more than nine."""

    pk: int
    act: str
    act_label: str
    title: str
    detail: str
    reason: str
    length: str
    key: str
    is_hidden: bool
    fill: str


def suggested(report: Report, standing: Sanction | None, policy: Policy, now: datetime) -> str:
    """The length that the ladder suggests, "" where a person has to choose one."""
    if standing is not None:
        return Length.AS_IS.value if may_keep(standing) else ""
    subject = snapshot_json.decode(report.snapshot).subject
    strikes = in_force.strikes(subject, now, queues=shown_queues(report))
    return suggested_length(strikes.confirmed, first=warnings.first_step(policy)).value


def may_keep(standing: Sanction) -> bool:
    """Whether a standing sanction can stay as it is: a hold ends in a decision."""
    return standing.kind in (SanctionKind.WARNING, SanctionKind.SUSPENSION)


def choices(policy: Policy, user: User, *, length: str, may_warn: bool) -> list[MacroChoice]:
    """Every macro the account may use, by act; those that fit `policy` come first, with keys.

    `length` is what the ladder suggests where the macro says nothing else, or says a warning and
    that is too little.
    """
    known = _known_policies(user)
    keys = iter(KEYS)
    may_confirm = has_right(user, Right.DECIDE)
    usable = [
        macro
        for macro in macros.current()
        if (not macro.policies or known & set(macro.policies))
        and (may_confirm or macro.act != MacroAct.CONFIRM)
    ]
    # What was made for this policy comes before what fits any.
    usable.sort(key=lambda macro: (not macros.fits(macro, policy.code), not macro.policies))
    usable.sort(key=lambda macro: _ACTS.index(MacroAct(macro.act)))
    return [
        _choice(
            macro,
            known,
            length=_length(macro, length, may_warn=may_warn and warnings.may_warn(policy)),
            key=next(keys, "") if macros.fits(macro, policy.code) else "",
        )
        for macro in usable
    ]


def _known_policies(user: User) -> set[str]:
    policies = Policy.objects.filter(is_current=True).values_list("code", "is_child_safety")
    may_see_sealed = has_right(user, Right.CHILD_SAFETY)
    return {code for code, is_sealed in policies if may_see_sealed or not is_sealed}


def find(choices: list[MacroChoice], pk: str) -> MacroChoice | None:
    """The choice with this number, or None."""
    return next((choice for choice in choices if str(choice.pk) == pk), None)


def _length(macro: Macro, suggested: str, *, may_warn: bool) -> str:
    if macro.act != MacroAct.CONFIRM:
        return ""
    if macro.length == Length.WARNING and not may_warn:
        return suggested
    return macro.length or suggested


def _choice(macro: Macro, known: Collection[str], *, length: str, key: str) -> MacroChoice:
    reason = macros.text(macro, get_language() or macros.FALLBACK)
    return MacroChoice(
        pk=macro.pk,
        act=macro.act,
        act_label=macro.get_act_display(),
        title=macro.title,
        detail=str(LENGTHS[Length(length)]) if length else _detail(macro),
        reason=reason,
        length=length,
        key=key,
        is_hidden=not key,
        fill=json.dumps(
            {
                "act": macro.act,
                # What is sealed is not even named to who may not know of it.
                "policies": [code for code in macro.policies if code in known],
                "length": length,
                "reason": reason,
            }
        ),
    )


def _detail(macro: Macro) -> str:
    return _("choose the length") if macro.act == MacroAct.CONFIRM else ""
