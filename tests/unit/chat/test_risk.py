"""How much work is asked for: it rises with what a prefix did, and never without bound."""

from hypothesis import given
from hypothesis import strategies as st

from chat.admission.risk import Scale, Signals, demanded_tries

SCALE = Scale(tries=100, doublings_max=5, newcomers_step=10, refused_step=5)
COUNTS = st.integers(min_value=0, max_value=10_000)
ANY = st.builds(
    Signals, newcomers=COUNTS, refused=COUNTS, barred=COUNTS, is_under_age_near=st.booleans()
)


def test_each_signal_alone_makes_it_harder() -> None:
    alone = (
        Signals(newcomers=10),
        Signals(refused=5),
        Signals(barred=1),
        Signals(is_under_age_near=True),
    )
    assert demanded_tries(Signals(), SCALE) == 100
    assert [demanded_tries(signals, SCALE) for signals in alone] == [200, 200, 200, 400]


def test_less_than_a_step_changes_nothing() -> None:
    assert demanded_tries(Signals(newcomers=9, refused=4), SCALE) == 100


@given(ANY)
def test_whatever_a_prefix_did_its_neighbours_can_get_in(signals: Signals) -> None:
    assert 100 <= demanded_tries(signals, SCALE) <= 100 * 2**5


@given(ANY, ANY)
def test_more_of_everything_is_never_easier(one: Signals, more: Signals) -> None:
    both = Signals(
        newcomers=one.newcomers + more.newcomers,
        refused=one.refused + more.refused,
        barred=one.barred + more.barred,
        is_under_age_near=one.is_under_age_near or more.is_under_age_near,
    )
    assert demanded_tries(both, SCALE) >= demanded_tries(one, SCALE)
