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

# How much the machine overlooks, from frames of people who agreed to it (docs/models.md).
PREVALENCE_FRAMES_PER_HOUR = env.number(
    "PREVALENCE_FRAMES_PER_HOUR",
    0.0,
    # Above, ten seconds would be drawn for sure, and no longer in proportion to their length.
    maximum=360.0,
    about="Frames drawn at random in an hour of picture, and kept for people to judge if whoever "
    "is on them agreed; for web, screening and ops. 0: nobody is asked, and nothing is kept.",
)
PREVALENCE_DAY_MAX = env.whole(
    "PREVALENCE_DAY_MAX",
    100,
    minimum=1,
    maximum=1000,
    about="Most frames kept so in a day; each takes about 60 kB of Redis' memory, a week at most.",
)
