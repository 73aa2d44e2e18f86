"""The audit trail as PostgreSQL copies it out: lines of COPY's text format, as bytes. No Django.

An object per entry is what reading a million of them would spend its time on. So a line is split
where it stands, and the canonical text is put together from its parts. That text is byte for byte
what `json.dumps` gives, for this reason: JSON escapes quotation marks, backslashes and U+0000 to
U+001F and nothing else, so text without them stands in it as it is; whatever has one of them goes
through `json.dumps` itself.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from reports.trail.chain import Json, canonical

COPY = """
COPY (
    SELECT sequence, actor, actor_name, verb, object_type, object_id, payload_digest,
        previous_hash, hash, to_char(at AT TIME ZONE 'UTC', 'BCYYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
        payload
    FROM reports_auditentry
    WHERE sequence BETWEEN {first} AND {last}
    ORDER BY sequence
) TO STDOUT WITH (NULL 'null')
"""
"""An actor is a number or null, which is how JSON writes them, too. The era is told since years
before Christ look like others otherwise."""

LOWEST = -(2**63)
"""No entry can have a lower number."""

_TEMPLATE = (
    b'{"actor":%b,"actor_name":"%b","at":"%b","object_id":"%b","object_type":"%b",'
    b'"payload_digest":"%b","previous_hash":"%b","sequence":%b,"verb":"%b"}'
)
_QUOTES = _TEMPLATE.count(b'"')
_ESCAPED = bytes(range(0x20)) + b"\\"
_OUR_ERA = b"AD"

_SEQUENCE = re.compile(rb"\\(.)", re.DOTALL)
_CHARACTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Row(NamedTuple):
    """One entry; every field is the UTF-8 text of its column, `actor` b"null" for the machine."""

    sequence: bytes
    actor: bytes
    actor_name: bytes
    verb: bytes
    object_type: bytes
    object_id: bytes
    payload_digest: bytes
    previous_hash: bytes
    hash: bytes
    at: bytes
    payload: bytes


class Cursor(Protocol):
    """What is needed of a database cursor: psycopg's, or Django's around it."""

    def copy(self, statement: str) -> Any: ...


def copy_out(cursor: Cursor, first: int, last: int) -> Iterator[bytes]:
    """The lines of the entries numbered `first` to `last`, in order."""
    with cursor.copy(COPY.format(first=int(first), last=int(last))) as lines:
        for line in lines:
            yield bytes(line)


def parse(line: bytes) -> Row:
    """The fields of one line."""
    parts = line[:-1].split(b"\t")
    if b"\\" in line:
        parts = [_SEQUENCE.sub(_unescaped, part) for part in parts]
    sequence, actor, name, verb, kind, object_id, over, previous, own, at, payload = parts
    at = at.removeprefix(_OUR_ERA)
    return Row(sequence, actor, name, verb, kind, object_id, over, previous, own, at, payload)


def canonical_text(row: Row) -> bytes:
    """What the entry's hash is over."""
    text = _TEMPLATE % (
        row.actor,
        row.actor_name,
        row.at,
        row.object_id,
        row.object_type,
        row.payload_digest,
        row.previous_hash,
        row.sequence,
        row.verb,
    )
    if text.count(b'"') == _QUOTES and len(text.translate(None, _ESCAPED)) == len(text):
        return text
    fields = as_json(row)
    del fields["hash"], fields["payload"]
    return canonical(fields).encode()


def as_json(row: Row) -> dict[str, Json]:
    """The whole entry, as it is exported; `payload` stays the text that its digest is over."""
    return {
        "sequence": int(row.sequence),
        "actor": None if row.actor == b"null" else int(row.actor),
        "actor_name": row.actor_name.decode(),
        "verb": row.verb.decode(),
        "object_type": row.object_type.decode(),
        "object_id": row.object_id.decode(),
        "payload": row.payload.decode(),
        "payload_digest": row.payload_digest.decode(),
        "previous_hash": row.previous_hash.decode(),
        "hash": row.hash.decode(),
        "at": row.at.decode(),
    }


def _unescaped(found: re.Match[bytes]) -> bytes:
    character: bytes = found[1]
    return _CHARACTERS.get(character, character)
