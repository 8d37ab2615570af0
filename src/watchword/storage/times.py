"""Times as the storage keeps them: whole microseconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["from_micros", "in_utc", "to_micros"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROS_A_SECOND: Final = 1_000_000
MICROS_A_DAY: Final = 86_400 * MICROS_A_SECOND


def to_micros(at: datetime) -> int:
    """Return an aware time as a number. Raises ``TypeError`` for a time without a zone."""
    # In integers: a float holds today's microseconds, but not those of every year.
    since = at - EPOCH
    return since.days * MICROS_A_DAY + since.seconds * MICROS_A_SECOND + since.microseconds


def from_micros(micros: int) -> datetime:
    """Return the time, in UTC, that `to_micros` made this number of."""
    return EPOCH + timedelta(microseconds=micros)


def in_utc(at: datetime) -> datetime:
    """Return the same instant in UTC. Raises ``TypeError`` for a time without a zone."""
    return from_micros(to_micros(at))
