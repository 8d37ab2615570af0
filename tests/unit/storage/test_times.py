"""Times survive being numbers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.storage.times import from_micros, in_utc, to_micros

ZONES = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
AWARE = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)  # noqa: DTZ001 - Hypothesis adds the zone


@given(AWARE)
def test_an_instant_comes_back_in_utc(at: datetime) -> None:
    back = from_micros(to_micros(at))

    assert back == at == in_utc(at)
    assert back.tzinfo is UTC


def test_numbers_count_from_1970() -> None:
    assert to_micros(datetime(1970, 1, 1, 0, 0, 1, 5, UTC)) == 1_000_005
    assert to_micros(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2025, 1, 1))  # noqa: DTZ001 - the mistake that is meant
