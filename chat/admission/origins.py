"""May a page from this origin enter and open sockets? An exact list, nothing derived (I21)."""

from collections.abc import Iterable, Sequence


def is_allowed(origin: str | None, allowed: Sequence[str]) -> bool:
    """Whether `origin` is on the list; a missing one and `null` never are."""
    return origin is not None and origin != "null" and origin in allowed


def origin_in(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The one Origin of an ASGI scope's headers; None when missing or given twice."""
    found = [value for name, value in headers if name.lower() == b"origin"]
    return found[0].decode("latin-1") if len(found) == 1 else None
