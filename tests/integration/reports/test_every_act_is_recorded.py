"""Acts that no other story looks up in the trail: each leaves its entry, and takes it back with
itself. The table of all of them is in docs/audit.md."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client, override_settings

from reports import accounts, retention
from reports.house_rules import macros, policy_edits
from reports.house_rules.policies import current
from reports.incoming import findings, intake, notices
from reports.incoming.notices import Letter
from reports.known_pictures import bank_imports
from reports.known_pictures.bank_imports import Provenance
from reports.models import (
    AuditEntry,
    Macro,
    PolicyEdit,
    QualityItem,
    Report,
    Sanction,
    Statement,
)
from reports.reviewing import (
    appeals,
    claims,
    quality,
    quality_drawing,
    review,
    saved_filters,
    wave_work,
    waves,
)
from reports.reviewing.waves import Pick, Verdict
from reports.roles import Role
from reports.rules import Rule
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import SOON, claimed, confirm, dismiss
from tests.report_cases import NOW, finding, snapshot, staff, user_report

pytestmark = pytest.mark.django_db


class Office:
    """Who acts; each made when first asked for."""

    @property
    def mod(self) -> User:
        return _account("mod", Role.MODERATOR)

    @property
    def other_mod(self) -> User:
        return _account("other-mod", Role.MODERATOR)

    @property
    def lead(self) -> User:
        return _account("lead", Role.LEAD)

    @property
    def other_lead(self) -> User:
        return _account("other-lead", Role.LEAD)

    @property
    def guardian(self) -> User:
        return _account("guardian", Role.CHILD_SAFETY)

    @property
    def chief(self) -> User:
        chief = User.objects.filter(username="chief").first()
        return chief or User.objects.create_superuser("chief", "", None)


def _account(name: str, role: Role) -> User:
    return User.objects.filter(username=name).first() or staff(name, role)


Act = Callable[[Office], object]


def found() -> Report:
    return Report.objects.get(pk=findings.record(finding()).report)


def reported() -> Report:
    return Report.objects.get(pk=intake.receive(user_report(snapshot=snapshot())).report)


def receive(office: Office) -> None:
    reported()


def skip(office: Office) -> None:
    found()
    claims.skip(claimed(office.mod).pk, reason="hard", acting_user=office.mod, now=SOON)


def escalate(office: Office) -> None:
    report = found()
    review.escalate(
        report.pk, version=report.version, reason="hard", acting_user=office.mod, now=SOON
    )


def dismiss_one(office: Office) -> None:
    dismiss(reported(), office.mod)


def propose_dismissal(office: Office) -> None:
    made = findings.record(finding(is_child_safety=True))
    dismiss(Report.objects.get(pk=made.report), office.guardian)


def propose_lighter(office: Office) -> None:
    made = findings.record(finding(is_child_safety=True))
    confirm(Report.objects.get(pk=made.report), office.guardian, Length.HOURS_24)


def second(office: Office) -> None:
    confirm(found(), office.lead, Length.FOR_EVER)
    enforcement.second(
        Sanction.objects.get(), reason="agreed", acting_user=office.other_lead, now=SOON
    )


def write_appeal(office: Office) -> None:
    confirm(found(), office.mod, Length.AS_IS)
    appeals.write(Statement.objects.get().code, "It was a statue", now=SOON)


def grant_appeal(office: Office) -> None:
    confirm(found(), office.mod, Length.AS_IS)
    appeal = appeals.write(Statement.objects.get().code, "It was a statue", now=SOON)
    appeals.decide(appeal.pk, is_granted=True, reason="", acting_user=office.other_mod, now=SOON)


def report_notice(office: Office) -> None:
    letter = Letter(
        rule=Rule.HARASSMENT,
        explanation="rude",
        locator="x",
        conversation=None,
        name="Eve Example",
        email="eve@example.org",
    )
    notice = notices.receive(letter, [snapshot()], now=NOW)
    notices.open_report(notice.pk, side=0, acting_user=office.mod, now=NOW)


def wave(office: Office) -> tuple[int, Report]:
    context = replace(snapshot(), scores=())
    made = findings.record(finding(rule=Rule.SPAM, snapshot=context, evidence=()))
    report = Report.objects.get(pk=made.report)
    policy = current(Rule.SPAM, is_child_safety=False)
    verdict = Verdict(reason="a wave", policy=policy, length=Length.HOURS_24)
    picks = [Pick(report=report.pk, version=report.version)]
    made_wave = waves.begin(uuid4(), picks, verdict, acting_user=office.lead, now=SOON)
    wave_work.carry_out(made_wave.pk, clock=lambda: SOON)
    return made_wave.pk, report


def decide_wave(office: Office) -> None:
    wave(office)


def undo_wave(office: Office) -> None:
    number, _report = wave(office)
    waves.ask_undo(number, reason="a mistake", acting_user=office.lead, now=SOON)
    wave_work.carry_out(number, clock=lambda: SOON)


def quality_item(office: Office) -> QualityItem:
    dismiss(reported(), office.mod)
    quality_drawing.draw_now(
        "seed", days=7, size=5, acting_user=office.lead, now=SOON + timedelta(seconds=1)
    )
    item = quality.take_next(acting_user=office.other_mod, now=SOON + timedelta(minutes=1))
    assert item is not None
    return item


def give_back(office: Office) -> None:
    item = quality_item(office)
    quality.give_back(item.pk, acting_user=office.other_mod, now=SOON)


def withdraw(office: Office) -> None:
    item = quality_item(office)
    retention.sweep(SOON + timedelta(days=8))
    item.refresh_from_db()
    with pytest.raises(quality.WithdrawnError):
        quality.require_all_there(item, acting_user=office.other_mod, now=SOON)


def refuse_import(office: Office) -> None:
    imported = bank_imports.propose(
        BytesIO(b"hash,quality\n" + b"ab" * 32 + b","),
        Provenance(source="a list", licence="any", bank="imported", rule=Rule.NUDITY),
        acting_user=office.mod,
        now=SOON,
        on_bad=lambda line: pytest.fail(str(line)),
    )
    bank_imports.refuse(imported.pk, reason="no licence", acting_user=office.mod, now=SOON)


def draft_policy(office: Office) -> PolicyEdit:
    policy = current(Rule.SPAM, is_child_safety=False)
    terms = replace(policy_edits.terms_of(policy), severity=0.5)
    return policy_edits.draft(policy, terms, acting_user=office.lead, now=NOW)


def discard_draft(office: Office) -> None:
    policy_edits.discard(draft_policy(office).pk, acting_user=office.lead, now=NOW)


def retire_policy(office: Office) -> None:
    above = current(Rule.SPAM, is_child_safety=False)
    terms = replace(policy_edits.terms_of(above), title="Selling", text="Nobody sells.")
    finer = policy_edits.draft_finer(above, "selling", terms, acting_user=office.lead, now=NOW)
    made = policy_edits.publish(finer.pk, reason="needed", acting_user=office.lead, now=NOW)
    going = policy_edits.draft_retirement(made, acting_user=office.lead, now=NOW)
    policy_edits.publish(going.pk, reason="needed", acting_user=office.lead, now=NOW)


def retire_macro(office: Office) -> None:
    macro = Macro.objects.filter(is_current=True)[0]
    macros.retire(macro.code, acting_user=office.lead, now=SOON)


def remove_filter(office: Office) -> None:
    kept = saved_filters.save(
        "mine", {"queue": "standard"}, is_shared=False, acting_user=office.mod, now=SOON
    )
    saved_filters.remove(kept.pk, acting_user=office.mod, now=SOON)


def activate(office: Office) -> None:
    accounts.set_active(office.mod, is_active=False, acting_user=office.chief)
    accounts.set_active(office.mod, is_active=True, acting_user=office.chief)


def forget_second_factor(office: Office) -> None:
    accounts.forget_second_factor(office.mod, acting_user=office.chief)


def give_password(office: Office) -> None:
    with override_settings(STAFF_SECOND_FACTOR="required"):
        client = Client()
        client.get("/admin/login/")
        client.force_login(office.mod)


def sign_out(office: Office) -> None:
    client = Client()
    client.force_login(office.mod)
    client.post("/admin/logout/")


ACTS: dict[str, tuple[str, Act]] = {
    "report.received": ("", receive),
    "report.skipped": ("mod", skip),
    "report.escalated": ("mod", escalate),
    "report.dismissed": ("mod", dismiss_one),
    "report.dismissal_proposed": ("guardian", propose_dismissal),
    "report.lighter_proposed": ("guardian", propose_lighter),
    "sanction.seconded": ("other-lead", second),
    "sanction.restored": ("lead", undo_wave),
    "appeal.written": ("", write_appeal),
    "appeal.granted": ("other-mod", grant_appeal),
    "notice.reported": ("mod", report_notice),
    "wave.decided": ("lead", decide_wave),
    "wave.undo_asked": ("lead", undo_wave),
    "quality.given_back": ("other-mod", give_back),
    "quality.withdrawn": ("other-mod", withdraw),
    "bank_import.refused": ("mod", refuse_import),
    "policy.drafted": ("lead", draft_policy),
    "policy.draft_discarded": ("lead", discard_draft),
    "policy.retired": ("lead", retire_policy),
    "macro.retired": ("lead", retire_macro),
    "filter.removed": ("mod", remove_filter),
    "account.activated": ("chief", activate),
    "account.second_factor_removed": ("chief", forget_second_factor),
    "staff.password_accepted": ("mod", give_password),
    "staff.signed_out": ("mod", sign_out),
}


COUNTED = {"user", "trail", "savedfilter", "transparencymonth"}
"""Kinds that the trail may name by a number: none of them is ever sealed."""


@pytest.mark.parametrize("verb", ACTS)
def test_it_is_recorded_with_who_did_it_and_undone_with_the_act(verb: str) -> None:
    actor, act = ACTS[verb]
    office = Office()
    point = transaction.savepoint()
    act(office)
    entries = AuditEntry.objects.filter(verb=verb)
    assert {entry.actor_name for entry in entries} == {actor}
    # A number would count what is sealed, and so does one within what is kept of the act (I11).
    assert not {entry.object_type for entry in entries if entry.object_id.isdigit()} - COUNTED
    transaction.savepoint_rollback(point)
    assert not AuditEntry.objects.filter(verb=verb).exists()
