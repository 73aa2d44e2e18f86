"""The audit trail: append-only and hash-chained, written in the transaction of the act itself.

    AuditError
    └── OutsideTransactionError   an entry without a transaction could outlive a failed act

The lock that gives an entry its number is taken last: services open `trail()`, which collects
what they record and writes it when everything else is done, so that a slow act never makes
another one wait (I19). Numbers and hashes are found by the database (`reports_audit_append`), and
COMMIT travels in the same message: a process that stands still never holds the lock. `record`
inside an ordinary transaction writes at once, and keeps the lock until that transaction ends.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.utils import timezone

from reports.models import AuditEntry
from reports.models.public_id import PubliclyNamed
from reports.trail import chain
from reports.trail.chain import GENESIS_HASH, Json, canonical


class AuditError(Exception):
    """The trail can't be written as asked."""


class OutsideTransactionError(AuditError):
    """`record` was called outside a transaction; open `trail()` around the act."""


_Draft = Mapping[str, Json]
"""An entry without number and hashes: its columns by their names."""

_drafts: ContextVar[list[_Draft] | None] = ContextVar("audit_drafts", default=None)


@contextmanager
def trail(*, is_durable: bool = False) -> Iterator[None]:
    """A transaction whose audit entries are written last; nested ones join the outermost.

    `is_durable` refuses to be nested: on return the entries are committed.
    """
    outer = _drafts.get()
    if outer is not None and not is_durable:
        kept = len(outer)
        try:
            with transaction.atomic():
                yield
        except BaseException:
            del outer[kept:]
            raise
        return
    drafts: list[_Draft] = []
    token = _drafts.set(drafts)
    is_outermost = not connection.in_atomic_block
    try:
        with transaction.atomic(durable=is_durable):
            yield
            if drafts:
                _write(drafts, then="; COMMIT" if is_outermost else "")
    finally:
        _drafts.reset(token)


def record(
    verb: str,
    *,
    target: models.Model | str,
    payload: Mapping[str, Json],
    acting_user: User | None,
    now: datetime | None = None,
) -> None:
    """Add one act to the trail of the current transaction.

    `target` is the row, or `type:id`. `payload` holds ids, labels and numbers, never lines, media
    or addresses. `acting_user` None means the machine. Raises `OutsideTransactionError`.
    """
    if not connection.in_atomic_block:
        raise OutsideTransactionError(f"{verb} was recorded outside a transaction")
    object_type, object_id = _target(target)
    draft: _Draft = {
        "actor": None if acting_user is None else acting_user.pk,
        "actor_name": "" if acting_user is None else acting_user.get_username(),
        "verb": verb,
        "object_type": object_type,
        "object_id": object_id,
        "payload": canonical(payload),
        "at": (now or timezone.now()).isoformat(),
    }
    drafts = _drafts.get()
    if drafts is None:
        _write([draft])
    else:
        drafts.append(draft)


def record_digest(
    verb: str,
    object_type: str,
    sha256: str,
    *,
    payload: Mapping[str, Json],
    now: datetime | None = None,
) -> None:
    """Record by their digest which data are in force, when they are others than last time."""
    newest = AuditEntry.objects.filter(verb=verb).order_by("-sequence").first()
    if newest is not None and newest.object_id == sha256:
        return
    with trail():
        record(verb, target=f"{object_type}:{sha256}", payload=payload, acting_user=None, now=now)


def head() -> tuple[int, str]:
    """Number and hash of the newest entry; (0, zeros) for an empty trail."""
    newest = AuditEntry.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return newest or (0, GENESIS_HASH)


def entry_hash(entry: AuditEntry) -> str:
    """The hash that the entry should have, from its fields."""
    return chain.entry_hash(
        sequence=entry.sequence,
        actor=entry.actor,
        actor_name=entry.actor_name,
        verb=entry.verb,
        object_type=entry.object_type,
        object_id=entry.object_id,
        payload_digest=entry.payload_digest,
        previous_hash=entry.previous_hash,
        at=entry.at,
    )


def _target(target: models.Model | str) -> tuple[str, str]:
    if isinstance(target, models.Model):
        named = target.public_id if isinstance(target, PubliclyNamed) else target.pk
        return str(target._meta.model_name), str(named)
    object_type, _, object_id = target.partition(":")
    return object_type, object_id


def _write(drafts: list[_Draft], *, then: str = "") -> None:
    """Append the entries; `then` is what the same message goes on with.

    Django's own COMMIT finds nothing left to commit after one that went along.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT reports_audit_append(%s){then}", [canonical(drafts)])
