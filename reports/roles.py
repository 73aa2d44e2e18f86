"""Who may do what: the roles as groups, and the rights they carry.

A right comes from a role and from nothing else: `is_superuser` opens no queue and no evidence,
since who runs the server needs no right to view, and neither does who manages the accounts.

`NotAllowedError` — the account lacks the right; a retry does not help.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Permission, User
from django.db.models import Q

APP_LABEL = "reports"
_READ = "_parley_rights"
"""Where a loaded account keeps what was read about it, as Django does with its own permissions."""


class NotAllowedError(Exception):
    """The acting account lacks a right, or may not touch this object."""


class Role(StrEnum):
    """The groups' names."""

    TRIAGE = "triage"
    MODERATOR = "moderator"
    CHILD_SAFETY = "child-safety"
    LEAD = "lead"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Right(StrEnum):
    """Codenames of the permissions that services ask for."""

    REVIEW = "review_report"
    DECIDE = "decide_report"
    CHILD_SAFETY = "handle_child_safety"
    TAKE_ESCALATED = "take_escalated"
    SANCTION = "impose_sanction"
    SANCTION_FOR_EVER = "sanction_for_ever"
    DECIDE_APPEAL = "decide_appeal"
    OPEN_EVIDENCE = "open_evidence"
    PROPOSE_ENTRY = "propose_bankentry"
    APPROVE_ENTRY = "approve_bankentry"
    EDIT_MACROS = "edit_macro"
    SHARE_FILTERS = "share_filter"
    MANAGE_REPORTERS = "manage_reporters"
    DECIDE_WAVES = "decide_wave"
    EDIT_POLICIES = "edit_policy"
    PLACE_HOLD = "place_legalhold"
    READ_AUDIT = "view_auditentry"
    LEAD_QUALITY = "lead_quality"
    SEE_MEASURES = "see_measures"
    EXPORT_STATEMENTS = "export_statement"
    SEE_PEOPLE = "see_people_measures"
    SET_LIMITS = "set_ownlimits"
    MANAGE_ACCOUNTS = "manage_accounts"


_TRIAGE = frozenset(
    {
        Right.REVIEW,
        "view_report",
        "view_reporter",
        "view_machinefinding",
        "view_decision",
        "view_evidence",
        "view_sanction",
        "view_statement",
        "view_appeal",
        "view_notice",
        "view_policy",
        "view_staffnote",
        "view_macro",
        "view_savedfilter",
    }
)
_FIRST_LINE = _TRIAGE | frozenset(
    {
        Right.DECIDE,
        Right.SANCTION,
        Right.DECIDE_APPEAL,
        Right.OPEN_EVIDENCE,
        Right.PROPOSE_ENTRY,
        Right.SEE_MEASURES,
        "view_bank",
        "view_bankentry",
        "view_bankhit",
        "view_bankimport",
    }
)
_SENIOR = frozenset(
    {
        Right.TAKE_ESCALATED,
        Right.SANCTION_FOR_EVER,
        Right.APPROVE_ENTRY,
        Right.MANAGE_REPORTERS,
        Right.DECIDE_WAVES,
        "view_wave",
        Right.LEAD_QUALITY,
        Right.PLACE_HOLD,
        "view_legalhold",
        "view_reportermeasure",
    }
)
PERMISSIONS: Mapping[Role, frozenset[str]] = {
    Role.TRIAGE: _TRIAGE,
    Role.MODERATOR: _FIRST_LINE,
    Role.CHILD_SAFETY: _FIRST_LINE | _SENIOR | {Right.CHILD_SAFETY, "view_accessrequest"},
    Role.LEAD: _FIRST_LINE
    | _SENIOR
    | {
        Right.EDIT_MACROS,
        Right.SHARE_FILTERS,
        Right.SEE_PEOPLE,
        Right.SET_LIMITS,
        "view_ownlimits",
        Right.EXPORT_STATEMENTS,
        Right.EDIT_POLICIES,
        "view_policyedit",
    },
    Role.AUDITOR: frozenset(
        {Right.READ_AUDIT, Right.SEE_MEASURES, Right.EXPORT_STATEMENTS, "view_policy"}
    ),
    Role.ADMIN: frozenset({Right.MANAGE_ACCOUNTS}),
}


ALONE = frozenset({Role.AUDITOR, Role.ADMIN})
"""Roles that stand by themselves: an auditor sees no media and judges nothing that they audit, and
who gives roles has none that they could use."""

_BESIDE: Mapping[Right, frozenset[Right]] = {
    Right.READ_AUDIT: frozenset({Right.SEE_MEASURES, Right.SEE_PEOPLE, Right.EXPORT_STATEMENTS}),
    Right.MANAGE_ACCOUNTS: frozenset(),
}
"""The rights that make such a role, and what may stand beside each."""


def fit_together(roles: Collection[Role]) -> bool:
    """Whether one account may have all of `roles`."""
    return len(set(roles)) < 2 or not ALONE & set(roles)


def _fitting(codenames: frozenset[str]) -> frozenset[str]:
    """The codenames, or none of them where an account has rights that may not be one person's:
    groups can be changed past the services, and an operator may make others."""
    rights = {right for right in Right if right.value in codenames}
    for right, beside in _BESIDE.items():
        if right in rights and rights - beside - {right}:
            return frozenset()
    return codenames


def has_right(user: object, right: Right) -> bool:
    """Whether one of the account's groups (or the account itself) was given `right`.

    An account with rights that may not be one person's has none at all (see `fit_together`).
    Read once for each `User` that is loaded, so once in a request: a page asks dozens of times.
    """
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return False
    codenames: frozenset[str] | None = getattr(user, _READ, None)
    if codenames is None:
        own = Permission.objects.filter(content_type__app_label=APP_LABEL)
        given = own.filter(Q(group__user=user) | Q(user=user))
        codenames = _fitting(frozenset(given.values_list("codename", flat=True)))
        setattr(user, _READ, codenames)
    return right.value in codenames


def require(user: User, right: Right) -> None:
    """Raise `NotAllowedError` unless the account has `right`."""
    if not has_right(user, right):
        raise NotAllowedError(f"{user.get_username()} lacks the right {right.value}")


def give_rights(apps: Any, schema_editor: Any) -> None:
    """A step for migrations that bring rights: what `install` does, in the state of `apps`.

    Django makes permissions only after all migrations, so they are made here first.
    """
    reports = apps.get_app_config(APP_LABEL)
    reports.models_module = True  # a historical app has none, and without it nothing is made
    create_permissions(reports, verbosity=0, apps=apps)
    reports.models_module = None
    install(apps.get_model("auth", "Group"), apps.get_model("auth", "Permission"))


def install(group_model: Any, permission_model: Any) -> None:
    """Create the role groups that are missing and give them their permissions.

    Takes the models, so that a migration can pass historical ones; permissions of tables that a
    later migration makes are given by that one. A group that is there keeps what an operator
    added to it.
    """
    for role, codenames in PERMISSIONS.items():
        group, _ = group_model.objects.get_or_create(name=role.value)
        group.permissions.add(*_permissions(permission_model, codenames))


def _permissions(permission_model: Any, codenames: Iterable[str]) -> list[Any]:
    wanted = {str(codename) for codename in codenames}
    return list(
        permission_model.objects.filter(content_type__app_label=APP_LABEL, codename__in=wanted)
    )
