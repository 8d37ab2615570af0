"""The arithmetic of limits; what it promises together is in the suite of meters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.core.rates import MINUTE, MOST_AHEAD, Rate, move, per_minute, push

NOW = 1_000 * MINUTE
marks = st.integers(0, 2_000 * MINUTE)
rates = st.builds(Rate, st.integers(1, MINUTE), st.integers(1, 4))


class TestRates:
    @given(st.integers(1, 2**31 - 1))
    def test_no_minute_has_room_for_more_than_is_said(self, count):
        assert MINUTE // per_minute(count, 1).pace <= count

    def test_a_burst_that_takes_more_than_four_minutes_to_be_worked_off_is_none(self):
        assert per_minute(10, 40).room == 4 * MINUTE
        with pytest.raises(ValueError, match="a burst is at most 40"):
            per_minute(10, 41)

    def test_only_a_large_burst_is_taken_in_chunks(self):
        assert [per_minute(60_000, burst).chunk for burst in (1, 511, 512, 25_600)] == [
            1,
            1,
            2,
            100,
        ]


class TestMarks:
    @given(marks, rates)
    def test_a_refusal_moves_nothing(self, mark, rate):
        moved, wait = move(mark, rate, NOW)

        assert (moved == mark) if wait else (moved > NOW)

    @given(marks, rates)
    def test_a_mark_never_lies_further_ahead_than_its_room(self, mark, rate):
        moved, wait = move(mark, rate, NOW)

        assert wait or moved <= NOW + rate.room

    @given(marks, rates)
    def test_the_wait_is_just_long_enough(self, mark, rate):
        _, wait = move(mark, rate, NOW)

        assert move(mark, rate, NOW + wait)[1] == 0
        assert not wait or move(mark, rate, NOW + wait - 1)[1] == 1

    @given(st.integers(NOW + MOST_AHEAD + 1, NOW * 9), rates)
    def test_a_mark_from_another_time_is_as_good_as_none(self, mark, rate):
        assert move(mark, rate, NOW) == move(0, rate, NOW)
        assert push(mark, rate, NOW, 1) == push(0, rate, NOW, 1)

    @given(marks, rates, st.integers(1, 10**9))
    def test_what_cannot_be_refused_moves_a_mark_but_never_out_of_sight(self, mark, rate, count):
        pushed = push(mark, rate, NOW, count)

        assert NOW < pushed <= NOW + MOST_AHEAD
