"""Two strangers on the wire: finding each other, talking, parting, and coming back."""

from tests.e2e.wire import pair_up
from tests.integration.chat.conftest import Newcomer


def test_lines_reach_the_other_side_and_are_confirmed(newcomer: Newcomer) -> None:
    ada, bo = newcomer(), newcomer()
    pair_up(ada, bo, "text")
    ada.control.send("say", id="1", text="hello")
    assert ada.control.expect("accepted")["id"] == "1"
    said = bo.control.expect("said")
    assert (said["id"], said["text"]) == ("1", "hello")
