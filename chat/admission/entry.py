"""The body of `POST /api/enter`: decoding and checks. Pure.

Errors: `EntryError` with what is wrong with which field; the same body never succeeds.
"""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chat.admission.birthdays import BirthDateError, parse_birth_date

BODY_MAX_BYTES = 4096
LANGUAGES_MAX = 5

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}")


class EntryError(Exception):
    """The body is refused: `fields` says why, by field name."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who wants in. `birth_date` is forgotten once their age is known; `proof` is as it came,
    None without one, and read by chat.admission.proofs when there has to be one."""

    birth_date: date
    languages: tuple[str, ...]
    proof: object


def decode_entry(body: bytes, terms_version: str, now: datetime) -> Entry:
    """The entry in `body`, which must accept `terms_version`. Raises `EntryError`."""
    values = _object_in(body)
    fields: dict[str, str] = {}
    birth_date: date | None = None
    try:
        birth_date = parse_birth_date(values.get("birth_date"), now)
    except BirthDateError as error:
        fields["birth_date"] = str(error)
    if values.get("accept_terms") != terms_version:
        fields["accept_terms"] = f"the terms of version {terms_version}"
    languages = values.get("languages", [])
    if not _are_languages(languages):
        fields["languages"] = f"at most {LANGUAGES_MAX} BCP 47 tags"
    if fields or birth_date is None:
        raise EntryError(fields)
    return Entry(birth_date=birth_date, languages=tuple(languages), proof=values.get("proof"))


def _object_in(body: bytes) -> dict[str, Any]:
    if len(body) > BODY_MAX_BYTES:
        raise EntryError({"body": f"at most {BODY_MAX_BYTES} bytes"})
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise EntryError({"body": "JSON, please"}) from None
    if not isinstance(values, dict):
        raise EntryError({"body": "an object, please"})
    return values


def _are_languages(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= LANGUAGES_MAX
        and all(isinstance(tag, str) and _LANGUAGE.fullmatch(tag) for tag in value)
    )
