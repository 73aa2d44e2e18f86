"""Ages before the real judge: who is out, who is sealed, and which faces count."""

import cv2
import numpy as np
import pytest

from moderation.samples import Purpose
from moderation.thresholds import AgeRules, Limits
from moderation.verdicts import Decision, Reason
from reports.rules import Rule
from tests.integration.moderation.judged_room import Room, dirty
from tests.moderation_cases import Picture, astronaut, film


async def test_somebody_thought_under_age_is_out_and_no_picture_is_kept(room: Room) -> None:
    room.under(
        AgeRules(suspend_years=60, doubt_years=70, minimum_faces=3),
        ANUS_EXPOSED=Limits(hold=0.35, cut=0.6),
    )
    verdicts = []
    for later_ms in (0, 500, 1000):
        verdicts.append(await room.ask(dirty(1), later_ms=later_ms))

    finding = room.found()
    assert [verdict.decision for verdict in verdicts] == [
        Decision.CLEAR,
        Decision.CLEAR,
        Decision.CUT,
    ]
    assert verdicts[-1].reasons == (Reason.UNDER_AGE,)
    assert finding.rule is Rule.MINOR
    assert finding.is_child_safety
    assert finding.evidence == ()
    assert "age" in {score.label for score in finding.snapshot.scores}
    assert await room.is_barred()


def older() -> Picture:
    """The astronaut with noise, which makes her 36 to 53 to the network instead of 24 to 31."""
    noise = np.random.default_rng(0).normal(0, 25, astronaut().shape)
    return np.clip(astronaut() + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("is_younger_beside", [False, True])
async def test_of_two_faces_the_younger_counts_and_one_look_is_not_enough(
    room: Room, is_younger_beside: bool
) -> None:
    room.under(AgeRules(suspend_years=35, doubt_years=35, minimum_faces=3))
    beside = astronaut() if is_younger_beside else older()
    both = np.concatenate([older()[:, 120:440], beside[:, 120:440]], axis=1)

    asked = [await room.ask(film([both]), later_ms=later_ms) for later_ms in (0, 500, 1000)]

    last = Decision.CUT if is_younger_beside else Decision.CLEAR
    assert [verdict.decision for verdict in asked] == [Decision.CLEAR, Decision.CLEAR, last]


@pytest.mark.parametrize("is_small", [False, True])
async def test_a_face_too_small_or_too_blurred_is_no_face(room: Room, is_small: bool) -> None:
    room.under(AgeRules(suspend_years=35, doubt_years=35, minimum_faces=1))
    shown = cv2.GaussianBlur(astronaut(), (0, 0), 4).astype(np.uint8)
    if is_small:
        shown = np.full_like(shown, 110)
        shown[100:340, 200:520] = cv2.resize(astronaut(), (320, 240), interpolation=cv2.INTER_AREA)

    verdict = await room.ask(film([shown]))

    assert (verdict.decision, verdict.has_face) == (Decision.CLEAR, True)
    assert not verdict.keep_screened


async def test_nudity_of_somebody_in_doubt_is_sealed_and_no_strike(room: Room) -> None:
    room.under(
        AgeRules(suspend_years=1, doubt_years=70, minimum_faces=1),
        FACE_FEMALE=Limits(hold=0.35, cut=0.5),
    )

    verdict = await room.ask(dirty(4), Purpose.WINDOW)
    finding = room.found()

    assert verdict.keep_screened
    assert finding.rule is Rule.NUDITY
    assert finding.is_child_safety
    assert finding.was_pressed
