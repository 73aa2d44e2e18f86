"""Files of hashes, line by line: every form, and lines that are none."""

import hashlib
from io import BytesIO

from reports.known_pictures.hash_files import LINE_MAX, Found, Line, read

ONE, TWO, THREE = (hashlib.sha256(name).hexdigest() for name in (b"one", b"two", b"three"))


def lines(*texts: str) -> list[Line]:
    return list(read(BytesIO("\n".join(texts).encode())))


def found(*texts: str) -> list[tuple[int, Found]]:
    return [(line.number, line.found) for line in lines(*texts)]


def taken(*texts: str) -> list[str]:
    return [line.pdq for line in lines(*texts) if line.found is Found.HASH]


def test_a_table_gives_hashes_and_qualities_where_it_has_them() -> None:
    read_lines = lines("name,hash,quality", f"a,{ONE.upper()},80", f"b,{TWO},")
    assert [(line.pdq, line.quality) for line in read_lines] == [(ONE, 80), (TWO, None)]
    assert taken("hash", ONE) == taken("pdq,note", f'{ONE},"a, b"') == [ONE]


def test_a_hash_of_too_little_to_see_is_left_out() -> None:
    assert found("hash,quality", f"{ONE},49", f"{TWO},50") == [(2, Found.POOR), (3, Found.HASH)]


def test_the_dataset_of_threatexchange_is_read_without_other_signals_and_harmless_ones() -> None:
    assert found(
        "collab,signal_type,signal_str,category,tags",
        f"ours,pdq,{ONE},POSITIVE_CLASS,a b",
        "ours,video_md5,d41d8cd98f00b204e9800998ecf8427e,POSITIVE_CLASS,",
        f"ours,pdq,{TWO},NEGATIVE_CLASS,",
    ) == [(2, Found.HASH), (3, Found.OTHER), (4, Found.OTHER)]


def test_plain_lines_are_read_with_the_signals_name_and_without() -> None:
    assert taken(f"pdq {ONE}", f"pdq\t{TWO}", THREE) == [ONE, TWO, THREE]
    assert found("url https://example.org", f"pdq {ONE}")[0] == (1, Found.OTHER)


def test_a_byte_order_mark_empty_lines_and_carriage_returns_do_not_matter() -> None:
    raw = b"\xef\xbb\xbfhash\r\n\r\n" + ONE.encode() + b"\r\n"
    assert [(line.number, line.pdq) for line in read(BytesIO(raw))] == [(3, ONE)]


def test_lines_that_are_no_hash_are_named_and_passed_over() -> None:
    problems = {
        line.number: line.problem
        for line in lines(
            "hash,quality",
            f"{ONE[:-1]},80",
            f"{ONE[:-1]}g,80",
            f"{ONE},101",
            f"{ONE},good",
            ONE,
            f"{'0' * 64},100",
            f"{TWO},100",
        )
    }
    assert problems.pop(8) == ""
    assert list(problems) == [2, 3, 4, 5, 6, 7]
    assert "64 hexadecimal digits" in problems[2]
    assert "0 to 100" in problems[4]
    assert "1 cells under 2 columns" in problems[6]
    assert "alike" in problems[7]


def test_a_line_without_an_end_takes_no_memory_and_ends_at_the_next() -> None:
    long = f"pdq {ONE} " + "x" * (3 * LINE_MAX)
    assert found(f"pdq {ONE}", long, f"pdq {TWO}") == [
        (1, Found.HASH),
        (2, Found.BAD),
        (3, Found.HASH),
    ]


def test_bytes_that_are_no_text_are_a_bad_line() -> None:
    assert [line.found for line in read(BytesIO(b"pdq \xff\xfe\n"))] == [Found.BAD]
