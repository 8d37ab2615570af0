"""Records to store, with as little said as a test needs."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from uuid import uuid4

import pytest

from watchword.core.audit import Entry, seal
from watchword.core.ports import Storage, Transaction
from watchword.core.sessions import Session
from watchword.core.subjects import Audience, Subject, SubjectId, Tenant, TenantId
from watchword.core.tokens import TokenRecord, Use, digest

__all__ = [
    "ELSEWHERE",
    "HOUR",
    "HUGE",
    "MICROSECOND",
    "NORTH",
    "SOUTH",
    "START",
    "Suite",
    "add_subject",
    "make_session",
    "make_subject",
    "make_tenant",
    "open_session",
    "record",
]

START: Final = datetime(2025, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
MICROSECOND: Final = timedelta(microseconds=1)
ELSEWHERE: Final = timezone(timedelta(hours=5, minutes=45))
NORTH: Final = Audience("north")
SOUTH: Final = Audience("south")
HUGE: Final = 2**70
"""More than a database's number holds. Wires let such numbers through."""


class Suite:
    """What all grades need: a back-end that is empty."""

    @pytest.fixture
    def storage(self) -> Any:
        """Return an empty storage."""
        raise NotImplementedError


def make_tenant(name: str = "Bänk № 1", **fields: Any) -> Tenant:
    """Return a tenant that is not stored yet."""
    usual: dict[str, Any] = {"id": TenantId(uuid4()), "name": name, "created_at": START}
    return Tenant(**(usual | fields))


def make_subject(*logins: str, **fields: Any) -> Subject:
    """Return a subject that is not stored yet."""
    usual: dict[str, Any] = {
        "id": SubjectId(uuid4()),
        "logins": logins or (uuid4().hex,),
        "full_name": "Zoë Ünal",
        "created_at": START,
        "modified_at": START,
    }
    return Subject(**(usual | fields))


def add_subject(storage: Storage, *logins: str, **fields: Any) -> Subject:
    """Store a subject in a unit of its own."""
    with storage.write() as transaction:
        return transaction.subjects.add(make_subject(*logins, **fields))


def make_session(subject: Subject, **fields: Any) -> Session:
    """Return a session of an hour that is not stored yet."""
    usual: dict[str, Any] = {
        "subject_id": subject.id,
        "audience": NORTH,
        "opened_at": START,
        "seen_at": START,
        "expires_at": START + HOUR,
    }
    return Session(**(usual | fields))


def open_session(
    transaction: Transaction, subject: Subject, secret: str = "", **fields: Any
) -> Session:
    """Store a session with an access token."""
    session = transaction.sessions.add(make_session(subject, **fields))
    name = digest(secret or uuid4().hex)
    transaction.tokens.add(TokenRecord(name, session.id, Use.ACCESS))
    return session


def record(transaction: Transaction, **fields: Any) -> None:
    """Append an entry to the audit chain."""
    usual: dict[str, Any] = {"at": START, "action": "test", "result": "done"}
    entry = Entry(**(usual | fields))
    transaction.audit.append(seal(transaction.audit.head(), entry))
