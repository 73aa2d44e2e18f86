"""Many commands as one pipeline, on a real Redis: each caller gets its own answer, or error."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio
from redis.exceptions import DataError, RedisError, ResponseError

from moderation.stores import scripts
from moderation.stores.client import SOCKET_TIMEOUT_S, connect_async
from moderation.stores.pipelining import COMMANDS_MAX


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    async with connect_async() as client:
        yield client


async def echo(client: redis.asyncio.Redis, word: str) -> Any:
    return await client.echo(word)


async def calls_of_read(client: redis.asyncio.Redis) -> int:
    """How many times the server has read from one of its clients."""
    return int((await client.info("stats"))["total_reads_processed"])


async def test_each_of_a_crowd_gets_its_own_answer_in_few_reads(
    client: redis.asyncio.Redis,
) -> None:
    crowd = range(3 * COMMANDS_MAX)
    before = await calls_of_read(client)
    answers = await asyncio.gather(*(echo(client, str(one)) for one in crowd))
    assert answers == [str(one).encode() for one in crowd]
    assert await calls_of_read(client) - before < len(crowd) / 50


async def test_an_error_is_for_its_caller_alone(client: redis.asyncio.Redis) -> None:
    await client.set("word", "no number")
    wrong, right = await asyncio.gather(
        client.incr("word"), client.get("word"), return_exceptions=True
    )
    assert isinstance(wrong, ResponseError)
    assert right == b"no number"


async def test_answers_are_read_as_redis_py_reads_them(client: redis.asyncio.Redis) -> None:
    await client.hset("fields", mapping={"one": "1", "two": "2"})
    fields, is_there = await asyncio.gather(client.hgetall("fields"), client.expire("fields", 9))
    assert fields == {b"one": b"1", b"two": b"2"}
    assert is_there is True


async def test_who_is_cancelled_takes_nobody_along(client: redis.asyncio.Redis) -> None:
    gone = asyncio.create_task(echo(client, "gone"))
    stays = asyncio.create_task(echo(client, "stays"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == b"stays"
    assert await echo(client, "next") == b"next"


async def test_a_connection_that_breaks_is_an_error_or_made_anew_and_answers_stay_in_order(
    client: redis.asyncio.Redis,
) -> None:
    for attempt in range(20):
        asked = [asyncio.create_task(echo(client, f"{attempt}.{i}")) for i in range(50)]
        await asyncio.sleep(0)
        await client.client_kill_filter(_type="normal", skipme=True)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for i, answer in enumerate(answers):
            assert isinstance(answer, RedisError) or answer == f"{attempt}.{i}".encode()


async def test_a_server_that_pauses_longer_than_the_timeout_mixes_no_answers_up(
    client: redis.asyncio.Redis,
) -> None:
    async with connect_async() as other:
        await other.client_pause(int(1500 * SOCKET_TIMEOUT_S), all=True)
    answers = await asyncio.gather(
        *(echo(client, str(i)) for i in range(50)), return_exceptions=True
    )
    for i, answer in enumerate(answers):
        assert isinstance(answer, RedisError) or answer == str(i).encode()
    assert await echo(client, "again") == b"again"


async def test_commands_of_an_explicit_pipeline_go_along(client: redis.asyncio.Redis) -> None:
    async with client.pipeline(transaction=False) as pipe:
        pipe.set("one", "1")
        pipe.incr("one")
        assert await pipe.execute() == [True, 2]
        pipe.lpush("one", "x")
        pipe.get("one")
        answers = await pipe.execute(raise_on_error=False)
    assert isinstance(answers[0], ResponseError)
    assert answers[1] == b"2"


async def test_a_script_that_redis_has_forgotten_is_sent_anew(client: redis.asyncio.Redis) -> None:
    script = scripts.script("return {KEYS[1], ARGV[1]}")
    for _ in range(2):
        assert await scripts.run(client, script, keys=["k"], args=[7]) == [b"k", b"7"]
        await client.script_flush()


@pytest.mark.parametrize("unsendable", [object(), "\ud800"])
async def test_what_cannot_be_sent_is_an_error_of_its_caller_alone(
    client: redis.asyncio.Redis, unsendable: Any
) -> None:
    before, wrong, after = await asyncio.gather(
        echo(client, "before"),
        client.execute_command("SET", "key", unsendable),  # type: ignore[no-untyped-call]
        echo(client, "after"),
        return_exceptions=True,
    )
    assert isinstance(wrong, DataError)
    assert (before, after) == (b"before", b"after")


async def test_commands_whose_answers_redis_py_reads_itself_are_read(
    client: redis.asyncio.Redis,
) -> None:
    await client.sadd("set", "one")
    assert await client.smembers("set") == {b"one"}
    assert await client.sinter(["set"]) == {b"one"}


async def test_what_was_answered_before_the_connection_broke_is_not_lost(
    client: redis.asyncio.Redis,
) -> None:
    own = await client.client_id()
    answers = await asyncio.gather(
        echo(client, "before"),
        client.client_kill_filter(_id=str(own), skipme=False),
        echo(client, "after"),
        return_exceptions=True,
    )
    assert list(answers[:2]) == [b"before", 1]
    assert isinstance(answers[2], RedisError)
    assert await echo(client, "again") == b"again"


async def test_a_crowd_before_a_server_that_hangs_waits_for_one_timeout_and_not_for_many(
    client: redis.asyncio.Redis,
) -> None:
    async with connect_async() as other:
        await other.client_pause(int(4000 * SOCKET_TIMEOUT_S), all=True)
    async with asyncio.timeout(2.5 * SOCKET_TIMEOUT_S):
        answers = await asyncio.gather(
            *(echo(client, str(i)) for i in range(4 * COMMANDS_MAX)), return_exceptions=True
        )
    assert all(isinstance(answer, RedisError) for answer in answers)
    await asyncio.sleep(3 * SOCKET_TIMEOUT_S)
    assert await echo(client, "again") == b"again"


async def test_who_asks_while_everybody_is_cancelled_is_answered(
    client: redis.asyncio.Redis,
) -> None:
    answers: list[Any] = []

    async def ask_to_the_end() -> None:
        try:
            while True:
                await echo(client, "on")
        finally:
            answers.append(await echo(client, "last"))

    asking = [asyncio.create_task(ask_to_the_end()) for _ in range(5)]
    await asyncio.sleep(0.1)
    # As `asyncio.run` does it when it ends: the pipeline's own task is among them.
    everybody = asyncio.all_tasks() - {asyncio.current_task()}
    for task in everybody:
        task.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(*asking, return_exceptions=True)
    assert answers == [b"last"] * 5
