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
AVOID_TTL_S = 24 * 3600
RECENT_TTL_S = 30 * 60
ONLINE_LEASE_S = 15


def conversation(conversation_id: ConversationId) -> str:
    """Hash, the record of a conversation. 60 s until somebody joined, then 24 h."""
    return f"{PREFIX}:{{{conversation_id}}}:conversation"


def inbox(conversation_id: ConversationId, side: Side) -> str:
    """List of JSON lines waiting for a side. As long as lines wait: the grace period."""
    return f"{PREFIX}:{{{conversation_id}}}:inbox:{side}"


def session(participant: ParticipantId) -> str:
    """Hash: `socket`, `epoch`, `conversation`, `address`. 24 h after the newest connection."""
    return f"{PREFIX}:{{{participant}}}:session"


def online() -> str:
    """Sorted set of participants by the end of their lease in Unix ms."""
    return f"{PREFIX}:online"


def waiting(pool: str) -> str:
    """Sorted set of waiting participants by the ms they began to wait. Never expires by itself;
    whoever is gone is removed when found."""
    return f"{PREFIX}:{{{pool}}}:waiting"


def seeker(pool: str, participant: ParticipantId) -> str:
    """Hash, one search: `device`, `epoch`, `since_ms`, `state`, ... 15 s, renewed by heartbeat."""
    return f"{PREFIX}:{{{pool}}}:seeker:{participant}"


def avoid(pool: str, device: DeviceId) -> str:
    """Set of devices that `device` never meets (blocked or reported, either way). 24 h, copied
    from PostgreSQL at each seek."""
    return f"{PREFIX}:{{{pool}}}:avoid:{device}"


def recent(pool: str, device: DeviceId) -> str:
    """Sorted set of devices that `device` met, by Unix ms. 30 minutes."""
    return f"{PREFIX}:{{{pool}}}:recent:{device}"


def bucket(name: str, who: str) -> str:
    """Hash, a token bucket: `tokens`, `at_ms`. Until it would be full again."""
    return f"{PREFIX}:bucket:{name}:{who}"
