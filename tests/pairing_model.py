"""Pairing as a straightforward scan over everybody who waits: what the Lua must answer, too.

Pure Python, no indexes: the reference for the state machine (tests/integration/chat) and the
baseline of `make bench-pairing`. It follows docs/pairing.md, not the scripts.
"""

from dataclasses import dataclass, field

from chat.stores.keys import CLAIM_MS
from chat.stores.pairing import RECENT_MAX, Patience, Search, Stage, Standing
from reports.ids import ConversationId, DeviceId, ParticipantId

PER_INTEREST, INTERESTS_MAX, PER_LANGUAGE, PER_ALL, AT_A_TIME = 4, 8, 16, 32, 4
BACK_AFTER_MS = 1000
RECENT_MS = 30 * 60 * 1000


Place = tuple[ParticipantId, int]
"""A search: whose, and its epoch."""


@dataclass(slots=True)
class Seeker:
    """One search as the pool knows it."""

    search: Search
    state: str = "waiting"
    conversation: ConversationId | None = None
    claimed_ms: int = 0
    place: int = 0

    def is_claimed(self, now_ms: int) -> bool:
        return self.state == "claimed" and now_ms - self.claimed_ms < CLAIM_MS

    def is_alive(self) -> bool:
        return self.state in {"waiting", "claimed"}


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """Sorted, the best comes first."""

    level: Stage
    minus_weight: int
    is_unlike: bool
    since_ms: int
    participant: bytes
    seeker: Seeker = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Of those looked at: the best stranger, the best of those met lately."""

    best: Candidate | None
    familiar: Candidate | None
    is_somebody_else_there: bool


@dataclass(slots=True)
class Pool:
    """Everybody of one pool: `line` in the order in which they came, `content` in the order in
    which a common language became enough for them."""

    patience: Patience
    seekers: dict[ParticipantId, Seeker] = field(default_factory=dict)
    line: list[Place] = field(default_factory=list)
    content: list[Place] = field(default_factory=list)
    avoided: dict[DeviceId, set[DeviceId]] = field(default_factory=dict)
    met: dict[DeviceId, list[tuple[DeviceId, int]]] = field(default_factory=dict)

    def seek(
        self, search: Search, conversation: ConversationId, now_ms: int
    ) -> tuple[Standing, object]:
        """The standing; with it the conversation, the stage, or the partner's search."""
        known = self.seekers.get(search.person.participant)
        settled = _settled(known, search, now_ms)
        if settled is not None:
            return settled
        is_same = known is not None and known.search.epoch == search.epoch
        own = Seeker(search=search, place=known.place if known and is_same else 0)
        chosen = self._choose(own, now_ms)
        self.seekers[search.person.participant] = own
        if chosen is None:
            stage = self._stage(search, now_ms)
            self._enqueue(own, 2 if stage >= Stage.LANGUAGE else 1, now_ms)
            return Standing.WAITING, stage
        for seeker in (own, chosen):
            seeker.state, seeker.conversation, seeker.claimed_ms = "claimed", conversation, now_ms
        return Standing.CLAIMED, chosen.search

    def confirm(
        self, one: ParticipantId, other: ParticipantId, conversation: ConversationId, now_ms: int
    ) -> bool:
        pair = [self.seekers.get(one), self.seekers.get(other)]
        for seeker in pair:
            if seeker is None or seeker.conversation != conversation:
                return False
            if not seeker.is_claimed(now_ms):
                return False
        devices = [seeker.search.person.device for seeker in pair if seeker]
        for seeker in pair:
            assert seeker is not None
            seeker.state = "paired"
        for device, met in (devices, devices[::-1]):
            self.met[device] = [(met, now_ms // 1000), *self.met.get(device, [])][:RECENT_MAX]
        return True

    def release(
        self, participant: ParticipantId, conversation: ConversationId, state: str, now_ms: int
    ) -> None:
        seeker = self.seekers.get(participant)
        if seeker is None or seeker.state != "claimed" or seeker.conversation != conversation:
            return
        seeker.state, seeker.conversation = state, None
        if state == "waiting":
            self._enqueue(seeker, 1, now_ms)

    def leave(self, search: Search) -> ConversationId | None:
        known = self.seekers.get(search.person.participant)
        if known is not None and known.search.epoch > search.epoch:
            return None
        left = Seeker(search=search, state="left")
        self.seekers[search.person.participant] = left
        if known is not None and known.search.epoch == search.epoch and known.state == "paired":
            return known.conversation
        return None

    def lapse(self, participant: ParticipantId) -> None:
        """The lease has run out."""
        self.seekers.pop(participant, None)

    def avoid(self, one: DeviceId, other: DeviceId) -> None:
        self.avoided.setdefault(one, set()).add(other)

    def wait(self, search: Search, now_ms: int) -> None:
        """Let somebody wait without looking for anybody, content with a common language."""
        seeker = self.seekers[search.person.participant] = Seeker(search=search)
        self._enqueue(seeker, 2, now_ms)

    def _enqueue(self, seeker: Seeker, place: int, now_ms: int) -> None:
        who = (seeker.search.person.participant, seeker.search.epoch)
        if seeker.place < 1:
            is_new = now_ms - seeker.search.since_ms < BACK_AFTER_MS
            self.line.insert(len(self.line) if is_new else 0, who)
        if seeker.place < 2 <= place:
            self.content.append(who)
        seeker.place = max(seeker.place, place)

    def _choose(self, own: Seeker, now_ms: int) -> Seeker | None:
        waiting = self._waiting(self.line, own, now_ms)
        search, stage = own.search, self._stage(own.search, now_ms)
        looked_at: dict[ParticipantId, Seeker] = {}
        found = self._judge(own, looked_at, now_ms)
        left, unlooked = INTERESTS_MAX, sum(interest.weight for interest in search.interests)
        for interest in search.interests:
            if found.best is not None and -found.best.minus_weight > unlooked:
                break
            holders = [w for w in waiting if interest.name in _names(w.search)]
            limit = min(left, PER_INTEREST)
            left -= _look(looked_at, holders[:limit])
            unlooked -= interest.weight
            found = self._judge(own, looked_at, now_ms)
        if stage >= Stage.LANGUAGE:
            content = self._waiting(self.content, own, now_ms)
            for language in search.languages:
                speakers = [w for w in content if language in w.search.languages]
                found = self._look_until_one_fits(own, looked_at, speakers[:PER_LANGUAGE], now_ms)
        if stage is Stage.ANYONE or found.familiar is not None:
            found = self._look_until_one_fits(own, looked_at, waiting[:PER_ALL], now_ms)
        if found.best is not None:
            return found.best.seeker
        if found.is_somebody_else_there or found.familiar is None:
            return None
        return found.familiar.seeker

    def _look_until_one_fits(
        self,
        own: Seeker,
        looked_at: dict[ParticipantId, Seeker],
        queue: list[Seeker],
        now_ms: int,
    ) -> "Found":
        found = self._judge(own, looked_at, now_ms)
        for first in range(0, len(queue), AT_A_TIME):
            if found.best is not None:
                break
            _look(looked_at, queue[first : first + AT_A_TIME])
            found = self._judge(own, looked_at, now_ms)
        return found

    def _waiting(self, line: list[Place], own: Seeker, now_ms: int) -> list[Seeker]:
        """Who waits, unclaimed, in order."""
        found = []
        for participant, epoch in line:
            seeker = self.seekers.get(participant)
            if seeker is None or seeker.search.epoch != epoch or not seeker.is_alive():
                continue
            if participant != own.search.person.participant and not seeker.is_claimed(now_ms):
                found.append(seeker)
        return found

    def _judge(self, own: Seeker, looked_at: dict[ParticipantId, Seeker], now_ms: int) -> "Found":
        strangers: list[Candidate] = []
        familiar: list[Candidate] = []
        is_somebody_else_there = False
        for seeker in looked_at.values():
            other = seeker.search
            if not self._may_meet(own.search.person.device, other.person.device):
                continue
            candidate = _weighed(own.search, seeker)
            is_willing = candidate.level is Stage.COMMON or (
                self._stage(own.search, now_ms) >= candidate.level
                and self._stage(other, now_ms) >= candidate.level
            )
            if self._met_lately(own.search.person.device, other.person.device, now_ms):
                familiar += [candidate] if is_willing else []
                continue
            is_somebody_else_there |= candidate.level is Stage.COMMON or not (
                own.search.only_common or other.only_common
            )
            strangers += [candidate] if is_willing else []
        return Found(
            best=min(strangers, default=None),
            familiar=min(familiar, default=None),
            is_somebody_else_there=is_somebody_else_there,
        )

    def _may_meet(self, one: DeviceId, other: DeviceId) -> bool:
        return (
            one != other
            and other not in self.avoided.get(one, ())
            and one not in self.avoided.get(other, ())
        )

    def _met_lately(self, one: DeviceId, other: DeviceId, now_ms: int) -> bool:
        return any(
            met == partner and now_ms // 1000 - at_s < RECENT_MS // 1000
            for device, partner in ((one, other), (other, one))
            for met, at_s in self.met.get(device, ())
        )

    def _stage(self, search: Search, now_ms: int) -> Stage:
        waited_ms = now_ms - search.since_ms
        if search.only_common or (search.interests and waited_ms < self.patience.common_ms):
            return Stage.COMMON
        if search.languages and waited_ms < self.patience.language_ms:
            return Stage.LANGUAGE
        return Stage.ANYONE


def _settled(
    known: Seeker | None, search: Search, now_ms: int
) -> tuple[Standing, ConversationId | None] | None:
    """What there is to say without looking for anybody, if so."""
    if known is None or known.search.epoch < search.epoch:
        return None
    if known.search.epoch > search.epoch or known.state == "left":
        return Standing.STALE, None
    if known.state == "paired":
        return Standing.PAIRED, known.conversation
    if known.state == "refused":
        return Standing.REFUSED, None
    return (Standing.HELD, None) if known.is_claimed(now_ms) else None


def _look(looked_at: dict[ParticipantId, Seeker], queue: list[Seeker]) -> int:
    for seeker in queue:
        looked_at.setdefault(seeker.search.person.participant, seeker)
    return len(queue)


def _names(search: Search) -> set[str]:
    return {interest.name for interest in search.interests}


def _weighed(own: Search, seeker: Seeker) -> Candidate:
    weights = {interest.name: interest.weight for interest in own.interests}
    other = seeker.search
    weight = sum(weights[name] for name in weights.keys() & _names(other))
    if weight > 0:
        level = Stage.COMMON
    else:
        level = Stage.LANGUAGE if set(own.languages) & set(other.languages) else Stage.ANYONE
    return Candidate(
        level=level,
        minus_weight=-weight,
        is_unlike=own.is_doubtful != other.is_doubtful,
        since_ms=other.since_ms,
        participant=other.person.participant.bytes,
        seeker=seeker,
    )
