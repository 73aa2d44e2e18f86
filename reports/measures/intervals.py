"""How far a share may be trusted: Wilson's score interval. Pure.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927:
unlike the usual p ± z·s it stays within 0 and 1 and doesn't claim certainty from few cases.
"""

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""The normal distribution's 97.5 % point: 95 % lie within it on both sides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of `n` cases with its 95 % interval, all 0.0-1.0."""

    value: float
    low: float
    high: float
    n: int


def wilson(hits: int, n: int) -> Share | None:
    """The share of `hits` among `n` cases, None without any. Raises `ValueError` for more hits
    than cases."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    if n == 0:
        return None
    value, square = hits / n, Z_95 * Z_95
    centre = (value + square / (2 * n)) / (1 + square / n)
    reach = Z_95 / (1 + square / n) * math.sqrt(value * (1 - value) / n + square / (4 * n * n))
    return Share(
        value=value,
        # At the ends the formula gives 0 and 1 exactly; floating point only almost.
        low=0.0 if hits == 0 else max(0.0, centre - reach),
        high=1.0 if hits == n else min(1.0, centre + reach),
        n=n,
    )
