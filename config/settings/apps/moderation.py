"""What an operator may tune about screening; thresholds themselves are in thresholds.toml."""

from pathlib import Path

from config.settings import env

MODERATION_THRESHOLDS = Path(
    env.text("MODERATION_THRESHOLDS", about="A thresholds file to use instead of the shipped one.")
    or Path(__file__).resolve().parents[3] / "moderation" / "thresholds.toml"
)

SCREENING_ADMIT_MAX_AGE_S = env.number(
    "SCREENING_ADMIT_MAX_AGE_S",
    1.0,
    minimum=0.2,
    maximum=10.0,
    about="Seconds that a picture may wait for its verdict; beyond, no new video conversations for "
    "the least trusted, beyond half as much again for nobody.",
)

MODERATION_IS_STRICT = True
"""Required classes and ceilings hold for the thresholds file; development and tests relax it."""
