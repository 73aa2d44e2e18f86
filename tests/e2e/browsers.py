"""Chromium, driven by Playwright: one browser process per camera, one context per person.

The clip that stands in for a camera is a command-line flag, so each camera needs a browser of its
own; they are started once and kept for the whole run.
"""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.e2e.cameras import write_clip

NAMES = ("chromium", "chromium-browser", "google-chrome")
WITNESS = Path(__file__).with_name("witness.js")

ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # Several windows share one screen that nobody looks at: none may be put to sleep for it.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)


def find_chromium() -> str | None:
    """Path of the first Chromium on PATH, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browsers:
    """Browser processes by camera, started when first asked for."""

    def __init__(self, playwright: Playwright, clips: Path) -> None:
        self._playwright = playwright
        self._clips = clips
        self._started: dict[str | None, Browser] = {}

    def with_camera(self, clip: str | None) -> Browser:
        """The browser whose camera plays `clip`; None for Chromium's own test picture."""
        if clip not in self._started:
            self._started[clip] = self._launch(clip)
        return self._started[clip]

    def close(self) -> None:
        """End every browser."""
        for browser in self._started.values():
            browser.close()
        self._started.clear()

    def _launch(self, clip: str | None) -> Browser:
        arguments = list(ARGUMENTS)
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        if clip is not None:
            path = write_clip(self._clips, clip)
            arguments.append(f"--use-file-for-fake-video-capture={path}")
        return self._playwright.chromium.launch(executable_path=find_chromium(), args=arguments)


def fresh_context(browser: Browser, url: str, *, width: int, height: int) -> BrowserContext:
    """A person's own cookies and storage, camera and microphone allowed, witness installed."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.grant_permissions(["camera", "microphone"], origin=url)
    context.add_init_script(path=WITNESS)
    context.set_default_timeout(10_000)
    return context
