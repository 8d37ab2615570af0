"""What the frozen databases of the first release hold, and how they were made.

Every release must be able to open them, so neither this file nor they are edited again; a change of
the tables gets a frozen database of its own. Made with the first release by::

    python -m tests.data.first_release

All secrets in here are made up and open nothing.
"""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from tests.support.postgres import PostgresServer, require_binaries
from watchword.core.audit import Entry, seal
from watchword.core.lockout import Attempts
from watchword.core.ports import Storage, Transaction
from watchword.core.sessions import Device, EndReason, Session
from watchword.core.subjects import (
    Audience,
    Credential,
    Profile,
    Subject,
    SubjectId,
    Tenant,
    TenantId,
)
from watchword.core.tokens import TokenRecord, Use, digest
from watchword.storage.sql import migrate, open_storage

__all__ = ["ALICE", "OZ", "POSTGRES", "SQLITE", "START", "fill"]

FOLDER: Final = Path(__file__).parent
SQLITE: Final = FOLDER / "first-release.sqlite"
POSTGRES: Final = FOLDER / "first-release.sql"

START: Final = datetime(2025, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
OZ: Final = Audience("oz")
FINDFACE: Final = Audience("findface")

ACME: Final = TenantId(UUID("0e2f7c51-6f0d-4d84-9f1c-0a7c4c7d5b01"))
ALICE: Final = SubjectId(UUID("a11ce000-0000-4000-8000-000000000001"))
BOB: Final = SubjectId(UUID("b0b00000-0000-4000-8000-000000000002"))
MACHINE: Final = SubjectId(UUID("c0de0000-0000-4000-8000-000000000003"))

# Argon2id of "correct horse", made with the smallest parameters that there are.
HASH: Final = (
    "$argon2id$v=19$m=8,t=1,p=1$Zmlyc3QgcmVsZWFzZQ$HTCkeGQCJX1f7TFZstHlRhtzezj8AxRw7M9Poddo+Co"
)


def fill(storage: Storage) -> None:
    """Store one of everything that the first release knew."""
    with storage.write() as transaction:
        _add_subjects(transaction)
        _add_sessions(transaction)
        _add_ledgers(transaction)


def _add_subjects(transaction: Transaction) -> None:
    transaction.tenants.add(Tenant(ACME, "Acme Bänk", START))
    transaction.tenants.add(Tenant(TenantId(UUID(int=7)), "Gone", START, in_deletion=True))
    later = START + timedelta(days=1, microseconds=1)
    for subject in (
        Subject(
            ALICE, ("Zoë@Acme.example", "alice"), "Alice Éxample", START, later, tenant_id=ACME
        ),
        Subject(BOB, ("bob",), "", START, START, active=False),
        Subject(MACHINE, ("machine",), "Gateway", START, START, service=True, tenant_id=ACME),
    ):
        transaction.subjects.add(subject)
    transaction.credentials.put_password(ALICE, Credential(HASH))
    transaction.credentials.put_password(MACHINE, Credential("pbkdf2_sha256$1$x$y", "origin"))
    transaction.profiles.put(ALICE, Profile(OZ, b'{"user_type":"ADMIN"}'))
    transaction.profiles.put(ALICE, Profile(FINDFACE, '{"language":"ä"}'.encode()))
    transaction.profiles.put(MACHINE, Profile(OZ, b"{}"))


def _add_sessions(transaction: Transaction) -> None:
    hour = timedelta(hours=1)
    device = Device("D-1", mobile=True, details='{"os":"ö"}'.encode())
    first = transaction.sessions.add(
        Session(
            ALICE,
            OZ,
            START,
            START + hour,
            START + 2 * hour,
            deadline=START + timedelta(days=1826),
            scopes=frozenset({"scanning", "investigation"}),
            device=device,
            address="2001:db8::1",
            ended_at=START + hour,
            end_reason=EndReason.REPLACED,
        )
    )
    second = transaction.sessions.add(
        Session(
            ALICE,
            OZ,
            START + hour,
            START + hour,
            START + 3 * hour,
            family=first.family,
            predecessor=first.id,
            device=device,
            nonce=bytes(range(32)),
        )
    )
    third = transaction.sessions.add(Session(MACHINE, OZ, START, START, START + hour))
    for session, name in ((first, "first"), (second, "second"), (third, "third")):
        transaction.tokens.add(TokenRecord(digest(f"{name} access"), session.id, Use.ACCESS))
        transaction.tokens.add(TokenRecord(digest(f"{name} refresh"), session.id, Use.REFRESH))


def _add_ledgers(transaction: Transaction) -> None:
    transaction.attempts.put(
        [Attempts("login:1", 3, START), Attempts("source:2", 51, START, START + timedelta(1))]
    )
    transaction.devices.remember(ALICE, ["device:1", "address:2"], START)
    transaction.documents.put(FINDFACE, "role", "1", b'{"name":"Administrator"}')
    for entry in (
        Entry(START, "login", "admitted", OZ, ALICE, "alice", ACME, "192.0.2.1", "D-1"),
        Entry(START, "session.end", "replaced", details={"session": "1", "by": "ö"}),
        Entry(START, "login", "unknown-login", login="nobody"),
    ):
        transaction.audit.append(seal(transaction.audit.head(), entry))


def _make_sqlite() -> None:
    SQLITE.unlink(missing_ok=True)
    url = f"sqlite:///{SQLITE}"
    migrate(url)
    storage = open_storage(url)
    fill(storage)
    # Closing the last connection leaves everything in the one file.
    storage.close()


def _make_postgres() -> None:
    with PostgresServer() as server:
        url = server.create_database()
        migrate(url)
        storage = open_storage(url)
        fill(storage)
        storage.close()
        command = [
            str(require_binaries() / "pg_dump"),
            "--inserts",
            "--no-owner",
            "--no-privileges",
        ]
        dump = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    # What pg_dump says to psql, and what it says of itself, is for neither server nor reader.
    kept = [line for line in dump.splitlines() if line and not line.startswith(("\\", "--"))]
    POSTGRES.write_text("\n".join(kept) + "\n")


if __name__ == "__main__":
    _make_sqlite()
    _make_postgres()
