"""Keeps the platform's processes running: starts them, restarts what dies, leaves nothing behind.

Every child leads a session of its own, so that its own children can be found and ended with it,
and is leashed to us, so that it ends when we are killed. What survives even that is reaped by the
next start, by recorded pid and start time.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import psutil

from config import processes
from config.children import Program
from config.processes import Identity

STOP_AFTER_S = 3.5
"""How long a child may take to stop before it is killed: of the 5 s in which everything is to be
over, the rest is PostgreSQL's, also on a busy machine."""
KILLED_WITHIN_S = 0.5
BACK_OFF_FIRST_S = 0.5
BACK_OFF_MAX_S = 10.0
STEADY_AFTER_S = 30.0
"""A child that ran this long starts again without delay when it dies."""
_CHUNK_BYTES = 64 * 1024

Say = Callable[[str], None]


class Child:
    """One program, started again whenever it ends, until it is told to stop."""

    def __init__(self, program: Program, folder: Path, say: Say, changed: Callable[[], None]):
        self.program = program
        self.identity: Identity | None = None
        self._folder = folder
        self._say = say
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    async def keep_running(self) -> None:
        """Run it for as long as nobody calls `stop`."""
        back_off_s = BACK_OFF_FIRST_S
        while not self._stopping.is_set():
            started = time.monotonic()
            code = await self._run()
            if self._stopping.is_set():
                return
            if time.monotonic() - started > STEADY_AFTER_S:
                back_off_s = BACK_OFF_FIRST_S
            self._say(f"{self.program.name} ended ({_ending(code)}); again in {back_off_s:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), back_off_s)
            back_off_s = min(back_off_s * 2, BACK_OFF_MAX_S)

    def stop(self) -> None:
        """Ask it to end; it will not be started again."""
        self._stopping.set()
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def _run(self) -> int:
        # A pipe of our own: asyncio's would make `wait` wait for everybody who holds its end, and
        # a grandchild that outlives the child may.
        read_end, write_end = os.pipe()
        output = asyncio.create_task(self._forward(read_end))
        try:
            process = await asyncio.create_subprocess_exec(
                *self.program.command,
                cwd=self._folder,
                env=dict(self.program.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=processes.leash(signal.SIGTERM),
            )
        finally:
            os.close(write_end)
        self._process = process
        self.identity = processes.identify(process.pid)
        self._changed()
        if self._stopping.is_set():  # while it was being started
            process.terminate()
        code = await process.wait()
        processes.kill(self.session())
        await output
        return code

    async def _forward(self, read_end: int) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", buffering=0)
        )
        rest = b""
        while chunk := await reader.read(_CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._say(f"{self.program.name:9} | {line.decode(errors='replace')}")
        if rest:
            self._say(f"{self.program.name:9} | {rest.decode(errors='replace')}")
        transport.close()

    def session(self) -> list[psutil.Process]:
        """Whoever is left of it and of its own children."""
        return processes.session_members(self.identity) if self.identity else []


class Supervisor:
    """The children together; `run` returns after SIGINT, SIGTERM or SIGHUP, when all are gone."""

    def __init__(self, programs: Iterable[Program], *, folder: Path, records: Path, say: Say):
        self._records = records
        self._say = say
        self._children = [Child(program, folder, say, self._record) for program in programs]
        self._wanted = asyncio.Event()

    async def run(self, when_ready: "asyncio.Task[None] | None" = None) -> float:
        """Start all, keep them running until a signal, stop all.

        Returns when the signal came, by `time.monotonic`.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._wanted.set)
        running = [asyncio.create_task(child.keep_running()) for child in self._children]
        try:
            await self._wanted.wait()
        finally:
            asked_at_s = time.monotonic()
            if when_ready is not None:
                when_ready.cancel()
            await self._stop(running)
            self._records.unlink(missing_ok=True)
        return asked_at_s

    async def _stop(self, running: list[asyncio.Task[None]]) -> None:
        self._say("stopping")
        for child in self._children:
            child.stop()
        _, late = await asyncio.wait(running, timeout=STOP_AFTER_S)
        for child, task in zip(self._children, running, strict=True):
            if task in late:
                self._say(f"{child.program.name} does not stop: killed")
        processes.kill(member for child in self._children for member in child.session())
        await asyncio.wait(running, timeout=KILLED_WITHIN_S)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _record(self) -> None:
        identities = [asdict(child.identity) for child in self._children if child.identity]
        self._records.write_text(json.dumps(identities), encoding="utf-8")


def reap(records: Path, say: Say) -> None:
    """Kill what a killed supervisor left, by recorded session and start time."""
    if not records.exists():
        return
    left = [
        process
        for entry in json.loads(records.read_text(encoding="utf-8"))
        for process in processes.session_members(Identity(**entry))
    ]
    if left:
        say(f"reaping {len(left)} process(es) of a start that was killed")
        processes.kill(left)
    records.unlink()


def say_on_stdout(line: str) -> None:
    """One line of output, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _ending(code: int) -> str:
    return f"code {code}" if code >= 0 else signal.Signals(-code).name
