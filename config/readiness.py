"""Waiting for the platform's own /readyz."""

import asyncio
import json
from collections.abc import Callable

_POLL_S = 0.2
_ANSWER_TIMEOUT_S = 5.0
_REMIND_AFTER_S = 30.0


async def wait(host: str, port: int, say: Callable[[str], None]) -> None:
    """Return when every part is ready; meanwhile say now and then what is missing."""
    loop = asyncio.get_running_loop()
    remind_at = loop.time() + _REMIND_AFTER_S
    while True:
        answer = await _ask(host, port)
        if answer.get("state") == "ready":
            return
        if loop.time() > remind_at:
            say(f"not ready yet: {_missing(answer)}")
            remind_at = loop.time() + _REMIND_AFTER_S
        await asyncio.sleep(_POLL_S)


async def _ask(host: str, port: int) -> dict[str, object]:
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            return await _get(host, port)
    except (OSError, TimeoutError, ValueError):
        return {}


async def _get(host: str, port: int) -> dict[str, object]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answer = await reader.read()
    finally:
        writer.close()
    _, _, body = answer.partition(b"\r\n\r\n")
    found = json.loads(body)
    return found if isinstance(found, dict) else {}


def _missing(answer: dict[str, object]) -> str:
    if not answer:
        return "the web process does not answer"
    return ", ".join(f"{name} is down" for name, state in answer.items() if state == "down")
