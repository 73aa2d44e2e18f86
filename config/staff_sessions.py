"""How long staff stay signed in: not for ever, and not for long when nobody is there.

What the pages ask for by themselves (the claim's heartbeat, news) is no sign of a person.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config import outages
from config.middleware import STAFF_PATH
from reports.trail import audit

SINCE, SEEN = "staff.since", "staff.seen"
WRITTEN_EVERY = timedelta(seconds=60)
"""A session is a row: not every click writes it."""


class StaffSessionMiddleware:
    """Ends staff sessions in time. Stands behind authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(STAFF_PATH):
            try:
                _look_at_the_clock(request)
            except outages.DATABASE_AWAY as error:
                # Sessions are rows as well: nobody is known now, and nobody is signed out for it.
                return outages.answer(request, error)
        return self.get_response(request)


def _look_at_the_clock(request: HttpRequest) -> None:
    user, now = request.user, timezone.now()
    if not isinstance(user, User):
        return
    if why := overdue(request.session, now):
        with audit.trail():
            audit.record("staff.session_ended", target=user, payload={"why": why}, acting_user=user)
        request.session.flush()
        request.user = AnonymousUser()
    else:
        _note(request, now)


def overdue(session: SessionBase, now: datetime) -> str:
    """Why the session is over: "idle", "age", or "" when it isn't."""
    since, seen = _at(session, SINCE, now), _at(session, SEEN, now)
    if now - since > timedelta(seconds=settings.STAFF_SESSION_S):
        return "age"
    if now - seen > timedelta(seconds=settings.STAFF_IDLE_S):
        return "idle"
    return ""


@receiver(user_logged_in)
def begin(sender: object, request: HttpRequest | None, **_signal: object) -> None:
    """A sign-in is a new beginning, also in a browser where somebody was signed in."""
    if request is not None:
        now = timezone.now()
        request.session[SINCE] = request.session[SEEN] = now.timestamp()


def _note(request: HttpRequest, now: datetime) -> None:
    session = request.session
    if SINCE not in session:
        session[SINCE] = now.timestamp()
    is_due = SEEN not in session or now - _at(session, SEEN, now) >= WRITTEN_EVERY
    if is_due and not _is_by_itself(request):
        session[SEEN] = now.timestamp()


def _is_by_itself(request: HttpRequest) -> bool:
    is_fetched = request.headers.get("Sec-Fetch-Dest") == "empty"
    return request.path.endswith("/heartbeat/") or (request.method == "GET" and is_fetched)


def _at(session: SessionBase, name: str, now: datetime) -> datetime:
    found = session.get(name)
    return now if found is None else datetime.fromtimestamp(float(found), tz=now.tzinfo)
