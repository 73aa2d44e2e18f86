"""How far two people agree beyond chance: Cohen's kappa. Pure.

J. Cohen, "A coefficient of agreement for nominal scales", 1960. The standard error is the one for
an estimate that isn't zero: J. L. Fleiss, J. Cohen, B. S. Everitt, "Large sample standard errors
of kappa and weighted kappa", 1969.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from reports.measures.intervals import Z_95

Counts = Mapping[tuple[str, str], int]
"""How often the first said the one and the second the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Kappa of `n` pairs of answers, of which `agreed` are the same.

    `value` is None where chance alone gives full agreement (both always said the same thing). The
    ends of the 95 % interval are None as well where nothing varied: few cases look perfect easily.
    """

    n: int
    agreed: int
    value: float | None
    low: float | None
    high: float | None


def kappa(counts: Counts) -> Kappa | None:
    """Kappa of these answers, None without any."""
    n = sum(counts.values())
    if n == 0:
        return None
    answers = sorted({answer for pair in counts for answer in pair})
    share = {pair: count / n for pair, count in counts.items()}
    first = {one: sum(share.get((one, other), 0.0) for other in answers) for one in answers}
    second = {one: sum(share.get((other, one), 0.0) for other in answers) for one in answers}
    agreed = sum(count for (one, other), count in counts.items() if one == other)
    observed, by_chance = agreed / n, sum(first[one] * second[one] for one in answers)
    if math.isclose(by_chance, 1.0):
        return Kappa(n=n, agreed=agreed, value=None, low=None, high=None)
    value = (observed - by_chance) / (1 - by_chance)
    same = sum(
        share.get((one, one), 0.0) * (1 - (first[one] + second[one]) * (1 - value)) ** 2
        for one in answers
    )
    different = (1 - value) ** 2 * sum(
        part * (second[one] + first[other]) ** 2
        for (one, other), part in share.items()
        if one != other
    )
    variance = same + different - (value - by_chance * (1 - value)) ** 2
    reach = Z_95 * math.sqrt(max(0.0, variance) / n) / (1 - by_chance)
    is_known = reach > 1e-9
    return Kappa(
        n=n,
        agreed=agreed,
        value=value,
        low=max(-1.0, value - reach) if is_known else None,
        high=min(1.0, value + reach) if is_known else None,
    )
