"""What an operator may tune about pairing, admission and the media relay."""

from config.settings import env

ALLOWED_ORIGINS = env.words(
    "ALLOWED_ORIGINS",
    about="Exact origins (scheme://host:port) that may enter and open sockets.",
)
CAMERA_CHECK = env.choice(
    "CAMERA_CHECK", "off", among=("off",), about="The camera check before the first video match."
)
PROOF_OF_WORK = env.choice(
    "PROOF_OF_WORK", "off", among=("off",), about="Proof of work for new identities."
)
VIDEO_OPEN = env.switch("VIDEO_OPEN", default=True, about="The operator's switch for video.")
BANNER_TEXT = env.text("BANNER_TEXT", about="A line shown on top of every page; empty for none.")
RELAY_NODE = env.text(
    "RELAY_NODE", "relay-1", about="The name of this process's relay node, one of RELAY_NODES."
)
RELAY_NODES = env.words(
    "RELAY_NODES",
    "relay-1=/ws/media/",
    about="Relay nodes as name=URL; the URL absolute, or a path on the control socket's origin.",
)
SCREENED_S = env.number(
    "SCREENED_S",
    10.0,
    minimum=2.0,
    maximum=3600.0,
    about="Seconds at the start of a picture in which nothing unjudged is shown.",
)
RESUME_GRACE_S = env.number(
    "RESUME_GRACE_S",
    20.0,
    minimum=1.0,
    maximum=120.0,
    about="Seconds a lost connection keeps its conversation.",
)
