"""Lua scripts: read once per process, and run by their digest.

redis-py's own `register_script` hashes the text at each call, which costs as much as the call.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import redis
import redis.asyncio
from redis.exceptions import NoScriptError

_LUA = Path(__file__).parent / "lua"

Word = bytes | str | int | float


@dataclass(frozen=True, slots=True)
class Script:
    """`sha` is what Redis calls `text` (SHA-1, hex)."""

    text: str
    sha: str


def script(text: str) -> Script:
    """The script with this text."""
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


@cache
def lua(name: str) -> Script:
    """`lua/<name>.lua`. Raises `FileNotFoundError` when there is none."""
    return script((_LUA / f"{name}.lua").read_text(encoding="utf-8"))


async def run(
    client: redis.asyncio.Redis, script: Script, *, keys: Sequence[Word], args: Sequence[Word]
) -> Any:
    """What `script` answers. Raises `RedisError`."""
    try:
        return await client.evalsha(script.sha, len(keys), *keys, *args)
    except NoScriptError:
        return await client.eval(script.text, len(keys), *keys, *args)


def run_now(
    client: redis.Redis, script: Script, *, keys: Sequence[Word], args: Sequence[Word]
) -> Any:
    """`run` for workers, which have no event loop."""
    try:
        return client.evalsha(script.sha, len(keys), *keys, *args)
    except NoScriptError:
        return client.eval(script.text, len(keys), *keys, *args)
