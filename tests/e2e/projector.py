"""Play films over a media socket at their own pace, once or round and round."""

import threading
from collections.abc import Sequence

from websockets.exceptions import ConnectionClosed

from tests.e2e.film import FRAMES_PER_S, Frame
from tests.e2e.wire import Media


def play(media: Media, film: Sequence[Frame], *, frames_per_s: int = FRAMES_PER_S) -> int:
    """Send the film once; the sequence number of its first frame."""
    first_seq = media.next_seq
    beat = threading.Event()
    for frame in film:
        media.send(frame.kind, frame.payload)
        beat.wait(1 / frames_per_s)
    return first_seq


class Projector:
    """Plays a film again and again beside the story, until the `with` block ends.

    `change` puts another film on from its first frame, a key frame. Nobody else may send on the
    same socket meanwhile. A socket that the server closed ends the show.
    """

    def __init__(self, media: Media, film: Sequence[Frame]) -> None:
        self._media = media
        self._film = film
        self._changed = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Projector":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join(timeout=5.0)

    def change(self, film: Sequence[Frame]) -> None:
        self._film = film
        self._changed.set()

    def _run(self) -> None:
        while not self._over.is_set():
            self._changed.clear()
            for frame in self._film:
                if self._over.wait(1 / FRAMES_PER_S) or self._changed.is_set():
                    break
                try:
                    self._media.send(frame.kind, frame.payload)
                except ConnectionClosed:
                    return
