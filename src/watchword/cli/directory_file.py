"""The directory file: TOML in, drafts out. Every fault names the line and the key.

The tables of dialects inside a subject are validated by their dialects; this module knows no field
of them.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from watchword.cli.lines import placing
from watchword.config import TableError, parse_toml, read_table
from watchword.core.hashes import parse_hash
from watchword.core.policy import CostCeilings
from watchword.core.seeding import SubjectDraft
from watchword.core.subjects import LONGEST_LOGIN, fold_login, is_storable
from watchword.web.operation import Dialect

__all__ = [
    "DirectoryFile",
    "SubjectTable",
    "TenantTable",
    "check_hash",
    "check_logins",
    "read_directory_file",
]


class TenantTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[tenants]]``: an organisation."""

    name: str


class SubjectTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[subjects]]``: a person or a machine account, without the dialects' tables.

    At most one of the four passwords is given: in clear, as an encoded hash, as the name of an
    environment variable, or as a file's path (relative to the directory file).
    """

    logins: list[str]
    full_name: str = ""
    tenant: str | None = None
    active: bool = True
    service: bool = False
    password: str | None = None
    password_hash: str | None = None
    password_env: str | None = None
    password_file: str | None = None


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """A directory file that was read and found good. ``seeds`` holds dialects' own tables."""

    tenants: Sequence[str]
    subjects: Sequence[SubjectDraft]
    seeds: Mapping[str, Mapping[str, object]]


def read_directory_file(
    path: Path, dialects: Mapping[str, Dialect[Any]], longest_password: int
) -> DirectoryFile:
    """Read a file. Raises `FileError` whose problem names the line and the key.

    A password of more than ``longest_password`` bytes could not be logged in with.
    """
    content = parse_toml(path)
    with placing(path):
        return _Reader(path.parent, dialects, longest_password).read(content)


@dataclass(frozen=True, slots=True)
class _Reader:
    folder: Path
    dialects: Mapping[str, Dialect[Any]]
    longest_password: int

    def read(self, content: Mapping[str, object]) -> DirectoryFile:
        seeding = [name for name, dialect in self.dialects.items() if dialect.seed is not None]
        for key in content:
            if key not in {"tenants", "subjects", *seeding}:
                raise TableError(key, "unknown key")
        tenants = _tenants(content)
        tables = _tables(content, "subjects")
        subjects = [self._subject(table, f"subjects[{i}]") for i, table in enumerate(tables)]
        _require_distinct(subjects)
        seeds = {name: _table(content[name], name) for name in seeding if name in content}
        return DirectoryFile(tenants, subjects, seeds)

    def _subject(self, table: Mapping[str, object], at: str) -> SubjectDraft:
        own = {key: value for key, value in table.items() if key not in self.dialects}
        read = read_table(SubjectTable, own, at)
        check_logins(read.logins, f"{at}.logins")
        _require_different(read.logins, f"{at}.logins")
        _require_storable(read.full_name, f"{at}.full_name")
        _require_storable(read.tenant or "", f"{at}.tenant")
        profiles = {
            dialect.audience: self._profile(dialect, table[name], f"{at}.{name}")
            for name, dialect in self.dialects.items()
            if name in table
        }
        return SubjectDraft(
            logins=tuple(read.logins),
            full_name=read.full_name,
            active=read.active,
            service=read.service,
            tenant=read.tenant,
            password=self._password(read, at),
            password_hash=check_hash(read.password_hash, f"{at}.password_hash"),
            profiles=profiles,
        )

    def _profile(self, dialect: Dialect[Any], table: object, at: str) -> bytes:
        own = _table(table, at)
        try:
            return dialect.read_profile(own)
        except TableError as error:
            raise TableError(f"{at}.{error.key}" if error.key else at, error.problem) from error

    def _password(self, read: SubjectTable, at: str) -> str | None:
        given = [
            name
            for name in ("password", "password_hash", "password_env", "password_file")
            if getattr(read, name) is not None
        ]
        if len(given) > 1:
            raise TableError(f"{at}.{given[1]}", f"there is a {given[0]} already")
        password = read.password
        if read.password_env is not None:
            password = _from_environment(read.password_env, f"{at}.password_env")
        if read.password_file is not None:
            password = _from_file(self.folder / read.password_file, f"{at}.password_file")
        if password == "":
            raise TableError(f"{at}.password", "is empty")
        if password is not None and len(password.encode(errors="replace")) > self.longest_password:
            problem = f"the password has more than {self.longest_password} bytes"
            raise TableError(f"{at}.{given[0]}", problem)
        return password


def _tenants(content: Mapping[str, object]) -> Sequence[str]:
    names: list[str] = []
    for index, table in enumerate(_tables(content, "tenants")):
        at = f"tenants[{index}]"
        name = read_table(TenantTable, table, at).name
        _require_storable(name, f"{at}.name")
        if not name.strip():
            raise TableError(f"{at}.name", "is empty")
        if name in names:
            raise TableError(f"{at}.name", f"there is a tenant {name!r} already")
        names.append(name)
    return names


def _require_storable(text: str, at: str) -> None:
    if not is_storable(text):
        raise TableError(at, "has a NUL in it")


def _require_different(logins: Sequence[str], at: str) -> None:
    folded = list(map(fold_login, logins))
    for index, login in enumerate(logins):
        if folded[index] in folded[:index]:
            raise TableError(at, f"{login!r} stands there twice")


def _tables(content: Mapping[str, object], key: str) -> Sequence[Mapping[str, object]]:
    tables = content.get(key, [])
    if not isinstance(tables, list):
        raise TableError(key, f"expected [[{key}]]")
    return [_table(each, f"{key}[{i}]") for i, each in enumerate(cast("list[object]", tables))]


def _table(value: object, at: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TableError(at, "expected a table")
    return cast("dict[str, object]", value)


def check_logins(logins: Sequence[str], at: str) -> None:
    """Raise `TableError` with the key ``at`` unless somebody can have these logins."""
    if not logins:
        raise TableError(at, "at least one login is needed")
    for login in logins:
        if len(login) > LONGEST_LOGIN or not is_storable(login) or not fold_login(login):
            raise TableError(at, f"not a login: {login!r}")


def check_hash(encoded: str | None, at: str) -> str | None:
    """Return an encoded hash if it can be read. Raises `TableError` with the key ``at``."""
    if encoded is not None:
        try:
            parse_hash(encoded, CostCeilings())
        except ValueError as error:
            raise TableError(at, str(error)) from error
    return encoded


def _require_distinct(subjects: Sequence[SubjectDraft]) -> None:
    owner: dict[str, int] = {}
    for index, draft in enumerate(subjects):
        for login in draft.logins:
            if owner.setdefault(fold_login(login), index) != index:
                raise TableError(f"subjects[{index}].logins", f"{login!r} is another subject's")


def _from_environment(name: str, at: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise TableError(at, f"the environment has no {name}")
    return value


def _from_file(path: Path, at: str) -> str:
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:  # no UTF-8, or a path with a NUL
        raise TableError(at, f"cannot read {path}: {error}") from error
    if not value:
        raise TableError(at, f"{path} is empty")
    return value
