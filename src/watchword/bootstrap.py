"""Where the parts are put together: the only module that names concrete back-ends.

Three levels, each built from the one before: settings of the dialects, the core, the site.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from watchword.config import Configuration, TableError, read_table
from watchword.core.core import Core, assemble
from watchword.core.policy import Policy
from watchword.core.ports import Stamps, Storage
from watchword.dialects import find_dialects
from watchword.storage.memory import MemoryStorage
from watchword.storage.stamps import LocalStamps, SharedStamps
from watchword.web.lanes import Lanes, ThreadLane
from watchword.web.operation import Desk, Dialect
from watchword.web.site import Door, Observe, Site

__all__ = [
    "Opened",
    "blank_store",
    "build_core",
    "build_lanes",
    "build_policy",
    "build_site",
    "is_migrated",
    "migrate_store",
    "migrates_itself",
    "now",
    "open_dialects",
    "open_stamps",
    "open_store",
    "require_migrated",
    "sqlite_file",
    "stamps_path",
]


@dataclass(frozen=True, slots=True)
class Opened:
    """A dialect with its settings read."""

    dialect: Dialect[Any]
    settings: Any
    host: str = ""


def now() -> datetime:
    """Tell the time: the clock of every process that is not a test."""
    return datetime.now(UTC)


def open_dialects(configuration: Configuration) -> Mapping[str, Opened]:
    """Read the settings of every dialect that is switched on. Raises `TableError`."""
    known = find_dialects()
    for name in configuration.dialects:
        if name not in known:
            raise TableError(f"dialects.{name}", "unknown key")
    opened: dict[str, Opened] = {}
    for name, dialect in known.items():
        table = configuration.dialect(name)
        settings = read_table(dialect.settings, table.settings, f"dialects.{name}")
        if table.enabled:
            opened[name] = Opened(dialect, settings, table.host)
    return opened


def build_policy(configuration: Configuration, opened: Mapping[str, Opened]) -> Policy:
    """Gather the core's policies."""
    return Policy(
        passwords=configuration.passwords.policy(),
        credential_cache=configuration.credential_cache.policy(),
        lockout=configuration.lockout.policy(),
        access=configuration.access.policy(),
        audiences={o.dialect.audience: o.dialect.policy(o.settings) for o in opened.values()},
    )


def build_core(storage: Storage, stamps: Stamps, policy: Policy) -> Core:
    """Wire the core to the real clock and the real source of randomness."""
    return assemble(storage, stamps, policy, now, secrets.token_bytes)


def build_site(
    core: Core, opened: Mapping[str, Opened], lanes: Lanes, rest: ASGIApp, observe: Observe
) -> Site:
    """Open the doors. Longer prefixes come first, so that the root prefix is asked last."""
    doors = [Door(o.dialect, Desk(core, o.settings), o.host) for o in opened.values()]
    doors.sort(key=lambda door: (bool(door.host), len(door.dialect.paths.prefix)), reverse=True)
    return Site(doors, lanes, rest, observe)


def build_lanes(configuration: Configuration) -> Lanes:
    """Make the threads of one process."""
    server = configuration.server
    return Lanes(
        store=ThreadLane("store", server.store_threads, server.store_queue),
        login=ThreadLane("login", server.login_threads, server.login_queue),
    )


def sqlite_file(database_url: str) -> Path | None:
    """Return the file of a SQLite database, or None for a database of another kind."""
    scheme, _, rest = database_url.partition("://")
    return Path(rest.removeprefix("/")) if scheme == "sqlite" else None


def is_migrated(database_url: str) -> bool:
    """Say whether the database has the schema of this release.

    Raises `StorageUnavailableError`, or ``ValueError`` for a URL of no known kind or a schema
    that is newer than this release.
    """
    from watchword.storage.sql import is_current  # noqa: PLC0415

    return is_current(database_url)


def migrates_itself(database_url: str) -> bool:
    """Say whether the server may bring this database up to date by itself at start."""
    return sqlite_file(database_url) is not None


def migrate_store(database_url: str) -> None:
    """Bring the database up to date. Raises as `is_migrated`."""
    from watchword.storage.sql import migrate  # noqa: PLC0415

    migrate(database_url)


def require_migrated(database_url: str) -> None:
    """Bring a SQLite database up to date; say so where an operator must. Raises ``ValueError``."""
    if is_migrated(database_url):
        return
    if not migrates_itself(database_url):
        raise ValueError("the database is not up to date; run: watchword migrate")
    migrate_store(database_url)


def stamps_path(database_url: str) -> Path:
    """Return where the stamps of a database lie on this host.

    Beside a SQLite file, so that every process that opens the one finds the other; for PostgreSQL
    in a directory of this user.
    """
    file = sqlite_file(database_url)
    if file is not None:
        return file.with_name(file.name + "-stamps")
    place = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    name = hashlib.sha256(database_url.encode()).hexdigest()[:16]
    return place / f"watchword-{os.getuid()}" / f"{name}-stamps"


def open_store(database_url: str) -> Any:
    """Open the storage that a URL names. Raises ``ValueError`` for a URL of no known kind."""
    from watchword.storage.sql import open_storage  # noqa: PLC0415

    return open_storage(database_url)


def blank_store() -> tuple[Storage, Stamps]:
    """Return an empty storage that lives as long as this process, with its stamps."""
    return MemoryStorage(), LocalStamps()


def open_stamps(database_url: str) -> Stamps:
    """Open the stamps that all processes of this host share for this database."""
    path = stamps_path(database_url)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SharedStamps(path)
