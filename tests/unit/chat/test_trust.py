"""Trust is earned with many and slowly, lost by what was confirmed, and never made at home."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import trust
from chat.sampler import SAMPLE_AFTER_MAX_MS, Limits, longest_gap_ms
from chat.trust import History, Level, Met, ReasonKind, Scrutiny

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEVELS = list(Level)
USUAL = Limits(screened_ms=10_000, verdict_max_age_ms=10_000)
BOUNDS = (-20.0, 18.0)

days = st.integers(0, 500).map(lambda ago: NOW - timedelta(days=ago))
mets = st.builds(
    Met,
    prefix=st.sampled_from("abcdefghij"),
    on=days.map(datetime.date),
    minutes=st.integers(0, 2000),
    is_goodbye=st.booleans(),
)
histories = st.builds(
    History,
    known_since=days,
    met=st.lists(mets, max_size=64),
    upheld_against=st.lists(days, max_size=8),
    upheld_by=st.lists(days, max_size=8),
)


def rank(level: Level) -> int:
    return LEVELS.index(level)


def met(prefix: str, *, days_ago: int = 0, minutes: int = 20, is_goodbye: bool = True) -> Met:
    on: date = (NOW - timedelta(days=days_ago)).date()
    return Met(prefix=prefix, on=on, minutes=minutes, is_goodbye=is_goodbye)


def level(history: History, now: datetime = NOW) -> Level:
    return trust.assess(history, now).level


STRANGER = History(known_since=NOW)
OLD_FRIEND = History(
    known_since=NOW - timedelta(days=60), met=[met(str(number)) for number in range(20)]
)


def test_somebody_new_is_new_and_nothing_is_held_against_them() -> None:
    assert trust.assess(STRANGER, NOW) == trust.Trust(level=Level.NEW, score=0.0, reasons=())


def test_waiting_alone_lifts_nobody() -> None:
    assert level(replace(STRANGER, known_since=NOW - timedelta(days=4000))) is Level.NEW


def test_many_good_conversations_with_people_from_many_places_lift() -> None:
    known = replace(STRANGER, met=[met(str(number)) for number in range(7)])
    assert level(known) is Level.KNOWN
    assert level(OLD_FRIEND) is Level.TRUSTED


def test_once_confirmed_is_doubtful_twice_is_negative_and_time_heals() -> None:
    once = replace(STRANGER, upheld_against=[NOW])
    twice = replace(STRANGER, upheld_against=[NOW, NOW])
    assert (level(once), level(twice)) == (Level.DOUBTFUL, Level.NEGATIVE)
    assert level(twice, NOW + timedelta(days=45)) is Level.DOUBTFUL
    assert level(twice, NOW + timedelta(days=200)) is Level.NEW


def test_a_good_name_is_no_licence() -> None:
    assert level(replace(OLD_FRIEND, upheld_against=[NOW] * 3)) is not Level.TRUSTED
    assert level(replace(OLD_FRIEND, upheld_against=[NOW] * 5)) is Level.DOUBTFUL


def test_the_reasons_name_what_counted_and_nothing_else() -> None:
    history = History(
        known_since=NOW - timedelta(days=3),
        met=[met("a"), met("a", minutes=5, is_goodbye=False), met("b", days_ago=400)],
        upheld_by=[NOW],
    )
    counted = {reason.kind: reason.count for reason in trust.assess(history, NOW).reasons}
    assert counted == {
        ReasonKind.AGE: 3,
        ReasonKind.PARTNERS: 2,
        ReasonKind.PREFIXES: 1,
        ReasonKind.MINUTES: 25,
        ReasonKind.GOODBYES: 1,
        ReasonKind.UPHELD_BY: 1,
    }


@given(histories, st.integers(0, 2000))
def test_the_score_is_bounded_whatever_happened(history: History, later_days: int) -> None:
    found = trust.assess(history, NOW + timedelta(days=later_days))
    assert BOUNDS[0] <= found.score <= BOUNDS[1]


@given(histories, mets)
def test_one_more_clean_conversation_never_lowers(history: History, more: Met) -> None:
    richer = replace(history, met=[*history.met, more])
    assert trust.assess(richer, NOW).score >= trust.assess(history, NOW).score


@given(histories, days)
def test_one_more_confirmed_breach_never_lifts(history: History, at: datetime) -> None:
    worse = replace(history, upheld_against=[*history.upheld_against, at])
    assert trust.assess(worse, NOW).score <= trust.assess(history, NOW).score
    assert rank(level(worse)) <= rank(level(history))


@given(histories, st.integers(0, 400), st.integers(0, 400))
def test_what_was_earned_fades_once_the_age_is_full(
    history: History, one_days: int, other_days: int
) -> None:
    earned = replace(history, known_since=NOW - timedelta(days=60), upheld_against=())
    sooner, later = sorted((one_days, other_days))
    before = trust.assess(earned, NOW + timedelta(days=sooner)).score
    after = trust.assess(earned, NOW + timedelta(days=later)).score
    assert after <= before + 1e-9


@given(st.lists(days, max_size=8), st.integers(0, 400), st.integers(0, 400))
def test_what_was_confirmed_fades_too(
    upheld: list[datetime], one_days: int, other_days: int
) -> None:
    history = History(known_since=NOW, upheld_against=upheld)
    sooner, later = sorted((one_days, other_days))
    before = trust.assess(history, NOW + timedelta(days=sooner)).score
    after = trust.assess(history, NOW + timedelta(days=later)).score
    assert after >= before - 1e-9


@given(histories)
def test_partners_of_one_prefix_alone_lift_nobody(history: History) -> None:
    at_home = replace(history, met=[replace(one, prefix="home") for one in history.met])
    assert rank(level(at_home)) <= rank(Level.NEW)


@given(histories, st.lists(mets, max_size=64))
def test_one_prefix_adds_no_more_than_its_cap(history: History, more: list[Met]) -> None:
    flooded = replace(history, met=[*history.met, *(replace(one, prefix="flood") for one in more)])
    gained = trust.assess(flooded, NOW).score - trust.assess(history, NOW).score
    assert gained <= trust.PREFIX_POINTS_MAX + 1e-9


@pytest.mark.parametrize("level", LEVELS)
def test_nobody_is_sampled_less_often_than_every_6_s_nor_shown_unscreened(level: Level) -> None:
    limits = trust.limits(level, USUAL)
    assert longest_gap_ms(limits.risk) <= SAMPLE_AFTER_MAX_MS
    assert limits.verdict_max_age_ms == USUAL.verdict_max_age_ms
    assert limits.screened_ms is None or limits.screened_ms >= 2000


def test_less_trust_means_longer_screening_and_more_samples() -> None:
    all_limits = [trust.limits(level, USUAL) for level in LEVELS]
    assert [it.screened_ms for it in all_limits] == [None, None, 15_000, 10_000, 5_000]
    assert [it.risk for it in all_limits] == sorted((it.risk for it in all_limits), reverse=True)


def test_what_is_known_otherwise_adds_to_the_risk_of_a_level() -> None:
    risky = trust.limits(Level.NEW, replace(USUAL, risk=0.3))
    assert risky.risk == pytest.approx(0.3 + trust.NEW_RISK)


def test_a_doubt_screens_throughout_whatever_the_trust() -> None:
    doubted = Scrutiny(level=Level.TRUSTED, is_throughout=True)
    assert trust.limits_for(doubted, USUAL).screened_ms is None
    skipping = trust.limits_for(Scrutiny(level=Level.TRUSTED, risk=0.3), USUAL)
    assert (skipping.screened_ms, skipping.risk) == (5000, 0.3)


def test_what_is_screened_throughout_stays_so() -> None:
    throughout = replace(USUAL, screened_ms=None)
    assert all(trust.limits(level, throughout) == throughout for level in LEVELS)


def test_only_negative_trust_is_kept_apart() -> None:
    pools = {level: trust.pool("adult", level) for level in LEVELS}
    assert pools.pop(Level.NEGATIVE) == "adult-apart"
    assert set(pools.values()) == {"adult"}
