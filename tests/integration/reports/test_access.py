"""Sealed evidence opens to nobody alone: another person agrees, and it ends by itself (I11)."""

import json
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pytest_django.fixtures import Settings

from reports.evidence_room import access, viewing
from reports.incoming import findings
from reports.models import AccessRequest, AccessState, AuditEntry, Evidence, EvidenceView, Report
from reports.reviewing import claims
from reports.roles import NotAllowedError, Role
from reports.sanctions.enforcement import TwoPeopleNeededError
from tests.races import at_once
from tests.report_cases import NOW, finding, frame, staff

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(minutes=1)
LATER = NOW + timedelta(days=2)


@pytest.fixture
def sealed(db: None) -> Report:
    """A child-safety report with two stills."""
    recorded = findings.record(finding(is_child_safety=True, evidence=(frame(1), frame(2))))
    return Report.objects.get(pk=recorded.report)


def claim(report: Report, user: User, now: datetime = NOW) -> None:
    report.refresh_from_db()
    claims.claim(report.pk, version=report.version, acting_user=user, now=now)


def asked(report: Report, user: User, *items: Evidence, now: datetime = NOW) -> AccessRequest:
    chosen = [item.pk for item in items or report.evidence.all()]
    return access.ask(report.pk, chosen, reason="age unclear", acting_user=user, now=now)


def look(report: Report, user: User, now: datetime = SOON) -> None:
    item = report.evidence.order_by("sha256").first()
    assert item is not None
    viewing.open_original(item.pk, acting_user=user, now=now)


def test_no_original_opens_without_a_request(sealed: Report, guardian: User) -> None:
    claim(sealed, guardian)
    with pytest.raises(viewing.NotApprovedError):
        look(sealed, guardian)
    assert not EvidenceView.objects.exists()


def test_no_original_opens_before_the_answer(sealed: Report, guardian: User) -> None:
    claim(sealed, guardian)
    asked(sealed, guardian)
    with pytest.raises(viewing.NotApprovedError):
        look(sealed, guardian)


def test_nobody_agrees_to_their_own(sealed: Report, guardian: User) -> None:
    request = asked(sealed, guardian)
    with pytest.raises(TwoPeopleNeededError):
        access.approve(request.pk, acting_user=guardian, now=SOON)
    with pytest.raises(TwoPeopleNeededError):
        access.refuse(request.pk, acting_user=guardian, now=SOON)
    request.refresh_from_db()
    assert request.state == AccessState.ASKED


@pytest.mark.parametrize("state", ["approved", "refused"])
def test_nor_does_the_database_let_them(sealed: Report, guardian: User, state: str) -> None:
    request = asked(sealed, guardian)
    with (
        pytest.raises(IntegrityError, match="access_is_answered_by_another"),
        transaction.atomic(),
    ):
        AccessRequest.objects.filter(pk=request.pk).update(
            state=state, answered_by=guardian, answered_at=SOON, expires_at=LATER
        )
    with (
        pytest.raises(IntegrityError, match="access_is_answered_by_somebody"),
        transaction.atomic(),
    ):
        AccessRequest.objects.filter(pk=request.pk).update(state=state, expires_at=LATER)


def test_an_approval_that_never_ends_is_refused_by_the_database(
    sealed: Report, guardian: User, other_guardian: User
) -> None:
    request = asked(sealed, guardian)
    with pytest.raises(IntegrityError, match="access_expires"), transaction.atomic():
        AccessRequest.objects.filter(pk=request.pk).update(
            state="approved", answered_by=other_guardian, answered_at=SOON, expires_at=None
        )


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.LEAD, Role.AUDITOR])
def test_who_lacks_the_right_neither_asks_nor_answers_nor_finds_it(
    sealed: Report, guardian: User, role: Role
) -> None:
    request, outsider = asked(sealed, guardian), staff("outsider", role)
    with pytest.raises(NotAllowedError):
        asked(sealed, outsider)
    for answer in (access.approve, access.refuse, access.revoke):
        with pytest.raises(NotAllowedError):
            answer(request.pk, acting_user=outsider, now=SOON)
    assert not AccessRequest.objects.visible_to(outsider).exists()


def test_with_anothers_approval_it_opens_and_says_on_what(
    sealed: Report, guardian: User, other_guardian: User
) -> None:
    claim(sealed, guardian)
    request = asked(sealed, guardian)
    access.approve(request.pk, acting_user=other_guardian, now=SOON)
    look(sealed, guardian)
    assert EvidenceView.objects.get().access == request
    payload = json.loads(AuditEntry.objects.latest("sequence").payload)
    assert payload["access"] == str(request.public_id)


def test_the_approval_opens_it_to_who_asked_and_to_nobody_else(
    sealed: Report, guardian: User, other_guardian: User
) -> None:
    access.approve(asked(sealed, guardian).pk, acting_user=other_guardian, now=NOW)
    claim(sealed, other_guardian)
    with pytest.raises(viewing.NotApprovedError):
        look(sealed, other_guardian)


def test_an_approval_is_no_claim(sealed: Report, guardian: User, other_guardian: User) -> None:
    access.approve(asked(sealed, guardian).pk, acting_user=other_guardian, now=NOW)
    with pytest.raises(viewing.NoClaimError):
        look(sealed, guardian)


def test_items_that_were_not_asked_for_stay_sealed(
    sealed: Report, guardian: User, other_guardian: User
) -> None:
    first, second = sealed.evidence.order_by("sha256")
    access.approve(asked(sealed, guardian, second).pk, acting_user=other_guardian, now=NOW)
    claim(sealed, guardian)
    with pytest.raises(viewing.NotApprovedError):
        viewing.open_original(first.pk, acting_user=guardian, now=SOON)
    assert viewing.open_original(second.pk, acting_user=guardian, now=SOON).data


def test_it_ends_by_itself(
    sealed: Report, guardian: User, other_guardian: User, settings: Settings
) -> None:
    settings.SEALED_ACCESS_S = 300
    access.approve(asked(sealed, guardian).pk, acting_user=other_guardian, now=NOW)
    claim(sealed, guardian)
    look(sealed, guardian, NOW + timedelta(seconds=299))
    with pytest.raises(viewing.NotApprovedError):
        look(sealed, guardian, NOW + timedelta(seconds=300))


def test_what_was_refused_opens_nothing(
    sealed: Report, guardian: User, other_guardian: User
) -> None:
    access.refuse(asked(sealed, guardian).pk, acting_user=other_guardian, now=NOW)
    claim(sealed, guardian)
    with pytest.raises(viewing.NotApprovedError):
        look(sealed, guardian)


@pytest.mark.parametrize("by", ["guardian", "other_guardian"])
def test_what_is_revoked_opens_nothing_more(
    sealed: Report,
    guardian: User,
    other_guardian: User,
    by: str,
    request: pytest.FixtureRequest,
) -> None:
    claim(sealed, guardian)
    approved = access.approve(asked(sealed, guardian).pk, acting_user=other_guardian, now=NOW)
    look(sealed, guardian)
    access.revoke(approved.pk, acting_user=request.getfixturevalue(by), now=SOON)
    with pytest.raises(viewing.NotApprovedError):
        look(sealed, guardian)
    with pytest.raises(access.AnsweredError):
        access.revoke(approved.pk, acting_user=guardian, now=SOON)


def test_a_request_that_nobody_answered_in_time_is_made_again(
    sealed: Report, guardian: User, other_guardian: User
) -> None:
    old = asked(sealed, guardian)
    with pytest.raises(access.AnsweredError, match="lapsed"):
        access.approve(old.pk, acting_user=other_guardian, now=LATER)
    new = asked(sealed, guardian, now=LATER)
    old.refresh_from_db()
    assert old.state == AccessState.LAPSED
    assert access.approve(new.pk, acting_user=other_guardian, now=LATER).expires_at


def test_one_request_waits_at_a_time(sealed: Report, guardian: User) -> None:
    asked(sealed, guardian)
    with pytest.raises(access.AlreadyAskedError):
        asked(sealed, guardian)


def test_an_ordinary_report_is_not_asked_for(guardian: User) -> None:
    made = findings.record(finding())
    report = Report.objects.get(pk=made.report)
    with pytest.raises(access.NotSealedError):
        asked(report, guardian)
    claim(report, guardian)
    look(report, guardian)


def test_items_of_another_report_are_not_asked_for(sealed: Report, guardian: User) -> None:
    findings.record(finding(is_child_safety=True, evidence=(frame(9),)))
    other = Evidence.objects.exclude(report=sealed).get()
    with pytest.raises(access.NotSealedError):
        asked(sealed, guardian, other)
    with pytest.raises(access.NotSealedError):
        access.ask(sealed.pk, [], reason="all", acting_user=guardian, now=NOW)


def test_every_step_is_on_the_record(sealed: Report, guardian: User, other_guardian: User) -> None:
    first = asked(sealed, guardian)
    access.approve(first.pk, acting_user=other_guardian, now=NOW)
    access.revoke(first.pk, acting_user=other_guardian, now=SOON)
    access.refuse(asked(sealed, guardian, now=SOON).pk, acting_user=other_guardian, now=SOON)
    entries = AuditEntry.objects.filter(object_type="accessrequest").order_by("sequence")
    assert list(entries.values_list("verb", "actor")) == [
        ("access.asked", guardian.pk),
        ("access.approved", other_guardian.pk),
        ("access.revoked", other_guardian.pk),
        ("access.asked", guardian.pk),
        ("access.refused", other_guardian.pk),
    ]
    assert "age unclear" not in "".join(entries.values_list("payload", flat=True))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_counts_and_the_other_is_told() -> None:
    asker, *others = [staff(f"guardian-{n}", Role.CHILD_SAFETY) for n in range(4)]
    made = findings.record(finding(is_child_safety=True))
    request = asked(Report.objects.get(pk=made.report), asker)
    answers = (access.approve, access.refuse, access.approve)
    found = at_once(
        *(
            partial(answer, request.pk, acting_user=user, now=SOON)
            for answer, user in zip(answers, others, strict=True)
        ),
        losing=access.AnsweredError,
    )
    (won,) = [answer for answer in found if isinstance(answer, AccessRequest)]
    request.refresh_from_db()
    assert (request.state, request.answered_by) == (won.state, won.answered_by)
    losers = [error for error in found if isinstance(error, access.AnsweredError)]
    assert request.answered_by is not None
    assert [str(error) for error in losers] == [f"{request.answered_by.username} was faster"] * 2


@pytest.mark.django_db(transaction=True)
def test_of_opening_and_revoking_at_once_nothing_opens_after_the_end() -> None:
    asker, other = (staff(f"guardian-{n}", Role.CHILD_SAFETY) for n in range(2))
    made = findings.record(finding(is_child_safety=True))
    report = Report.objects.get(pk=made.report)
    claim(report, asker)
    request = access.approve(asked(report, asker).pk, acting_user=other, now=NOW)
    at_once(
        partial(look, report, asker),
        partial(access.revoke, request.pk, acting_user=other, now=SOON),
        losing=viewing.NotApprovedError,
    )
    verbs = list(
        AuditEntry.objects.filter(verb__in=("evidence.opened", "access.revoked"))
        .order_by("sequence")
        .values_list("verb", flat=True)
    )
    assert verbs in (["evidence.opened", "access.revoked"], ["access.revoked"])
    with pytest.raises(viewing.NotApprovedError):
        look(report, asker)
