"""What every meter promises: see `watchword.core.ports.Meter` and `watchword.core.rates`."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchword.core.ports import Meter
from watchword.core.rates import MINUTE, MOST_AHEAD, Rate, per_minute

SECOND = MINUTE // 60
ALICE, BOB = b"login192.0.2.7", b"login192.0.2.8"


@dataclass
class Ticks:
    """A clock that a test turns, in nanoseconds; it starts where no turn of a table begins."""

    time: int = 7 * MINUTE

    def __call__(self) -> int:
        return self.time


MakeMeter = Callable[[Ticks], Meter]
ARRIVALS = st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 3)), max_size=60)
RATES = st.integers(1, 600).flatmap(
    lambda count: st.builds(per_minute, st.just(count), st.integers(1, min(12, 4 * count)))
)


def most_in_any_span(admitted: list[int], rate: Rate) -> int:
    """Return by how many calls the promise was broken at worst, over all spans of time."""
    excess = [
        (last - first + 1) - rate.burst - (admitted[last] - admitted[first]) // rate.pace
        for first in range(len(admitted))
        for last in range(first, len(admitted))
    ]
    return max(excess, default=0)


class MeterConformance:
    """The suite. A meter's own test file is this class, subclassed."""

    @pytest.fixture
    def ticks(self) -> Ticks:
        return Ticks()

    @pytest.fixture
    def make(self) -> MakeMeter:
        raise NotImplementedError

    @pytest.fixture
    def meter(self, make: MakeMeter, ticks: Ticks) -> Meter:
        return make(ticks)

    def test_a_burst_passes_at_once_and_no_more(self, meter: Meter) -> None:
        rate = per_minute(60, 5)

        assert [meter.take(ALICE, rate) for _ in range(5)] == [0] * 5
        assert meter.take(ALICE, rate) == SECOND

    def test_what_is_told_to_wait_passes_after_exactly_that(
        self, meter: Meter, ticks: Ticks
    ) -> None:
        rate = per_minute(60, 2)
        meter.take(ALICE, rate, 2)
        wait = meter.take(ALICE, rate)

        ticks.time += wait - 1
        assert meter.take(ALICE, rate) == 1
        ticks.time += 1
        assert meter.take(ALICE, rate) == 0

    def test_who_goes_on_asking_waits_no_longer_for_it(self, meter: Meter, ticks: Ticks) -> None:
        rate = per_minute(60, 1)
        meter.take(ALICE, rate)

        for _ in range(100):
            assert meter.take(ALICE, rate) == SECOND
        ticks.time += SECOND
        assert meter.take(ALICE, rate) == 0

    def test_the_time_is_the_hosts(self, meter: Meter, ticks: Ticks) -> None:
        ticks.time += SECOND

        assert meter.ticks() == ticks.time

    def test_keys_are_counted_apart(self, meter: Meter) -> None:
        rate = per_minute(60, 1)
        meter.take(ALICE, rate)

        assert meter.take(ALICE, rate) > 0
        assert meter.take(BOB, rate) == 0

    def test_several_pass_together_or_not_at_all(self, meter: Meter) -> None:
        rate = per_minute(60, 5)

        assert meter.take(ALICE, rate, 3) == 0
        assert meter.take(ALICE, rate, 3) == SECOND
        assert meter.take(ALICE, rate, 2) == 0

    def test_who_was_quiet_for_long_has_one_burst_and_not_two(
        self, meter: Meter, ticks: Ticks
    ) -> None:
        rate = per_minute(60, 5)
        meter.take(ALICE, rate, 5)
        ticks.time += 24 * 60 * MINUTE

        assert [meter.take(ALICE, rate) for _ in range(5)] == [0] * 5
        assert meter.take(ALICE, rate) > 0

    def test_what_passed_elsewhere_is_worked_off_even_beyond_the_burst(
        self, meter: Meter, ticks: Ticks
    ) -> None:
        rate = per_minute(60, 5)
        meter.charge(ALICE, rate, 8)

        assert meter.take(ALICE, rate) == 4 * SECOND
        ticks.time += 4 * SECOND
        assert meter.take(ALICE, rate) == 0

    def test_nothing_charged_makes_anybody_wait_for_long(self, meter: Meter) -> None:
        rate = per_minute(60, 5)
        meter.charge(ALICE, rate, 1_000_000)

        assert meter.take(ALICE, rate) <= MOST_AHEAD

    def test_a_clock_that_was_set_back_far_lets_everybody_in_anew(
        self, meter: Meter, ticks: Ticks
    ) -> None:
        rate = per_minute(60, 1)
        meter.take(ALICE, rate)
        ticks.time -= MOST_AHEAD + SECOND

        assert meter.take(ALICE, rate) == 0
        assert meter.take(ALICE, rate) == SECOND

    def test_keeping_up_changes_nothing_here(self, meter: Meter) -> None:
        rate = per_minute(60, 2)
        meter.take(ALICE, rate)

        meter.keep_up(leading=True)
        meter.keep_up(leading=False)

        assert [meter.take(ALICE, rate) for _ in range(2)] == [0, SECOND]

    def test_threads_together_pass_no_more_than_a_burst(self, meter: Meter) -> None:
        rate, passed, start = per_minute(60, 50), list[int](), threading.Barrier(8)

        def hurry() -> None:
            start.wait()
            passed.append(sum(meter.take(ALICE, rate) == 0 for _ in range(40)))

        threads = [threading.Thread(target=hurry) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sum(passed) == 50

    def test_in_no_span_of_time_does_more_pass_than_the_promise(self, make: MakeMeter) -> None:
        @settings(max_examples=60)
        @given(rate=RATES, arrivals=ARRIVALS, begins=st.integers(0, 12 * MINUTE))
        def holds(rate: Rate, arrivals: list[tuple[int, int]], begins: int) -> None:
            ticks = Ticks(begins)
            meter = make(ticks)
            admitted: list[int] = []
            for after, count in arrivals:
                ticks.time += after
                if not meter.take(ALICE, rate, count):
                    admitted += [ticks.time] * count

            assert most_in_any_span(admitted, rate) <= 0

        holds()

    def test_whoever_keeps_to_the_pace_is_never_refused(self, make: MakeMeter) -> None:
        @settings(max_examples=60)
        @given(rate=RATES, arrivals=ARRIVALS)
        def holds(rate: Rate, arrivals: list[tuple[int, int]]) -> None:
            ticks = Ticks()
            meter = make(ticks)
            for after, _ in arrivals:
                ticks.time += rate.pace + after

                assert meter.take(ALICE, rate) == 0

        holds()
