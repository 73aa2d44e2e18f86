"""The rules by their wire names: what a person can report and what a machine can find."""

from enum import StrEnum


class Rule(StrEnum):
    """A rule of the house; the reasons of the protocol's `report` message are these words."""

    NUDITY = "nudity"
    MINOR = "minor"
    GROOMING = "grooming"
    SEXUAL_PRESSURE = "sexual_pressure"
    BLACKMAIL = "blackmail"
    THREAT = "threat"
    SELF_HARM = "self_harm"
    HATE = "hate"
    HARASSMENT = "harassment"
    VIOLENCE = "violence"
    SPAM = "spam"
    RECORDING = "recording"
    OTHER = "other"


CHILD_SAFETY_RULES = frozenset({Rule.MINOR, Rule.GROOMING})
"""Reports under these are sealed to the child-safety role at intake (I11)."""

SPOKEN_RULES = frozenset({Rule.SEXUAL_PRESSURE, Rule.HATE, Rule.HARASSMENT, Rule.SPAM, Rule.OTHER})
"""Broken by what somebody says, and threatening neither life nor secrets: the ladder of these can
begin with a warning."""
