"""How much later a picture arrives because it is screened: the whole platform, real models.

`python -m tests.bench.screened_delay [--seconds N]` prints one JSON line:

- `screened_delay_p95_ms`: a video packet left the sender → it reached the partner, in the screened
  start of a conversation in which both show a face that moves, ten frames a second each. Baseline:
  the same for the packets of the sampled period after it, which pass at once.

Both strangers are threads of this process, which sends, receives and acknowledges as a page does,
and neither encodes nor paints: that is the browsers' own (`first_contact`). Packets that were
dropped are counted in `lost`.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from chat.trust import NEW_SCREENED_FACTOR
from tests.bench.figures import percentile, publish
from tests.e2e.cameras import picture
from tests.e2e.configurations import FACES_AGAINST_THE_RULES
from tests.e2e.film import encode
from tests.e2e.platform import Platform, prepared_models
from tests.e2e.projector import Projector
from tests.e2e.wire import HEADER, Media, Message, Stranger, dial, pair_up

SETTLING_S = 2.0
"""After the picture is shown, and after its screened start is over: key frames and rates change."""


class TimedMedia(Media):
    """A media socket that notes when each of its packets left, and when each of the partner's
    came, by sequence number."""

    def __init__(self, stranger: Stranger, relay: Message) -> None:
        self.left_s: dict[int, float] = {}
        self.came_s: dict[int, float] = {}
        path = f"{relay['url']}?token={relay['token']}"
        super().__init__(dial(stranger.url, path, "parley.media.v1", stranger.cookie_header))

    def send(self, kind: int, payload: bytes) -> int:
        began_s = time.monotonic()
        seq = super().send(kind, payload)
        self.left_s[seq] = began_s
        return seq

    def _acknowledge(self, packet: bytes) -> None:
        self.came_s[HEADER.unpack_from(packet)[1]] = time.monotonic()
        super()._acknowledge(packet)


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figure."""
    parser = argparse.ArgumentParser(prog="tests.bench.screened_delay")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each of the two periods")
    span_s = parser.parse_args(arguments).seconds
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        screened, sampled = _run(Path(folder), span_s)
    delays_ms, lost = screened
    publish(
        "screened_delay_p95_ms",
        percentile(delays_ms, 95),
        "ms",
        baseline="the same packets' way once they pass at once, p95",
        baseline_value=percentile(sampled[0], 95),
        p50_ms=round(percentile(delays_ms, 50), 1),
        longest_ms=round(max(delays_ms), 1),
        lost=lost,
        samples=len(delays_ms),
    )
    return 0


Delays = tuple[list[float], int]
"""In ms, and how many packets never came."""


def _run(folder: Path, span_s: float) -> tuple[Delays, Delays]:
    thresholds = folder / "thresholds.toml"
    # Nobody's age keeps the picture screened, and a face is no offence.
    thresholds.write_text(FACES_AGAINST_THE_RULES.replace("FACE_FEMALE", "BELLY_EXPOSED"))
    platform = Platform(
        folder=folder / "platform",
        models=prepared_models(),
        settings={
            "SCREENED_S": f"{(SETTLING_S + span_s) / NEW_SCREENED_FACTOR:g}",
            "MODERATION_THRESHOLDS": str(thresholds),
        },
    )
    film = encode([picture("astronaut", turn / 20) for turn in range(20)])
    try:
        platform.start()
        with ExitStack() as stack:
            people = [stack.enter_context(Stranger(platform.url)) for _ in range(2)]
            paired = pair_up(people[0].enter(), people[1].enter(), "video")
            sockets = [
                TimedMedia(one, told["relay"]) for one, told in zip(people, paired, strict=True)
            ]
            for one, socket in zip(people, sockets, strict=True):
                one.media = socket
                stack.enter_context(Projector(socket, film))
            for socket in sockets:
                socket.expect_picture("partner", "shown")
            return _measure(sockets, span_s), _measure(sockets, span_s)
    finally:
        platform.stop()


def _measure(sockets: Sequence[TimedMedia], span_s: float) -> Delays:
    time.sleep(SETTLING_S)
    began_s = time.monotonic()
    time.sleep(span_s - SETTLING_S)
    ended_s = time.monotonic()
    time.sleep(SETTLING_S)
    delays_ms, lost = [], 0
    for sender, receiver in (sockets, sockets[::-1]):
        for seq, left_s in dict(sender.left_s).items():
            if not began_s <= left_s < ended_s:
                continue
            came_s = receiver.came_s.get(seq)
            if came_s is None:
                lost += 1
            else:
                delays_ms.append((came_s - left_s) * 1000)
    return delays_ms, lost


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
