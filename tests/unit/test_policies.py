"""What pages may load."""

import pytest

from config.settings import policies

FORBIDDEN = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:")


@pytest.mark.parametrize("directive", ["script-src", "style-src", "default-src", "worker-src"])
def test_public_pages_run_nothing_but_their_own_files(directive: str) -> None:
    sources = policies.strict(())[directive]
    assert not set(sources) & set(FORBIDDEN)


def test_staff_pages_run_no_inline_script() -> None:
    assert "'unsafe-inline'" not in policies.staff()["script-src"]


@pytest.mark.parametrize("policy", [policies.strict(()), policies.staff()])
def test_no_page_can_be_framed_or_send_forms_elsewhere(policy: dict[str, list[str]]) -> None:
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert policy["base-uri"] == ["'none'"]


def test_relay_nodes_of_other_origins_may_be_connected_to() -> None:
    nodes = ("a=/ws/media/", "b=wss://relay.example:8443/ws/media/")
    assert policies.strict(nodes)["connect-src"] == ["'self'", "wss://relay.example:8443"]
