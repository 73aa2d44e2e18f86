"""How long a picture that turns bad is on screen, once nothing holds packets back any more.

`python -m tests.bench.detection [--seeds N]` rehearses a sender whose key frames stay clean while
every delta is dirty, from a random instant on, so many times for each figure, and prints the time
until the picture is held, p95, beside p50 and the longest:

- `detection_p95_ms_faded`: the dirt fades in, and no packet's size gives it away;
- `detection_p95_ms_abrupt`: it costs a large delta, as an encoder makes it;
- `detection_p95_ms_risky`: faded, by somebody of the highest risk.

The clock is simulated, the judge knows what is dirty and answers after 100 ms: rules and sampling
are what is measured, not networks. Baseline: the wait from a random instant to the next sampling
instant alone, p95, drawn in the same run.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Sequence

from chat.sampler import SAMPLE_AFTER_MIN_MS, longest_gap_ms
from tests.bench.figures import percentile, publish
from tests.dirty_deltas import DirtyDeltas

DRAWS = 20_000


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures."""
    parser = argparse.ArgumentParser(prog="tests.bench.detection")
    parser.add_argument("--seeds", type=int, default=500, help="rehearsals per figure")
    seeds = parser.parse_args(arguments).seeds
    _measure("faded", seeds, is_abrupt=False, risk=0.0)
    _measure("abrupt", seeds, is_abrupt=True, risk=0.0)
    _measure("risky", seeds, is_abrupt=False, risk=1.0)
    return 0


def _measure(name: str, seeds: int, *, is_abrupt: bool, risk: float) -> None:
    caught = [DirtyDeltas(seed, is_abrupt=is_abrupt, risk=risk).run() for seed in range(seeds)]
    held_ms = [one.held_ms for one in caught]
    publish(
        f"detection_p95_ms_{name}",
        percentile(held_ms, 95),
        "ms",
        baseline="the wait from a random instant to the next sampling instant alone, p95",
        baseline_value=percentile(_waits_ms(longest_gap_ms(risk)), 95),
        p50_ms=percentile(held_ms, 50),
        longest_ms=max(held_ms),
        cut_p95_ms=percentile([one.cut_ms for one in caught], 95),
        passed_mean=round(statistics.mean(one.passed for one in caught), 1),
        samples=seeds,
    )


def _waits_ms(gap_ms: int) -> list[float]:
    """The wait for the end of the gap in which a random instant lies; long gaps hold more."""
    rng = random.Random(1)
    gaps = [rng.randint(SAMPLE_AFTER_MIN_MS, gap_ms) for _ in range(DRAWS)]
    return [rng.uniform(0, gap) for gap in rng.choices(gaps, weights=gaps, k=DRAWS)]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
