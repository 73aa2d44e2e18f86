"""Clean key frames don't hide dirty deltas: whatever is on screen at the instant is judged (I2).

One sample in forty hits the clean key frame itself; then it takes until the next one.
"""

from tests.bench.figures import percentile
from tests.dirty_deltas import VERDICT_AFTER_MS, DirtyDeltas

SEEDS = 40
LATE_MS = VERDICT_AFTER_MS + 150


def test_dirt_that_no_size_gives_away_is_held_within_a_gap_and_always_cut() -> None:
    caught = [DirtyDeltas(seed, is_abrupt=False).run() for seed in range(SEEDS)]

    held_ms = [one.held_ms for one in caught]
    assert percentile(held_ms, 90) <= 6000 + LATE_MS
    assert max(held_ms) <= 2 * 6000 + LATE_MS
    # Instants nobody can foresee: early ones and late ones.
    assert min(held_ms) < 1500
    assert max(held_ms) > 4000
    assert max(one.cut_ms - one.held_ms for one in caught) <= 1500


def test_a_risky_sender_is_held_within_a_shorter_gap() -> None:
    caught = [DirtyDeltas(seed, is_abrupt=False, risk=1.0).run() for seed in range(SEEDS)]

    assert percentile([one.held_ms for one in caught], 90) <= 2500 + LATE_MS


def test_a_change_of_scene_is_judged_at_once() -> None:
    caught = [DirtyDeltas(seed, is_abrupt=True).run() for seed in range(SEEDS)]

    assert percentile([one.held_ms for one in caught], 90) <= LATE_MS
