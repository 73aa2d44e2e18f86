"""Story (h), second half: PostgreSQL stands still; pings are answered and the cut still happens."""

import time

from tests.e2e.cameras import picture
from tests.e2e.configurations import STALLED
from tests.e2e.film import encode
from tests.e2e.office import Office, first_account
from tests.e2e.person import Person
from tests.e2e.platform import Platform
from tests.e2e.projector import Projector
from tests.e2e.stalling import standing_still
from tests.e2e.wire import Stranger, pair_up

CONFIGURATION = STALLED

PONG_WITHIN_S = 1.0
CUT_WITHIN_S = 10.0


def test_the_cut_comes_and_the_report_lands_when_it_moves_again(
    platform: Platform, mod: Person
) -> None:
    office = Office(mod, first_account(platform))
    known = office.waiting()
    clean = encode([picture("coffee", turn / 40) for turn in range(40)])
    dirty = encode([picture("astronaut", turn / 40) for turn in range(40)])
    with Stranger(platform.url) as mallory, Stranger(platform.url) as bo:
        mine, theirs = pair_up(mallory.enter(), bo.enter(), "video")
        sending, receiving = mallory.attach(mine["relay"]), bo.attach(theirs["relay"])
        assert mallory.control is not None
        assert bo.control is not None
        with Projector(receiving, clean), Projector(sending, clean) as reel:
            receiving.expect_picture("partner", "shown")
            sending.expect_picture("partner", "shown")
            with standing_still(platform):
                asked_s = time.monotonic()
                bo.control.send("ping")
                bo.control.expect("pong", timeout_s=PONG_WITHIN_S)
                assert time.monotonic() - asked_s <= PONG_WITHIN_S
                reel.change(dirty)
                ended = bo.control.expect("ended", timeout_s=CUT_WITHIN_S)
                assert ended["by"] == "moderation"
                assert "rule" not in ended or ended["rule"] is None
                bo.control.send("ping")
                bo.control.expect("pong", timeout_s=PONG_WITHIN_S)
    assert office.wait_for_report(known)
