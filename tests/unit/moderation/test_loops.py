"""A clip that comes round is noticed, and nobody who is there themselves (I17)."""

from collections.abc import Iterable

import pytest

from moderation.loops import Seen, comes_round, find_moves
from reports.hashing import crops, pdq
from reports.hashing.sightings import Crop
from tests.moderation_cases import Picture
from tests.talking_heads import FPS, filmed, moves

STEP_MS = 1000 // FPS
LATER_MS = 60_000


def track(pictures: Iterable[Picture], start_ms: int = 0) -> list[Seen]:
    return [
        Seen(start_ms + number * STEP_MS, pdq.compute(crops.crops(picture)[Crop.WHOLE]).bits)
        for number, picture in enumerate(pictures)
    ]


def noticed_after_ms(before: list[Seen], later: list[Seen]) -> int | None:
    """How long the later one was shown until it was noticed."""
    for number in range(1, len(later) + 1):
        if comes_round(before + later[:number]):
            return later[number - 1].captured_ms - later[0].captured_ms
    return None


@pytest.mark.parametrize("lively", [1.0, 0.4, 0.15])
@pytest.mark.parametrize("seed", range(3))
def test_the_same_person_in_their_next_conversation_is_no_loop(seed: int, lively: float) -> None:
    first = track(filmed(moves(10, seed, lively=lively), seed))
    second = track(filmed(moves(10, seed + 50, lively=lively), seed + 50), LATER_MS)
    assert noticed_after_ms(first, second) is None


def test_somebody_who_sits_still_for_a_minute_is_no_loop() -> None:
    still = moves(1, 3, lively=0).repeat(60, axis=0)
    seen = track(filmed(still, 3))
    assert len(find_moves(seen)) == 1
    assert noticed_after_ms([], seen) is None


@pytest.mark.parametrize("lively", [1.0, 0.4])
@pytest.mark.parametrize("seed", range(3))
def test_a_clip_of_ten_seconds_is_noticed_in_its_second_conversation(
    seed: int, lively: float
) -> None:
    clip = moves(10, seed, lively=lively)
    first = track(filmed(clip, seed))
    second = track(filmed(clip, seed + 50), LATER_MS)
    after_ms = noticed_after_ms(first, second)
    assert after_ms is not None
    assert after_ms <= 9_900


def test_a_clip_that_starts_elsewhere_is_noticed_too() -> None:
    clip = moves(10, 5)
    first = track(filmed(clip, 5))
    second = track(filmed(clip[[*range(40, 100), *range(40)]], 6), LATER_MS)
    assert noticed_after_ms(first, second) is not None


def test_a_clip_that_comes_round_within_one_conversation_is_noticed() -> None:
    clip = moves(5, 7)
    assert noticed_after_ms([], track(filmed(clip[[*range(50)] * 3], 7))) is not None
