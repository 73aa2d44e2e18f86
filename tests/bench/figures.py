"""What every bench prints: figures, one line of JSON each, beside a baseline of the same run."""

import json
import time
from collections.abc import Callable, Sequence


def publish(
    name: str, value: float, unit: str, *, baseline: str, baseline_value: float, **more: object
) -> None:
    """Print a figure. `baseline` says in words what `baseline_value` is, in the same unit; `ratio`
    is how many times the baseline the value is, null when the baseline is 0."""
    line = {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": baseline,
        "baseline_value": round(baseline_value, 2),
        "ratio": round(value / baseline_value, 3) if baseline_value else None,
        **more,
    }
    print(json.dumps(line), flush=True)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many per cent (1-100) of the values do not exceed."""
    return sorted(values)[-(-len(values) * percent // 100) - 1]


def time_in_turns(steps: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """The ms that each step took, round by round: in turns, so that all had the same machine. Each
    is called once beforehand, uncounted."""
    took_ms: list[list[float]] = [[] for _ in steps]
    for step in steps:
        step()
    for _ in range(rounds):
        for step, values in zip(steps, took_ms, strict=True):
            began_s = time.perf_counter()
            step()
            values.append((time.perf_counter() - began_s) * 1000)
    return took_ms
