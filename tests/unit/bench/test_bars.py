"""What figures are held to, and what is said where there is nothing to hold them against."""

from dataclasses import replace

import pytest

from bench.bars import AsCheap, ByClock, Tail, Within
from bench.figures import Figures


def figures(cpu_us: float) -> Figures:
    return Figures(cpu_us, rate=10.0, p50_ms=1.0, p99_ms=2.0, spread=1.1, rounds=3)


class TestBesideSeveralPeers:
    bar = AsCheap(("slow", "quick", "absent"), 3)

    @pytest.mark.parametrize(("ours", "passed"), [(100.0, True), (101.0, False)])
    def test_the_cheapest_of_them_counts(self, *, ours: float, passed: bool) -> None:
        measured = {"slow": figures(900.0), "quick": figures(300.0)}

        found = self.bar.judge(figures(ours), measured)

        assert found is not None
        assert found.figure.endswith("x quick, the cheapest of 2")
        assert (found.bar, found.passed) == ("≥ 3 x", passed)

    def test_without_any_of_them_nothing_is_judged(self) -> None:
        assert self.bar.judge(figures(1.0), {"other": figures(1.0)}) is None


class TestOnTheClock:
    bar = ByClock("peer", 0.5)

    @pytest.mark.parametrize(("rate", "passed"), [(5.0, True), (4.9, False)])
    def test_rates_count_and_costs_do_not(self, *, rate: float, passed: bool) -> None:
        ours = replace(figures(9_000.0), rate=rate)

        found = self.bar.judge(ours, {"peer": figures(1.0)})

        assert found is not None
        assert found.passed is passed

    def test_without_the_other_nothing_is_judged(self) -> None:
        assert self.bar.judge(figures(1.0), {}) is None


class TestTheTail:
    @pytest.mark.parametrize(("p99", "passed"), [(3.0, True), (3.01, False)])
    def test_all_but_one_answer_in_a_hundred_count(self, *, p99: float, passed: bool) -> None:
        found = Tail(3).judge(replace(figures(1.0), p99_ms=p99), {})

        assert (found and found.bar, found and found.passed) == ("≤ 3 ms", passed)


class TestWithin:
    bar = Within("empty", 10)

    @pytest.mark.parametrize(
        ("ours", "figure", "passed"),
        [
            (110.0, "+10.0 %", True),
            (111.0, "+11.0 %", False),
            (90.0, "-10.0 %", True),
            (89.0, "-11.0 %", False),
        ],
    )
    def test_neither_much_dearer_nor_much_cheaper(
        self, *, ours: float, figure: str, passed: bool
    ) -> None:
        """What is much cheaper than an empty store was not measured rightly."""
        found = self.bar.judge(figures(ours), {"empty": figures(100.0)})

        assert found is not None
        assert (found.figure, found.passed) == (figure, passed)

    def test_without_the_other_nothing_is_judged(self) -> None:
        assert self.bar.judge(figures(1.0), {}) is None
