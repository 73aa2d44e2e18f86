"""Two strangers on the wire: finding each other, talking, parting, and coming back."""

from datetime import datetime
from functools import partial

import pytest

from tests.e2e.waiting import wait_for
from tests.e2e.wire import Control, dial
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.house import GRACE_S, LEASE_S, House
from tests.integration.chat.meeting import Meeting, meet, nothing_came, open_control, pair, seek
from tests.races import at_once


def test_who_waits_is_told_so(newcomer: Newcomer) -> None:
    control, welcome = open_control(newcomer())
    assert (welcome["online"], welcome["camera_check"], welcome["restrictions"]) == (1, "off", [])
    seek(control)
    assert control.expect("searching") == {
        "type": "searching",
        "mode": "text",
        "waiting_s": 0,
        "widened": "language",
    }
    assert control.expect("searching")["waiting_s"] >= 1


def test_video_is_closed_while_nobody_judges(newcomer: Newcomer) -> None:
    control, welcome = open_control(newcomer())
    assert welcome["video_open"] is False
    seek(control, "video")
    assert control.expect("error")["code"] == "video_closed"
    control.send("check")
    assert control.expect("check")["state"] == "passed"


def test_a_pair_learns_what_it_needs_and_nothing_about_the_other(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    assert set(meeting.ada_paired) == {
        *("type", "conversation", "mode", "common", "languages", "key", "relay")
    }
    assert meeting.ada_paired["relay"] is None
    assert meeting.ada_paired["languages"] == ["en"]
    assert meeting.ada_paired["conversation"] == meeting.bo_paired["conversation"]
    assert meeting.ada_paired["key"] != meeting.bo_paired["key"]


@pytest.mark.parametrize("kind", ["say", "typing", "relay", "block", "next", "report"])
def test_without_a_partner_there_is_nobody_to_talk_to(newcomer: Newcomer, kind: str) -> None:
    control, _ = open_control(newcomer())
    control.send(kind, id="1", text="hello", on=True, reason="spam")
    assert control.expect("error")["code"] == "not_paired"


def test_lines_reach_the_other_side_in_order_and_are_confirmed(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    for number in range(4):
        meeting.ada.send("say", id=str(number), text=f"line {number} <b>\N{GRINNING FACE}</b>")
        assert meeting.ada.expect("accepted")["id"] == str(number)
    for number in range(4):
        said = meeting.bo.expect("said")
        assert (said["id"], said["text"]) == (
            str(number),
            f"line {number} <b>\N{GRINNING FACE}</b>",
        )
        assert datetime.fromisoformat(said["at"]).tzinfo is not None


def test_a_line_with_nothing_to_read_is_withheld(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("say", id="7", text="\N{RIGHT-TO-LEFT OVERRIDE}")
    assert meeting.ada.expect("withheld")["id"] == "7"
    assert nothing_came(meeting.bo, "said")


def test_a_handle_comes_with_a_caution_for_its_receiver(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("say", id="1", text="add me on snap: ada_99")
    assert meeting.ada.expect("accepted")["id"] == "1"
    assert meeting.bo.expect("said")["id"] == "1"
    caution = meeting.bo.expect("caution")
    assert (caution["about"], caution["help_url"]) == ("contact_handle", "/help/#elsewhere")
    assert caution["detail"]
    assert nothing_came(meeting.ada, "caution")


def test_a_link_is_withheld_and_its_sender_is_told_why(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("say", id="1", text="see example dot com")
    withheld = meeting.ada.expect("withheld")
    assert (withheld["id"], withheld["rule"], withheld["about"]) == ("1", "spam", "link")
    assert withheld["detail"]
    assert nothing_came(meeting.bo, "said")
    assert nothing_came(meeting.bo, "caution")


def test_who_is_blackmailed_is_shown_help_and_not_the_line(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("say", id="1", text="pay me or i send your video to your family")
    assert meeting.ada.expect("withheld")["rule"] == "blackmail"
    caution = meeting.bo.expect("caution")
    assert (caution["about"], caution["help_url"]) == ("blackmail", "/help/#blackmail")
    assert nothing_came(meeting.bo, "said")


def test_who_speaks_of_hurting_themself_is_shown_lines_to_call(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("say", id="1", text="i want to kill myself")
    assert meeting.ada.expect("accepted")["id"] == "1"
    notice = meeting.ada.expect("notice")
    assert (notice["level"], notice["rule"]) == ("info", "self_harm")
    assert "988" in [line.get("number") for line in notice["help_lines"]]
    assert notice["help_lines"][-1]["url"] == "https://findahelpline.com"
    assert meeting.bo.expect("said")["text"] == "i want to kill myself"
    assert nothing_came(meeting.bo, "caution")


def test_typing_is_passed_on(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("typing", on=True)
    assert meeting.bo.expect("typing")["on"] is True


def test_leaving_ends_it_for_both_and_nothing_follows(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("leave")
    assert meeting.ada.expect("ended")["by"] == "you"
    assert meeting.bo.expect("ended") == {
        "type": "ended",
        "conversation": meeting.conversation,
        "by": "partner",
    }
    meeting.bo.send("say", id="1", text="wait!")
    assert meeting.bo.expect("error")["code"] == "not_paired"
    assert nothing_came(meeting.ada, "said")


def test_next_ends_it_and_looks_on_with_the_same_wishes(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("next")
    assert meeting.ada.expect("ended")["by"] == "you"
    assert meeting.ada.expect("searching")["mode"] == "text"
    assert meeting.bo.expect("ended")["by"] == "partner"
    cy, _ = open_control(newcomer())
    seek(cy)
    again = meeting.ada.expect("paired")
    assert again["conversation"] == cy.expect("paired")["conversation"]


def test_both_pressing_next_at_once_look_for_somebody_new(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    for _ in range(5):
        ended = meeting.conversation
        both = (meeting.ada, meeting.bo)
        at_once(*(partial(control.send, "next") for control in both))
        for control in both:
            assert control.expect("ended")["conversation"] == ended
        paired = [control.expect("paired") for control in both]
        assert len({message["conversation"] for message in paired}) == 1
        meeting = Meeting(ada=meeting.ada, bo=meeting.bo, ada_paired=paired[0], bo_paired=paired[1])
        assert meeting.conversation != ended


def test_who_stopped_looking_is_found_by_nobody(newcomer: Newcomer) -> None:
    (ada, _), (bo, _) = open_control(newcomer()), open_control(newcomer())
    seek(ada)
    ada.expect("searching")
    ada.send("leave")
    ada.send("ping")
    ada.expect("pong")
    seek(bo)
    bo.expect("searching")
    bo.expect("searching")
    assert nothing_came(ada, "paired")


def test_a_second_tab_takes_over_and_the_first_is_closed(newcomer: Newcomer) -> None:
    ada = newcomer()
    first, _ = open_control(ada)
    second, welcome = open_control(ada)
    assert first.expect_close() == 4409
    assert welcome["online"] == 1
    second.send("ping")
    second.expect("pong")


def test_of_many_tabs_that_open_at_once_exactly_one_lives(newcomer: Newcomer) -> None:
    ada = newcomer()

    def open_tab() -> Control:
        return Control(dial(ada.url, "/ws/chat/", "parley.v1", ada.cookie_header))

    tabs = at_once(*[open_tab] * 8)
    wait_for(
        lambda: sum(tab.close_code == 4409 for tab in tabs) == 7,
        timeout_s=LEASE_S,
        what="seven of eight are closed",
    )
    (alive,) = (tab for tab in tabs if tab.close_code is None)
    alive.send("ping")
    alive.expect("pong")
    alive.close()


def test_people_on_two_processes_meet_and_talk(newcomer: Newcomer, neighbour: House) -> None:
    meeting = meet(newcomer(), newcomer(at=neighbour))
    meeting.ada.send("say", id="1", text="hello over there")
    assert meeting.bo.expect("said")["text"] == "hello over there"
    meeting.bo.send("leave")
    assert meeting.ada.expect("ended")["by"] == "partner"


def test_a_lost_connection_is_resumed_on_another_process_with_what_was_said_meanwhile(
    newcomer: Newcomer, neighbour: House
) -> None:
    ada, bo = newcomer(), newcomer()
    meeting = meet(ada, bo)
    meeting.bo.close()
    assert meeting.ada.expect("partner")["state"] == "reconnecting"
    meeting.ada.send("say", id="1", text="are you there?")
    meeting.ada.expect("accepted")
    bo.url = neighbour.url
    back, _ = open_control(bo)
    back.send("resume", conversation=meeting.conversation, key=meeting.bo_paired["key"])
    paired = back.expect("paired")
    assert paired["conversation"] == meeting.conversation
    assert back.expect("said")["text"] == "are you there?"
    assert meeting.ada.expect("partner")["state"] == "here"
    back.send("say", id="2", text="back again")
    assert meeting.ada.expect("said")["text"] == "back again"


def test_a_resume_key_works_once_for_its_owner_and_not_after_the_end(
    newcomer: Newcomer,
) -> None:
    ada, bo, mallory = newcomer(), newcomer(), newcomer()
    meeting = meet(ada, bo)
    used = meeting.bo_paired["key"]
    thief, _ = open_control(mallory)
    thief.send("resume", conversation=meeting.conversation, key=used)
    assert thief.expect("error")["code"] == "no_such_conversation"
    back, _ = open_control(bo)
    back.send("resume", conversation=meeting.conversation, key="guessed")
    assert back.expect("error")["code"] == "no_such_conversation"
    back.send("resume", conversation=meeting.conversation, key=used)
    fresh = back.expect("paired")["key"]
    again, _ = open_control(bo)
    again.send("resume", conversation=meeting.conversation, key=used)
    assert again.expect("error")["code"] == "no_such_conversation"
    meeting.ada.send("leave")
    meeting.ada.expect("ended")
    again.send("resume", conversation=meeting.conversation, key=fresh)
    assert again.expect("error")["code"] == "no_such_conversation"


def test_who_does_not_come_back_in_time_has_lost_the_conversation(newcomer: Newcomer) -> None:
    ada, bo = newcomer(), newcomer()
    meeting = meet(ada, bo)
    meeting.bo.close()
    meeting.ada.expect("partner")
    assert meeting.ada.expect("ended", timeout_s=GRACE_S + 2)["by"] == "lost"
    back, _ = open_control(bo)
    back.send("resume", conversation=meeting.conversation, key=meeting.bo_paired["key"])
    assert back.expect("error")["code"] == "no_such_conversation"


@pytest.mark.parametrize("kind", ["seek", "leave"])
def test_a_new_socket_that_does_something_else_ends_the_old_conversation(
    newcomer: Newcomer, kind: str
) -> None:
    ada, bo = newcomer(), newcomer()
    meeting = meet(ada, bo)
    back, _ = open_control(bo)
    back.send(kind, mode="text")
    assert meeting.ada.expect("ended")["by"] == "partner"


def test_a_conversation_ends_before_the_same_socket_seeks_again(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    seek(meeting.ada)
    assert meeting.ada.expect("ended")["by"] == "you"
    assert meeting.bo.expect("ended")["by"] == "partner"


def test_going_away_while_searching_leaves_nobody_behind(newcomer: Newcomer) -> None:
    ada = newcomer()
    control, _ = open_control(ada)
    seek(control)
    control.expect("searching")
    control.close()
    bo, welcome = open_control(newcomer())

    def count() -> bool:
        fresh, answer = open_control(newcomer())
        fresh.close()
        return bool(answer["online"] == 2)

    wait_for(count, timeout_s=5, what="ada is offline")
    assert welcome["online"] in {1, 2}
    seek(bo)
    bo.expect("searching")
    bo.expect("searching")


def test_the_same_two_meet_again_when_nobody_else_is_there(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("leave")
    for control in (meeting.ada, meeting.bo):
        control.expect("ended")
    again = pair(meeting.ada, meeting.bo)
    assert again.conversation != meeting.conversation
