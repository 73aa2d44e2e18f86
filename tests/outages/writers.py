"""Who writes while PostgreSQL may be away: each sends a letter again and again until it is taken.

A writer knows nothing of the outage. It keeps what it was answered, and `tests.outages.ledger`
holds that against the rows.
"""

import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException

from tests.e2e.wire import Control

TOKEN = "t" * 32
"""A CSRF token of the writer's own making: cookie and field agree, which is all that is asked."""
PATIENCE_S = 20.0
PAUSE_S = 0.1
SILENCE = 0
"""The status of an answer that never came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, where it leads (path), and the page."""

    status: int
    leads_to: str
    page: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


_browser = urllib.request.build_opener(_NoRedirect)


def post(url: str, fields: dict[str, str], cookies: str = "") -> Answer:
    """Send a form as a browser does, following no redirect."""
    request = urllib.request.Request(
        url,
        data=urllib.parse.urlencode({"csrfmiddlewaretoken": TOKEN, **fields}).encode(),
        headers={"Cookie": f"csrftoken={TOKEN}; {cookies}", "Accept": "text/html"},
    )
    try:
        with _browser.open(request, timeout=PATIENCE_S) as response:
            return Answer(status=response.status, leads_to="", page=response.read().decode())
    except urllib.error.HTTPError as answer:
        page = answer.read().decode(errors="replace")
        return Answer(status=answer.code, leads_to=answer.headers.get("Location", ""), page=page)
    except (OSError, HTTPException):
        return Answer(status=SILENCE, leads_to="", page="")


@dataclass(slots=True, kw_only=True)
class Writer:
    """Sends `letters`, one after the other; the first `early` of them before `away` is set, the
    others only from then on. `taken` has the answer to each letter that was taken."""

    send: Callable[[int], Answer]
    is_taken: Callable[[Answer], bool]
    letters: int
    early: int
    away: threading.Event
    taken: dict[int, Answer] = field(default_factory=dict)
    refused: list[Answer] = field(default_factory=list)

    def __call__(self) -> None:
        for number in range(self.letters):
            if number >= self.early:
                self.away.wait()
            while number not in self.taken:
                answer = self.send(number)
                if self.is_taken(answer):
                    self.taken[number] = answer
                else:
                    self.refused.append(answer)
                    time.sleep(PAUSE_S)


def report(control: Control, conversation: str) -> Answer:
    """Report the partner over the control socket, and wait for the answer to it."""
    before = len(control.received)
    control.send("report", reason="threat", note="as written", conversation=conversation)
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        for message in control.received[before:]:
            if message["type"] == "reported":
                return Answer(status=200, leads_to=str(message["receipt"]), page="")
            if message["type"] == "error":
                return Answer(status=503, leads_to="", page=str(message))
        time.sleep(0.02)
    return Answer(status=SILENCE, leads_to="", page="")
