"""Whose address it is, whatever the header claims."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.admission.addresses import UNKNOWN, client_address, parse_networks, prefix

PROXIES = parse_networks(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize("forwarded", ["", "198.51.100.9", "198.51.100.9, 10.0.0.1", "rubbish"])
def test_a_header_from_somebody_else_changes_nothing(forwarded: str) -> None:
    assert client_address("203.0.113.5", forwarded, PROXIES) == ip_address("203.0.113.5")
    assert client_address("203.0.113.5", forwarded, ()) == ip_address("203.0.113.5")


def test_what_stands_left_of_the_nearest_stranger_is_hearsay() -> None:
    forwarded = "198.51.100.9, 203.0.113.5, 10.0.0.2"
    assert client_address("10.0.0.1", forwarded, PROXIES) == ip_address("203.0.113.5")


def test_rubbish_behind_a_proxy_is_the_proxy() -> None:
    assert client_address("10.0.0.1", "203.0.113.5, rubbish", PROXIES) == ip_address("10.0.0.1")


@pytest.mark.parametrize(
    "forged",
    [
        "10.0.0.9, 203.0.113.5",
        "127.0.0.1, 10.0.0.9, 203.0.113.5",
        "198.51.100.9, 203.0.113.5, 10.0.0.2, fd00::7",
        "198.51.100.9,203.0.113.5",
        "unknown, _hidden, 203.0.113.5",
        "::ffff:198.51.100.9, ::ffff:203.0.113.5",
        ", ".join(["198.51.100.9"] * 5000) + ", 203.0.113.5",
    ],
)
def test_behind_our_proxies_the_one_whom_they_saw_counts_whatever_was_sent(forged: str) -> None:
    assert client_address("10.0.0.1", forged, PROXIES) == ip_address("203.0.113.5")
    assert client_address("::ffff:10.0.0.1", forged, PROXIES) == ip_address("203.0.113.5")


@pytest.mark.parametrize("word", ["203.0.113.5:4711", "[2001:db8::1]:443", "203.0.113", "0x7f.1"])
def test_a_word_that_is_no_address_hides_nobody_behind_another(word: str) -> None:
    assert client_address("10.0.0.1", f"198.51.100.9, {word}", PROXIES) == ip_address("10.0.0.1")


@given(st.text(max_size=60), st.ip_addresses())
def test_nothing_that_a_stranger_sends_changes_who_they_are(
    forwarded: str, stranger: IPv4Address | IPv6Address
) -> None:
    alone = client_address(str(stranger), "", PROXIES)
    if any(alone in network for network in PROXIES):
        return
    assert client_address(str(stranger), forwarded, PROXIES) == alone
    assert client_address("10.0.0.1", f"{forwarded}, {stranger}", PROXIES) == alone


@pytest.mark.parametrize("peer", [None, "", "/run/web.sock"])
def test_a_peer_without_an_address_is_unknown(peer: str | None) -> None:
    assert client_address(peer, "203.0.113.5", PROXIES) == UNKNOWN


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
    ],
)
def test_neighbours_share_a_prefix(address: str, expected: str) -> None:
    assert prefix(ip_address(address)) == expected


def test_a_mapped_address_is_the_one_that_it_maps() -> None:
    assert client_address("::ffff:203.0.113.5", "", PROXIES) == ip_address("203.0.113.5")


def test_a_word_that_is_no_network_stops_the_boot() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/99"):
        parse_networks(["10.0.0.1/99"])
