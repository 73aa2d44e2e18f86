"""A judge without models for tests of the relay: takes what waits, answers what the test says."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError

from moderation.samples import Purpose, Sample, StreamId
from moderation.stores import mailbox, verdicts
from moderation.stores.client import connect
from moderation.verdicts import Decision, Verdict
from tests.rehearsal import verdict_on

Answer = Callable[[Sample], Verdict | None]


def clear(sample: Sample) -> Verdict | None:
    """Everything is clear."""
    return verdict_on(sample, 0)


def hold(sample: Sample) -> Verdict | None:
    """Nothing is clear."""
    return verdict_on(sample, 0, Decision.HOLD)


def nothing(sample: Sample) -> Verdict | None:
    """No answer, as from a worker that died."""
    return None


class TestJudge:
    """Serves the streams it was told of, on the real mailbox and the real verdict store."""

    __test__ = False

    def __init__(self) -> None:
        self.answer: Answer = clear
        self.taken: list[Sample] = []
        self._streams: list[StreamId] = []
        self._is_done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="test-judge")

    def serve(self, *streams: StreamId) -> None:
        self._streams.extend(streams)

    def retire(self) -> None:
        """Leave everything to a real worker."""
        self._streams.clear()

    def taken_as(self, purpose: Purpose) -> list[Sample]:
        return [sample for sample in self.taken if sample.purpose is purpose]

    def __enter__(self) -> "TestJudge":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_done.set()
        self._thread.join()

    def _run(self) -> None:
        with connect() as redis:
            while not self._is_done.is_set():
                for stream in tuple(self._streams):
                    # As a worker's task does: it fails with Redis, and the next one is tried.
                    with suppress(RedisError):
                        self._judge_next(redis, stream)
                time.sleep(0.005)

    def _judge_next(self, redis: Redis, stream: StreamId) -> None:
        sample = mailbox.claim(redis, stream)
        if sample is None:
            return
        self.taken.append(sample)
        verdict = self.answer(sample)
        if verdict is not None:
            verdicts.publish(redis, verdict, sample.node)
