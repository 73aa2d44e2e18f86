"""What every bench prints: figures, one line of JSON each, beside a baseline of the same run."""

import json
from collections.abc import Sequence


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
