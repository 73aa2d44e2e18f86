"""What an operator may tune about pairing, admission and the media relay."""

from config.settings import env

ALLOWED_ORIGINS = env.words(
    "ALLOWED_ORIGINS",
    about="Exact origins (scheme://host:port) that may enter and open sockets.",
)
_camera_check = env.choice(
    "CAMERA_CHECK",
    "on",
    among=("on", "off", "off-knowingly"),
    about="The camera check before the first video match; `off` is for development, and "
    "production takes only `off-knowingly` instead.",
)
CAMERA_CHECK = "on" if _camera_check == "on" else "off"
IS_CAMERA_CHECK_OFF_KNOWINGLY = _camera_check == "off-knowingly"
VIDEO_OPEN = env.switch("VIDEO_OPEN", default=True, about="The operator's switch for video.")
BANNER_TEXT = env.text(
    "BANNER_TEXT", about="A line on top of the chat page and the pages of words; empty for none."
)
RELAY_NODE = env.text(
    "RELAY_NODE",
    "relay-1",
    about="The name of this process's relay node, one of RELAY_NODES; empty for a process without "
    "media.",
)
RELAY_NODES = env.words(
    "RELAY_NODES",
    "relay-1=/ws/media/",
    about="Relay nodes as name=URL; the URL absolute, or a path on the control socket's origin.",
)
PAIRING_COMMON_S = env.number(
    "PAIRING_COMMON_S",
    2.0,
    minimum=0.0,
    maximum=60.0,
    about="Seconds for which somebody with a common interest is looked for.",
)
PAIRING_LANGUAGE_S = env.number(
    "PAIRING_LANGUAGE_S",
    2.0,
    minimum=0.0,
    maximum=60.0,
    about="Further seconds for which somebody with a common language is looked for; then anyone.",
)
INTEREST_DEVICES_MIN = env.whole(
    "INTEREST_DEVICES_MIN",
    20,
    minimum=1,
    about="Devices that have named an interest today before it brings anybody together, so that a "
    "rare word is no meeting point; 1 in development.",
)
SCREENED_S = env.number(
    "SCREENED_S",
    10.0,
    minimum=2.0,
    maximum=3600.0,
    about="Seconds at the start of a picture in which nothing unjudged is shown.",
)
VERDICT_MAX_AGE_S = env.number(
    "VERDICT_MAX_AGE_S",
    10.0,
    minimum=7.0,
    maximum=60.0,
    about="Seconds since the capture of the last clear picture after which a picture is held.",
)
RESUME_GRACE_S = env.number(
    "RESUME_GRACE_S",
    20.0,
    minimum=1.0,
    maximum=120.0,
    about="Seconds a lost connection keeps its conversation.",
)
TRUSTED_PROXIES = env.words(
    "TRUSTED_PROXIES",
    about="Networks (CIDR) of our own proxies, whose X-Forwarded-For is believed.",
)
TERMS_VERSION = env.text(
    "TERMS_VERSION", "1", about="Raise it with the terms: everybody is asked to accept them anew."
)
SANCTION_LEASE_S = env.number(
    "SANCTION_LEASE_S",
    30.0,
    minimum=0.2,
    maximum=30.0,
    about="Seconds after which an attached "
    "socket reads again whether its participant is barred, in case it was not told.",
)
DATABASE_THREADS = env.whole(
    "DATABASE_THREADS",
    4,
    minimum=1,
    maximum=64,
    about="Threads of a web process that wait for PostgreSQL on behalf of sockets.",
)
DATABASE_ANSWER_S = env.number(
    "DATABASE_ANSWER_S",
    1.5,
    minimum=0.1,
    maximum=1.8,
    about="Seconds that a socket waits for "
    "PostgreSQL; less than the 2 s for which a claimed partner is kept.",
)
