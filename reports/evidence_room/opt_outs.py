"""Categories that an account does not want to be offered; chosen by oneself, without a reason.

The trail keeps that they were changed, and not which: what hurts somebody is their own affair.
"""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet

from reports.models import MachineFinding, OptOut, Report, Reporter
from reports.roles import Right, has_right, require
from reports.rules import CHILD_SAFETY_RULES, Rule
from reports.trail import audit


def choices(user: User) -> list[Rule]:
    """The rules that the account could be offered at all."""
    sees_all = has_right(user, Right.CHILD_SAFETY)
    return [rule for rule in Rule if sees_all or rule not in CHILD_SAFETY_RULES]


def chosen(user: User) -> set[Rule]:
    """The rules that the account opted out of."""
    return {
        Rule(rule) for rule in OptOut.objects.filter(account=user).values_list("rule", flat=True)
    }


def choose(rules: Collection[Rule], *, acting_user: User, now: datetime) -> None:
    """Opt out of exactly these rules."""
    require(acting_user, Right.REVIEW)
    with audit.trail():
        User.objects.select_for_update(no_key=True).get(pk=acting_user.pk)
        before = chosen(acting_user)
        if before == set(rules):
            return
        OptOut.objects.filter(account=acting_user).exclude(rule__in=rules).delete()
        OptOut.objects.bulk_create(
            OptOut(account=acting_user, rule=rule.value, since=now) for rule in set(rules) - before
        )
        audit.record(
            "account.opt_outs_changed",
            target=acting_user,
            payload={},
            acting_user=acting_user,
            now=now,
        )


def leave_out(reports: QuerySet[Report], user: User) -> QuerySet[Report]:
    """The reports without those that have to do with a rule the account opted out of."""
    rules = [rule.value for rule in chosen(user)]
    if not rules:
        return reports
    named = Reporter.objects.filter(report=OuterRef("pk"), rule__in=rules)
    found = MachineFinding.objects.filter(report=OuterRef("pk"), rule__in=rules)
    return reports.exclude(rule__in=rules).exclude(Exists(named)).exclude(Exists(found))
