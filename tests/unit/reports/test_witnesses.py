from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from reports.incoming.witnesses import Witness, independent


def witness(device: int, prefix: str = "", *, new: bool = False) -> Witness:
    return Witness(device=UUID(int=device), prefix=prefix, is_newcomer=new)


def count(*witnesses: Witness) -> int:
    return len(independent(witnesses))


def test_who_shares_a_device_counts_once() -> None:
    assert count(witness(1), witness(1), witness(1)) == 1


def test_who_shares_a_prefix_counts_once() -> None:
    assert count(witness(1, "school"), witness(2, "school"), witness(3, "home")) == 2


def test_what_is_unknown_is_shared_with_nobody() -> None:
    assert count(witness(1), witness(2)) == 2


def test_neighbours_by_way_of_a_third_count_once() -> None:
    assert count(witness(1, "school"), witness(2, "home"), witness(1, "home")) == 1


def test_all_newcomers_together_count_once() -> None:
    assert count(*(witness(number, f"net-{number}", new=True) for number in range(10))) == 1


def test_a_newcomer_next_to_somebody_established_adds_nothing() -> None:
    assert count(witness(1, "school"), witness(2, "school", new=True)) == 1


def test_newcomers_never_join_voices_that_are_established() -> None:
    assert count(witness(1, "a"), witness(2, "b"), witness(3, "a", new=True)) == 2
    # The new device was at both places; still two people of long standing speak.
    bridge = (witness(3, "a", new=True), witness(3, "b", new=True))
    assert count(witness(1, "a"), *bridge, witness(2, "b")) == 2


@st.composite
def _witnesses(draw: st.DrawFn) -> list[Witness]:
    one = st.builds(
        witness,
        st.integers(1, 6),
        st.sampled_from(["", "a", "b", "c"]),
        new=st.booleans(),
    )
    return draw(st.lists(one, max_size=12))


@given(_witnesses())
def test_nobody_is_lost_and_nobody_counts_more_than_once(witnesses: list[Witness]) -> None:
    voices = independent(witnesses)

    heard = [device for voice in voices for device in voice]
    established = {one.device for one in witnesses if not one.is_newcomer}
    assert len(voices) <= len({one.device for one in witnesses})
    assert established <= set(heard)
    assert len(heard) == len(set(heard))
    prefixes = [
        {one.prefix for one in witnesses if one.device in voice and not one.is_newcomer} - {""}
        for voice in voices
    ]
    for number, mine in enumerate(prefixes):
        assert not any(mine & other for other in prefixes[number + 1 :])
