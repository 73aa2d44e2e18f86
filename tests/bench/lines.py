"""How well and how fast lines are judged: `python -m tests.bench.lines`.

A JSON line per line rule and corpus, `lines_<corpus>_<rule>`: recall in per cent; `false` counts
the innocent lines of that corpus that were taken for it. Corpora: `tuned`, and `held_out`, which
the rules were never tuned on. The baseline is what the newest line shows by itself, without those
before it.

Then what a line costs on one core, in CPU time: `line_p50_us` and `line_p99_us` over ordinary talk
in four languages (tests/corpus/talk.toml), each line with the nine before it; `tricky_p50_us` and
`tricky_p99_us` over innocent lines that were written to look like others; `bait_max_us` over lines
of 500 characters made to be slow. Baseline: the ten lines cleaned and folded, and nothing judged.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Sequence

from moderation.lines import judge
from moderation.lines.reading import LINES_JOINED, clean, read
from tests.bench.figures import percentile, publish
from tests.lines_baits import BAITS, bait
from tests.lines_corpus import HELD_OUT, LANGUAGES, TUNED, Example, examples, talk

ROUNDS = 30
BAIT_ROUNDS = 5

Said = tuple[str, tuple[str, ...]]
"""A line, and the speaker's before it."""


def _recall(corpus: str, files: Sequence[str]) -> None:
    every = list(examples(*files))
    innocent = [one for one in every if not one.rule]
    wrongly = [one.found for one in innocent]
    for rule in sorted({one.rule for one in every if one.rule}):
        breaking = [one for one in every if one.rule == rule]
        alone = [Example(rule=rule, language="", lines=one.lines[-1:]) for one in breaking]
        publish(
            f"lines_{corpus}_{rule}",
            _share(breaking),
            "%",
            baseline="the newest line by itself",
            baseline_value=_share(alone),
            lines=len(breaking),
            false=sum(rule in found for found in wrongly),
            innocent=len(innocent),
            missed=[" / ".join(one.lines) for one in breaking if rule not in one.found],
        )


def _share(breaking: Sequence[Example]) -> float:
    return 100 * sum(one.rule in one.found for one in breaking) / len(breaking)


def _said(lines: Sequence[str]) -> list[Said]:
    return [
        (line, tuple(lines[max(0, number - LINES_JOINED + 1) : number]))
        for number, line in enumerate(lines)
    ]


def _tricky() -> list[Said]:
    innocent = [one for one in examples(*TUNED) if not one.rule]
    return list(
        itertools.chain.from_iterable(
            _said([one.lines[0] for one in innocent if one.language == language])
            for language in LANGUAGES
        )
    )


def _times_us(work: Callable[[Said], object], said: Sequence[Said], rounds: int) -> list[float]:
    took = []
    for _, one in itertools.product(range(rounds), said):
        began_ns = time.thread_time_ns()
        work(one)
        took.append((time.thread_time_ns() - began_ns) / 1000)
    return took


def _judge(said: Said) -> object:
    line, earlier = said
    return judge.shipped().judge(clean(line), earlier)


def _read(said: Said) -> object:
    line, earlier = said
    return read(clean(line), earlier)


def _speed() -> None:
    ordinary = list(itertools.chain.from_iterable(map(_said, talk())))
    for name, said in (("line", ordinary), ("tricky", _tricky())):
        for work in (_judge, _read):
            _times_us(work, said, 1)
        judged, only_read = (_times_us(work, said, ROUNDS) for work in (_judge, _read))
        for percent in (50, 99):
            publish(
                f"{name}_p{percent}_us",
                percentile(judged, percent),
                "us",
                baseline="the ten lines cleaned and folded, likewise",
                baseline_value=percentile(only_read, percent),
                lines=len(said),
                samples=len(judged),
            )


def _baits() -> None:
    slowest = {}
    for name in BAITS:
        longest = bait(name)
        times = _times_us(_judge, [(longest, (longest,) * 9)], BAIT_ROUNDS)
        slowest[name] = statistics.median(times)
    worst = max(slowest, key=lambda name: slowest[name])
    publish(
        "bait_max_us",
        slowest[worst],
        "us",
        baseline="the median of all baits",
        baseline_value=statistics.median(slowest.values()),
        bait=worst,
        baits=len(BAITS),
    )


def main() -> int:
    """Run the bench and print its figures."""
    _recall("tuned", TUNED)
    _recall("held_out", HELD_OUT)
    _speed()
    _baits()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
