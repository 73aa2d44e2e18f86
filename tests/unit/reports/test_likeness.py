from dataclasses import replace
from datetime import timedelta

from reports.incoming.likeness import LINES_MAX, line_keys
from reports.snapshots import SnapshotLine, Speaker
from tests.report_cases import NOW, snapshot

SECRET = b"of these tests"


def keys(*texts: str, speaker: Speaker = Speaker.SUBJECT) -> list[str]:
    lines = tuple(
        SnapshotLine(
            at=NOW + timedelta(seconds=number), speaker=speaker, text=text, was_withheld=False
        )
        for number, text in enumerate(texts)
    )
    return line_keys(replace(snapshot(), lines=lines), SECRET)


def test_the_same_line_in_another_dress_has_the_same_key() -> None:
    plain = keys("come to my channel, it is free")
    assert keys("COME to my channel... it is FREE!!") == plain
    assert keys("\uff23ome to my channel it is free") == plain
    assert keys("come to my garden, it is free") != plain


def test_what_anybody_says_has_none() -> None:
    assert keys("hello there", "how are you") == []


def test_what_the_partner_said_has_none() -> None:
    assert keys("come to my channel, it is free", speaker=Speaker.PARTNER) == []


def test_a_key_is_of_no_use_without_the_secret() -> None:
    said = replace(snapshot(), lines=())
    assert line_keys(said, SECRET) == []
    text = "come to my channel, it is free"
    assert keys(text) != line_keys(
        replace(
            snapshot(),
            lines=(SnapshotLine(at=NOW, speaker=Speaker.SUBJECT, text=text, was_withheld=False),),
        ),
        b"another",
    )


def test_only_the_newest_lines_are_kept() -> None:
    found = keys(*(f"a long line with the number {number}" for number in range(50)))
    assert len(found) == LINES_MAX
    assert set(keys("a long line with the number 49")) < set(found)
