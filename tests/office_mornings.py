"""What waits for staff when they come to work: reports as they come in, of people who don't exist.

`fill` is run in a platform's own process (`manage.py shell`), so that stories, pictures and
measurements at the desk need no hour of chatting first. Pictures are photographs that packages
ship; nobody in them breaks a rule.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import cv2
from django.utils import timezone
from skimage import data

from reports.incoming import findings, intake
from reports.rules import Rule
from reports.snapshots import EvidenceItem, EvidenceKind, Score, Snapshot, SnapshotLine, Speaker
from tests.report_cases import finding, line_finding, person, snapshot, user_report

S, P = Speaker.SUBJECT, Speaker.PARTNER
Said = tuple[Speaker, str]

INSULTS: tuple[Said, ...] = (
    (P, "hi, where are you from?"),
    (S, "why would I tell a clown like you"),
    (P, "okay, no need to be rude"),
    (S, "you are pathetic, nobody wants to talk to you"),
    (S, "cry about it, loser"),
)
ADVERTS: tuple[Said, ...] = (
    (S, "hey! best coins, double your money today"),
    (S, "write to my friend, he pays at once"),
    (P, "no thanks"),
    (S, "best coins, double your money today"),
)
THREATS: tuple[Said, ...] = (
    (P, "I am going to leave now"),
    (S, "I know your school, I will find you and hurt you"),
    (P, "please stop"),
)
PRESSURE: tuple[Said, ...] = (
    (S, "show more"),
    (P, "no, I don't want to"),
    (S, "come on, take it off, everybody does"),
    (P, "I said no"),
    (S, "then what are you here for"),
)
SMALL_TALK: tuple[Said, ...] = (
    (P, "do you like jazz?"),
    (S, "a little. You?"),
    (P, "I only wanted football, bye"),
)
UNDER_AGE: tuple[Said, ...] = ((P, "how old are you?"), (S, "14, why"))
MORNING = ("insults", "nudity", "adverts", "threats", "pressure", "nothing", "adverts", "nudity")


def fill(copies: int = 1, *, subjects_from: int = 100, is_sealed_too: bool = False) -> int:
    """Bring in `copies` mornings of eight reports; returns how many reports that were."""
    count = 0
    for copy in range(copies):
        for place, kind in enumerate(MORNING):
            number = subjects_from + copy * len(MORNING) + place
            _bring_in(kind, number, waited=timedelta(minutes=7 + 41 * place + 3 * copy))
            count += 1
    if is_sealed_too:
        _bring_in("under_age", subjects_from + count, waited=timedelta(minutes=4))
        count += 1
    return count


def _bring_in(kind: str, number: int, *, waited: timedelta) -> None:
    at = timezone.now() - waited
    match kind:
        case "insults":
            _reported(number, Rule.HARASSMENT, INSULTS, at, "Insulted me for no reason")
            _reported(number, Rule.HARASSMENT, INSULTS, at + timedelta(minutes=2), "", by=9)
        case "adverts":
            _reported(number, Rule.SPAM, ADVERTS, at, "")
        case "threats":
            _reported(number, Rule.THREAT, THREATS, at, "They say they know my school. I'm scared")
        case "pressure":
            _reported(number, Rule.SEXUAL_PRESSURE, PRESSURE, at, "kept asking")
        case "nothing":
            _reported(number, Rule.HARASSMENT, SMALL_TALK, at, "boring")
        case "under_age":
            findings.record(line_finding(found_at=at, snapshot=talk(number, UNDER_AGE, at)))
        case _:
            context = talk(number, SMALL_TALK, at, scores=(("FEMALE_BREAST_EXPOSED", 0.87),))
            findings.record(
                finding(found_at=at, snapshot=context, evidence=(photograph(number, at),))
            )


def _reported(
    number: int, rule: Rule, said: tuple[Said, ...], at: datetime, note: str, *, by: int = 2
) -> None:
    context = replace(talk(number, said, at), partner=person(by))
    intake.receive(user_report(rule=rule, note=note, snapshot=context, reported_at=at))


def talk(
    number: int,
    said: tuple[Said, ...],
    at: datetime,
    scores: tuple[tuple[str, float], ...] = (),
) -> Snapshot:
    lines = tuple(
        SnapshotLine(
            at=at - timedelta(seconds=9 * (len(said) - place)),
            speaker=speaker,
            text=text,
            was_withheld=False,
        )
        for place, (speaker, text) in enumerate(said)
    )
    return snapshot(
        subject=person(number),
        mode="video" if scores else "text",
        started_at=at - timedelta(minutes=3),
        taken_at=at,
        lines=lines,
        scores=tuple(Score(label=label, value=value) for label, value in scores),
    )


def photograph(number: int, at: datetime) -> EvidenceItem:
    """A photograph of the sky and a rocket, or of coffee; a little different each time."""
    picture = cv2.resize(getattr(data, ("coffee", "rocket")[number % 2])(), (640, 480))
    cv2.putText(picture, str(number), (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (200, 200, 200))
    png = bytes(cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes())
    return EvidenceItem(
        kind=EvidenceKind.FRAME,
        media_type="image/png",
        data=png,
        captured_at=at,
        is_offending=True,
    )
