"""The camera checks of one socket: begun, and told how they go.

The truth is in the store; a nudge makes `changed` read it, and so does every heartbeat. When nobody
writes a result in time there is none, and nobody passes. Raises `RedisError`; the consumer answers
for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import redis.asyncio

from chat import camera_checks, clock
from chat.consumers.background import Tasks
from chat.consumers.outbox import Outbox
from chat.messages import ErrorCode
from chat.session.checking import GIVE_UP_MS, CheckState
from chat.session.submissions import LOOK_DEADLINE_MS
from chat.stores import checks, limits
from chat.stores.checks import Check
from moderation.stores import bars
from moderation.verdicts import Missing
from reports.snapshots import Person

ANSWERED_WITHIN_S = (GIVE_UP_MS + LOOK_DEADLINE_MS) / 1000 + 10
"""A check is over by then, whatever became of its relay node; part of it is for attaching."""


class CameraChecks:
    """One participant's. `expect_sanction` is called when the picture may have been cut."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        outbox: Outbox,
        tasks: Tasks,
        *,
        person: Person,
        pool: str,
        prefix: str,
        expect_sanction: Callable[[], None],
        refuse_video: Callable[[str], Awaitable[None]],
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._tasks = tasks
        self._person = person
        self._pool = pool
        self._prefix = prefix
        self._expect_sanction = expect_sanction
        self._refuse_video = refuse_video
        self._live: Check | None = None
        self._told: Check | None = None
        self._telling = asyncio.Lock()

    async def begin(self) -> None:
        """Begin a check, unless none is needed; every refusal is answered here."""
        now_ms = clock.now_ms()
        if await camera_checks.may_look_for_video(self._client, self._person.device, now_ms):
            await self._say(CheckState.PASSED)
            return
        claims = limits.claims(
            "checks", self._person.device, self._person.participant, prefix=self._prefix
        )
        if retry_after_s := await limits.take_all(self._client, claims, now_ms):
            await self._outbox.error(
                ErrorCode.SLOW_DOWN, "too many camera checks", retry_after_s=retry_after_s
            )
            return
        if await bars.has(self._client, self._person.participant, self._person.device):
            await self._outbox.error(ErrorCode.RESTRICTED, "a decision is being written down")
            self._expect_sanction()
            return
        opened = await camera_checks.open_check(self._client, self._person, self._pool, now_ms)
        if opened is None:
            await self._refuse_video("no camera checks now")
            return
        check, relay = opened
        async with self._telling:
            self._live = self._told = check
            await self._tell(check, relay=relay)
        self._tasks.spawn(self._await_answer(check), "camera check")

    async def changed(self) -> None:
        """Read how the check that goes on stands, and say what is new."""
        # One after another: of two that read at once the older word must not come last.
        async with self._telling:
            if self._live is None:
                return
            check = await checks.load(self._client, self._live.id)
            if check is None or check == self._told:
                return
            self._told = check
            if check.state.is_over:
                self._live = None
            await self._tell(check)

    async def _await_answer(self, check: Check) -> None:
        await asyncio.sleep(ANSWERED_WITHIN_S)
        await self.changed()
        async with self._telling:
            if self._live is check:
                self._live = None
                nobody = replace(check, state=CheckState.FAILED, missing=(Missing.SCREENING,))
                await self._tell(nobody)

    async def _tell(self, check: Check, *, relay: dict[str, str] | None = None) -> None:
        if check.state is CheckState.FAILED and Missing.LAWFUL_PICTURE in check.missing:
            self._expect_sanction()
        await self._say(check.state, check.missing, relay)

    async def _say(
        self,
        state: CheckState,
        missing: tuple[Missing, ...] = (),
        relay: dict[str, str] | None = None,
    ) -> None:
        device = self._person.device
        passed = await checks.find_pass(self._client, device, clock.now_ms())
        await self._outbox.send(
            "check",
            relay=relay,
            state=state,
            missing=missing,
            until=None if passed is None else _at(passed.until_ms),
            failures=await checks.count_failures(self._client, device),
        )


def _at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
