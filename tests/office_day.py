"""A day behind the staff's pages: something stands on every one of them, done by its own service.

Stories and pictures that walk through all pages begin with it. What is drawn and said is as in
`office_mornings`: people who don't exist, photographs that packages ship.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from uuid import uuid4

from django.contrib.auth.models import Group, User
from django.utils import timezone

from reports.evidence_room import access, legal_holds
from reports.house_rules import policy_edits
from reports.house_rules.policies import current
from reports.incoming import findings, intake, notices, reporters
from reports.incoming.notices import Letter
from reports.known_pictures import bank_imports, banks
from reports.known_pictures.bank_imports import Provenance
from reports.models import Outcome, Report, Sanction
from reports.models.legal_hold import HoldBasis
from reports.reviewing import (
    appeals,
    claims,
    notes,
    quality,
    quality_drawing,
    review,
    saved_filters,
    wave_work,
    waves,
)
from reports.roles import Role
from reports.rules import Rule
from reports.sanctions.ladder import Length
from reports.snapshots import Finding
from tests.office_mornings import (
    ADVERTS,
    INSULTS,
    SMALL_TALK,
    Said,
    fill,
    photograph,
    talk,
)
from tests.report_cases import finding, person, user_report

SEED = "a day at the office"
APPEAL = "I only asked whether they like jazz. Somebody must have mixed us up."
LETTER = "A friend showed me this conversation. They were called names, line after line."
IMPORTED = Provenance(
    source="a list of a partner, November",
    licence="for moderation only",
    bank="imported",
    rule=Rule.NUDITY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Addresses that the stories open: of public pages by their code, and of staff pages."""

    statement: str
    receipt: str
    claimed: str
    sealed: str
    mosaic: str


def account(name: str, roles: Iterable[str], password: str, *, runs_server: bool = False) -> User:
    """The account with these roles; made when it isn't there, with that password."""
    user, is_new = User.objects.get_or_create(
        username=name, defaults={"is_staff": True, "is_superuser": runs_server}
    )
    if is_new:
        user.set_password(password)
        user.save()
    user.groups.set(Group.objects.filter(name__in=list(roles)))
    return user


def before_work(roles: Mapping[str, str], password: str) -> dict[str, str]:
    """Accounts `morning-NAME` by their roles, and sixteen reports; the accounts' names."""
    fill(2, subjects_from=5000)
    return {
        name: account(f"morning-{name}", [role], password).get_username()
        for name, role in roles.items()
    }


def meanwhile() -> dict[str, str]:
    """Two more reports with a photograph came in: their paths, by what is to become of them."""
    now = timezone.now()
    return {
        "to_seal": _address(_found(5500, now)),
        "to_confirm": _address(_found(5501, now)),
    }


def live(viewer: User) -> dict[str, str]:
    """The day, up to where `viewer` sits down with a report in hand; a `Day` as a dictionary."""
    now = timezone.now()
    cleo = account("cleo", [Role.CHILD_SAFETY], "")
    dan = account("dan", [Role.MODERATOR], "")
    lena = account("lena", [Role.LEAD], "")
    fill(1, is_sealed_too=True)
    statement = _appealed(dan, now)
    receipt = _settled(dan, lena, now)
    _wave(lena, now)
    _notice(now)
    bank_imports.propose(
        BytesIO(_hash_file()), IMPORTED, acting_user=dan, now=now, on_bad=lambda _line: None
    )
    saved_filters.save(
        "Late insults", {"rule": "harassment"}, is_shared=True, acting_user=lena, now=now
    )
    _drafted(lena, now)
    _judged_again(cleo, lena)
    sealed = _asked_for(cleo, now)
    claimed = _in_hand(viewer, now)
    evidence = claimed.evidence.get()
    return asdict(
        Day(
            statement=statement,
            receipt=f"/receipt/{receipt}/",
            claimed=_address(claimed),
            sealed=_address(sealed),
            mosaic=f"{_address(claimed)}evidence/{evidence.pk}/mosaic/",
        )
    )


def _appealed(dan: User, now: datetime) -> str:
    """A cut that dan confirmed; the person appeals, and the picture is to enter a bank."""
    report = _found(300, now - timedelta(hours=5))
    sanction = _confirm(report, dan, Length.DAYS_7, now - timedelta(hours=4))
    appeals.write(sanction.statement.code, APPEAL, now=now - timedelta(hours=2))
    banks.propose(
        _confirmed(_found(301, now - timedelta(hours=5)), dan, now).evidence.get().pk,
        reason="It comes again and again.",
        acting_user=dan,
        now=now,
    )
    return f"/statement/{sanction.statement.code}/"


def _settled(dan: User, lena: User, now: datetime) -> str:
    """Somebody reports without reason, again and again; returns a receipt of theirs."""
    code = ""
    for number in range(310, 313):
        report, code = _reported(number, Rule.HARASSMENT, SMALL_TALK, now - timedelta(hours=3))
        held = _claim(report, dan, now)
        review.dismiss(
            held.pk, version=held.version, reason="Small talk.", acting_user=dan, now=now
        )
    reporters.warn(
        person(7).device, reason="Three reports about small talk.", acting_user=lena, now=now
    )
    return code


def _wave(lena: User, now: datetime) -> None:
    picks = []
    for number in range(320, 324):
        report, _code = _reported(number, Rule.SPAM, ADVERTS, now - timedelta(minutes=50))
        picks.append(waves.Pick(report=report.pk, version=report.version))
    policy = current(Rule.SPAM, is_child_safety=False)
    verdict = waves.Verdict(reason="The same advert.", policy=policy, length=Length.HOURS_24)
    wave = waves.begin(uuid4(), picks, verdict, acting_user=lena, now=now)
    wave_work.carry_out(wave.pk, clock=lambda: now)


def _notice(now: datetime) -> None:
    at = now - timedelta(minutes=30)
    letter = Letter(
        rule=Rule.HARASSMENT,
        explanation=LETTER,
        locator="the conversation of Saturday night",
        conversation=None,
        name="Eve Example",
        email="eve@example.org",
    )
    notices.receive(letter, [talk(330, INSULTS, at)], now=at)


def _drafted(lena: User, now: datetime) -> None:
    """A policy that is to say more than it does."""
    policy = current(Rule.HARASSMENT, is_child_safety=False)
    terms = policy_edits.terms_of(policy)
    text = f"{terms.text} This holds for jokes as well."
    policy_edits.draft(policy, replace(terms, text=text), acting_user=lena, now=now)


def _judged_again(cleo: User, lena: User) -> None:
    """A sample, of which cleo has judged as much as it takes to disagree once."""
    now = timezone.now()
    quality_drawing.draw_now(SEED, days=1, size=8, acting_user=lena, now=now)
    is_disputed = False
    while not is_disputed:
        item = quality.take_next(acting_user=cleo, now=now)
        assert item is not None
        answered = quality.answer(
            item.pk, policy=None, reason="I see nothing in it.", acting_user=cleo, now=now
        )
        is_disputed = answered.is_disputed


def _asked_for(cleo: User, now: datetime) -> Report:
    """A sealed report with a picture that cleo asks to see."""
    at = now - timedelta(minutes=20)
    found = replace(_finding(340, at), is_child_safety=True)
    report = Report.objects.get(pk=findings.record(found).report)
    held = _claim(report, cleo, now)
    access.ask(
        held.pk,
        [held.evidence.get().pk],
        reason="The age can't be told from the mosaic.",
        acting_user=cleo,
        now=now,
    )
    return held


def _in_hand(viewer: User, now: datetime) -> Report:
    """The report that the viewer works on, of somebody with a history."""
    earlier, _code = _reported(350, Rule.HARASSMENT, INSULTS, now - timedelta(hours=6))
    lena = User.objects.get(username="lena")
    _confirm(earlier, lena, Length.MINUTES_10, now - timedelta(hours=5), Rule.HARASSMENT)
    report = _claim(_found(350, now - timedelta(minutes=15)), viewer, now)
    legal_holds.place(
        report.pk,
        basis=HoldBasis.INQUIRY,
        until=now + timedelta(days=90),
        reason="The person says that a film of it goes round.",
        acting_user=lena,
        now=now,
    )
    notes.write(report.pk, "The second one today.", acting_user=lena, now=now)
    return report


def _finding(number: int, at: datetime) -> Finding:
    context = talk(number, SMALL_TALK, at, scores=(("FEMALE_BREAST_EXPOSED", 0.87),))
    return finding(found_at=at, snapshot=context, evidence=(photograph(number, at),))


def _found(number: int, at: datetime) -> Report:
    return Report.objects.get(pk=findings.record(_finding(number, at)).report)


def _reported(number: int, rule: Rule, said: tuple[Said, ...], at: datetime) -> tuple[Report, str]:
    context = replace(talk(number, said, at), partner=person(7))
    made = intake.receive(user_report(rule=rule, note="", snapshot=context, reported_at=at))
    return Report.objects.get(pk=made.report), made.receipt


def _claim(report: Report, user: User, now: datetime) -> Report:
    report.refresh_from_db()
    return claims.claim(report.pk, version=report.version, acting_user=user, now=now)


def _confirm(
    report: Report, user: User, length: Length, now: datetime, rule: Rule = Rule.NUDITY
) -> Sanction:
    held = _claim(report, user, now)
    review.confirm(
        held.pk,
        version=held.version,
        policy=current(rule, is_child_safety=False),
        length=length,
        reason="Seen, and plainly against the rules.",
        acting_user=user,
        now=now,
    )
    return Sanction.objects.get(report=report, lifted_at=None)


def _confirmed(report: Report, user: User, now: datetime) -> Report:
    _confirm(report, user, Length.HOURS_24, now)
    report.refresh_from_db()
    assert report.outcome == Outcome.CONFIRMED
    return report


def _hash_file() -> bytes:
    hashes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(8)]
    return "\n".join(["hash,quality", *(f"{each}," for each in hashes)]).encode()


def _address(report: Report) -> str:
    return f"/admin/reports/report/{report.pk}/"
