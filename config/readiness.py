"""Waiting for the platform's own /readyz."""

import asyncio
import json
from collections.abc import Callable

_POLL_S = 0.2
_ANSWER_TIMEOUT_S = 5.0
_REMIND_AFTER_S = 30.0


async def wait(address: str, port: int, name: str, say: Callable[[str], None]) -> None:
    """Return when every part is ready; meanwhile say now and then what is missing.

    `name` is a host name that the site answers to.
    """
    loop = asyncio.get_running_loop()
    remind_at = loop.time() + _REMIND_AFTER_S
    while True:
        answer = await ask(address, port, name)
        if answer.get("state") == "ready":
            return
        if loop.time() > remind_at:
            say(f"not ready yet: {_missing(answer)}")
            remind_at = loop.time() + _REMIND_AFTER_S
        await asyncio.sleep(_POLL_S)


async def ask(address: str, port: int, name: str) -> dict[str, object]:
    """The answer of /readyz; empty when there is none."""
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            return await _get(address, port, name)
    except (OSError, TimeoutError, ValueError):
        return {}


async def _get(address: str, port: int, name: str) -> dict[str, object]:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(f"GET /readyz HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
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
