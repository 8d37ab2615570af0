"""From a row to somebody who arrives. Whatever is wrong with a row is told by its column."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, cast

from watchword.cli.directory_file import check_hash, check_logins
from watchword.cli.importing.formats import Columns, Format, is_never
from watchword.cli.importing.rows import Row, fold_name
from watchword.cli.importing.wishes import Condition, Wishes
from watchword.config import TableError
from watchword.core.importing import Arrival
from watchword.core.subjects import Audience, is_storable

__all__ = ["Reader", "make_reader"]

TRUE: Final = frozenset({"true", "t", "yes", "y", "1"})
FALSE: Final = frozenset({"false", "f", "no", "n", "0"})
SEPARATORS: Final = str.maketrans(";", ",")
"""What stands between the values of a column that holds several in one text."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the rows of one file. The first of the ``columns.logins`` is one that it has.

    A row of JSON may lack what another has, so what is optional is looked for in each.
    """

    columns: Columns
    wishes: Wishes
    now: datetime
    no_password: str | None

    def read(self, row: Row) -> Arrival:
        """Return who a row describes. Raises `TableError` with the column as its key."""
        values = _Values(row.values)
        columns = self.columns
        for name in self.wishes.named:
            values.require(name)
        logins = tuple(filter(None, (values.text(name) for name in columns.logins)))
        if not values.text(columns.logins[0]):
            raise TableError(columns.logins[0], "is empty")
        check_logins(logins, columns.logins[0])
        return Arrival(
            logins=tuple(dict.fromkeys(logins)),
            full_name=" ".join(filter(None, (values.text(name) for name in columns.full_name))),
            active=self._is_active(values),
            password_hash=self._hash(values),
            profiles=self._profiles(values),
        )

    def _is_active(self, values: "_Values") -> bool:
        columns = self.columns
        if columns.active is not None and values.has(columns.active):
            return values.flag(columns.active)
        may_be = columns.may_be_locked
        if may_be is not None and values.has(may_be) and not values.flag(may_be):
            return True
        ends = filter(None, map(values.instant, columns.locked_until))
        return not any(is_never(until, self.now) for until in ends)

    def _hash(self, values: "_Values") -> str | None:
        name = self.columns.password_hash
        values.require(name)
        encoded = values.text(name)
        if not encoded or (self.no_password and encoded.startswith(self.no_password)):
            return None
        return check_hash(encoded, name)

    def _profiles(self, values: "_Values") -> Mapping[Audience, bytes]:
        for condition in self.wishes.conditions:
            if values.holds(condition):
                return {**self.wishes.profiles, **condition.profiles}
        return self.wishes.profiles


def make_reader(found: Format, wishes: Wishes, first: Row | None, now: datetime) -> Reader:
    """Return what reads a file, of which the first row tells the columns. Raises `TableError`.

    Without a first row there is nothing to read.
    """
    columns = wishes.rename(found.columns)
    if first is not None:
        had = _Values(first.values)
        for name in (*wishes.named, columns.password_hash):
            had.require(name)
        ours = [index for index, name in enumerate(columns.logins) if had.has(name)]
        if not ours:
            raise TableError(columns.logins[0], "there is no such column")
        columns = replace(columns, logins=columns.logins[ours[0] :])
    return Reader(columns, wishes, now, found.no_password)


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of one row."""

    row: Mapping[str, object]

    def has(self, name: str) -> bool:
        """Say whether there is such a column, be there a value or not."""
        return fold_name(name) in self.row

    def require(self, name: str) -> None:
        """Raise `TableError` if there is no such column."""
        if not self.has(name):
            raise TableError(name, "there is no such column")

    def text(self, name: str) -> str:
        """Return a text; empty where there is none. Raises `TableError`."""
        value = self._value(name)
        if value is None:
            return ""
        if not isinstance(value, str) or not is_storable(value):
            raise TableError(name, "expected text")
        return value

    def flag(self, name: str) -> bool:
        """Return a yes or no, in JSON or in any database's words. Raises `TableError`."""
        said = _flag(self._value(name))
        if said is None:
            raise TableError(name, "expected true or false")
        return said

    def instant(self, name: str) -> datetime | None:
        """Return an instant, in UTC where it says nothing else. Raises `TableError`."""
        text = self.text(name)
        if not text:
            return None
        try:
            # SQL Server has a space before the offset.
            read = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
        except ValueError as error:
            raise TableError(name, "expected a date and a time") from error
        return read if read.tzinfo is not None else read.replace(tzinfo=UTC)

    def holds(self, condition: Condition) -> bool:
        """Say whether a column says what is wanted."""
        value, wanted = self._value(condition.column), condition.wanted
        if value is None:
            return False
        if isinstance(wanted, bool):
            return _flag(value) is wanted
        if isinstance(value, list):
            return str(wanted) in map(str, cast("list[object]", value))
        parts = str(value).translate(SEPARATORS).split(",")
        return str(wanted) in {str(value), *(each.strip() for each in parts)}

    def _value(self, name: str) -> object:
        return self.row.get(fold_name(name))


def _flag(value: object) -> bool | None:
    said = str(value).strip().casefold()
    if said in TRUE:
        return True
    return False if said in FALSE else None
