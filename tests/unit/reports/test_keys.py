import pytest

from reports.keys import (
    KeyFormatError,
    anchor_private_key,
    anchor_public_key,
    evidence_private_key,
    evidence_public_key,
    fingerprint,
    new_anchor_pair,
    new_evidence_pair,
)


@pytest.mark.parametrize("value", ["", "secret", "A" * 42, "!" * 43])
def test_it_names_the_setting_and_not_the_value_when_a_key_is_none(value: str) -> None:
    with pytest.raises(KeyFormatError) as raised:
        evidence_private_key(value)
    assert "EVIDENCE_PRIVATE_KEY" in str(raised.value)
    assert not value or value not in str(raised.value)


def test_a_new_evidence_pair_belongs_together() -> None:
    pair = new_evidence_pair()
    public = evidence_public_key(pair.public)
    assert fingerprint(evidence_private_key(pair.private).public_key()) == fingerprint(public)


def test_anchors_can_be_checked_with_either_half() -> None:
    pair = new_anchor_pair()
    signature = anchor_private_key(pair.private).sign(b"head")
    anchor_public_key(pair.public, "").verify(signature, b"head")
    anchor_public_key("", pair.private).verify(signature, b"head")
