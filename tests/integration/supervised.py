"""`python -m tests.integration.supervised FOLDER [NAME=CODE ...]`: a supervisor of small programs.

Each program is Python source. Reaps first what an earlier one left in FOLDER, as `up` does.
"""

import asyncio
import os
import sys
from pathlib import Path

from config.children import Program
from config.supervisor import Supervisor, reap, say_on_stdout


def main(folder: Path, sources: list[str]) -> None:
    """Return when the supervisor has stopped."""
    programs = [
        Program(
            name=name,
            command=(sys.executable, "-u", "-c", code),
            environment=dict(os.environ),
        )
        for name, _, code in (source.partition("=") for source in sources)
    ]
    records = folder / "processes.json"
    reap(records, say_on_stdout)
    asyncio.set_child_watcher(asyncio.PidfdChildWatcher())

    async def supervise() -> None:
        await Supervisor(programs, folder=folder, records=records, say=say_on_stdout).run()

    asyncio.run(supervise())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
