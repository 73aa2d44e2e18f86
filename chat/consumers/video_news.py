"""Tells a browser when video closes for its person, or opens again: nobody has to load the page."""

import redis.asyncio

from chat import clock, video_gate
from chat.consumers.outbox import Outbox
from chat.messages import ErrorCode
from chat.stores import sessions
from reports.ids import ParticipantId


class VideoNews:
    """What one browser was told last, from its `welcome` on."""

    def __init__(
        self, client: redis.asyncio.Redis, outbox: Outbox, participant: ParticipantId
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._participant = participant
        self._was_open = False

    async def begin(self) -> bool:
        """Whether video is open for this person, for the `welcome`. Raises `RedisError`.

        Trust is what it was at their last search; a search itself asks anew.
        """
        level = await sessions.find_level(self._client, self._participant)
        self._was_open = await video_gate.is_open(self._client, level, clock.now_ms())
        return self._was_open

    async def refuse(self, detail: str) -> None:
        """Refuse a wish for video. The browser takes it for closed from then on, so that what is
        open at the next look is news, even if it was never seen closed here."""
        self._was_open = False
        await self._outbox.error(ErrorCode.VIDEO_CLOSED, detail)

    async def tell(self) -> None:
        """Say so when it has changed. Raises `RedisError`."""
        was_open = self._was_open
        if await self.begin() is not was_open:
            await self._outbox.send("video", open=self._was_open)
