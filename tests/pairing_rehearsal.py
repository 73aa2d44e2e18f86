"""Random operations on a real pool and on the model at once: they must agree at every step.

Clients of several nodes whose clocks disagree, who seek, look again, confirm, give back, leave,
die, block, and come back; whatever happens, the promises of docs/pairing.md hold. Driven by
Hypothesis in the tests, and by chance for a million operations in `make soak-pairing`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random
from uuid import UUID

import redis.asyncio

from chat.interests import Interest
from chat.messages import Mode
from chat.stores import keys, pairing
from chat.stores.keys import CLAIM_MS
from chat.stores.pairing import Patience, Release, Search, Sought, Standing
from chat.trust import Level
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person
from tests.pairing_model import RECENT_MS, Pool

PATIENCE = Patience(common_ms=2000, language_ms=4000)
CROWD = 24
DEVICES = 20
INTERESTS = tuple(Interest(name=f"interest {number}", weight=20 - number) for number in range(8))
LANGUAGES = ("en", "es", "hi", "id")
POOLS = (("adult", Mode.TEXT), ("adult", Mode.VIDEO))


@dataclass(slots=True)
class Claim:
    """Made and not yet decided."""

    search: Search
    partner: Person
    conversation: ConversationId


class Rehearsal:
    """Who is where. `now_ms` is the time; the clock of each participant's node is off by some."""

    def __init__(self, client: redis.asyncio.Redis, rng: Random) -> None:
        self._client = client
        self._rng = rng
        self.now_ms = 1_800_000_000_000
        self._pools = {f"{pool}:{mode}": Pool(patience=PATIENCE) for pool, mode in POOLS}
        devices = [DeviceId(self._uuid()) for _ in range(DEVICES)]
        # Some have two windows open.
        self._people = [
            Person(participant=ParticipantId(self._uuid()), device=devices[number % DEVICES])
            for number in range(CROWD)
        ]
        self._skews_ms = {p.participant: rng.choice((0, -700, 1300)) for p in self._people}
        self._epochs = dict.fromkeys((person.participant for person in self._people), 0)
        self._searches: dict[ParticipantId, Search] = {}
        self._claims: list[Claim] = []
        self._blocked: set[frozenset[DeviceId]] = set()
        self.pairs = 0

    async def step(self, operation: str) -> None:
        """One operation, and everything that must hold after it."""
        operations: dict[str, Callable[[], Awaitable[None]]] = {
            "seek": self._seek,
            "look_again": self._look_again,
            "confirm": self._confirm,
            "give_back": self._give_back,
            "leave": self._leave,
            "die": self._die,
            "block": self._block,
            "wait": self._wait,
            "late_seek": self._late_seek,
        }
        await operations[operation]()
        # Leases don't run out by the test's clock; `die` is what they are for.
        self._claims = [claim for claim in self._claims if self._is_open(claim)]

    async def settle(self) -> None:
        """Everybody looks until nothing moves: whoever is left waits for good reason."""
        self.now_ms += 2 * (PATIENCE.language_ms + CLAIM_MS)
        moved = -1
        while moved != self.pairs:
            moved = self.pairs
            for search in list(self._searches.values()):
                await self._look(search)
                for claim in self._claims:
                    await self._decide(claim)
                self._claims.clear()
        left = [s for s in self._searches.values() if await self._is_waiting(s)]
        for one, other in combinations(left, 2):
            assert not self._would_suit(one, other), "two people were left standing"

    async def _is_waiting(self, search: Search) -> bool:
        return (await self._ask(search)).standing is Standing.WAITING

    def _would_suit(self, one: Search, other: Search) -> bool:
        devices = frozenset({one.person.device, other.person.device})
        is_common = bool({i.name for i in one.interests} & {i.name for i in other.interests})
        return (
            one.tag == other.tag
            and len(devices) == 2
            and devices not in self._blocked
            and (is_common or not (one.only_common or other.only_common))
        )

    async def _seek(self) -> None:
        person = self._rng.choice(self._people)
        await self._leave_with(person.participant)
        self._epochs[person.participant] += 1
        pool, mode = self._rng.choice(POOLS)
        wanted = self._rng.sample(INTERESTS, self._rng.choice((0, 0, 1, 2, 3)))
        await self._look(
            Search(
                person=person,
                pool=pool,
                mode=mode,
                epoch=self._epochs[person.participant],
                since_ms=self.now_ms - self._rng.choice((0, 0, 0, 1500, 5000)),
                languages=tuple(self._rng.sample(LANGUAGES, self._rng.choice((0, 1, 1, 2)))),
                interests=tuple(sorted(wanted, key=lambda interest: -interest.weight)),
                only_common=bool(wanted) and self._rng.random() < 0.1,
                level=self._rng.choice((Level.NEW, Level.NEW, Level.DOUBTFUL)),
            )
        )

    async def _look_again(self) -> None:
        if self._searches:
            await self._look(self._rng.choice(list(self._searches.values())))

    async def _late_seek(self) -> None:
        """What was sent before the newest search began, and comes now."""
        if self._searches:
            search = self._rng.choice(list(self._searches.values()))
            if search.epoch > 1:
                late = replace(search, epoch=search.epoch - 1)
                standing = (await self._ask(late)).standing
                assert standing is Standing.STALE or search.person.participant not in self._known(
                    late
                )

    async def _look(self, search: Search) -> None:
        self._searches[search.person.participant] = search
        sought = await self._ask(search)
        if sought.standing is not Standing.CLAIMED:
            return
        assert sought.partner is not None
        self._check_pair(search, sought.partner)

    async def _ask(self, search: Search) -> Sought:
        conversation = ConversationId(self._uuid())
        now_ms = self.now_ms + self._skews_ms[search.person.participant]
        sought = await pairing.seek(self._client, search, conversation, now_ms, PATIENCE)
        standing, detail = self._pools[search.tag].seek(search, conversation, now_ms)
        assert sought.standing is standing, (sought, standing, detail)
        if sought.standing is Standing.CLAIMED:
            assert isinstance(detail, Search)
            assert sought.partner == detail.person
            self._claims.append(
                Claim(search=search, partner=detail.person, conversation=conversation)
            )
        elif sought.standing is Standing.WAITING:
            assert sought.stage == detail
        elif sought.standing is Standing.PAIRED:
            assert sought.conversation == detail
        return sought

    def _check_pair(self, search: Search, partner: Person) -> None:
        """What must hold of every claim, whatever the model says."""
        devices = frozenset({search.person.device, partner.device})
        assert len(devices) == 2, "paired with themselves"
        assert devices not in self._blocked, "a blocked pair"
        other = self._searches[partner.participant]
        assert other.tag == search.tag, "a pair across pools"
        assert other.person == partner

    async def _confirm(self) -> None:
        if not self._claims:
            return
        await self._decide(self._claims.pop(self._rng.randrange(len(self._claims))))

    async def _decide(self, claim: Claim) -> None:
        one, other = claim.search.person, claim.partner
        confirmed = await pairing.confirm(
            self._client, claim.search, other, claim.conversation, self.now_ms
        )
        pool = self._pools[claim.search.tag]
        assert confirmed == pool.confirm(
            one.participant, other.participant, claim.conversation, self.now_ms
        )
        if not confirmed:
            return
        self.pairs += 1
        for person in (one, other):
            search = self._searches[person.participant]
            sought = await self._ask(search)
            assert sought.conversation == claim.conversation, "not in exactly one conversation"

    async def _give_back(self) -> None:
        if not self._claims:
            return
        claim = self._claims.pop(self._rng.randrange(len(self._claims)))
        for person in (claim.search.person, claim.partner):
            outcome = Release.REFUSED if self._rng.random() < 0.1 else Release.WAITING
            await pairing.release(
                self._client,
                claim.search.tag,
                person.participant,
                claim.conversation,
                outcome,
                now_ms=self.now_ms,
            )
            state = "waiting" if outcome is Release.WAITING else "refused"
            self._pools[claim.search.tag].release(
                person.participant, claim.conversation, state, self.now_ms
            )

    async def _leave(self) -> None:
        if self._searches:
            await self._leave_with(self._rng.choice(list(self._searches)))

    async def _leave_with(self, participant: ParticipantId) -> None:
        search = self._searches.pop(participant, None)
        if search is None:
            return
        for _ in range(self._rng.choice((1, 2))):  # leaving twice is leaving once
            found = await pairing.leave(self._client, search)
            assert found == self._pools[search.tag].leave(search)
        assert (await self._ask(search)).standing is Standing.STALE

    async def _die(self) -> None:
        """Somebody's node is gone, and their lease has run out."""
        if not self._searches:
            return
        search = self._searches.pop(self._rng.choice(list(self._searches)))
        await self._client.delete(keys.seeker(search.tag, search.person.participant))
        self._pools[search.tag].lapse(search.person.participant)

    async def _block(self) -> None:
        one, other = self._rng.sample(self._people, 2)
        if one.device == other.device or len(self._blocked) >= 2 * DEVICES:
            return
        await pairing.avoid(self._client, "adult", one.device, [other.device])
        for pool in self._pools.values():
            pool.avoid(one.device, other.device)
        self._blocked.add(frozenset({one.device, other.device}))

    async def _wait(self) -> None:
        """Time passes; now and then the clock of a node jumps back."""
        self.now_ms += self._rng.choice((10, 300, 1000, 2500, CLAIM_MS, RECENT_MS, -400))

    def _is_open(self, claim: Claim) -> bool:
        return claim.search.person.participant in self._searches

    def _known(self, search: Search) -> set[ParticipantId]:
        return set(self._pools[search.tag].seekers)

    def _uuid(self) -> UUID:
        return UUID(bytes=self._rng.randbytes(16), version=4)


OPERATIONS = {
    "seek": 30,
    "look_again": 25,
    "confirm": 14,
    "give_back": 4,
    "leave": 6,
    "die": 4,
    "block": 1,
    "wait": 12,
    "late_seek": 4,
}
"""The operations, and how often each is drawn out of a hundred."""


async def run_by_chance(client: redis.asyncio.Redis, *, operations: int, seed: int) -> int:
    """So many operations as chance has them; the number of pairs."""
    rng = Random(seed)
    rehearsal = Rehearsal(client, Random(seed))
    names, weights = list(OPERATIONS), list(OPERATIONS.values())
    for operation in rng.choices(names, weights=weights, k=operations):
        await rehearsal.step(operation)
    await rehearsal.settle()
    return rehearsal.pairs
