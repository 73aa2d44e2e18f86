"""Every Redis key of the control part: type, owner, lifetime.

What belongs to one conversation, one participant or one pool shares a hash tag, so that a cluster
keeps it in one slot.
"""

from moderation.samples import Side
from reports.ids import ConversationId, DeviceId, ParticipantId

PREFIX = "parley:chat"

CONVERSATION_TTL_S = 24 * 3600
CONVERSATION_PENDING_TTL_S = 60
SESSION_TTL_S = 24 * 3600
SEEKER_LEASE_S = 15
CLAIM_MS = 2000
"""A claim that is not a pair by then has lapsed, and both search on."""
AVOID_TTL_S = 24 * 3600
RECENT_TTL_S = 30 * 60
SHORT_ID_BYTES = 8
"""Of a device's random id, where many are packed: enough that two never share them by chance."""
ONLINE_LEASE_S = 15
INTEREST_DEVICES_TTL_S = 2 * 24 * 3600
MEDIA_TOKEN_TTL_S = 60
NODE_LEASE_MS = 3000
GOODBYE_TTL_S = 60
SKIPS_TTL_S = 120
REPORTED_TTL_S = 3600
CAMERA_CHECK_TTL_S = 120
CAMERA_PASS_TTL_S = 600
"""How long a passed camera check counts."""
CAMERA_FAILURES_TTL_S = 3600
VALVE_TTL_S = 60


def conversation(conversation_id: ConversationId) -> str:
    """Hash, the record of a conversation. 60 s until somebody joined, then 24 h."""
    return f"{PREFIX}:{{{conversation_id}}}:conversation"


def goodbye(conversation_id: ConversationId) -> str:
    """Hash, when each side left on its own (Unix ms), by side. 60 s."""
    return f"{PREFIX}:{{{conversation_id}}}:goodbye"


def inbox(conversation_id: ConversationId, side: Side) -> str:
    """List of JSON lines waiting for a side. As long as lines wait: the grace period."""
    return f"{PREFIX}:{{{conversation_id}}}:inbox:{side}"


def session(participant: ParticipantId) -> str:
    """Hash: `socket`, `epoch`, `conversation`, `address`, `level`. 24 h after the newest
    connection."""
    return f"{PREFIX}:{{{participant}}}:session"


def online() -> str:
    """Sorted set of participants by the end of their lease in Unix ms. 15 s after the newest."""
    return f"{PREFIX}:online"


def pool_base(pool: str) -> str:
    """What all keys of a pool begin with; its scripts make the keys of those they find."""
    return f"{PREFIX}:{{{pool}}}:"


def seeker(pool: str, participant: ParticipantId) -> bytes:
    """String, packed, one search: see lua/pool.lua. 15 s, renewed by heartbeat."""
    return pool_base(pool).encode() + b"seeker:" + participant.bytes


def queue(pool: str, name: str, part: str) -> str:
    """List of entries (participant and epoch) of those who wait, in order: `front`, then `back`.
    `name` is `all`, `interest:<name>` or `language:<tag>`. 15 s, renewed with those who wait."""
    return pool_base(pool) + f"queue:{name}:{part}"


def avoid(pool: str, device: DeviceId) -> bytes:
    """String, packed: 8 bytes of each device that `device` never meets (blocked or reported,
    either way). Copied from PostgreSQL at each seek, and 24 h at most."""
    return pool_base(pool).encode() + b"avoid:" + device.bytes


def recent(pool: str, device: DeviceId) -> bytes:
    """String, packed: the newest devices that `device` met, 8 bytes of the id and 4 of Unix
    seconds each. 30 minutes."""
    return pool_base(pool).encode() + b"recent:" + device.bytes


def interest_devices(day: int, name: str) -> str:
    """HyperLogLog of the devices that named an interest on a day since 1970. 2 days."""
    return f"{PREFIX}:interest:{day}:{name}"


def bucket(name: str, who: str) -> str:
    """Hash, a token bucket: `tokens`, `at_ms`. Until it would be full again. Those of a family
    (`family.kind`) are taken from in one call and share a slot."""
    family, _, _ = name.partition(".")
    return f"{PREFIX}:{{{family}}}:bucket:{name}:{who}"


def prefix_newcomers(prefix: str) -> str:
    """Sorted set of new identities by Unix ms; `prefix` is a keyed hash, here as below. 1 h after
    the newest."""
    return f"{PREFIX}:{{{prefix}}}:newcomers"


def prefix_proof(prefix: str, proof: str) -> str:
    """String, there once this proof was spent. As long as it would have been good."""
    return f"{PREFIX}:{{{prefix}}}:proof:{proof}"


def prefix_refused(prefix: str) -> str:
    """Sorted set of refused proofs by Unix ms. 1 h after the newest."""
    return f"{PREFIX}:{{{prefix}}}:refused"


def prefix_barred(prefix: str) -> str:
    """Sorted set of devices that were turned away for a sanction, by Unix ms. 24 h after the
    newest."""
    return f"{PREFIX}:{{{prefix}}}:barred"


def prefix_under_age(prefix: str) -> str:
    """String, there for UNDER_AGE_SIGNAL_S after an under-age birth date."""
    return f"{PREFIX}:{{{prefix}}}:under_age"


def skips(device: DeviceId) -> str:
    """Number of conversations that a device left within seconds. 2 min after the first."""
    return f"{PREFIX}:{{{device}}}:skips"


def reported(device: DeviceId) -> str:
    """String, there while a partner's report of a device counts as a risk. 1 h."""
    return f"{PREFIX}:{{{device}}}:reported"


def media_token(token_digest: str) -> str:
    """String (JSON), what a media token grants; the key holds its SHA-256. 60 s, one use."""
    return f"{PREFIX}:media_token:{token_digest}"


def attachments(conversation_id: ConversationId, side: Side) -> str:
    """Number of the newest media attachment of a side. 24 h after the newest."""
    return f"{PREFIX}:{{{conversation_id}}}:attachments:{side}"


def camera_check(check_id: ConversationId) -> str:
    """Hash, a camera check: who makes it, where, and how it stands. 2 minutes."""
    return f"{PREFIX}:camera_check:{check_id}"


def camera_pass(device: DeviceId) -> str:
    """String (JSON), the camera check that a device has passed: `until_ms`, `is_age_in_doubt`. 10
    minutes."""
    return f"{PREFIX}:camera_pass:{device}"


def camera_failures(device: DeviceId) -> str:
    """Number of camera checks that a device has failed since it passed one. 1 h after the
    newest."""
    return f"{PREFIX}:camera_failures:{device}"


def node_lease(node: str) -> str:
    """String, there while a relay node lives. 3 s, renewed every second by the node."""
    return f"{PREFIX}:node:{node}"


def valve() -> str:
    """String (JSON), how far the valve is closed. 60 s after it was last turned."""
    return f"{PREFIX}:valve"
