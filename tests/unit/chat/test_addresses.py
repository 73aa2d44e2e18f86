"""Whose address it is, whatever the header claims."""

from ipaddress import ip_address

import pytest

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
