"""Finding rows by a pasted id or the first characters of one."""

import re

from django.db.models import Q

PREFIX_MIN = 6
"""Shorter beginnings match too much to be of use."""

_ID = re.compile(r"[0-9a-f-]+", re.IGNORECASE)


def by_id_prefix(term: str, *columns: str) -> Q:
    """Rows where one of the UUID `columns` begins with `term`; none for what is no id."""
    matches = Q(pk__in=[])
    if len(term) < PREFIX_MIN or not _ID.fullmatch(term):
        return matches
    for column in columns:
        matches |= Q(**{f"{column}__startswith": _dashed(term.lower())})
    return matches


def _dashed(term: str) -> str:
    digits = term.replace("-", "")[:32]
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(part for part in parts if part)
