"""Which reports are about the same lines, or the same neighbourhood: a spam wave says one thing to
many people, often from one place.

Pure but for the key: what is kept is a keyed hash of each line, which tells that two lines are the
same once case, signs and spaces are gone, and nothing about their words; and one of the prefix that
the subject came from, which can be held against other reports' and against nothing else.
"""

import hmac
import unicodedata
from collections.abc import Sequence

from reports.snapshots import Snapshot, SnapshotLine, Speaker

LETTERS_MIN = 12
"""Shorter lines are said by anybody ("how are you")."""
LINES_MAX = 10
KEY_BYTES = 8


def line_keys(snapshot: Snapshot, secret: bytes) -> list[str]:
    """One key of 16 hex digits for each long line of the subject, the newest LINES_MAX."""
    return sorted(set(_keys(snapshot.lines, secret)[-LINES_MAX:]))


def neighbourhood(prefix: str, secret: bytes) -> str:
    """A key of 16 hex digits for the keyed prefix that somebody came from; "" for an unknown."""
    if not prefix:
        return ""
    return hmac.digest(secret, prefix.encode(), "sha256")[:KEY_BYTES].hex()


def _keys(lines: Sequence[SnapshotLine], secret: bytes) -> list[str]:
    bare = [_bare(line.text) for line in lines if line.speaker is Speaker.SUBJECT]
    return [
        hmac.digest(secret, text.encode(), "sha256")[:KEY_BYTES].hex()
        for text in bare
        if len(text) >= LETTERS_MIN
    ]


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())
