"""An authenticator app: the code that belongs to the key on the page, as of now."""

import time
from base64 import b32decode

from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

STEP_S = 30
GROUP = 8


def code_of(key: str) -> str:
    """Six digits for a key as it is shown: base 32 in groups, without padding."""
    text = "".join(key.split())
    padded = text + "=" * (-len(text) % GROUP)
    totp = TOTP(b32decode(padded), step=STEP_S)
    totp.time = time.time()
    return f"{totp.token():06d}"


def give_code(page: Page) -> None:
    """Enrol with the key that is shown, as at a first sign-in."""
    key = page.get_by_test_id("second-factor-key")
    expect(key).to_be_visible()
    expect(page.get_by_test_id("second-factor-code")).to_be_focused()
    page.keyboard.type(code_of(key.inner_text()))
    page.keyboard.press("Enter")
