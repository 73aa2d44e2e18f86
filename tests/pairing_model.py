"""Pairing as a straightforward scan over everybody who waits: what the Lua must answer, too.

Pure Python, no indexes: the reference for the state machine (tests/integration/chat) and the
baseline of `make bench-pairing`. It follows docs/pairing.md, not the scripts.
"""

from dataclasses import dataclass, field

from chat.stores.pairing import CLAIM_MS, RECENT_MAX, Patience, Search, Stage, Standing
from reports.ids import ConversationId, DeviceId, ParticipantId

PER_INTEREST, PER_LANGUAGE, PER_ALL = 8, 32, 64
BACK_AFTER_MS = 1000
RECENT_MS = 30 * 60 * 1000


@dataclass(slots=True)
class Seeker:
    """One search as the pool knows it."""

    search: Search
    state: str = "waiting"
    conversation: ConversationId | None = None
    claimed_ms: int = 0
    is_queued: bool = False

    def is_claimed(self, now_ms: int) -> bool:
        return self.state == "claimed" and now_ms - self.claimed_ms < CLAIM_MS

    def is_alive(self) -> bool:
        return self.state in {"waiting", "claimed"}


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """Sorted, the best comes first."""

    level: Stage
    minus_weight: int
    since_ms: int
    participant: bytes
    seeker: Seeker = field(compare=False)


@dataclass(slots=True)
class Pool:
    """Everybody of one pool; `line` is the order in which they came."""

    patience: Patience
    seekers: dict[ParticipantId, Seeker] = field(default_factory=dict)
    line: list[tuple[ParticipantId, int]] = field(default_factory=list)
    avoided: dict[DeviceId, set[DeviceId]] = field(default_factory=dict)
    met: dict[DeviceId, list[tuple[DeviceId, int]]] = field(default_factory=dict)

    def seek(
        self, search: Search, conversation: ConversationId, now_ms: int
    ) -> tuple[Standing, object]:
        """The standing; with it the conversation, the stage, or the partner's search."""
        known = self.seekers.get(search.person.participant)
        if known is not None and known.search.epoch > search.epoch:
            return Standing.STALE, None
        if known is not None and known.search.epoch == search.epoch:
            match known.state:
                case "left":
                    return Standing.STALE, None
                case "paired":
                    return Standing.PAIRED, known.conversation
                case "refused":
                    return Standing.REFUSED, None
            if known.is_claimed(now_ms):
                return Standing.HELD, None
            is_queued = known.is_queued
        else:
            is_queued = False
        own = Seeker(search=search, is_queued=is_queued)
        chosen = self._choose(own, now_ms)
        self.seekers[search.person.participant] = own
        if chosen is None:
            self._enqueue(own, now_ms)
            return Standing.WAITING, self._stage(search, now_ms)
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
            self._enqueue(seeker, now_ms)

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

    def _enqueue(self, seeker: Seeker, now_ms: int) -> None:
        if seeker.is_queued:
            return
        seeker.is_queued = True
        place = (seeker.search.person.participant, seeker.search.epoch)
        if now_ms - seeker.search.since_ms < BACK_AFTER_MS:
            self.line.append(place)
        else:
            self.line.insert(0, place)

    def _choose(self, own: Seeker, now_ms: int) -> Seeker | None:
        waiting = self._waiting(own, now_ms)
        search, stage = own.search, self._stage(own.search, now_ms)
        looked_at: dict[ParticipantId, Seeker] = {}
        for interest in search.interests:
            _look(
                looked_at,
                [w for w in waiting if any(i.name == interest.name for i in w.search.interests)],
                PER_INTEREST,
            )
        best, familiar, is_somebody_else_there = self._judge(own, looked_at, now_ms)
        if best is None and stage >= Stage.LANGUAGE:
            for language in search.languages:
                _look(
                    looked_at, [w for w in waiting if language in w.search.languages], PER_LANGUAGE
                )
            best, familiar, is_somebody_else_there = self._judge(own, looked_at, now_ms)
        if best is None and (stage is Stage.ANYONE or familiar is not None):
            _look(looked_at, waiting, PER_ALL)
            best, familiar, is_somebody_else_there = self._judge(own, looked_at, now_ms)
        if best is not None:
            return best
        return None if is_somebody_else_there else familiar

    def _waiting(self, own: Seeker, now_ms: int) -> list[Seeker]:
        """Who waits, unclaimed, in order."""
        found = []
        for participant, epoch in self.line:
            seeker = self.seekers.get(participant)
            if seeker is None or seeker.search.epoch != epoch or not seeker.is_alive():
                continue
            if participant != own.search.person.participant and not seeker.is_claimed(now_ms):
                found.append(seeker)
        return found

    def _judge(
        self, own: Seeker, looked_at: dict[ParticipantId, Seeker], now_ms: int
    ) -> tuple[Seeker | None, Seeker | None, bool]:
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
        return (
            min(strangers).seeker if strangers else None,
            min(familiar).seeker if familiar else None,
            is_somebody_else_there,
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


def _look(looked_at: dict[ParticipantId, Seeker], queue: list[Seeker], limit: int) -> None:
    for seeker in queue[:limit]:
        looked_at.setdefault(seeker.search.person.participant, seeker)


def _weighed(own: Search, seeker: Seeker) -> Candidate:
    weights = {interest.name: interest.weight for interest in own.interests}
    other = seeker.search
    weight = sum(weights.get(interest.name, 0) for interest in other.interests)
    if weight > 0:
        level = Stage.COMMON
    else:
        level = Stage.LANGUAGE if set(own.languages) & set(other.languages) else Stage.ANYONE
    return Candidate(
        level=level,
        minus_weight=-weight,
        since_ms=other.since_ms,
        participant=other.person.participant.bytes,
        seeker=seeker,
    )
