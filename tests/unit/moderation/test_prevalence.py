"""The draw for prevalence is uniform over time on screen, and asks nobody who isn't drawn."""

import random
from collections import Counter
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
import redis

from moderation.pipeline import Picture
from moderation.prevalence import HOUR_MS, SPANS_MAX_MS, Draw, chance
from moderation.samples import Purpose
from reports.keys import evidence_public_key, new_evidence_pair
from tests.moderation_cases import encode, packets, sample


def _draw(per_hour: float) -> Draw:
    class Untouched:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(f"Redis was asked for {name}")

    return Draw(
        client=cast(redis.Redis, Untouched()),
        public_key=evidence_public_key(new_evidence_pair().public),
        per_hour=per_hour,
        day_max=1,
    )


def _pictures(count: int) -> list[Picture]:
    blank = np.zeros((480, 640, 3), np.uint8)
    return [
        Picture(seq=seq, captured_ms=seq, thumbnail=lambda: blank, render=lambda: blank)
        for seq in range(count)
    ]


BLANK = packets(encode([np.zeros((480, 640, 3), np.uint8)] * 5))


@pytest.mark.parametrize(
    ("spans_ms", "per_hour", "expected"),
    [
        (0, 60, 0.0),
        (-5, 60, 0.0),
        (4000, 0, 0.0),
        (200, 9, 200 * 9 / HOUR_MS),
        (SPANS_MAX_MS * 9, 60, SPANS_MAX_MS * 60 / HOUR_MS),
    ],
)
def test_the_chance_grows_with_the_time_on_screen(
    spans_ms: int, per_hour: float, expected: float
) -> None:
    assert chance(spans_ms, per_hour) == pytest.approx(expected)


def test_an_hour_gives_as_many_frames_screened_and_sampled() -> None:
    hours, rng, draw = 8, random.Random(5), _draw(60)
    found: Counter[str] = Counter()
    window = replace(sample(BLANK, purpose=Purpose.WINDOW), spans_ms=200)
    for _ in range(hours * HOUR_MS // 200):
        found["screened"] += draw.draw(window, _pictures(5), rng) is not None
    at_ms = 0
    while at_ms < hours * HOUR_MS:
        gap_ms = rng.randint(2000, 6000)
        at_ms += gap_ms
        on_screen = replace(sample(BLANK), spans_ms=gap_ms)
        found["sampled"] += draw.draw(on_screen, _pictures(5), rng) is not None
    # 480 expected: five standard deviations either way.
    assert found["screened"] == pytest.approx(hours * 60, abs=5 * (hours * 60) ** 0.5)
    assert found["sampled"] == pytest.approx(hours * 60, abs=5 * (hours * 60) ** 0.5)


def test_every_picture_of_a_submission_is_as_likely_and_no_neighbour_is_drawn() -> None:
    rng, draw = random.Random(6), _draw(60)
    window = replace(sample(BLANK, purpose=Purpose.WINDOW, first_seq=1), spans_ms=SPANS_MAX_MS)
    drawn = Counter(
        picture.seq
        for _ in range(30_000)
        if (picture := draw.draw(window, _pictures(5), rng)) is not None
    )
    assert set(drawn) == {1, 2, 3, 4}
    assert min(drawn.values()) > 0.8 * max(drawn.values())
