"""``watchword.toml``: every setting of the server, with its default.

A dialect's table is handed over raw; this module knows no field of it. Unknown keys are errors
that name their path. Flags and ``WATCHWORD_…`` variables win over the file (`watchword.cli`).
Durations are whole seconds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, TypeVar, cast, get_args

import msgspec

from watchword.config.errors import FileError, TableError
from watchword.config.faces import FaceTable
from watchword.config.kinds import Natural, Positive
from watchword.config.ldap import LdapTable
from watchword.config.limits import LimitsTable
from watchword.core.policy import (
    AccessPolicy,
    CredentialCachePolicy,
    LockoutPolicy,
    PasswordPolicy,
    Remember,
)

__all__ = [
    "AccessTable",
    "Configuration",
    "CredentialCacheTable",
    "DatabaseTable",
    "DialectTable",
    "FaceTable",
    "FileError",
    "GateRule",
    "GateTable",
    "LdapTable",
    "LimitsTable",
    "LockoutTable",
    "PasswordsTable",
    "ServerTable",
    "SignedIdentityTable",
    "SigningTable",
    "TableError",
    "VaultTable",
    "parse_toml",
    "read_configuration",
    "read_table",
]

T = TypeVar("T")

HashMemory = Annotated[int, msgspec.Meta(ge=1_024, le=4_194_304)]
"""KiB. Argon2 wants 8 for each lane; less than a megabyte protects nobody."""
Lanes = Annotated[int, msgspec.Meta(ge=1, le=64)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Told = Literal["subject", "login", "tenant", "audience", "roles", "scopes", "session"]
"""What back-ends are told of callers."""
DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")

_WHERE = re.compile(r"^(?P<what>.*) - at `\$(?P<path>[^`]*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<key>[^`]*)`")
_MISSING = re.compile(r"^Object missing required field `(?P<key>[^`]*)`")


def _require_networks(proxies: tuple[str, ...]) -> None:
    for proxy in proxies:
        try:
            ip_network(proxy)
        except ValueError as error:
            raise ValueError(f"trusted_proxies: {error}") from error


class ServerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[server]``: where and how the server listens.

    ``directory`` is a directory file that is applied at start. ``data`` is the folder of what is
    too large for the database; empty is one beside the database. ``trusted_proxies`` are the
    networks whose ``X-Forwarded-For`` counts. ``login_threads`` logins are under way at once in
    each worker; ``login_queue`` more may wait. So are ``bulk_threads`` uploads and calls of other
    servers, and ``bulk_queue``; ``large_bodies_kib`` is the memory for bodies over 64 KiB.
    ``live_connections`` are what clients may keep open at once in each worker; of all others,
    ``connections_per_address`` may come from one address (0: any number), but for proxies'.
    """

    host: str = "127.0.0.1"
    port: Port = 8420
    workers: Positive = 1
    directory: str = ""
    data: str = ""
    trusted_proxies: tuple[str, ...] = ()
    store_threads: Positive = 8
    store_queue: Natural = 1_024
    login_threads: Positive = 32
    login_queue: Natural = 512
    bulk_threads: Positive = 4
    bulk_queue: Natural = 64
    large_bodies_kib: Positive = 262_144
    live_connections: Natural = 4_096
    connections_per_address: Natural = 1_024

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a proxy that is no network: none would ever be found in it."""
        _require_networks(self.trusted_proxies)


class DatabaseTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[database]``: where everything is kept."""

    url: str = "sqlite:///watchword.db"

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a URL of no known kind."""
        # Without showing it: it may hold a password.
        if not self.url.startswith(DATABASES):
            raise ValueError("a database URL begins with sqlite:/// or postgresql://")


class PasswordsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[passwords]``: the cost of Argon2id. ``threads`` 0 is one per core of this process."""

    memory_kib: HashMemory = 19_456
    passes: Positive = 2
    lanes: Lanes = 1
    threads: Natural = 0
    queue: Natural = 512
    longest: Positive = 4_096

    def policy(self) -> PasswordPolicy:
        """Return the core's policy."""
        return PasswordPolicy(
            self.memory_kib, self.passes, self.lanes, self.threads, self.queue, self.longest
        )


class CredentialCacheTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[credential_cache]``: for whom a verified password is remembered, and how long."""

    remember: Remember = Remember.SERVICES
    seconds: Positive = 300
    entries: Natural = 10_000

    def policy(self) -> CredentialCachePolicy:
        """Return the core's policy."""
        return CredentialCachePolicy(self.remember, timedelta(seconds=self.seconds), self.entries)


class LockoutTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[lockout]``: when guessing is stopped and for how long."""

    enabled: bool = True
    free_failures: Positive = 5
    free_source_failures: Positive = 50
    first_lock_seconds: Positive = 30
    longest_lock_seconds: Positive = 900
    forget_after_seconds: Positive = 3_600

    def policy(self) -> LockoutPolicy:
        """Return the core's policy."""
        return LockoutPolicy(
            enabled=self.enabled,
            free_failures=self.free_failures,
            free_source_failures=self.free_source_failures,
            first_lock=timedelta(seconds=self.first_lock_seconds),
            longest_lock=timedelta(seconds=self.longest_lock_seconds),
            forget_after=timedelta(seconds=self.forget_after_seconds),
        )


class AccessTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[access]``: the cache of principals in each worker."""

    entries: Natural = 100_000
    lease_seconds: Natural = 30
    touch_every_seconds: Natural = 15

    def policy(self) -> AccessPolicy:
        """Return the core's policy."""
        return AccessPolicy(
            self.entries,
            timedelta(seconds=self.lease_seconds),
            timedelta(seconds=self.touch_every_seconds),
        )


class VaultTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[vault]``: large content at rest. Without a ``key_file`` one is made in the data folder."""

    key_file: str = ""


class SigningTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[signing]``: the key of signed statements. Without a ``key_file`` one is made and kept."""

    key_file: str = ""


class GateRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[gate.rules]]``: what a call needs, in the words of its dialect.

    No ``methods`` are all of them. The words are on the page of the dialect; ``anybody``,
    ``authenticated`` and ``nobody`` mean the same to all.
    """

    dialect: str
    path: str
    need: str
    methods: tuple[Annotated[str, msgspec.Meta(pattern="^[A-Z]+$")], ...] = ()


class SignedIdentityTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[gate.signed_identity]``: who is calling, told to back-ends in a signed statement as well.

    In this ``header``, good for so many ``seconds``, in the name of ``issuer``, for the name that
    ``audiences`` give to the back-end of a dialect.
    """

    enabled: bool = False
    header: Annotated[str, msgspec.Meta(pattern=r"^X-Watchword-[A-Za-z0-9-]{1,64}\Z")] = (
        "X-Watchword-Identity"
    )
    seconds: Annotated[int, msgspec.Meta(ge=10, le=3_600)] = 60
    issuer: str = "watchword"
    audiences: dict[str, str] = {}


class GateTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[gate]``: what gateways may ask before they let a request through, and where.

    ``/gate/verify`` answers on the server's own port if it is ``enabled``. ``port`` (on ``host``;
    0 is none) and ``socket`` (a path, with its permissions in ``socket_mode``) are for the listener
    that does nothing else. Only from ``trusted_proxies`` is it believed what somebody else's
    request was. A yes has these ``headers``. ``default`` is for calls that no rule is about.
    ``connections`` may be open at once in each worker, ``connections_per_address`` from one address
    over TCP (0: all of them); one that is idle for ``idle_seconds`` is closed.
    """

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 0
    socket: str = ""
    socket_mode: Annotated[str, msgspec.Meta(pattern="^0?[0-7]{3}$")] = "0660"
    trusted_proxies: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    headers: tuple[Told, ...] = get_args(Told)
    default: Literal["refuse", "allow-authenticated"] = "refuse"
    rules: tuple[GateRule, ...] = ()
    connections: Positive = 1_024
    connections_per_address: Natural = 768
    idle_seconds: Positive = 75
    signed_identity: SignedIdentityTable = SignedIdentityTable()

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a proxy that is no network."""
        _require_networks(self.trusted_proxies)


@dataclass(frozen=True, slots=True)
class DialectTable:
    """``[dialects.NAME]``: whether and on which host a dialect is served, and its own settings."""

    enabled: bool = True
    host: str = ""
    settings: Mapping[str, object] = field(default_factory=dict[str, object])


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    server: ServerTable = ServerTable()
    database: DatabaseTable = DatabaseTable()
    passwords: PasswordsTable = PasswordsTable()
    credential_cache: CredentialCacheTable = CredentialCacheTable()
    lockout: LockoutTable = LockoutTable()
    limits: LimitsTable = LimitsTable()
    access: AccessTable = AccessTable()
    vault: VaultTable = VaultTable()
    signing: SigningTable = SigningTable()
    ldap: LdapTable = LdapTable()
    gate: GateTable = GateTable()
    face: FaceTable = FaceTable()
    dialects: dict[str, dict[str, object]] = {}

    def dialect(self, name: str, *, opt_in: bool = False) -> DialectTable:
        """Return a dialect's table, with what every dialect has taken out of it.

        One that is ``opt_in`` is off where the table does not say otherwise. Raises `TableError`.
        """
        table = dict(self.dialects.get(name, {}))
        enabled, host = table.pop("enabled", not opt_in), table.pop("host", "")
        if not isinstance(enabled, bool):
            raise TableError(f"dialects.{name}.enabled", "expected true or false")
        if not isinstance(host, str):
            raise TableError(f"dialects.{name}.host", "expected a host name")
        return DialectTable(enabled, host.lower(), table)


def parse_toml(path: Path) -> dict[str, object]:
    """Return a TOML file's content. Raises `FileError`, which names the line."""
    # Half a megabyte, where there is no such file.
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FileError(path, f"line {line}: is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise FileError(path, str(error)) from error
    except RecursionError as error:
        raise FileError(path, "arrays or tables are nested too deeply") from error


def read_configuration(path: Path | None) -> Configuration:
    """Return the configuration in a file, or the defaults. Raises `FileError` or `TableError`."""
    return Configuration() if path is None else read_table(Configuration, parse_toml(path))


def read_table(kind: type[T], table: Mapping[str, object], at: str = "") -> T:
    """Read a table into a `msgspec.Struct` type. Raises `TableError`."""
    try:
        return msgspec.convert(dict(table), kind)
    except msgspec.ValidationError as error:
        raise _explain(str(error), at) from error


def _explain(message: str, at: str) -> TableError:
    """Turn msgspec's message into a key path and a problem; a test pins its format."""
    found = _WHERE.match(message)
    what, path = (found["what"], found["path"]) if found else (message, "")
    key = _join(at, cast("str", path).lstrip("."))
    for pattern, problem in ((_UNKNOWN, "unknown key"), (_MISSING, "required key is missing")):
        named = pattern.match(what)
        if named:
            return TableError(_join(key, named["key"]), problem)
    return TableError(key, what)


def _join(*parts: str) -> str:
    return ".".join(part for part in parts if part)
