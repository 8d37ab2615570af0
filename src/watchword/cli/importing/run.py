"""Importing a file: everything is checked in a first pass, and written in a second.

A row is forgotten once it was dealt with. What is kept of the whole file is a digest of each login,
since two rows that mean the same person have to be told before anything is written.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Final

from watchword.bootstrap import sqlite_file
from watchword.cli.apply import opened_core
from watchword.cli.importing.reading import Reader, make_reader
from watchword.cli.importing.rows import Fault
from watchword.cli.importing.sources import Source, open_source
from watchword.cli.importing.wishes import Wishes, read_wishes
from watchword.cli.lines import placing
from watchword.cli.plans import line_of, shown, sum_of
from watchword.config import Configuration, FileError, TableError
from watchword.core.core import Core
from watchword.core.importing import Arrival, Importing, Outcome, Refused
from watchword.core.seeding import ChangeKind
from watchword.core.subjects import SubjectId, fold_login, printable
from watchword.dialects import find_dialects

__all__ = ["Asked", "import_file"]

UNIT: Final = 100
"""People in one unit of work: others who write wait for so long, and a commit costs so little."""
LARGE: Final = 100_000
"""Bytes of a file from which on progress is shown while it is checked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the flags say."""

    format: str | None = None
    wishes: Path | None = None
    profiles: tuple[str, ...] = ()
    tenant: str | None = None
    skip_bad: bool = False
    dry_run: bool = False


def import_file(configuration: Configuration, path: Path, asked: Asked) -> None:
    """Import a file, printing the plan as it is done and what is wrong with rows to stderr.

    Raises `FileError` or `TableError`; nobody was imported then, but for what the message of a
    fault that came up during the writing says.
    """
    if asked.tenant is not None and not asked.tenant.strip():
        raise TableError("--tenant", "is empty")
    wishes = read_wishes(asked.wishes, asked.profiles, find_dialects())
    source = open_source(path, asked.format, wishes)
    _say(f"{path}: taken for {source.taken_for}")
    # Checking makes no database: whoever is told of a bad file has what they had before.
    with opened_core(configuration, look_only=asked.dry_run or _is_new(configuration)) as core:
        run = _Run(path, asked, source, _reader(core, path, asked, source, wishes))
        run.check(core)
    if run.bad and not asked.skip_bad:
        problem = f"{len(run.bad)} of {run.rows} rows cannot come in, so nothing was changed"
        raise FileError(path, f"{problem}; --skip-bad imports the others")
    if run.foreseen and not asked.dry_run:
        with opened_core(configuration, make=True) as core:
            run.write(core)
    _say(run.sum())
    if run.late and not asked.skip_bad:
        raise FileError(path, f"{run.late} of {run.rows} rows lost a login to somebody meanwhile")


def _is_new(configuration: Configuration) -> bool:
    """Say whether there is no database yet."""
    file = sqlite_file(configuration.database.url)
    return file is not None and not file.exists()


def _reader(core: Core, path: Path, asked: Asked, source: Source, wishes: Wishes) -> Reader:
    with placing(asked.wishes):
        wishes.check(core, find_dialects())
    try:
        return make_reader(source.format, wishes, source.first, core.clock())
    except TableError as error:
        line = 1 if source.first is None else source.first.line
        raise FileError(path, f"line {line}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row, and who is described in it. ``number`` counts rows from 1."""

    number: int
    line: int
    arrival: Arrival

    @property
    def name(self) -> str:
        """Who is meant, such as a terminal can show it."""
        return printable(self.arrival.logins[0])


class _Claims:
    """Which row meant whom first."""

    def __init__(self) -> None:
        self._rows: dict[bytes, int] = {}

    def claim(self, entry: _Entry, known: SubjectId | None = None) -> int | None:
        """Claim the logins of a row, or whom it means; return the row that was here before."""
        if known is not None:
            keys = {known.bytes}
        else:
            folded = (fold_login(login).encode() for login in entry.arrival.logins)
            keys = {blake2b(each, digest_size=16).digest() for each in folded}
        found = next((self._rows[key] for key in keys if key in self._rows), None)
        if found is None:
            self._rows.update(dict.fromkeys(keys, entry.number))
        return found


@dataclass(slots=True)
class _Run:
    """One import. ``bad`` are the rows that are left out, ``foreseen`` how many bring a change."""

    path: Path
    asked: Asked
    source: Source
    reader: Reader
    bad: set[int] = field(default_factory=set[int])
    counted: Counter[ChangeKind] = field(default_factory=Counter[ChangeKind])
    rows: int = 0
    foreseen: int = 0
    late: int = 0
    without_password: int = 0

    def check(self, core: Core) -> None:
        """Look at every row, tell what is wrong with any, and count what they would change."""
        importing, claims = Importing(core.seeding), _Claims()
        total = None if self.path.stat().st_size > LARGE else 0
        entries = shown(self._entries(), "checking", total)
        for group in _groups(entry for entry in entries if self._is_first(claims, entry)):
            for entry, outcome in self._take(importing, group, dry_run=True):
                self._foresee(claims, entry, outcome)

    def write(self, core: Core) -> None:
        """Take everybody in whom the check let pass."""
        if self.asked.tenant is not None:
            change = core.seeding.put_tenant(self.asked.tenant)
            if change.kind is not ChangeKind.KEEP:
                _say(line_of(change))
        self.counted.clear()
        importing = Importing(core.seeding)
        # On a terminal the plan's own lines show that something happens.
        total = 0 if sys.stdout.isatty() else self.rows
        for group in _groups(shown(self._entries(), "importing", total)):
            for entry, outcome in self._take(importing, group, dry_run=False):
                if isinstance(outcome, Refused):
                    self.late += 1
                    self._leave_out(entry.number, entry.line, f"{entry.name}: {outcome.obstacle}")
                else:
                    self._count(outcome.change.kind, line_of(outcome.change))

    def sum(self) -> str:
        """Return the last line of the plan."""
        kinds = (ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.KEEP)
        parts = [sum_of({kind: self.counted[kind] for kind in kinds})]
        if self.bad:
            parts.append(f"{len(self.bad)} left out")
        if self.without_password:
            parts.append(f"{self.without_password} without a password")
        said = ", ".join(parts)
        return said if self.foreseen else f"nothing to do: {said}"

    def _entries(self) -> Iterator[_Entry]:
        """Yield the rows that are not known to be bad; what is found bad now is told."""
        for number, row in enumerate(self.source.rows(), start=1):
            self.rows = max(self.rows, number)
            if number in self.bad:
                continue
            if isinstance(row, Fault):
                self._leave_out(number, row.line, row.problem)
                continue
            try:
                yield _Entry(number, row.line, self.reader.read(row))
            except TableError as error:
                self._leave_out(number, row.line, str(error))

    def _is_first(self, claims: _Claims, entry: _Entry) -> bool:
        earlier = claims.claim(entry)
        if earlier is not None:
            self._leave_out(entry.number, entry.line, f"{entry.name}: row {earlier} has its login")
        return earlier is None

    def _take(
        self, importing: Importing, group: Sequence[_Entry], *, dry_run: bool
    ) -> Iterator[tuple[_Entry, Outcome]]:
        arrivals = [entry.arrival for entry in group]
        outcomes = importing.take(arrivals, self.asked.tenant, dry_run=dry_run)
        return zip(group, outcomes, strict=True)

    def _foresee(self, claims: _Claims, entry: _Entry, outcome: Outcome) -> None:
        if isinstance(outcome, Refused):
            self._leave_out(entry.number, entry.line, f"{entry.name}: {outcome.obstacle}")
            return
        earlier = None if outcome.known is None else claims.claim(entry, outcome.known)
        if earlier is not None:
            problem = f"{entry.name}: row {earlier} means the same account"
            self._leave_out(entry.number, entry.line, problem)
            return
        kind = outcome.change.kind
        self.foreseen += kind is not ChangeKind.KEEP
        self.without_password += kind is ChangeKind.CREATE and entry.arrival.password_hash is None
        self._count(kind, line_of(outcome.change) if self.asked.dry_run else "")

    def _count(self, kind: ChangeKind, line: str) -> None:
        self.counted[kind] += 1
        if line and kind is not ChangeKind.KEEP:
            _say(line)

    def _leave_out(self, number: int, line: int, problem: str) -> None:
        self.bad.add(number)
        sys.stderr.write(f"line {line}, row {number}: {problem}\n")


def _groups(entries: Iterable[_Entry]) -> Iterator[Sequence[_Entry]]:
    entries = iter(entries)
    while group := list(islice(entries, UNIT)):
        yield group


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
