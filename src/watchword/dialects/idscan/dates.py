"""The vendor's several ways of writing a time. Pure; times are aware and UTC."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["csv_time", "local_time", "parse_day", "zulu_time"]

DAY: Final = re.compile(
    r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})"
    r"(?: (?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?",
    re.ASCII,
)


def local_time(at: datetime) -> str:
    """Return ``2021-02-19T16:10:33.8750076``: seven digits, no zone (*documented*, 2.2)."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}0"


def zulu_time(at: datetime) -> str:
    """Return ``2019-12-18T08:57:38.4791899Z`` (*observed*, 2.1)."""
    return f"{local_time(at)}Z"


def csv_time(at: datetime) -> str:
    """Return ``2024-11-19T23:59:59Z`` (*observed*, 2.3)."""
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def parse_day(text: str, *, ends: bool = False) -> datetime:
    """Return the time that ``19/11/2024 23:59:59`` means (*observed*, 2.3). Raises ``ValueError``.

    The clock's time may be missing; with ``ends`` the last instant of what is written is meant.
    """
    found = DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError("not d/M/yyyy [H:mm[:ss]]")
    part = {name: int(value) for name, value in found.groupdict(default="0").items()}
    day = datetime(part["year"], part["month"], part["day"], tzinfo=UTC)
    at = day.replace(hour=part["hour"], minute=part["minute"], second=part["second"])
    if not ends:
        return at
    step = timedelta(seconds=1) if found["hour"] else timedelta(days=1)
    return at + (step - timedelta(microseconds=1))
