"""What an operator wants of an import: which columns say what, and what people are at each door.

```toml
[columns]                       # where a file has other names than its format
logins = ["username", "email"]

[profiles.DIALECT]              # what everybody is, as in [subjects.DIALECT] of a directory file

[[where]]                       # what those are in whose row a column says so
column = "is_superuser"
is = true
[where.profiles.DIALECT]
```
"""

import tomllib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from watchword.cli.importing.formats import Columns
from watchword.cli.lines import placing
from watchword.config import TableError, parse_toml, read_table
from watchword.core.core import Core
from watchword.core.subjects import Audience
from watchword.web.operation import Dialect

__all__ = ["Condition", "Wishes", "read_wishes"]


class ColumnsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[columns]``: what is not named is called as in the format."""

    logins: tuple[str, ...] | None = None
    password_hash: str | None = None
    full_name: tuple[str, ...] | None = None
    active: str | None = None


AS_THE_FORMAT: Final = ColumnsTable()


class WhereTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[where]]``: what those are whose ``column`` ``is`` or, where it is a list, has this."""

    column: str
    wanted: bool | int | str = msgspec.field(name="is")
    profiles: dict[str, dict[str, object]]


class MapTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    columns: ColumnsTable = AS_THE_FORMAT
    profiles: dict[str, dict[str, object]] = {}
    where: tuple[WhereTable, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Those whose ``column`` says ``wanted`` have other ``profiles``."""

    column: str
    wanted: bool | int | str
    profiles: Mapping[Audience, bytes]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted, found good. Of the ``conditions`` that hold the first one counts."""

    profiles: Mapping[Audience, bytes]
    columns: ColumnsTable = AS_THE_FORMAT
    conditions: Sequence[Condition] = field(default_factory=tuple[Condition, ...])

    def rename(self, columns: Columns) -> Columns:
        """Return a format's columns under the names that the operator gives."""
        given = {
            name: value
            for name, value in msgspec.structs.asdict(self.columns).items()
            if value is not None
        }
        if "active" in given:
            # One of the two ways to say it, and this one was asked for.
            given |= {"locked_until": (), "may_be_locked": None}
        return replace(columns, **given)

    @property
    def named(self) -> Sequence[str]:
        """The columns that a file must have because the operator names them."""
        columns = self.columns
        single = [name for name in (columns.password_hash, columns.active) if name is not None]
        conditions = [each.column for each in self.conditions]
        return [*(columns.logins or ()), *(columns.full_name or ()), *single, *conditions]

    def check(self, core: Core, dialects: Mapping[str, Dialect[Any]]) -> None:
        """Raise `TableError` for a profile that names what is not there, such as a role."""
        told = {f"where[{index}].": each.profiles for index, each in enumerate(self.conditions)}
        for at, profiles in {"": self.profiles, **told}.items():
            for name, dialect in dialects.items():
                if dialect.check_profile is not None and dialect.audience in profiles:
                    with _under(f"{at}profiles.{name}"):
                        dialect.check_profile(core, {}, profiles[dialect.audience])


def read_wishes(
    path: Path | None, profiles: Sequence[str], dialects: Mapping[str, Dialect[Any]]
) -> Wishes:
    """Read the file, if there is one, and the profiles that flags give beside it.

    Raises `FileError`, or `TableError` for a flag or where nothing says what people are.
    """
    documents = _from_flags(profiles, dialects)
    if path is None:
        wishes = Wishes(documents)
    else:
        content = parse_toml(path)
        with placing(path):
            wishes = _from_file(read_table(MapTable, content), dialects)
        wishes = replace(wishes, profiles={**wishes.profiles, **documents})
    if not wishes.profiles:
        problem = "say what the people are at a door, as in --profile DIALECT, or in the --map file"
        raise TableError("--profile", problem)
    return wishes


def _from_file(table: MapTable, dialects: Mapping[str, Dialect[Any]]) -> Wishes:
    if table.columns.logins == ():
        raise TableError("columns.logins", "at least one column is needed")
    conditions = [
        Condition(
            each.column,
            each.wanted,
            _documents(each.profiles, dialects, f"where[{index}].profiles."),
        )
        for index, each in enumerate(table.where)
    ]
    everybody = _documents(table.profiles, dialects, "profiles.")
    return Wishes(everybody, table.columns, conditions)


def _from_flags(
    profiles: Sequence[str], dialects: Mapping[str, Dialect[Any]]
) -> Mapping[Audience, bytes]:
    """Read ``DIALECT`` (the least that one can be there) or ``DIALECT.key = value``, as in TOML."""
    tables: dict[str, dict[str, object]] = {}
    for text in profiles:
        for name, table in _parse(text, dialects).items():
            tables.setdefault(name, {}).update(table)
    return _documents(tables, dialects, "--profile ")


@contextmanager
def _under(at: str) -> Generator[None]:
    """Say under which table a fault is."""
    try:
        yield
    except TableError as error:
        raise TableError(f"{at}.{error.key}" if error.key else at, error.problem) from error


def _parse(text: str, dialects: Mapping[str, Dialect[Any]]) -> dict[str, dict[str, object]]:
    if text in dialects:
        return {text: dict(dialects[text].newcomer)}
    with suppress(tomllib.TOMLDecodeError, msgspec.ValidationError):
        return msgspec.convert(tomllib.loads(text), dict[str, dict[str, object]])
    raise TableError("--profile", f"expected DIALECT or DIALECT.key = value: {text!r}")


def _documents(
    tables: Mapping[str, Mapping[str, object]], dialects: Mapping[str, Dialect[Any]], at: str
) -> Mapping[Audience, bytes]:
    documents: dict[Audience, bytes] = {}
    for name, table in tables.items():
        if name not in dialects:
            raise TableError(f"{at}{name}", "there is no such dialect")
        with _under(f"{at}{name}"):
            documents[dialects[name].audience] = dialects[name].read_profile(table)
    return documents
