"""A person in front of the page: what they do and what they see, by the page's own hooks."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from playwright.sync_api import BrowserContext, Locator, expect

from tests.cast import Character
from tests.e2e.waiting import wait_for

PAIRED_TIMEOUT_MS = 15_000
PICTURE_TIMEOUT_MS = 20_000
VERDICT_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the witness in the page noted (see witness.js)."""

    video_packets: int
    audio_packets: int
    drawn_count: int
    drawn: list[list[int]]
    marks: list[dict[str, Any]]


class Person:
    """One member of the cast with a page of their own."""

    def __init__(self, character: Character, context: BrowserContext) -> None:
        self.character = character
        self.context = context
        self.page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def hook(self, name: str) -> Locator:
        """The element with that data-testid."""
        return self.page.get_by_test_id(name)

    def open(self) -> "Person":
        self.page.goto("/")
        return self

    def enter(self, born: date | None = None) -> "Person":
        """Open the page, give a birth date, accept the terms."""
        self.open()
        self.hook("birth-date").fill((born or self.character.born).isoformat())
        self.hook("accept-terms").check()
        self.hook("enter").click()
        return self

    def seek(self, mode: str) -> "Person":
        """Choose a mode and look for a partner."""
        self.hook(f"mode-{mode}").click()
        self.hook("start").click()
        return self

    def expect_paired(self) -> "Person":
        expect(self.hook("line-input")).to_be_enabled(timeout=PAIRED_TIMEOUT_MS)
        return self

    def say(self, text: str) -> "Person":
        self.hook("line-input").fill(text)
        self.hook("send").click()
        return self

    def expect_line(self, text: str) -> "Person":
        expect(self.hook("lines")).to_contain_text(text)
        return self

    def expect_picture(self, state: str, *, timeout_ms: int = PICTURE_TIMEOUT_MS) -> "Person":
        """The partner's picture is in that state."""
        expect(self.hook("partner-video")).to_have_attribute(
            "data-picture", state, timeout=timeout_ms
        )
        return self

    def expect_frames(self, at_least: int) -> "Person":
        """The partner's canvas has drawn so many frames."""
        wait_for(
            lambda: self.frames() >= at_least,
            timeout_s=PICTURE_TIMEOUT_MS / 1000,
            what=f"{self.character.name} sees {at_least} frames",
        )
        return self

    def expect_barred(self) -> "Person":
        expect(self.hook("barred")).to_be_visible(timeout=VERDICT_TIMEOUT_MS)
        return self

    def report(self, reason: str) -> "Person":
        self.hook("report").click()
        reason_field = self.hook("report-reason")
        if reason_field.evaluate("element => element.tagName") == "SELECT":
            reason_field.select_option(reason)
        else:
            reason_field.locator(f"[value={reason}]").check()
        self.hook("report-send").click()
        return self

    def frames(self) -> int:
        """How many frames of the partner the page says it has drawn."""
        return int(self.hook("partner-video").get_attribute("data-frames") or 0)

    def marks(self) -> list[dict[str, Any]]:
        """The witness's marks alone: cheap to ask for again and again."""
        marks: list[dict[str, Any]] = self.page.evaluate("() => window.witness.marks")
        return marks

    def seen(self) -> Seen:
        noted = self.page.evaluate("() => window.witness")
        return Seen(
            video_packets=noted["videoPackets"],
            audio_packets=noted["audioPackets"],
            drawn_count=noted["drawnCount"],
            drawn=noted["drawn"],
            marks=noted["marks"],
        )

    def close(self) -> None:
        self.context.close()


def meet(one: Person, other: Person, mode: str) -> None:
    """Both enter, look for a partner in `mode`, and find each other."""
    for person in (one, other):
        person.enter().seek(mode)
    for person in (one, other):
        person.expect_paired()
