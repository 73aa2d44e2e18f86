"""A bench on one thread, as a screening process is."""

import os
import sys
from collections.abc import Callable, Sequence

_VARIABLES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def ensure(
    module: str, arguments: Sequence[str] = (), before: Callable[[], None] = lambda: None
) -> None:
    """Begin the bench `module` anew if its libraries may use more than one thread: NumPy reads
    that once, when it is loaded. `before` is called if so."""
    if all(os.environ.get(name) == value for name, value in _VARIABLES.items()):
        return
    before()
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], os.environ | _VARIABLES)
