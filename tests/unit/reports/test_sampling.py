"""Drawing a stratified sample: fair to small strata, the same again with the same seed."""

from itertools import pairwise
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from reports.reviewing.sampling import Candidate, Stratum, allocate, draw

strata = st.builds(
    Stratum, policy=st.sampled_from(["nudity", "spam", "hate"]), kind=st.sampled_from(["c", "d"])
)
sizes = st.dictionaries(strata, st.integers(1, 40))


def _candidates(counts: dict[Stratum, int]) -> list[Candidate]:
    return [
        Candidate(report=UUID(int=1000 * number + one), stratum=stratum)
        for number, (stratum, count) in enumerate(counts.items())
        for one in range(count)
    ]


@given(sizes, st.integers(0, 100), st.text(max_size=8))
def test_every_place_is_filled_and_none_twice(
    counts: dict[Stratum, int], size: int, seed: str
) -> None:
    drawn = draw(_candidates(counts), size=size, seed=seed)

    assert len(drawn) == min(size, sum(counts.values()))
    assert len({one.report for one in drawn}) == len(drawn)


@given(sizes, st.integers(0, 100), st.text(max_size=8))
def test_strata_get_the_same_unless_they_are_too_small(
    counts: dict[Stratum, int], size: int, seed: str
) -> None:
    places = allocate(counts, size=size, seed=seed)

    most = max(places.values(), default=0)
    assert all(places[stratum] <= counts[stratum] for stratum in counts)
    assert all(
        places[stratum] >= most - 1 or places[stratum] == counts[stratum] for stratum in counts
    )


@given(sizes, st.integers(1, 30), st.text(max_size=8), st.randoms())
def test_the_seed_alone_decides_whatever_the_order(
    counts: dict[Stratum, int], size: int, seed: str, chance: Random
) -> None:
    candidates = _candidates(counts)
    shuffled = list(candidates)
    chance.shuffle(shuffled)

    assert draw(candidates, size=size, seed=seed) == draw(shuffled, size=size, seed=seed)


def test_another_seed_draws_others() -> None:
    candidates = _candidates({Stratum(policy="nudity", kind="c"): 500})

    one, another = (draw(candidates, size=20, seed=seed) for seed in ("1", "2"))

    assert {each.report for each in one} != {each.report for each in another}


def test_each_has_the_same_chance() -> None:
    candidates = _candidates({Stratum(policy="nudity", kind="c"): 10})
    counts = dict.fromkeys((each.report for each in candidates), 0)

    for seed in range(2000):
        for each in draw(candidates, size=2, seed=str(seed)):
            counts[each.report] += 1

    # 400 expected of 2,000; five standard deviations are 90.
    assert all(310 <= count <= 490 for count in counts.values())


def test_the_order_tells_nothing_of_the_stratum() -> None:
    counts = {Stratum(policy="nudity", kind=kind): 50 for kind in ("c", "d")}
    drawn = draw(_candidates(counts), size=40, seed="x")

    changes = sum(a.stratum != b.stratum for a, b in pairwise(drawn))
    assert changes > 10
