"""The vendor's several ways of writing a time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.dialects.idscan.dates import csv_time, local_time, parse_day, zulu_time

AT = datetime(2021, 2, 19, 16, 10, 33, 875007, UTC)


def test_a_time_is_written_in_three_ways() -> None:
    assert local_time(AT) == "2021-02-19T16:10:33.8750070"
    assert zulu_time(AT) == "2021-02-19T16:10:33.8750070Z"
    assert csv_time(AT) == "2021-02-19T16:10:33Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_that_was_written_by_hand_is_read_back(at) -> None:
    at = at.replace(microsecond=0)
    text = f"{at.day}/{at.month}/{at.year:04} {at.hour}:{at.minute:02}:{at.second:02}"

    assert parse_day(text) == at
    assert parse_day(text, ends=True) - at == timedelta(microseconds=999_999)
    day = parse_day(f"{at.day}/{at.month}/{at.year:04}", ends=True)
    assert (day.date(), day.hour, day.microsecond) == (at.date(), 23, 999_999)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-02-19",
        "19/2/21",
        "31/2/2021",
        "0/1/2021",
        "1/13/2021",
        "1/1/2021 24:00",
        "1/1/2021T1:00",
    ],
)
def test_any_other_text_is_no_time(text) -> None:
    with pytest.raises(ValueError, match=r"not d/M|day|month|hour"):
        parse_day(text)
