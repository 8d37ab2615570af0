"""Medians, percentiles, and what a request costs."""

import pytest

from bench.figures import Sample, percentile, summarize


def sample(cpu_seconds: float, *, requests: int = 100, seconds: float = 2.0) -> Sample:
    return Sample(requests, seconds, cpu_seconds, p50=0.001, p99=0.004)


def test_a_sample_tells_cost_and_rate_of_one_request() -> None:
    one = sample(0.5)

    assert one.cpu_us == 5_000
    assert one.rate == 50


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (99.5, 100), (100, 100)])
def test_percentiles_of_the_numbers_to_a_hundred(percent: float, value: int) -> None:
    assert percentile(range(100, 0, -1), percent) == value


def test_every_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7], 50) == percentile([7], 99) == 7


def test_one_bad_round_does_not_move_the_figures() -> None:
    figures = summarize([sample(0.5), sample(9.0), sample(0.6)])

    assert figures.cpu_us == 6_000
    assert figures.spread == 18
    assert figures.rounds == 3
    assert (figures.p50_ms, figures.p99_ms) == (1, 4)


def test_rounds_too_short_to_cost_anything_have_an_endless_spread() -> None:
    assert summarize([sample(0.0), sample(0.1)]).spread == float("inf")
