"""Reads this package's Lua files, once per process."""

from functools import cache
from pathlib import Path

_LUA = Path(__file__).parent / "lua"


@cache
def lua(name: str) -> str:
    """The text of `lua/<name>.lua`. Raises `FileNotFoundError` when there is none."""
    return (_LUA / f"{name}.lua").read_text(encoding="utf-8")


@cache
def pool_lua(name: str) -> str:
    """The same for a script of a pool: `lua/pool.lua`, which they all share, stands in front."""
    return lua("pool") + lua(name)
