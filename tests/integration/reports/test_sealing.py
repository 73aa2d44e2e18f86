import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from reports import roles
from reports.evidence_room import access, viewing
from reports.house_rules.policies import current
from reports.incoming import findings, intake
from reports.models import (
    AccessRequest,
    Appeal,
    Decision,
    Evidence,
    EvidenceView,
    MachineFinding,
    Policy,
    Queue,
    Report,
    Reporter,
    Sanction,
    Statement,
)
from reports.reviewing import appeals, claims, review
from reports.roles import NotAllowedError, Right, Role
from reports.rules import Rule
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from reports.snapshots import Score
from tests.report_cases import NOW, finding, frame, snapshot, staff, user_report

pytestmark = pytest.mark.django_db

SEALED_MODELS = (
    Report,
    Reporter,
    MachineFinding,
    Evidence,
    EvidenceView,
    Sanction,
    Statement,
    Appeal,
    Decision,
    AccessRequest,
)


@pytest.fixture
def sealed(guardian: User) -> Report:
    """A child-safety report with one of everything."""
    context = snapshot()
    recorded = findings.record(finding(is_child_safety=True, snapshot=context))
    intake.receive(user_report(rule=Rule.GROOMING, snapshot=context))
    row = Evidence.objects.get()
    viewing.open_mosaic(row.pk, acting_user=guardian, now=NOW)
    appeals.write(Statement.objects.get().code, "I am an adult", now=NOW)
    claims.claim_next(acting_user=guardian, now=NOW)
    access.ask(row.report_id, [row.pk], reason="unsure", acting_user=guardian, now=NOW)
    return Report.objects.get(pk=recorded.report)


def outsiders() -> list[object]:
    superuser = User.objects.create_superuser("root", password=None)
    inactive = staff("gone", Role.CHILD_SAFETY)
    inactive.is_active = False
    return [
        AnonymousUser(),
        staff("mod", Role.MODERATOR),
        staff("lead", Role.LEAD),
        staff("auditor", Role.AUDITOR),
        staff("nobody"),
        superuser,
        inactive,
    ]


def test_nobody_without_the_right_finds_a_trace_of_it(sealed: Report) -> None:
    for user in outsiders():
        for model in SEALED_MODELS:
            assert model.objects.exists()
            assert model.objects.visible_to(user).count() == 0, (user, model)


def test_the_child_safety_role_finds_all_of_it(sealed: Report, guardian: User) -> None:
    for model in SEALED_MODELS:
        assert model.objects.visible_to(guardian).count() == model.objects.count()


def test_nobody_without_the_right_can_act_on_it(sealed: Report, mod: User) -> None:
    assert claims.claim_next(acting_user=mod, now=NOW) is None
    assert claims.claim_next(acting_user=mod, within={"queue": Queue.CHILD_SAFETY}, now=NOW) is None
    version = sealed.version
    with pytest.raises(Report.DoesNotExist):
        claims.claim(sealed.pk, version=version, acting_user=mod, now=NOW)
    with pytest.raises(Report.DoesNotExist):
        review.dismiss(sealed.pk, version=version, reason="", acting_user=mod, now=NOW)
    with pytest.raises(Evidence.DoesNotExist):
        viewing.open_mosaic(Evidence.objects.get().pk, acting_user=mod, now=NOW)
    with pytest.raises(NotAllowedError):
        enforcement.lift(Sanction.objects.get(), reason="", acting_user=mod, now=NOW)
    with pytest.raises(Appeal.DoesNotExist):
        appeals.decide(
            Appeal.objects.get().pk, is_granted=True, reason="", acting_user=mod, now=NOW
        )


def test_age_doubt_is_sealed_as_well(mod: User, guardian: User) -> None:
    estimate = snapshot(scores=(Score(label="age", value=15.0),))
    findings.record(finding(rule=Rule.MINOR, snapshot=estimate, evidence=()))
    assert not Report.objects.visible_to(mod).exists()
    assert Report.objects.visible_to(guardian).exists()


def test_a_report_handed_to_child_safety_is_gone_for_the_moderator(
    mod: User, guardian: User
) -> None:
    findings.record(finding(evidence=(frame(),)))
    report = claims.claim_next(acting_user=mod, now=NOW)
    assert report is not None
    review.escalate(
        report.pk,
        version=report.version,
        reason="looks young",
        to_child_safety=True,
        acting_user=mod,
        now=NOW,
    )
    for model in (Report, MachineFinding, Evidence, Sanction, Statement, Decision):
        assert not model.objects.visible_to(mod).exists()
        assert model.objects.visible_to(guardian).exists()


def test_a_moderator_cannot_sanction_under_a_child_safety_policy(mod: User) -> None:
    policy: Policy = current(Rule.GROOMING, is_child_safety=True)
    report = intake.receive(user_report())
    version = Report.objects.get().version
    with pytest.raises(NotAllowedError):
        review.confirm(
            report.report,
            version=version,
            policy=policy,
            length=Length.DAYS_7,
            reason="",
            acting_user=mod,
            now=NOW,
        )
    assert not Sanction.objects.exists()


def test_a_superuser_has_no_right_that_no_role_gave(db: None) -> None:
    root = User.objects.create_superuser("root", password=None)
    assert not any(roles.has_right(root, right) for right in Right)
    root.groups.add(Group.objects.get(name=Role.MODERATOR.value))
    root = User.objects.get(pk=root.pk)  # as the next request loads it
    assert roles.has_right(root, Right.REVIEW)
    assert not roles.has_right(root, Right.CHILD_SAFETY)


def test_every_role_has_what_the_table_says(db: None) -> None:
    for role, codenames in roles.PERMISSIONS.items():
        group = Group.objects.get(name=role.value)
        given = set(group.permissions.values_list("codename", flat=True))
        assert given == {str(codename) for codename in codenames}
