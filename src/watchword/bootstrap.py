"""Where the parts are put together: it names all back-ends but two (`watchword.sight`, `.seal`).

Three levels, each built from the one before: settings of the dialects, the core, the site.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp

from watchword.config import Configuration, SignedIdentityTable, TableError, read_table
from watchword.config.ldap import bind_password, require_sound
from watchword.core.core import Core, assemble
from watchword.core.errands import Work
from watchword.core.limits import Limits
from watchword.core.policy import Policy
from watchword.core.ports import Roster, Stamps, Storage, Vault
from watchword.dialects import find_dialects
from watchword.storage.installation import installation_name
from watchword.storage.pooling import open_meter
from watchword.storage.sql.storage import SqlStorage, open_storage
from watchword.storage.sql.urls import sqlite_path
from watchword.storage.sql.versions import is_current, migrate
from watchword.storage.stamps import LocalStamps, SharedStamps
from watchword.web.door import Door, Observe
from watchword.web.lanes import USUAL_CONNECTIONS, Bounds, Lanes, Room, ThreadLane
from watchword.web.live import Live
from watchword.web.operation import Desk, Dialect
from watchword.web.site import Site

if TYPE_CHECKING:
    # Whoever asks for no gate, or keeps a file, pays for none of it.
    from watchword.gate.gate import Gate
    from watchword.storage.node_stamps import Waited
    from watchword.storage.sql.roll import PostgresRoll
    from watchword.storage.trust import TrustFile

__all__ = [
    "Opened",
    "blank_store",
    "build_core",
    "build_doors",
    "build_gate",
    "build_lanes",
    "build_policy",
    "build_site",
    "build_works",
    "check_gate",
    "is_migrated",
    "list_nodes",
    "migrate_store",
    "migrates_itself",
    "move_store",
    "now",
    "open_dialects",
    "open_limits",
    "open_news",
    "open_roster",
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
    for name in sorted(configuration.dialects.keys() - known.keys()):
        raise TableError(f"dialects.{name}", "unknown key")
    opened: dict[str, Opened] = {}
    for name, dialect in known.items():
        table = configuration.dialect(name, opt_in=dialect.opt_in)
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
        roster=configuration.ldap.policy(),
        faces=configuration.face.policy(),
        challenges=configuration.face.challenges(),
        audiences={o.dialect.audience: o.dialect.policy(o.settings) for o in opened.values()},
    )


def build_core(
    storage: Storage, stamps: Stamps, vault: Vault, policy: Policy, roster: Roster | None = None
) -> Core:
    """Wire the core to the real clock and the real source of randomness."""
    return assemble(storage, stamps, vault, policy, now, secrets.token_bytes, roster)


def build_doors(core: Core, opened: Mapping[str, Opened]) -> Sequence[Door[Any]]:
    """Open the doors. Longer prefixes come first, so that the root prefix is asked last."""
    doors = [Door(o.dialect, Desk(core, o.settings), o.host) for o in opened.values()]
    doors.sort(key=lambda door: (bool(door.host), len(door.dialect.paths.prefix)), reverse=True)
    return doors


def build_site(
    core: Core,
    opened: Mapping[str, Opened],
    lanes: Lanes,
    rest: ASGIApp,
    observe: Observe,
    limits: Limits | None = None,
) -> Site:
    """Put the doors into one application; without limits nobody is ever told to come back."""
    return Site(build_doors(core, opened), lanes, rest, observe, Live(core, lanes), limits)


def build_gate(configuration: Configuration, core: Core, doors: Sequence[Door[Any]]) -> "Gate":
    """Bind the rules of all doors. Raises `TableError`."""
    from watchword.gate.building import build

    return build(configuration, core.access, core.vouching, doors)


def check_gate(configuration: Configuration, opened: Mapping[str, Opened]) -> None:
    """Raise `TableError` for what is said of the gate and makes no sense."""
    table = configuration.gate
    if table.rules or table.signed_identity != SignedIdentityTable():
        from watchword.gate.building import check

        check(table, [each.dialect for each in opened.values()])


def build_lanes(configuration: Configuration, connections: int = USUAL_CONNECTIONS) -> Lanes:
    """Make the threads of one process that keeps so many connections open at most."""
    server, face = configuration.server, configuration.face
    return Lanes(
        store=ThreadLane("store", server.store_threads, server.store_queue),
        login=ThreadLane("login", server.login_threads, server.login_queue),
        bulk=ThreadLane("bulk", server.bulk_threads, server.bulk_queue),
        faces=ThreadLane("faces", face.processes, face.queue),
        room=Room(server.large_bodies_kib * 1_024),
        live=Bounds(connections),
    )


def sqlite_file(database_url: str) -> Path | None:
    """Return the file of a SQLite database, or None for a database of another kind."""
    return sqlite_path(database_url)


def is_migrated(database_url: str) -> bool:
    """Say whether the database has the schema of this release.

    Raises `StorageUnavailableError`, or ``ValueError`` for an unknown URL or a newer schema.
    """
    return is_current(database_url)


def migrates_itself(database_url: str) -> bool:
    """Say whether the server may bring this database up to date by itself at start."""
    return sqlite_file(database_url) is not None


def migrate_store(database_url: str) -> None:
    """Bring the database up to date. Raises as `is_migrated`."""
    migrate(database_url)


def move_store(source: str, database_url: str) -> int:
    """Carry a SQLite file's rows over to PostgreSQL, and count them. Raises as `is_migrated`."""
    from watchword.storage.sql.moving import move

    return move(source, database_url)


def require_migrated(database_url: str) -> None:
    """Bring a SQLite database up to date; say so where an operator must. Raises ``ValueError``."""
    if is_migrated(database_url):
        return
    if not migrates_itself(database_url):
        raise ValueError("the database is not up to date; run: watchword migrate")
    migrate_store(database_url)


def stamps_path(database_url: str) -> Path:
    """Return where the stamps of a database lie on this host.

    Beside a SQLite file, so that every process that opens the one finds the other. For PostgreSQL
    in a directory of this user, under a name that is kept in the database itself: one database has
    many URLs.
    """
    file = sqlite_path(database_url)
    if file is not None:
        return file.with_name(file.name + "-stamps")
    with closing(open_storage(database_url)) as storage:
        name = installation_name(storage)
    place = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    return place / f"watchword-{os.getuid()}" / f"{name}-stamps"


def open_store(database_url: str, policy: Policy) -> SqlStorage:
    """Open the storage that a URL names. Raises ``ValueError`` for a URL of no known kind."""
    listed = {audience for audience, each in policy.audiences.items() if each.lists_sessions}
    return open_storage(database_url, listed)


def blank_store() -> tuple[Storage, Stamps, Vault]:
    """Return an empty storage that lives as long as this process, with its stamps and vault."""
    from watchword.storage.memory import MemoryStorage, MemoryVault

    return MemoryStorage(), LocalStamps(), MemoryVault(now)


def open_roster(configuration: Configuration) -> Roster | None:
    """Return the roster that the settings name, if they do; nobody is connected to yet.

    Raises `TableError`.
    """
    table = configuration.ldap
    if not table.urls:
        return None
    require_sound(table)
    try:
        from watchword.rosters.ldap import open_ldap
        from watchword.rosters.settings import LdapSettings, Nesting
    except ModuleNotFoundError as error:
        raise TableError("ldap.urls", "needs the extra: pip install 'watchword[ldap]'") from error
    settings = LdapSettings(
        urls=table.urls,
        base=table.base,
        bind_dn=table.bind_dn,
        bind_password=bind_password(table),
        ca_file=table.ca_file,
        plaintext=table.allow_plaintext,
        user_filter=table.user_filter,
        group_base=table.group_base,
        group_filter=table.group_filter,
        login_attributes=table.login_attributes,
        name_attribute=table.name_attribute,
        id_attribute=table.id_attribute,
        group_name_attribute=table.group_name_attribute,
        member_attribute=table.member_attribute,
        flags_attribute=table.flags_attribute,
        nesting=Nesting(table.nested_groups),
        connect_seconds=table.connect_seconds,
        answer_seconds=table.answer_seconds,
        connections=table.connections,
    )
    try:
        return open_ldap(settings)
    except ValueError as error:
        raise TableError("ldap.ca_file", str(error)) from error


def build_works(core: Core, opened: Mapping[str, Opened]) -> Mapping[str, Work]:
    """Gather who does which kind of job."""
    return {
        kind: partial(work, Desk(core, each.settings))
        for each in opened.values()
        for kind, work in each.dialect.jobs.items()
    }


def open_stamps(path: Path, database_url: str | None, waited: "Waited | None" = None) -> Stamps:
    """Open the stamps at a path that `stamps_path` gave; without a database, of this host alone.

    ``waited`` is told how long a revoker has waited for other hosts, and for whom in vain. Raises
    ``ValueError`` if their directory is not this user's alone.
    """
    shared = SharedStamps.open(path)
    if database_url is None or sqlite_path(database_url) is not None:
        return shared
    from watchword.storage.node_stamps import NodeStamps, log_waiting
    from watchword.storage.sql.postgres import open_roll
    from watchword.storage.trust import TrustFile

    trust = TrustFile.beside(path)
    return NodeStamps(shared, trust, open_roll(database_url), waited or log_waiting)


def list_nodes(database_url: str) -> Sequence[tuple[str, float]]:
    """Return who is on the roll, and how long ago, in seconds, each was heard of.

    Raises `StorageUnavailableError`.
    """
    if sqlite_path(database_url) is not None:
        return ()
    from watchword.storage.sql.postgres import open_roll

    with closing(open_roll(database_url)) as roll:
        return roll.census()


def open_news(path: Path, database_url: str) -> tuple["PostgresRoll", Stamps, "TrustFile"]:
    """Return by what a host hears of other hosts, and what it keeps true with that."""
    from watchword.storage.sql.postgres import open_roll
    from watchword.storage.trust import TrustFile

    return open_roll(database_url), SharedStamps.open(path), TrustFile.beside(path)


def open_limits(configuration: Configuration, stamps: Path, storage: Storage) -> Limits | None:
    """Open the limits of one process, beside the stamps of its host; None where there are none.

    Raises as `open_stamps`, which comes first.
    """
    policy = configuration.limits.policy()
    if not policy.rates:
        return None
    path = stamps.with_name(stamps.name.removesuffix("-stamps") + "-limits")
    alone = sqlite_path(configuration.database.url) is not None
    return Limits(open_meter(path, None if alone else storage, now), policy, now)
