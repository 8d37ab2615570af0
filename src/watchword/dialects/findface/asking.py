"""Reading query strings, as the vendor's framework does.

A list in a query is a key that is repeated (*documented*, wire contract FindFace 1). *Chosen*:
lists of numbers may be joined with commas too, as one client in the wild does. A key without a
value asks for nothing. What the operation does not know is ignored.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from watchword.core.networks import Network, parse_network
from watchword.core.subjects import is_storable
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Request

__all__ = ["LARGEST_LIMIT", "Asked", "Span", "read_asked", "read_date"]

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

MOST_PARAMETERS: Final = 1_000
"""*Chosen*: as many as a page of a list may have lines. So for values that commas join."""

USUAL_LIMIT: Final = 20
LARGEST_LIMIT: Final = 1_000
"""*Chosen* (wire contract FindFace 1.1): what the vendor's client asks for, and its most."""

LONGEST_NUMBER: Final = 18
WHOLE: Final = re.compile(r"[+-]?[0-9]+")
MICROSECOND: Final = timedelta(microseconds=1)
MOST_DAYS: Final = 36_500

TRUE: Final = frozenset({"true", "1"})
FALSE: Final = frozenset({"false", "0"})


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when; both ends belong to it, None is no end."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A query string. Every method raises `BadFieldError` for a value that is not what it reads."""

    values: Mapping[str, Sequence[str]] = field(repr=False)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a list, None if nothing was asked."""
        found = tuple(self.values.get(key, ()))
        if not all(is_storable(value) for value in found):
            raise BadFieldError(key, FieldFault.BAD_VALUE, "string")
        return found or None

    def text(self, key: str) -> str | None:
        """Return a value; of several the last counts."""
        found = self.texts(key)
        return None if found is None else found[-1]

    def flag(self, key: str) -> bool | None:
        """Return a boolean."""
        word = (self.text(key) or "").lower()
        if word in TRUE | FALSE:
            return word in TRUE
        if word:
            raise BadFieldError(key, FieldFault.WRONG_TYPE, "boolean")
        return None

    def joined(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a list that may be joined with commas, None if nothing was asked."""
        found = self.texts(key)
        if found is None:
            return None
        parts = tuple(part for value in found for part in value.split(","))
        if len(parts) > MOST_PARAMETERS:
            # Ten thousand keep a worker busy for seconds.
            raise BadFieldError(key, FieldFault.TOO_LONG, str(MOST_PARAMETERS))
        return parts

    def numbers(self, key: str) -> tuple[int, ...] | None:
        """Return a list of numbers."""
        parts = self.joined(key)
        return None if parts is None else tuple(_number(key, part) for part in parts)

    def date(self, key: str) -> datetime | None:
        """Return a time."""
        written = self.text(key)
        return None if written is None else read_date(key, written)

    def choices(self, key: str, kind: type[E]) -> frozenset[E] | None:
        """Return a set of values that are known."""
        found = self.texts(key)
        if found is None:
            return None
        known = {each.value: each for each in kind}
        for value in found:
            if value not in known:
                raise BadFieldError(key, FieldFault.BAD_VALUE, "choice", value)
        return frozenset(known[value] for value in found)

    def networks(self, key: str) -> tuple[Network, ...] | None:
        """Return a list of addresses and subnets."""
        found = self.texts(key)
        if found is None:
            return None
        try:
            return tuple(map(parse_network, found))
        except ValueError as error:
            raise BadFieldError(key, FieldFault.WRONG_TYPE, "address") from error

    def span(self, key: str, now: datetime) -> Span:
        """Return what is asked of a time by ``key_gt``, ``key_gte``, ``key_lt`` and ``key_lte``.

        Beside them the vendor has ``key_last_n_days``, and two that count whole weeks back, a week
        of work from Monday to Friday. That 1 is the last week that is over is *chosen*.
        """
        after, before = self.date(f"{key}_gt"), self.date(f"{key}_lt")
        starts = [self.date(f"{key}_gte"), None if after is None else after + MICROSECOND]
        ends = [self.date(f"{key}_lte"), None if before is None else before - MICROSECOND]
        days = self._count(f"{key}_last_n_days")
        if days is not None:
            starts.append(now - timedelta(days=days))
        for name, length in ((f"{key}_nth_full_week", 7), (f"{key}_nth_work_week", 5)):
            weeks = self._count(name)
            if weeks is not None:
                midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
                monday = midnight - timedelta(days=now.weekday() + 7 * weeks)
                starts.append(monday)
                ends.append(monday + timedelta(days=length) - MICROSECOND)
        return Span(_latest(starts), _earliest(ends))

    def ordering(self, known: Mapping[str, T], usual: str) -> tuple[T, bool]:
        """Return what a list is sorted by, and whether it descends."""
        word = self.text("ordering") or usual
        name = word.removeprefix("-")
        if name not in known:
            raise BadFieldError("ordering", FieldFault.BAD_VALUE, "choice", word)
        return known[name], word.startswith("-")

    def limit(self, usual: int = USUAL_LIMIT) -> int:
        """Return how long a page is, at most as long as a page may be."""
        asked = self._whole("limit")
        if asked is None:
            return usual
        if asked < 1:
            raise BadFieldError("limit", FieldFault.WRONG_TYPE, "integer")
        return min(asked, LARGEST_LIMIT)

    def _whole(self, key: str) -> int | None:
        written = self.text(key)
        return None if written is None else _number(key, written)

    def _count(self, key: str) -> int | None:
        """Return a number of days or weeks that does not lead out of the calendar."""
        found = self._whole(key)
        if found is not None and not 0 <= found <= MOST_DAYS // 7:
            raise BadFieldError(key, FieldFault.WRONG_TYPE, "integer")
        return found


def read_asked(request: Request) -> Asked:
    """Return what a request's query string asks. Raises `BadFieldError`."""
    try:
        pairs = parse_qsl(
            request.query.decode("latin-1"),
            max_num_fields=MOST_PARAMETERS,
            encoding="utf-8",
            errors="replace",
        )
    except ValueError as error:
        raise BadFieldError("", FieldFault.TOO_LONG, str(MOST_PARAMETERS)) from error
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return Asked(values)


def read_date(key: str, written: str) -> datetime:
    """Return a time; one without a zone is in UTC. Raises `BadFieldError`."""
    try:
        # A plus in a query is a space; whoever forgot to quote it meant the zone.
        found = datetime.fromisoformat(written.strip().replace(" +", "+").replace(" ", "+"))
        zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
        # Room for a microsecond on either side, as `Asked.span` needs it.
        return min(max(zoned.astimezone(UTC), EARLIEST), LATEST)
    except (ValueError, OverflowError) as error:
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "datetime") from error


EARLIEST: Final = datetime(1, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 30, tzinfo=UTC)


def _number(key: str, written: str) -> int:
    text = written.strip()
    if not WHOLE.fullmatch(text) or len(text) > LONGEST_NUMBER:
        raise BadFieldError(key, FieldFault.WRONG_TYPE, "integer")
    return int(text)


def _latest(times: Iterable[datetime | None]) -> datetime | None:
    return max((each for each in times if each is not None), default=None)


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((each for each in times if each is not None), default=None)
