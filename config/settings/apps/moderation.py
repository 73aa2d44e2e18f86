"""What an operator may tune about screening; thresholds themselves are in thresholds.toml."""

from pathlib import Path

from config.settings import env

MODERATION_THRESHOLDS = Path(
    env.text("MODERATION_THRESHOLDS", about="A thresholds file to use instead of the shipped one.")
    or Path(__file__).resolve().parents[3] / "moderation" / "thresholds.toml"
)

MODERATION_IS_STRICT = True
"""Required classes and ceilings hold for the thresholds file; development and tests relax it."""
