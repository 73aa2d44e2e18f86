"""Story (b): two cameras see each other through the server, judged by the real models.

The shipped thresholds hold here, age rules included: both cameras show the same grown-up.
"""

from tests.cast import MALLORY
from tests.e2e.cameras import is_showing
from tests.e2e.configurations import SHIPPED
from tests.e2e.conftest import Cast
from tests.e2e.person import meet
from tests.e2e.platform import Platform

CONFIGURATION = SHIPPED

KEY_FRAME_OF_640X480 = b"\x9d\x01\x2a\x80\x02\xe0\x01"


def test_both_see_the_other_and_frames_are_counted(enter_cast: Cast) -> None:
    one, other = enter_cast(MALLORY), enter_cast(MALLORY)
    meet(one, other, "video")
    for person in (one, other):
        person.expect_picture("shown")
        person.expect_frames(20)
    for person in (one, other):
        seen = person.seen()
        assert seen.video_packets >= 20
        assert is_showing(seen.drawn, "astronaut").count(True) >= 10
    one.say("I can see you")
    other.expect_line("I can see you")


def test_neither_frames_nor_lines_reach_a_disk(enter_cast: Cast, platform: Platform) -> None:
    one, other = enter_cast(MALLORY), enter_cast(MALLORY)
    meet(one, other, "video")
    for person in (one, other):
        person.expect_picture("shown").expect_frames(20)
    one.say("nobody keeps this line of ours")
    other.expect_line("nobody keeps this line of ours")
    assert platform.files_with(b"parley_app"), "the search finds what is there"
    assert platform.files_with(KEY_FRAME_OF_640X480) == []
    assert platform.files_with(b"nobody keeps this line") == []
