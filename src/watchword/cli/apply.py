"""``watchword apply``: make the directory be as a file says."""

import os
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from watchword.bootstrap import (
    blank_store,
    build_core,
    build_policy,
    is_migrated,
    now,
    open_dialects,
    open_stamps,
    open_store,
    require_migrated,
    sqlite_file,
    stamps_path,
)
from watchword.cli.directory_file import DirectoryFile, read_directory_file
from watchword.cli.lines import placing
from watchword.cli.plans import line_of, shown, sum_of
from watchword.config import Configuration, TableError
from watchword.core.core import Core
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.policy import Policy
from watchword.core.seeding import Change, ChangeKind, Prepared, SubjectDraft
from watchword.dialects import find_dialects
from watchword.seal import open_vault
from watchword.server.errors import StartError

__all__ = ["Plan", "apply_file", "opened_core", "tidy_store"]

DRY_RUN: Final = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What was done, or would be done."""

    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the plan as it is printed: a line for each change, then the sum."""
        yield from (line_of(each) for each in self.changes if each.kind is not ChangeKind.KEEP)
        yield from self.remarks
        yield sum_of({kind: sum(c.kind is kind for c in self.changes) for kind in ChangeKind})


@contextmanager
def opened_core(
    configuration: Configuration, *, look_only: bool = False, make: bool = False
) -> Generator[Core]:
    """Open the core on the configured database for a command, and close it afterwards.

    A SQLite database is brought up to date first, or if it may be, made; when only looking, one
    that is not there or not up to date is left as it is, and an empty one stands in for it.
    Raises `StartError` if there is none, and as `require_migrated` does.
    """
    url = configuration.database.url
    file = sqlite_file(url)
    if not (look_only or make or file is None or file.exists()):
        # Whoever asks for what is in it is in the wrong folder.
        raise StartError(f"there is no database: {file}")
    policy = build_policy(configuration, open_dialects(configuration))
    if look_only and not is_migrated(url):
        yield build_core(*blank_store(), policy)
        return
    require_migrated(url)
    storage = open_store(url, policy)
    stamps = open_stamps(stamps_path(url), url)
    core = build_core(storage, stamps, open_vault(configuration, now), policy)
    try:
        yield core
    finally:
        core.close()
        storage.close()
        stamps.close()


def tidy_store(configuration: Configuration) -> None:
    """Leave nothing in the database's own log of what was removed, as far as that can be had now.

    Raises `StorageUnavailableError`.
    """
    storage = open_store(configuration.database.url, Policy())
    try:
        storage.tidy()
    finally:
        storage.close()


def apply_file(
    configuration: Configuration, path: Path, *, dry_run: bool = False, prune: bool = False
) -> Plan:
    """Apply a directory file and return what was done.

    Raises `FileError`; nothing is changed then, unless the fault is one that only the database
    could tell (logins that are several subjects'): the message says at which subject it stopped.
    """
    longest = configuration.passwords.longest
    wanted = read_directory_file(path, find_dialects(), longest)
    with opened_core(configuration, look_only=dry_run, make=True) as core:
        _require_tenants(core, path, wanted)
        _rehearse(core, path, wanted)
        changes = [core.seeding.put_tenant(name, dry_run=dry_run) for name in wanted.tenants]
        remarks = _seed_dialects(core, wanted, dry_run=dry_run)
        changes += _put_subjects(core, path, wanted.subjects, dry_run=dry_run)
        if prune:
            changes += _prune(core, wanted, dry_run=dry_run)
    return Plan(tuple(changes), tuple(remarks))


def _require_tenants(core: Core, path: Path, wanted: DirectoryFile) -> None:
    """Look whether each subject's tenant is in the file or was there before. Raises `FileError`."""
    known = set(wanted.tenants)
    with core.storage.read() as transaction:
        for index, draft in enumerate(wanted.subjects):
            if not draft.tenant or draft.tenant in known:
                continue
            with placing(path, f"subjects[{index}].tenant"):
                if transaction.tenants.find_by_name(draft.tenant) is None:
                    raise TableError("", f"there is no tenant {draft.tenant!r}")
            known.add(draft.tenant)


def _rehearse(core: Core, path: Path, wanted: DirectoryFile) -> None:
    """Show each dialect its tables before anything is changed. Raises `FileError`."""
    for name, dialect in find_dialects().items():
        own = wanted.seeds.get(name, {})
        if dialect.seed is not None:
            with placing(path, name):
                dialect.seed(core, own, DRY_RUN)
        if dialect.check_profile is None:
            continue
        for index, draft in enumerate(wanted.subjects):
            if dialect.audience in draft.profiles:
                with placing(path, f"subjects[{index}].{name}"):
                    dialect.check_profile(core, own, draft.profiles[dialect.audience])


def _seed_dialects(core: Core, wanted: DirectoryFile, *, dry_run: bool) -> list[str]:
    remarks: list[str] = []
    for name, dialect in find_dialects().items():
        if name in wanted.seeds and dialect.seed is not None:
            remarks += dialect.seed(core, wanted.seeds[name], dry_run)
    return remarks


def _put_subjects(
    core: Core, path: Path, drafts: Iterable[SubjectDraft], *, dry_run: bool
) -> list[Change]:
    """Put all drafts in the order of the file, so that subjects are numbered as they stand there.

    Hashing is what takes time: it is done ahead, as many at once as there are cores.
    """
    drafts = list(drafts)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        prepared = threads.map(partial(_prepare, core, path), count(), drafts)
        puts = enumerate(prepared)
        changes = (_put(core, path, index, each, dry_run=dry_run) for index, each in puts)
        return list(shown(changes, "applying", len(drafts)))


def _prepare(core: Core, path: Path, index: int, draft: SubjectDraft) -> Prepared:
    with placing(path, f"subjects[{index}]"), _naming(draft):
        return core.seeding.prepare(draft)


def _put(core: Core, path: Path, index: int, prepared: Prepared, *, dry_run: bool) -> Change:
    with placing(path, f"subjects[{index}]"), _naming(prepared.draft):
        return core.seeding.put(prepared, dry_run=dry_run)


@contextmanager
def _naming(draft: SubjectDraft) -> Generator[None]:
    """Raise `TableError` for what is wrong with a draft."""
    who = repr(draft.logins[0])
    try:
        yield
    except AlreadyExistsError as error:
        raise TableError("logins", f"{who}: its logins are several subjects'") from error
    except NotFoundError as error:
        raise TableError("tenant", f"{who}: there is no tenant {draft.tenant!r}") from error
    except ValueError as error:
        raise TableError("", f"{who}: {error}") from error


def _prune(core: Core, wanted: DirectoryFile, *, dry_run: bool) -> list[Change]:
    absent = core.seeding.list_absent(wanted.subjects)
    if not dry_run:
        for subject in absent:
            core.directory.remove_subject(subject.id)
    return [Change(ChangeKind.REMOVE, "subject", subject.logins[0]) for subject in absent]
