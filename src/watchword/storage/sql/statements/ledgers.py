"""Statements about what is counted and noted."""

from functools import cache
from typing import Any, Final

from sqlalchemy import Select, and_, case, delete, func, insert, select, update

from watchword.storage.sql.dealing import MANY
from watchword.storage.sql.statements.parameters import (
    BEFORE,
    LIMIT,
    any_of,
    bound,
    for_few,
    values_of,
)
from watchword.storage.sql.tables import (
    attempts,
    audit,
    blobs,
    challenges,
    devices,
    documents,
    jobs,
)

__all__ = [
    "ADD_ATTEMPTS",
    "ADD_BLOB",
    "ADD_CHALLENGE",
    "ADD_DEVICE",
    "ADD_DOCUMENT",
    "ADD_JOB",
    "ADD_LINK",
    "CLEAR_ATTEMPTS",
    "COUNT_CHALLENGES",
    "FIND_ATTEMPTS_FEW",
    "FIND_BLOBS_MANY",
    "FIND_CHALLENGE",
    "FIND_DEVICES",
    "FIND_DEVICES_FEW",
    "FIND_DOCUMENT",
    "FIND_DOCUMENTS_MANY",
    "FIND_HEAD",
    "LEASE_JOB",
    "LIST_DOCUMENTS",
    "LIST_LINKS",
    "PURGE_ATTEMPTS",
    "PURGE_CHALLENGES",
    "PURGE_DEVICES",
    "PUT_OFF_JOB",
    "REDEEM_CHALLENGE",
    "REMOVE_BLOB",
    "REMOVE_DOCUMENT",
    "REMOVE_JOB",
    "SET_ATTEMPTS",
    "SET_DEVICE",
    "SET_DOCUMENT",
    "due_jobs",
]

# --- attempts, devices, challenges, documents ----------------------------------------------------

_one_count: Final = attempts.c.key == bound(attempts.c.key, "key")

ADD_ATTEMPTS: Final = insert(attempts).values(values_of(attempts))
FIND_ATTEMPTS_FEW: Final = for_few(select(attempts), attempts.c.key)
SET_ATTEMPTS: Final = update(attempts).values(values_of(attempts, "key")).where(_one_count)
CLEAR_ATTEMPTS: Final = delete(attempts).where(_one_count)
PURGE_ATTEMPTS: Final = delete(attempts).where(attempts.c.failed_at < BEFORE)

_devices_of: Final = devices.c.subject_id == bound(devices.c.subject_id, "subject_id")

ADD_DEVICE: Final = insert(devices).values(values_of(devices))
FIND_DEVICES: Final = select(devices.c.key).where(_devices_of)
FIND_DEVICES_FEW: Final = for_few(select(devices.c.key).where(_devices_of), devices.c.key)
SET_DEVICE: Final = (
    update(devices)
    .values(seen_at=bound(devices.c.seen_at, "seen_at"))
    .where(_devices_of, devices.c.key == bound(devices.c.key, "key"))
)
PURGE_DEVICES: Final = delete(devices).where(devices.c.seen_at < BEFORE)

_one_challenge: Final = challenges.c.digest == bound(challenges.c.digest, "digest")
_not_redeemed: Final = challenges.c.redeemed == 0
_of_source: Final = challenges.c.source == bound(challenges.c.source, "source")

ADD_CHALLENGE: Final = insert(challenges).values(values_of(challenges))
FIND_CHALLENGE: Final = select(challenges).where(_one_challenge)
REDEEM_CHALLENGE: Final = update(challenges).values(redeemed=1).where(_one_challenge, _not_redeemed)
COUNT_CHALLENGES: Final = select(
    func.count(case((_of_source, challenges.c.deadline))), func.count()
).where(challenges.c.deadline >= bound(challenges.c.deadline, "now"), _not_redeemed)
PURGE_CHALLENGES: Final = delete(challenges).where(
    challenges.c.digest.in_(
        select(challenges.c.digest).where(challenges.c.deadline < BEFORE).limit(LIMIT)
    )
)

_documents_of: Final = and_(
    documents.c.audience == bound(documents.c.audience, "audience"),
    documents.c.kind == bound(documents.c.kind, "kind"),
)
_one_document: Final = and_(_documents_of, documents.c.key == bound(documents.c.key, "key"))

ADD_DOCUMENT: Final = insert(documents).values(values_of(documents))
FIND_DOCUMENT: Final = select(documents.c.document).where(_one_document)
FIND_DOCUMENTS_MANY: Final = select(documents.c.key, documents.c.document).where(
    _documents_of, any_of(documents.c.key, MANY)
)
LIST_DOCUMENTS: Final = select(documents.c.key, documents.c.document).where(_documents_of)
SET_DOCUMENT: Final = (
    update(documents).values(document=bound(documents.c.document, "document")).where(_one_document)
)
REMOVE_DOCUMENT: Final = delete(documents).where(_one_document)

# --- jobs and blobs ------------------------------------------------------------------------------

_one_job: Final = jobs.c.id == bound(jobs.c.id, "id")

ADD_JOB: Final = insert(jobs).values(values_of(jobs, "id")).returning(jobs.c.id)
LEASE_JOB: Final = (
    update(jobs)
    .values(due_at=bound(jobs.c.due_at, "due_at"), attempts=jobs.c.attempts + 1)
    .where(_one_job)
)
PUT_OFF_JOB: Final = update(jobs).values(due_at=bound(jobs.c.due_at, "due_at")).where(_one_job)
REMOVE_JOB: Final = delete(jobs).where(_one_job)


@cache
def due_jobs(kinds: int) -> Select[*tuple[Any, ...]]:
    """Return the statement that finds the jobs of so many kinds that are due."""
    names = [bound(jobs.c.kind, f"kind{place}") for place in range(kinds)]
    return (
        select(jobs)
        .where(jobs.c.due_at <= bound(jobs.c.due_at, "now"), jobs.c.kind.in_(names))
        .order_by(jobs.c.due_at, jobs.c.id)
        .limit(LIMIT)
    )


ADD_BLOB: Final = insert(blobs).values(values_of(blobs))
FIND_BLOBS_MANY: Final = select(blobs.c.id).where(any_of(blobs.c.id, MANY))
REMOVE_BLOB: Final = delete(blobs).where(blobs.c.id == bound(blobs.c.id, "id"))

# --- audit ---------------------------------------------------------------------------------------

ADD_LINK: Final = insert(audit).values(values_of(audit, "serial"))
FIND_HEAD: Final = select(audit.c.hash).order_by(audit.c.serial.desc()).limit(LIMIT)
LIST_LINKS: Final = (
    select(audit)
    .where(audit.c.serial > bound(audit.c.serial, "after"))
    .order_by(audit.c.serial)
    .limit(LIMIT)
)
