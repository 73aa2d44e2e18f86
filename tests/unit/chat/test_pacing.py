"""How fast one socket may talk."""

from chat.consumers.pacing import Pace, Pacer


def test_a_burst_of_forty_messages_is_fine_and_one_more_is_not() -> None:
    pacer = Pacer()
    assert [pacer.message(0) for _ in range(41)] == [Pace.FINE] * 40 + [Pace.SLOW_DOWN]


def test_twenty_messages_a_second_are_fine_for_ever() -> None:
    pacer = Pacer()
    assert all(pacer.message(now_ms) is Pace.FINE for now_ms in range(0, 60_000, 50))


def test_the_sixth_line_at_once_is_refused_and_two_a_second_are_not() -> None:
    pacer = Pacer()
    assert [pacer.line(0) for _ in range(6)] == [Pace.FINE] * 5 + [Pace.SLOW_DOWN]
    assert pacer.lines.retry_after_s() == 0.5
    assert all(pacer.line(now_ms) is Pace.FINE for now_ms in range(500, 20_000, 500))


def test_a_flood_that_is_kept_up_for_three_seconds_is_too_much() -> None:
    pacer = Pacer()
    answers = {now_ms: pacer.message(now_ms) for now_ms in range(3100)}
    first_refusal = next(at for at, pace in answers.items() if pace is Pace.SLOW_DOWN)
    first_close = next((at for at, pace in answers.items() if pace is Pace.TOO_MANY), None)
    assert first_close is not None
    assert 3000 <= first_close - first_refusal <= 3050


def test_who_calms_down_in_time_is_forgiven() -> None:
    pacer = Pacer()
    for now_ms in range(2500):
        pacer.message(now_ms)
    calm_ms = 2500 + 1100
    burst = [pacer.message(calm_ms + now_ms) for now_ms in range(2500)]
    assert Pace.TOO_MANY not in burst
