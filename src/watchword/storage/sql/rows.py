"""What a record looks like as a row, and back. Pure functions, no decisions.

A row is in the order of its table's columns. Rows of a join are told apart by slices, whose widths
are the constants below.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import groupby
from typing import Any, Final, TypeAlias
from uuid import UUID

from watchword.core.audit import Entry, Link
from watchword.core.challenges import Posed
from watchword.core.faces import Act
from watchword.core.jobs import Job, JobId
from watchword.core.lockout import Attempts
from watchword.core.networks import parse_network
from watchword.core.sessions import Device, EndReason, ServiceTokenId, Session, SessionId
from watchword.core.subjects import (
    Audience,
    Profile,
    Standing,
    Subject,
    SubjectId,
    Tenant,
    TenantId,
)
from watchword.core.tokens import TokenDigest
from watchword.storage.times import from_micros, to_micros

__all__ = [
    "LARGEST",
    "SESSION_WIDTH",
    "STANDING_WIDTH",
    "SUBJECT_WIDTH",
    "Row",
    "Values",
    "bounded",
    "from_attempts",
    "from_job",
    "from_link",
    "from_posed",
    "from_session",
    "from_subject",
    "from_tenant",
    "mark_of",
    "to_attempts",
    "to_job",
    "to_link",
    "to_posed",
    "to_session",
    "to_standing",
    "to_standings",
    "to_subjects",
    "to_tenant",
]

Row: TypeAlias = tuple[Any, ...]
Values: TypeAlias = dict[str, object]

SUBJECT_WIDTH: Final = 8
SESSION_WIDTH: Final = 20
STANDING_WIDTH: Final = SUBJECT_WIDTH + 7
"""A subject, one of its logins with its position, its tenant, its profile and its password."""

MARK_BYTES: Final = 8
LARGEST: Final = 2**63 - 1
"""What a column holds. No serial ever comes near it."""
NO_SCOPES: Final = "[]"


def bounded(number: int) -> int:
    """Return a number from outside such that asking for it finds nothing rather than fails."""
    return max(-LARGEST, min(number, LARGEST))


def from_tenant(tenant: Tenant) -> Values:
    """Return the values of a tenant's columns."""
    return {
        "id": tenant.id.bytes,
        "name": tenant.name,
        "created_at": to_micros(tenant.created_at),
        "in_deletion": int(tenant.in_deletion),
    }


def to_tenant(row: Row) -> Tenant:
    """Return the tenant of a row."""
    key, name, created_at, in_deletion = row
    return Tenant(TenantId(UUID(bytes=key)), name, from_micros(created_at), bool(in_deletion))


def from_subject(subject: Subject) -> Values:
    """Return the values of a subject's columns but for its number."""
    return {
        "id": subject.id.bytes,
        "full_name": subject.full_name,
        "created_at": to_micros(subject.created_at),
        "modified_at": to_micros(subject.modified_at),
        "active": int(subject.active),
        "service": int(subject.service),
        "tenant_id": None if subject.tenant_id is None else subject.tenant_id.bytes,
    }


def to_subjects(rows: Sequence[Row]) -> list[Subject]:
    """Return the subjects of rows that lie side by side: one row for each login of each."""
    return [_to_subject(list(group)) for _, group in groupby(rows, key=lambda row: row[0])]


def to_standings(rows: Sequence[Row], audience: Audience) -> list[Standing]:
    """Return the standings of rows that lie side by side: one row for each login of each."""
    groups = groupby(rows, key=lambda row: row[0])
    return [to_standing(list(group), audience) for _, group in groups]


def to_standing(rows: Sequence[Row], audience: Audience) -> Standing:
    """Return the standing that these rows, one for each login of the subject, describe."""
    subject = _to_subject(rows)
    name, created_at, in_deletion, document, password = rows[0][SUBJECT_WIDTH + 2 : STANDING_WIDTH]
    tenant = None
    if subject.tenant_id is not None:
        tenant = Tenant(subject.tenant_id, name, from_micros(created_at), bool(in_deletion))
    profile = None if document is None else Profile(audience, document)
    return Standing(subject, tenant, profile, password)


def _to_subject(rows: Sequence[Row]) -> Subject:
    number, key, full_name, created_at, modified_at, active, service, tenant_id = rows[0][
        :SUBJECT_WIDTH
    ]
    if len(rows) > 1:
        rows = sorted(rows, key=lambda row: row[SUBJECT_WIDTH + 1])
    logins = tuple(row[SUBJECT_WIDTH] for row in rows)
    return Subject(
        id=SubjectId(UUID(bytes=key)),
        # A subject without logins comes as one row without a login.
        logins=() if logins == (None,) else logins,
        full_name=full_name,
        created_at=from_micros(created_at),
        modified_at=from_micros(modified_at),
        number=number,
        active=bool(active),
        service=bool(service),
        tenant_id=None if tenant_id is None else TenantId(UUID(bytes=tenant_id)),
    )


def from_session(session: Session) -> Values:
    """Return the values of a session's columns but for its id."""
    device = session.device
    return {
        "subject_id": session.subject_id.bytes,
        "audience": session.audience,
        "opened_at": to_micros(session.opened_at),
        "seen_at": to_micros(session.seen_at),
        "expires_at": to_micros(session.expires_at),
        "family": session.family or None,
        "predecessor": session.predecessor,
        "deadline": _micros(session.deadline),
        "scopes": json.dumps(sorted(session.scopes)) if session.scopes else NO_SCOPES,
        "device_key": device.key,
        "device_mark": mark_of(device.key),
        "device_mobile": int(device.mobile),
        "device_details": device.details,
        "address": session.address,
        "ended_at": _micros(session.ended_at),
        "end_reason": None if session.end_reason is None else session.end_reason.value,
        "nonce": session.nonce,
        "service_token": None if session.service_token is None else session.service_token.bytes,
        "networks": " ".join(map(str, session.networks)) or None,
    }


def to_session(row: Row) -> Session:
    """Return the session of a row."""
    session_id, subject_id, audience, opened_at, seen_at, expires_at, family, *rest = row
    predecessor, deadline, scopes, device_key, _, device_mobile, device_details, *rest = rest
    address, ended_at, end_reason, nonce, service_token, networks = rest
    return Session(
        id=SessionId(session_id),
        subject_id=SubjectId(UUID(bytes=subject_id)),
        audience=Audience(audience),
        opened_at=from_micros(opened_at),
        seen_at=from_micros(seen_at),
        expires_at=from_micros(expires_at),
        family=SessionId(family or session_id),
        predecessor=predecessor,
        deadline=_time(deadline),
        scopes=frozenset() if scopes == NO_SCOPES else frozenset(json.loads(scopes)),
        device=Device(device_key, bool(device_mobile), device_details),
        address=address,
        ended_at=_time(ended_at),
        end_reason=None if end_reason is None else EndReason(end_reason),
        nonce=nonce,
        service_token=None if service_token is None else ServiceTokenId(UUID(bytes=service_token)),
        networks=() if networks is None else tuple(map(parse_network, networks.split(" "))),
    )


def mark_of(device_key: str) -> int | None:
    """Return the number under which a device's sessions are indexed; None for no device."""
    if not device_key:
        return None
    mark = blake2b(device_key.encode(), digest_size=MARK_BYTES).digest()
    return int.from_bytes(mark, "big", signed=True)


def from_attempts(attempts: Attempts) -> Values:
    """Return the values of a count's columns."""
    return {
        "key": attempts.key,
        "failures": attempts.failures,
        "failed_at": to_micros(attempts.failed_at),
        "locked_until": _micros(attempts.locked_until),
    }


def to_attempts(row: Row) -> Attempts:
    """Return the count of a row."""
    key, failures, failed_at, locked_until = row
    return Attempts(key, failures, from_micros(failed_at), _time(locked_until))


def from_posed(posed: Posed) -> Values:
    """Return the values of a challenge's columns."""
    return {
        "digest": posed.digest,
        "audience": posed.audience,
        "device_key": posed.device_key,
        "source": posed.source,
        "acts": " ".join(posed.acts),
        "deadline": to_micros(posed.deadline),
        "redeemed": int(posed.redeemed),
    }


def to_posed(row: Row) -> Posed:
    """Return the challenge of a row."""
    digest, audience, device_key, source, acts, deadline, redeemed = row
    return Posed(
        TokenDigest(digest),
        Audience(audience),
        device_key,
        source,
        tuple(map(Act, acts.split())),
        from_micros(deadline),
        bool(redeemed),
    )


def from_job(job: Job) -> Values:
    """Return the values of a job's columns but for its id."""
    return {
        "kind": job.kind,
        "document": job.document,
        "due_at": to_micros(job.due_at),
        "attempts": job.attempts,
    }


def to_job(row: Row) -> Job:
    """Return the job of a row."""
    number, kind, document, due_at, attempts = row
    return Job(kind, document, from_micros(due_at), JobId(number), attempts)


def from_link(link: Link) -> Values:
    """Return the values of a link's columns but for its serial."""
    entry = link.entry
    return {
        "at": to_micros(entry.at),
        "action": entry.action,
        "result": entry.result,
        "audience": entry.audience,
        "subject_id": None if entry.subject_id is None else entry.subject_id.bytes,
        "login": entry.login,
        "tenant_id": None if entry.tenant_id is None else entry.tenant_id.bytes,
        "address": entry.address,
        "device_key": entry.device_key,
        "details": json.dumps(dict(entry.details)) if entry.details else "{}",
        "previous": link.previous,
        "hash": link.hash,
    }


def to_link(row: Row) -> tuple[int, Link]:
    """Return the link of a row with its serial."""
    serial, at, action, result, audience, subject_id, login, tenant_id, *rest = row
    address, device_key, details, previous, digest = rest
    entry = Entry(
        from_micros(at),
        action,
        result,
        audience=audience,
        subject_id=None if subject_id is None else UUID(bytes=subject_id),
        login=login,
        tenant_id=None if tenant_id is None else UUID(bytes=tenant_id),
        address=address,
        device_key=device_key,
        details=json.loads(details),
    )
    return serial, Link(entry, previous, digest)


def _micros(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
