"""The control socket's messages, as docs/protocol.md lists them: decoding, checks, encoding.

Pure: text in, frozen values out. Unknown fields are ignored; everything else is strict.

Errors: `MessageError` only. With a `close_code` the socket closes; without one the client is
answered with `error` and stays. The same text never succeeds on a retry.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from reports.ids import ConversationId
from reports.rules import Rule

MESSAGE_MAX_BYTES = 16 * 1024
LINE_MAX_CHARACTERS = 500
LINE_ID_MAX_CHARACTERS = 36
NOTE_MAX_CHARACTERS = 1000
INTERESTS_MAX = 10
INTEREST_MAX_CHARACTERS = 40
LANGUAGES_MAX = 5
RESUME_KEY_MAX_CHARACTERS = 64

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class CloseCode(IntEnum):
    """Why a control socket is closed."""

    BAD_MESSAGE = 4400
    ENTER_FIRST = 4401
    BARRED = 4403
    OPENED_ELSEWHERE = 4409
    TOO_LARGE = 4413
    TOO_MANY = 4429
    UNAVAILABLE = 4503


class ErrorCode(StrEnum):
    """What an `error` message says."""

    BAD_MESSAGE = "bad_message"
    NOT_PAIRED = "not_paired"
    SLOW_DOWN = "slow_down"
    VIDEO_CLOSED = "video_closed"
    CAMERA_CHECK = "camera_check"
    RESTRICTED = "restricted"
    NO_SUCH_CONVERSATION = "no_such_conversation"
    UNAVAILABLE = "unavailable"
    TOO_LONG = "too_long"


class MessageError(Exception):
    """A message that the protocol refuses, and how. `line_id` names the line that it was."""

    def __init__(
        self,
        detail: str,
        *,
        code: ErrorCode = ErrorCode.BAD_MESSAGE,
        close_code: CloseCode | None = None,
        line_id: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.close_code = close_code
        self.line_id = line_id


class Mode(StrEnum):
    """What two people exchange: lines only, or lines, picture and sound."""

    TEXT = "text"
    VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Begin the camera check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seek:
    """Look for a partner."""

    mode: Mode
    interests: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    only_common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Stop looking, or end the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Leave, then seek again with the same preferences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A line."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """The writer began or stopped typing."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Report the partner of the live conversation, or of `conversation`."""

    reason: Rule
    note: str
    conversation: ConversationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Never meet again: the partner of the live conversation, or of `conversation`."""

    conversation: ConversationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A fresh media token, please."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Take the conversation up again after a lost connection."""

    conversation: ConversationId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Answered with `pong`."""


ClientMessage = Check | Seek | Leave | Next | Say | Typing | Report | Block | Relay | Resume | Ping


def decode(text: str) -> ClientMessage:
    """The message in one text frame. Raises `MessageError`."""
    fields = _object_in(text)
    kind = fields.get("type")
    builder = _BUILDERS.get(kind) if isinstance(kind, str) else None
    if builder is None:
        raise MessageError("unknown type")
    return builder(fields)


def encode(kind: str, **fields: Any) -> str:
    """A server message as JSON text; values are JSON's own, enumerations, UUIDs or tuples."""
    return json.dumps(
        {"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"), default=str
    )


def _object_in(text: str) -> dict[str, Any]:
    if len(text) > MESSAGE_MAX_BYTES or len(text.encode()) > MESSAGE_MAX_BYTES:
        raise MessageError("message too large", close_code=CloseCode.TOO_LARGE)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageError("not JSON", close_code=CloseCode.BAD_MESSAGE) from None
    if not isinstance(value, dict):
        raise MessageError("not an object", close_code=CloseCode.BAD_MESSAGE)
    return value


def _seek(fields: dict[str, Any]) -> Seek:
    try:
        mode = Mode(_string(fields, "mode", 1, 5))
    except ValueError:
        raise MessageError("mode: text or video") from None
    interests = _strings(fields, "interests", INTERESTS_MAX, INTEREST_MAX_CHARACTERS)
    languages = _strings(fields, "languages", LANGUAGES_MAX, 35)
    if not all(_LANGUAGE.fullmatch(language) for language in languages):
        raise MessageError("languages: BCP 47 tags, please")
    return Seek(
        mode=mode,
        interests=interests,
        languages=languages,
        only_common=_boolean(fields, "only_common", default=False),
    )


def _say(fields: dict[str, Any]) -> Say:
    line_id = _string(fields, "id", 1, LINE_ID_MAX_CHARACTERS)
    text = fields.get("text")
    if isinstance(text, str) and len(text) > LINE_MAX_CHARACTERS:
        raise MessageError(
            f"text: {LINE_MAX_CHARACTERS} characters at most",
            code=ErrorCode.TOO_LONG,
            line_id=line_id,
        )
    return Say(id=line_id, text=_string(fields, "text", 1, LINE_MAX_CHARACTERS))


def _report(fields: dict[str, Any]) -> Report:
    try:
        reason = Rule(_string(fields, "reason", 1, 40))
    except ValueError:
        raise MessageError("reason: not one of the rules") from None
    note = _string(fields, "note", 0, NOTE_MAX_CHARACTERS) if "note" in fields else ""
    # PostgreSQL stores no NUL character.
    return Report(
        reason=reason, note=note.replace("\x00", ""), conversation=_conversation_or_none(fields)
    )


def _resume(fields: dict[str, Any]) -> Resume:
    conversation = _conversation_or_none(fields)
    if conversation is None:
        raise MessageError("conversation: missing")
    return Resume(
        conversation=conversation, key=_string(fields, "key", 1, RESUME_KEY_MAX_CHARACTERS)
    )


def _typing(fields: dict[str, Any]) -> Typing:
    return Typing(on=_boolean(fields, "on"))


def _block(fields: dict[str, Any]) -> Block:
    return Block(conversation=_conversation_or_none(fields))


_BUILDERS: dict[str, Callable[[dict[str, Any]], ClientMessage]] = {
    "check": lambda _: Check(),
    "seek": _seek,
    "leave": lambda _: Leave(),
    "next": lambda _: Next(),
    "say": _say,
    "typing": _typing,
    "report": _report,
    "block": _block,
    "relay": lambda _: Relay(),
    "resume": _resume,
    "ping": lambda _: Ping(),
}


def _checked_string(value: object, name: str, minimum: int, maximum: int) -> str:
    if not isinstance(value, str) or not minimum <= len(value) <= maximum:
        raise MessageError(f"{name}: a string of {minimum} to {maximum} characters")
    if _LONE_SURROGATE.search(value):
        raise MessageError(f"{name}: not Unicode text")
    return value


def _string(fields: dict[str, Any], name: str, minimum: int, maximum: int) -> str:
    return _checked_string(fields.get(name), name, minimum, maximum)


def _strings(
    fields: dict[str, Any], name: str, count_max: int, characters_max: int
) -> tuple[str, ...]:
    values = fields.get(name, [])
    if not isinstance(values, list) or len(values) > count_max:
        raise MessageError(f"{name}: a list of at most {count_max} strings")
    return tuple(_checked_string(value, name, 1, characters_max) for value in values)


def _boolean(fields: dict[str, Any], name: str, *, default: bool | None = None) -> bool:
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise MessageError(f"{name}: true or false")
    return value


def _conversation_or_none(fields: dict[str, Any]) -> ConversationId | None:
    value = fields.get("conversation")
    if value is None:
        return None
    try:
        return ConversationId(UUID(_string(fields, "conversation", 32, 36)))
    except ValueError:
        raise MessageError("conversation: not an id") from None
