"""An exact list of origins, and nothing else."""

import pytest

from chat.admission.origins import is_allowed, origin_in

ALLOWED = ("https://parley.example", "http://localhost:8000")


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://parley.example.evil.example",
        "https://parley.example:443",
        "https://parley.example/",
        "http://parley.example",
        "HTTPS://PARLEY.EXAMPLE",
        "http://localhost:8001",
    ],
)
def test_what_is_not_on_the_list_is_refused(origin: str | None) -> None:
    assert not is_allowed(origin, ALLOWED)


def test_null_is_refused_even_when_somebody_lists_it() -> None:
    assert not is_allowed("null", ("null",))


def test_a_header_given_twice_is_no_origin() -> None:
    assert origin_in([(b"origin", b"a"), (b"Origin", b"b")]) is None


def test_what_is_on_the_list_is_allowed() -> None:
    assert is_allowed(origin_in([(b"origin", b"https://parley.example")]), ALLOWED)
