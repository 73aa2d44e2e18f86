"""The second factor: a one-time code from an authenticator app, enrolled at the first sign-in.

A password alone opens nothing: until a code was accepted in this session, the only staff pages
are this one and signing out. Wrong codes are slowed down by the device itself (1, 2, 4 … s).

Whoever has lost their authenticator gets in with a recovery code, each good once.
"""

import re
from base64 import b32encode
from io import BytesIO

import qrcode
import qrcode.image.svg
from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import receiver
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from reports.trail import audit

DEVICE_NAME = "authenticator"
RECOVERY_NAME = "recovery codes"
RECOVERY_CODES = 10
_RECOVERY = re.compile(r"[a-z2-7]{8}")
"""As django-otp makes them: 40 random bits."""


class CodeForm(forms.Form):
    """Six digits, as the authenticator shows them, or a recovery code; spaces are forgiven."""

    code = forms.CharField(
        label=gettext_lazy("Six-digit code, or a recovery code"),
        max_length=12,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autofocus": "",
                "class": "staff-input staff-code",
                "data-testid": "second-factor-code",
            }
        ),
    )

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split()).lower()
        is_digits = len(code) == 6 and code.isascii() and code.isdigit()
        if not (is_digits or _RECOVERY.fullmatch(code)):
            raise ValidationError(_("The code has six digits; a recovery code eight characters."))
        return code


def enrolled_device(user: User) -> TOTPDevice | None:
    """The person's confirmed authenticator, or None before the first enrolment."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def device_to_enrol(user: User) -> TOTPDevice:
    """The authenticator being enrolled: the same key until a code confirms it."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        device, _is_new = TOTPDevice.objects.get_or_create(
            user=user, confirmed=False, defaults={"name": DEVICE_NAME}
        )
    return device


def issue_recovery_codes(user: User) -> list[str]:
    """New recovery codes, shown once; the ones before are good for nothing any more."""
    with audit.trail():
        User.objects.select_for_update().get(pk=user.pk)
        device, _is_new = StaticDevice.objects.get_or_create(user=user, name=RECOVERY_NAME)
        device.token_set.all().delete()
        codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
        _record("staff.recovery_codes_issued", user)
    return codes


def recovery_codes_left(user: User) -> int:
    """How many recovery codes are still good."""
    return int(StaticToken.objects.filter(device__user=user).count())


def verify(user: User, code: str) -> Device | None:
    """Try `code` on the person's authenticator, enrolling it if this is the first one; a longer
    one is a recovery code, which only helps who has enrolled.

    Returns the device that accepted the code, or None. Both outcomes are audited; a refusal
    is kept although nothing else changes.
    """
    if _RECOVERY.fullmatch(code):
        return _recover(user, code)
    with audit.trail():
        User.objects.select_for_update().get(pk=user.pk)
        confirmed = enrolled_device(user)
        device = (
            TOTPDevice.objects.select_for_update()
            .filter(user=user, confirmed=confirmed is not None)
            .order_by("pk")
            .first()
        )
        if device is None:
            return None
        is_accepted = device.verify_token(code)
        if is_accepted and not device.confirmed:
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            _record("staff.second_factor_enrolled", user)
        _record("staff.signed_in" if is_accepted else "staff.second_factor_refused", user)
    return device if is_accepted else None


def _recover(user: User, code: str) -> Device | None:
    with audit.trail():
        User.objects.select_for_update().get(pk=user.pk)
        device = StaticDevice.objects.select_for_update().filter(user=user).first()
        is_accepted = (
            device is not None and enrolled_device(user) is not None and device.verify_token(code)
        )
        _record("staff.recovery_code_used" if is_accepted else "staff.second_factor_refused", user)
        if is_accepted:
            _record("staff.signed_in", user)
    return device if is_accepted else None


def is_second_factor_given(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Whether this session has shown a code (set by the one-time-password middleware)."""
    is_verified = getattr(user, "is_verified", None)
    return bool(is_verified and is_verified())


def qr_drawing(device: TOTPDevice) -> SafeString:
    """The key as an SVG drawing: no image request, so the key leaves no trace in any log."""
    picture = qrcode.make(
        device.config_url, image_factory=qrcode.image.svg.SvgPathImage, box_size=12, border=3
    )
    out = BytesIO()
    picture.save(out)
    # The drawing is made of numbers by the library; nothing a person typed is in it as text.
    return mark_safe(out.getvalue().decode().partition("?>")[2])  # noqa: S308


def readable_key(device: TOTPDevice) -> str:
    """The key in groups of four letters, for typing it into an app by hand."""
    key = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


@receiver(user_logged_in)
def on_password_accepted(sender: object, user: User, **_signal: object) -> None:
    """Staff gave their password; where no code follows, that is the sign-in."""
    if user.is_staff:
        is_all = settings.STAFF_SECOND_FACTOR == "off"
        with audit.trail():
            _record("staff.signed_in" if is_all else "staff.password_accepted", user)


@receiver(user_logged_out)
def on_signed_out(sender: object, user: User | None, **_signal: object) -> None:
    """Staff signed out."""
    if user is not None and user.is_staff:
        with audit.trail():
            _record("staff.signed_out", user)


def _record(verb: str, user: User) -> None:
    audit.record(verb, target=user, payload={}, acting_user=user)
