"""Plain words for what is stored about somebody, in the active language."""

from collections.abc import Iterable
from typing import assert_never

from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from chat.trust import Level, Reason, ReasonKind


def level_name(level: Level) -> str:
    """The level in a word or two."""
    match level:
        case Level.NEGATIVE:
            return _("Lost for now")
        case Level.DOUBTFUL:
            return _("In doubt")
        case Level.NEW:
            return _("New")
        case Level.KNOWN:
            return _("Known")
        case Level.TRUSTED:
            return _("Trusted")
        case _:
            assert_never(level)


def level_effect(level: Level) -> str:
    """What the level means for the person."""
    match level:
        case Level.NEGATIVE:
            return _(
                "Your picture is checked throughout, and you are brought together only with others "
                "whose trust is lost. Time heals it."
            )
        case Level.DOUBTFUL:
            return _(
                "Your picture is checked throughout. You meet everybody, as before. Time heals it."
            )
        case Level.NEW:
            return _(
                "Everybody begins like this. Your picture is checked frame by frame at the start, "
                "then at random moments. You meet everybody."
            )
        case Level.KNOWN:
            return _(
                "The check at the start of your picture is shorter, and the random ones come a "
                "little less often. You meet everybody."
            )
        case Level.TRUSTED:
            return _(
                "The check at the start of your picture is as short as it gets, and the random "
                "ones come as seldom as they ever do. You meet everybody."
            )
        case _:
            assert_never(level)


def reason(reason: Reason) -> str:
    """One reason for the level."""
    count = reason.count
    match reason.kind:
        case ReasonKind.AGE:
            words = ngettext(
                "This browser has been known for %(count)d day.",
                "This browser has been known for %(count)d days.",
                count,
            )
        case ReasonKind.PARTNERS:
            words = ngettext(
                "You have talked well with %(count)d person.",
                "You have talked well with %(count)d different people.",
                count,
            )
        case ReasonKind.PREFIXES:
            words = ngettext(
                "They came from %(count)d part of the network; one part counts only up to a limit.",
                "They came from %(count)d parts of the network; each counts only up to a limit.",
                count,
            )
        case ReasonKind.MINUTES:
            words = ngettext(
                "That was %(count)d minute in all.", "That was %(count)d minutes in all.", count
            )
        case ReasonKind.GOODBYES:
            words = ngettext(
                "With %(count)d of them you both ended it at the same time.",
                "With %(count)d of them you both ended it at the same time.",
                count,
            )
        case ReasonKind.UPHELD_BY:
            words = ngettext(
                "Our staff agreed with %(count)d report of yours.",
                "Our staff agreed with %(count)d reports of yours.",
                count,
            )
        case ReasonKind.UPHELD_AGAINST:
            words = ngettext(
                "Our staff decided %(count)d time that a rule was broken in this browser.",
                "Our staff decided %(count)d times that a rule was broken in this browser.",
                count,
            )
        case _:
            assert_never(reason.kind)
    return words % {"count": count}


def language_names(tags: Iterable[str]) -> list[str]:
    """What languages are called; a tag (BCP 47) that Django has no name for stays as it is."""
    return [_language_name(tag) for tag in tags]


def _language_name(tag: str) -> str:
    try:
        return str(get_language_info(tag)["name_translated"])
    except KeyError:
        return tag


def in_memory() -> list[str]:
    """What Redis may hold about somebody, for 24 hours at most; the store can't be asked by
    person."""
    return [
        _("Whether you are connected, your network address, your newest conversation: 24 hours."),
        _("Who talked with whom in a conversation, by random numbers, and how it ended: 24 hours."),
        _("The lines of a conversation, so that a late report has its context: 24 hours at most."),
        _("While you look for somebody: your mode, interests and languages: seconds."),
        _("Whom you met in the last half hour, so that you meet somebody new: 30 minutes."),
        _("How often you did something, against flooding: minutes to an hour."),
        _("Whether this browser passed the camera check, or failed it: ten minutes to an hour."),
        _("Pictures while they are judged: seconds. Sound is passed on and never kept."),
    ]
