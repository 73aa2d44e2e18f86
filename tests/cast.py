"""The fixed cast of every story: who they are and what their camera shows.

*ada* and *bo* are paired, *mallory* sends pictures that break the rules, *mod* reviews, *guest*
has entered nothing and must see nothing.
"""

from dataclasses import dataclass
from datetime import date

GROWN_UP_BORN = date(1990, 5, 17)
UNDER_AGE_BORN = date(2015, 5, 17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """Somebody in a story; `camera` names a clip of tests/e2e/cameras.py, or is None."""

    name: str
    born: date
    camera: str | None


ADA = Character(name="ada", born=GROWN_UP_BORN, camera="coffee")
BO = Character(name="bo", born=GROWN_UP_BORN, camera="rocket")
MALLORY = Character(name="mallory", born=GROWN_UP_BORN, camera="astronaut")
MOD = Character(name="mod", born=GROWN_UP_BORN, camera=None)
GUEST = Character(name="guest", born=GROWN_UP_BORN, camera=None)
