"""This package's Lua scripts, each read once per process."""

from functools import cache
from pathlib import Path

from chat.stores.keys import CLAIM_MS
from moderation.stores.scripts import Script, script

_LUA = Path(__file__).parent / "lua"


@cache
def lua(name: str) -> Script:
    """`lua/<name>.lua`. Raises `FileNotFoundError` when there is none."""
    return script(_read(name))


@cache
def pool_lua(name: str) -> Script:
    """The same for a script of a pool: `lua/pool.lua`, which they all share, stands in front."""
    return script(f"local CLAIM_MS = {CLAIM_MS}\n" + _read("pool") + _read(name))


def _read(name: str) -> str:
    return (_LUA / f"{name}.lua").read_text(encoding="utf-8")
