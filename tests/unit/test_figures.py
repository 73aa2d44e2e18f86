"""What benches print can be read by a machine, and a percentile is one of the values."""

import json

import pytest

from tests.bench.figures import percentile, publish, time_in_turns


def test_a_figure_is_one_line_with_its_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    publish("wait_ms", 12.345, "ms", baseline="no wait", baseline_value=5, samples=3)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {
        "name": "wait_ms",
        "value": 12.35,
        "unit": "ms",
        "baseline": "no wait",
        "baseline_value": 5,
        "ratio": 2.469,
        "samples": 3,
    }


def test_nothing_is_so_many_times_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    publish("passed", 0, "frames", baseline="sent", baseline_value=0)
    assert json.loads(capsys.readouterr().out)["ratio"] is None


@pytest.mark.parametrize(("percent", "value"), [(1, 10), (50, 20), (51, 30), (95, 40), (100, 40)])
def test_a_percentile_is_the_smallest_that_enough_do_not_exceed(percent: int, value: int) -> None:
    assert percentile([40, 10, 30, 20], percent) == value


def test_steps_take_turns_and_the_first_call_of_each_does_not_count() -> None:
    called: list[str] = []
    took_ms = time_in_turns([lambda: called.append("a"), lambda: called.append("b")], 2)
    assert called == ["a", "b"] * 3
    assert [len(values) for values in took_ms] == [2, 2]
