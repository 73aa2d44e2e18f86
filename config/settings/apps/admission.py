"""What an operator may tune about who comes in, and at what price."""

from config.settings import env

_proof_of_work = env.choice(
    "PROOF_OF_WORK",
    "on",
    among=("on", "off", "off-knowingly"),
    about="Proof of work for new identities; `off` is for development, and production takes only "
    "`off-knowingly` instead.",
)
PROOF_OF_WORK = "on" if _proof_of_work == "on" else "off"
IS_PROOF_OF_WORK_OFF_KNOWINGLY = _proof_of_work == "off-knowingly"
PROOF_TRIES = env.whole(
    "PROOF_TRIES",
    1500,
    minimum=2,
    maximum=1_000_000,
    about="Most keys that a new identity's browser derives while nothing speaks against its "
    "address prefix; half of them on average.",
)
PROOF_ITERATIONS = env.whole(
    "PROOF_ITERATIONS",
    5000,
    minimum=1,
    maximum=1_000_000,
    about="Rounds of PBKDF2 for each of those keys.",
)
PROOF_DOUBLINGS_MAX = env.whole(
    "PROOF_DOUBLINGS_MAX",
    5,
    maximum=12,
    about="How often the work is doubled at most, whatever an address prefix did: its neighbours "
    "have to get in.",
)
PROOF_NEWCOMERS_STEP = env.whole(
    "PROOF_NEWCOMERS_STEP",
    10,
    minimum=1,
    about="New identities of a prefix within an hour that double the work once.",
)
PROOF_REFUSED_STEP = env.whole(
    "PROOF_REFUSED_STEP",
    5,
    minimum=1,
    about="Forged, wrong or replayed proofs of a prefix within an hour that double the work once.",
)
PROOF_TTL_S = env.whole(
    "PROOF_TTL_S",
    900,
    minimum=60,
    maximum=3600,
    about="Seconds for which a challenge can be solved and handed in.",
)
UNDER_AGE_SIGNAL_S = env.whole(
    "UNDER_AGE_SIGNAL_S",
    900,
    minimum=1,
    maximum=86_400,
    about="Seconds after an under-age birth date in which new devices of the same prefix work four "
    "times as long.",
)
NEW_IDENTITIES_PER_HOUR = env.whole(
    "NEW_IDENTITIES_PER_HOUR",
    100,
    minimum=1,
    maximum=100_000,
    about="Most new devices of one /24 or /48 within any hour.",
)
