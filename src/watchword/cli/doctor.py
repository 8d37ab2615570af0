"""``watchword doctor``: is this installation sound, and where is it weaker than it could be?"""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from watchword.bootstrap import (
    check_gate,
    is_migrated,
    list_nodes,
    open_dialects,
    open_roster,
    open_store,
    sqlite_file,
)
from watchword.cli.face_findings import (
    find_about_entry,
    find_about_faces,
    find_about_galleries,
)
from watchword.cli.findings import Finding, Level
from watchword.config import Configuration, LdapTable, PasswordsTable, TableError
from watchword.core.audit import GENESIS, find_break
from watchword.core.errors import RosterUnavailableError, StorageUnavailableError
from watchword.core.networks import parse_network
from watchword.core.policy import Policy
from watchword.core.ports import Storage
from watchword.core.rates import Traffic
from watchword.seal import data_folder, is_vault_prepared, own_signing_key
from watchword.web.page import HOW_TO_GET_IT, VIEWER, offered_pages

__all__ = ["Finding", "Level", "examine"]

PAGE: Final = 1_000
SILENT_SECONDS: Final = 2.0
"""After so long nobody believes any more what a node remembers, itself included."""
FLOOR: Final = PasswordsTable()
"""OWASP's floor for Argon2id, which is our default."""


def examine(configuration: Configuration) -> list[Finding]:
    """Look at everything and return what was found."""
    checks: list[Callable[[Configuration], Iterator[Finding]]] = [
        _dialects,
        _gate,
        _passwords,
        _lockout,
        _limits,
        _database,
        _files,
        _master_key,
        find_about_faces,
        _signing,
        _pages,
        _directory,
    ]
    return [finding for check in checks for finding in check(configuration)]


def _dialects(configuration: Configuration) -> Iterator[Finding]:
    try:
        opened = open_dialects(configuration)
    except TableError as error:
        yield Finding(Level.BROKEN, "configuration", str(error))
        return
    for name, each in opened.items():
        yield Finding(Level.OK, f"dialect {name}", f"served on {each.host or 'any host'}")
        for weakness in each.dialect.weaknesses(each.settings):
            yield Finding(Level.WEAK, f"dialect {name}", weakness)
        entry = each.dialect.policy(each.settings).entry
        yield from find_about_entry(configuration, f"dialect {name}", entry)


def _gate(configuration: Configuration) -> Iterator[Finding]:
    """Look at where gateways ask, whom of them we believe, and at rules that do nothing."""
    from watchword.gate.weaknesses import places, weaknesses

    try:
        opened = open_dialects(configuration)
        check_gate(configuration, opened)
    except TableError as error:
        # What is wrong with a dialect's own settings was told already.
        if error.key.startswith("gate."):
            yield Finding(Level.BROKEN, "gate", str(error))
        return
    yield Finding(Level.OK, "gate", f"asked at {', '.join(places(configuration)) or 'no place'}")
    for weakness in weaknesses(configuration, opened.values()):
        yield Finding(Level.WEAK, "gate", weakness)


def _passwords(configuration: Configuration) -> Iterator[Finding]:
    table = configuration.passwords
    shown = f"Argon2id {table.memory_kib} KiB, t={table.passes}, p={table.lanes}"
    weak = table.memory_kib * table.passes < FLOOR.memory_kib * FLOOR.passes
    remark = f"{shown} is below OWASP's floor" if weak else shown
    yield Finding(Level.WEAK if weak else Level.OK, "passwords", remark)


def _lockout(configuration: Configuration) -> Iterator[Finding]:
    if configuration.lockout.enabled:
        yield Finding(Level.OK, "lock-out", f"after {configuration.lockout.free_failures} failures")
    else:
        yield Finding(Level.WEAK, "lock-out", "is switched off: passwords can be guessed")


def _limits(configuration: Configuration) -> Iterator[Finding]:
    """Name what may be asked for without end, and by whom."""
    table = configuration.limits
    rates = table.policy().rates
    off = [each.value for each in Traffic if each not in rates]
    if off:
        yield Finding(Level.WEAK, "limits", f"{', '.join(off)}: anybody may ask without end")
    else:
        told = f"{table.login.per_minute} logins a minute and source"
        # Not weak by itself: there may be no proxy, but who has one should know.
        alike = (
            "" if configuration.server.trusted_proxies else "; who comes by a proxy is the proxy"
        )
        yield Finding(Level.OK, "limits", told + alike)
    wide = [each for each in table.exempt if parse_network(each).prefixlen == 0]
    if wide:
        yield Finding(Level.WEAK, "limits", f"exempt: {wide[0]} is everybody")


def _database(configuration: Configuration) -> Iterator[Finding]:
    url = configuration.database.url
    try:
        migrated = is_migrated(url)
    except (StorageUnavailableError, ValueError) as error:
        yield Finding(Level.BROKEN, "database", str(error.__cause__ or error))
        return
    if not migrated:
        yield Finding(Level.BROKEN, "database", "is not up to date; run: watchword migrate")
        return
    yield Finding(Level.OK, "database", "is up to date")
    storage = open_store(url, Policy())
    yield from _nodes(url)
    try:
        yield _audit(storage)
        yield from _galleries(configuration, storage)
    finally:
        storage.close()


def _nodes(url: str) -> Iterator[Finding]:
    """Say who serves this database, and who of them has not been heard of."""
    for name, age in list_nodes(url):
        remark = f"heard of {age:.1f} s ago"
        if age > SILENT_SECONDS:
            remark += ": it is gone, or hangs"
        yield Finding(Level.WEAK if age > SILENT_SECONDS else Level.OK, f"node {name}", remark)


def _galleries(configuration: Configuration, storage: Storage) -> Iterator[Finding]:
    try:
        opened = open_dialects(configuration)
        yield from find_about_galleries(configuration, opened, storage)
    except TableError:
        return  # which was told already


def _audit(storage: Storage) -> Finding:
    """Follow the whole chain, page by page, and where one cannot be read, link by link."""
    after, count, head, size = 0, 0, GENESIS, PAGE
    while True:
        try:
            with storage.read() as transaction:
                page = transaction.audit.list_page(after, size)
            broken = find_break((link for _, link in page), head)
        except (ValueError, TypeError, AttributeError, OverflowError):
            # SQLite keeps whatever somebody writes into it, be it a date or not.
            if size == 1:
                remark = f"the chain breaks after serial {after}: the next link cannot be read"
                return Finding(Level.BROKEN, "audit", remark)
            size = 1
            continue
        if not page:
            return Finding(Level.OK, "audit", f"{count} links, head {head.hex()}")
        if broken is not None:
            return Finding(Level.BROKEN, "audit", f"the chain breaks at serial {page[broken][0]}")
        after, count, head = page[-1][0], count + len(page), page[-1][1].hash


def _files(configuration: Configuration) -> Iterator[Finding]:
    """Look at who may read what: data, and files that may hold passwords."""
    database = sqlite_file(configuration.database.url)
    directory = configuration.server.directory
    places = (
        ("database", database, Path.is_file),
        ("directory file", Path(directory or "."), Path.is_file),
        ("data folder", data_folder(configuration), Path.is_dir),
        ("bind password", Path(configuration.ldap.bind_password_file or "."), Path.is_file),
    )
    for subject, path, is_there in places:
        if path is None or not is_there(path):
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield Finding(Level.WEAK, subject, f"{path} is open to others (mode {mode:o})")


def _master_key(configuration: Configuration) -> Iterator[Finding]:
    """Look at the key of what is sealed, as a server does that starts."""
    try:
        is_there = is_vault_prepared(configuration)
    except StorageUnavailableError:
        return  # which was told already
    except ValueError as error:
        yield Finding(Level.BROKEN, "master key", str(error))
    else:
        remark = "is good" if is_there else "will be made at the first start"
        yield Finding(Level.OK, "master key", remark)


def _directory(configuration: Configuration) -> Iterator[Finding]:
    """Ask each server of the directory that keeps people for us, if there is one."""
    table = configuration.ldap
    for url in table.urls:
        alone = msgspec.structs.replace(table, urls=(url,))
        yield _server(msgspec.structs.replace(configuration, ldap=alone), url)
    for weakness in _weaknesses(table):
        yield Finding(Level.WEAK, "ldap", weakness)


def _server(configuration: Configuration, url: str) -> Finding:
    try:
        roster = open_roster(configuration)
        count = 0 if roster is None else len(roster.list_groups())
    except (TableError, RosterUnavailableError) as error:
        remark = str(error) or "does not answer as it should; the log says how"
        return Finding(Level.BROKEN, f"ldap {url}", remark)
    if roster is not None:
        roster.close()
    return Finding(Level.OK, f"ldap {url}", f"answers, and knows {count} groups")


def _weaknesses(table: LdapTable) -> Iterator[str]:
    if table.allow_plaintext and any(not url.startswith("ldaps:") for url in table.urls):
        yield "allow_plaintext is on: passwords travel in clear"
    elif table.urls and not table.ca_file:
        yield "ca_file is empty: any authority that this system trusts can vouch for the directory"


def _pages(configuration: Configuration) -> Iterator[Finding]:
    """Look for the viewer of the API pages, if any page is served."""
    try:
        opened = open_dialects(configuration)
    except TableError:
        return  # which was told already
    doors = opened.values()
    pages = [p for door in doors for p in offered_pages(door.dialect.operations, door.settings)]
    if pages and VIEWER.is_file():
        yield Finding(Level.OK, "API pages", ", ".join(pages))
    elif pages:
        yield Finding(Level.WEAK, "API pages", f"their viewer is missing; {HOW_TO_GET_IT}")


def _signing(configuration: Configuration) -> Iterator[Finding]:
    """Look at the key that the operator signs with, if there is one."""
    if not configuration.signing.key_file:
        return
    try:
        own_signing_key(configuration)
    except ValueError as error:
        yield Finding(Level.BROKEN, "signing key", str(error))
    else:
        yield Finding(Level.OK, "signing key", configuration.signing.key_file)
