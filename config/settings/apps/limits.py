"""What an operator may tune about how often things may be done.

`…_DEVICE` holds for a browser and for a participant each, so that entering anew gives nobody more.
`…_PREFIX` holds for a /24 or /48, which a school or the customers of a mobile network share: far
more than one person does, and enough to stop one machine.
"""

from config.settings import env

ENTER_DEVICE_BURST, ENTER_DEVICE_PER_MIN = env.allowance(
    "ENTER_DEVICE", burst=10, per_min=1, about="times a browser may enter, and times it may leave"
)
ENTER_PREFIX_BURST, ENTER_PREFIX_PER_MIN = env.allowance(
    "ENTER_PREFIX",
    burst=100,
    per_min=2,
    about="times people of a /24 or /48 may enter, and times they may leave",
)
TERMS_DEVICE_BURST, TERMS_DEVICE_PER_MIN = env.allowance(
    "TERMS_DEVICE",
    burst=30,
    per_min=10,
    about="times a browser may ask for the terms and a challenge",
)
TERMS_PREFIX_BURST, TERMS_PREFIX_PER_MIN = env.allowance(
    "TERMS_PREFIX",
    burst=300,
    per_min=30,
    about="times people of a /24 or /48 may ask for the terms and a challenge",
)
CONNECTIONS_DEVICE_BURST, CONNECTIONS_DEVICE_PER_MIN = env.allowance(
    "CONNECTIONS_DEVICE", burst=20, per_min=60, about="control sockets that a browser may open"
)
CONNECTIONS_PREFIX_BURST, CONNECTIONS_PREFIX_PER_MIN = env.allowance(
    "CONNECTIONS_PREFIX",
    burst=1000,
    per_min=600,
    about="control sockets that people of a /24 or /48 may open; after a restart they all do",
)
SEARCHES_DEVICE_BURST, SEARCHES_DEVICE_PER_MIN = env.allowance(
    "SEARCHES_DEVICE",
    burst=20,
    per_min=60,
    about="searches of a browser; who goes through strangers faster meets nobody, and only takes "
    "the others from each other",
)
SEARCHES_PREFIX_BURST, SEARCHES_PREFIX_PER_MIN = env.allowance(
    "SEARCHES_PREFIX", burst=1000, per_min=1200, about="searches of people of a /24 or /48"
)
CHECKS_DEVICE_BURST, CHECKS_DEVICE_PER_MIN = env.allowance(
    "CHECKS_DEVICE",
    burst=6,
    per_min=2,
    about="camera checks of a browser; each has some forty pictures judged at most",
)
CHECKS_PREFIX_BURST, CHECKS_PREFIX_PER_MIN = env.allowance(
    "CHECKS_PREFIX", burst=200, per_min=120, about="camera checks of people of a /24 or /48"
)
RELAYS_DEVICE_BURST, RELAYS_DEVICE_PER_MIN = env.allowance(
    "RELAYS_DEVICE",
    burst=10,
    per_min=30,
    about="fresh media tokens of a browser; each attachment has two pictures judged at once, and "
    "may not take everybody else's share of screening",
)
ATTACHMENTS_PREFIX_BURST, ATTACHMENTS_PREFIX_PER_MIN = env.allowance(
    "ATTACHMENTS_PREFIX",
    burst=1000,
    per_min=1200,
    about="media sockets that people of a /24 or /48 may open, with a good token or a bad one",
)
REPORTS_DEVICE_BURST, REPORTS_DEVICE_PER_MIN = env.allowance(
    "REPORTS_DEVICE", burst=5, per_min=2, about="reports and blocks of a browser"
)
LOOKS_DEVICE_BURST, LOOKS_DEVICE_PER_MIN = env.allowance(
    "LOOKS_DEVICE",
    burst=20,
    per_min=30,
    about="times a browser may ask what is stored about it; each reads a dozen tables",
)
LOOKS_PREFIX_BURST, LOOKS_PREFIX_PER_MIN = env.allowance(
    "LOOKS_PREFIX",
    burst=300,
    per_min=120,
    about="times people of a /24 or /48 may ask what is stored about them",
)
CHANGES_DEVICE_BURST, CHANGES_DEVICE_PER_MIN = env.allowance(
    "CHANGES_DEVICE",
    burst=20,
    per_min=12,
    about="preferences kept, blocks undone and deletions of a browser",
)
CHANGES_PREFIX_BURST, CHANGES_PREFIX_PER_MIN = env.allowance(
    "CHANGES_PREFIX",
    burst=300,
    per_min=300,
    about="preferences kept, blocks undone and deletions of people of a /24 or /48",
)
APPEALS_DEVICE_BURST, APPEALS_DEVICE_PER_MIN = env.allowance(
    "APPEALS_DEVICE",
    burst=10,
    per_min=2,
    about="appeals that a browser may send, and times it may say that somebody asked for it",
)
APPEALS_PREFIX_BURST, APPEALS_PREFIX_PER_MIN = env.allowance(
    "APPEALS_PREFIX",
    burst=300,
    per_min=300,
    about="appeals that people of a /24 or /48 may send, and times they may say that somebody "
    "asked for it",
)
NOTICES_DEVICE_BURST, NOTICES_DEVICE_PER_MIN = env.allowance(
    "NOTICES_DEVICE", burst=5, per_min=0.2, about="notices that a browser may send"
)
NOTICES_PREFIX_BURST, NOTICES_PREFIX_PER_MIN = env.allowance(
    "NOTICES_PREFIX", burst=30, per_min=2, about="notices that people of a /24 or /48 may send"
)
SIGN_IN_PREFIX_BURST, SIGN_IN_PREFIX_PER_MIN = env.allowance(
    "SIGN_IN_PREFIX", burst=30, per_min=2, about="staff passwords tried from a /24 or /48"
)
SIGN_IN_HERE_BURST, SIGN_IN_HERE_PER_MIN = env.allowance(
    "SIGN_IN_HERE",
    burst=10,
    per_min=1,
    about="passwords tried on one staff account from a /24 or /48",
)
SIGN_IN_ACCOUNT_BURST, SIGN_IN_ACCOUNT_PER_MIN = env.allowance(
    "SIGN_IN_ACCOUNT",
    burst=50,
    per_min=12,
    about="passwords tried on one staff account from everywhere",
)
SIGN_IN_LOCK_AFTER = env.whole(
    "SIGN_IN_LOCK_AFTER",
    15,
    minimum=3,
    maximum=100,
    about="Wrong passwords on one staff account from a /24 or /48 after which it is locked there.",
)
SIGN_IN_LOCK_S = env.whole(
    "SIGN_IN_LOCK_S",
    1800,
    minimum=60,
    maximum=86_400,
    about="Seconds for which it is locked there; from other networks it stays open.",
)
