"""`python -m config.cleaning`: removes the embedded services' data, wherever it is."""

import fcntl
import shutil
import sys

from config.layout import layout
from config.settings.places import EMBEDDED_DIR


def main() -> int:
    """0 when it is gone, 1 when a running platform still needs it."""
    lock_file = EMBEDDED_DIR / "lock"
    if lock_file.exists():
        with lock_file.open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.stderr.write("Parley is running here: stop it first\n")
                return 1
    shutil.rmtree(EMBEDDED_DIR, ignore_errors=True)
    shutil.rmtree(layout(EMBEDDED_DIR).sockets, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
