"""What an operator may tune about evidence, sanctions, appeals and the audit trail."""

from functools import partial
from pathlib import Path

from django.templatetags.static import static

from config.settings import env


def _staff_stylesheet(name: str, _request: object) -> str:
    """The address of one of the staff pages' own style sheets, as the theme asks for it."""
    return static(f"reports/staff/{name}.css")


# The staff pages. The palette is the public site's pine on paper, so that staff and public pages
# read as one house.
_second_factor = env.choice(
    "STAFF_SECOND_FACTOR",
    "required",
    among=("required", "off", "off-knowingly"),
    about="Whether staff sign in with a one-time code as well; `off` is for development, and "
    "production takes only `off-knowingly` instead.",
)
STAFF_SECOND_FACTOR = "required" if _second_factor == "required" else "off"
IS_SECOND_FACTOR_OFF_KNOWINGLY = _second_factor == "off-knowingly"
OTP_TOTP_ISSUER = "Parley"
STAFF_IDLE_S = env.whole(
    "STAFF_IDLE_S",
    1800,
    minimum=60,
    maximum=28_800,
    about="Seconds without a click after which staff have to sign in again.",
)
STAFF_SESSION_S = env.whole(
    "STAFF_SESSION_S",
    36_000,
    minimum=600,
    maximum=86_400,
    about="Seconds after which staff have to sign in again, however busy they are.",
)
# Only staff have sessions: theirs go to the staff pages alone and end with the working day.
SESSION_COOKIE_NAME = "parley_staff"
SESSION_COOKIE_PATH = "/admin/"
SESSION_COOKIE_AGE = STAFF_SESSION_S
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
UNFOLD = {
    "SITE_TITLE": "Parley staff",
    "SITE_HEADER": "Parley",
    "SITE_SUBHEADER": "Trust and safety",
    "SITE_SYMBOL": "forum",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "reports.admin.navigation.favicon"},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "9px",
    # In this order: where two rules are equally specific, the later one wins.
    "STYLES": [
        partial(_staff_stylesheet, name)
        for name in (
            "surface",
            "controls",
            "tables",
            "overview",
            "report",
            "evidence",
            "desk",
            "pages",
            "measures",
        )
    ],
    "SCRIPTS": [lambda _request: static("reports/first_field.js")],
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": "reports.admin.navigation.sidebar",
    },
    "COLORS": {
        "base": {
            "50": "#f7f5f0",
            "100": "#efebe3",
            "200": "#ddd7cb",
            "300": "#c3c0b5",
            "400": "#93a09b",
            "500": "#63716f",
            "600": "#4c5a5a",
            "700": "#364545",
            "800": "#263434",
            "900": "#172122",
            "950": "#0e1516",
        },
        "primary": {
            "50": "#eff7f5",
            "100": "#dfebe7",
            "200": "#bfe0d9",
            "300": "#8fd3c5",
            "400": "#62b9aa",
            "500": "#4da393",
            "600": "#1d5c57",
            "700": "#154642",
            "800": "#123c39",
            "900": "#0f312f",
            "950": "#0a2422",
        },
    },
}

# Evidence is sealed to a public key: whoever can seal can't open.
EVIDENCE_PUBLIC_KEY = env.text(
    "EVIDENCE_PUBLIC_KEY",
    about="X25519 public key that evidence is sealed to, 32 bytes in URL-safe base64.",
)
EVIDENCE_PRIVATE_KEY = env.text(
    "EVIDENCE_PRIVATE_KEY",
    about="Its private half, for the web process that serves evidence to staff and for no other.",
)
EVIDENCE_PRIVATE_KEYS_BEFORE = env.words(
    "EVIDENCE_PRIVATE_KEYS_BEFORE",
    about="Private keys that evidence was sealed to before, beside EVIDENCE_PRIVATE_KEY, until "
    "`manage.py rotate_evidence_keys` says that nothing needs them any more.",
)
EVIDENCE_STORAGE = env.storage(
    "EVIDENCE_STORAGE",
    about="A Django storage that keeps sealed evidence, instead of EVIDENCE_DIR: JSON with BACKEND "
    "and OPTIONS, as in Django's STORAGES. `reports.buckets.Bucket` speaks S3.",
)
# Named and not imported: what is looked at is decoded by the decoder that judged it, and reports
# know nothing of the rooms above them.
SEGMENT_DECODER = "moderation.segments.picture_at"
# Named for the same reason: frames of the prevalence sample are in that room's Redis.
PREVALENCE_MEMORY = "moderation.stores.prevalence.RedisFrames"
AUDIT_ANCHOR_KEY = env.text(
    "AUDIT_ANCHOR_KEY",
    about="Ed25519 private key that signs the audit trail's anchors, 32 bytes in URL-safe base64; "
    "for the ops worker.",
)
AUDIT_ANCHOR_PUBLIC_KEY = env.text(
    "AUDIT_ANCHOR_PUBLIC_KEY",
    about="Its public half, to verify anchors without being able to sign them. Default: derived "
    "from AUDIT_ANCHOR_KEY.",
)
AUDIT_ANCHOR_STORAGE = env.storage(
    "AUDIT_ANCHOR_STORAGE",
    about="A Django storage that keeps the anchors as objects, instead of AUDIT_ANCHOR_DIR: JSON "
    "with BACKEND and OPTIONS, as in Django's STORAGES. Best one that refuses to change or delete "
    "objects; `reports.buckets.Bucket` speaks S3.",
)
REPORT_WINDOW_S = env.whole(
    "REPORT_WINDOW_S",
    3600,
    about="Seconds in which reports by several people about the same one become one report.",
)
CLAIM_LEASE_S = env.whole(
    "CLAIM_LEASE_S", 600, minimum=60, about="Seconds a claimed report is kept without a heartbeat."
)
STRIKE_EXPIRY_DAYS = env.whole(
    "STRIKE_EXPIRY_DAYS", 180, minimum=1, about="Days after which a strike counts no more."
)
HOLD_DECIDE_WITHIN_S = env.whole(
    "HOLD_DECIDE_WITHIN_S",
    24 * 3600,
    minimum=60,
    about="Seconds in which a person has to decide on a hold before it is overdue.",
)
REPORT_DUE_S = env.whole(
    "REPORT_DUE_S",
    24 * 3600,
    minimum=60,
    about="Service level: seconds in which a report is to be decided.",
)
SAFETY_REPORT_DUE_S = env.whole(
    "SAFETY_REPORT_DUE_S",
    3600,
    minimum=60,
    about="Service level of child-safety and threat-to-life reports in seconds.",
)
APPEAL_WITHIN_DAYS = env.whole(
    "APPEAL_WITHIN_DAYS",
    183,
    minimum=183,
    about="Days in which a statement can be appealed; the law asks for at least six months.",
)
RETENTION_RULES = Path(
    env.text(
        "RETENTION_RULES", about="A file of retention rules to use instead of the shipped one."
    )
    or Path(__file__).resolve().parents[3] / "reports" / "house_rules" / "retention.toml"
)
# How much of originals one person is shown; the service that opens them keeps to it.
EXPOSURE_DAY_ITEMS = env.whole(
    "EXPOSURE_DAY_ITEMS", 200, minimum=1, about="Originals that one moderator may open in a day."
)
EXPOSURE_DAY_S = env.whole(
    "EXPOSURE_DAY_S",
    3600,
    minimum=1,
    about="Seconds that one moderator may have originals open in a day.",
)
EXPOSURE_DAY_SEVERE = env.whole(
    "EXPOSURE_DAY_SEVERE",
    40,
    minimum=1,
    about="Originals on the safety floor (children, threats to life) that one moderator may open "
    "in a day.",
)
EXPOSURE_STRETCH_ITEMS = env.whole(
    "EXPOSURE_STRETCH_ITEMS",
    30,
    minimum=1,
    about="Originals after which a moderator has to take a break.",
)
EXPOSURE_STRETCH_S = env.whole(
    "EXPOSURE_STRETCH_S",
    900,
    minimum=1,
    about="Seconds of open originals after which a moderator has to take a break.",
)
EXPOSURE_BREAK_S = env.whole(
    "EXPOSURE_BREAK_S",
    600,
    minimum=1,
    about="Seconds of a break; who pauses for so long on their own needs none.",
)
VIEWS_WITHOUT_DECISION_MAX = env.whole(
    "VIEWS_WITHOUT_DECISION_MAX",
    10,
    minimum=1,
    about="Reports of a week whose originals somebody opened and did not decide, before leads are "
    "alarmed.",
)
LIFT_RATE_MAX = env.number(
    "LIFT_RATE_MAX",
    0.5,
    maximum=1.0,
    about="Share of a week's sanctions that somebody lifts, before leads are alarmed, if it is "
    "above the others' share.",
)
SEALED_REQUEST_S = env.whole(
    "SEALED_REQUEST_S",
    24 * 3600,
    minimum=60,
    about="Seconds in which a request to see sealed evidence can be answered.",
)
SEALED_ACCESS_S = env.whole(
    "SEALED_ACCESS_S",
    3600,
    minimum=60,
    maximum=24 * 3600,
    about="Seconds for which an approved request opens sealed evidence to who asked.",
)
QUALITY_SAMPLE_SIZE = env.whole(
    "QUALITY_SAMPLE_SIZE",
    20,
    maximum=500,
    about="How many of a day's decisions are decided a second time, blind; of what is sealed as "
    "many again. 0: none.",
)
STATEMENT_TERRITORY = env.words(
    "STATEMENT_TERRITORY",
    about="Where a restriction holds, as ISO country codes for the EU Transparency Database; "
    "empty: not stated.",
)
