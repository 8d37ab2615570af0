"""Every statement, once, for both databases.

Rules of this file:

1. A writing unit is alone while it lasts (`watchword.storage.sql.doors`), so a statement may rely
   on what the one before it saw.
2. What a record needs comes in one look, by joins, in the order of `watchword.storage.sql.rows`.
3. Every value from outside is a bound parameter with a name. ``…_FEW`` and ``…_MANY`` take several
   keys at once (`watchword.storage.sql.dealing`), of which some may be None.
"""

from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    insert,
    literal_column,
    not_,
    null,
    or_,
    select,
    update,
)

from watchword.core.tokens import Use
from watchword.storage.sql.dealing import FEW, MANY, places_for
from watchword.storage.sql.tables import (
    attempts,
    audit,
    blobs,
    credentials,
    devices,
    documents,
    jobs,
    logins,
    profiles,
    sessions,
    subjects,
    tenants,
    tokens,
)

__all__ = ["IS_PROOF", "due_jobs", "end_sessions", "list_sessions"]

LIMIT: Final = bindparam("limit", type_=BigInteger)


def _bound(column: ColumnElement[Any], name: str) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


def _any_of(column: ColumnElement[Any], places: int) -> ColumnElement[bool]:
    return column.in_([_bound(column, name) for name in places_for(places)])


def _values(table: Table, *left_out: str) -> dict[str, BindParameter[Any]]:
    """Return a parameter for each column, of the column's name."""
    return {c.name: _bound(c, c.name) for c in table.c if c.name not in left_out}


def _add_beside(table: Table, owner: ColumnElement[bool], serial: str = "") -> Insert:
    """Return an insert that adds nothing where the row's owner is missing."""
    values = _values(table, serial)
    return insert(table).from_select(list(values), select(*values.values()).where(owner))


# --- tenants -----------------------------------------------------------------------------------

_one_tenant: Final = tenants.c.id == _bound(tenants.c.id, "id")

ADD_TENANT: Final = insert(tenants).values(_values(tenants))
FIND_TENANT: Final = select(tenants).where(_one_tenant)
FIND_TENANT_BY_NAME: Final = (
    select(tenants)
    .where(tenants.c.name == _bound(tenants.c.name, "name"))
    .order_by(tenants.c.created_at, tenants.c.id)
    .limit(LIMIT)
)
LIST_TENANTS: Final = (
    select(tenants)
    .where(tenants.c.id > _bound(tenants.c.id, "after"))
    .order_by(tenants.c.id)
    .limit(LIMIT)
)
LIST_TENANT_SUBJECTS: Final = (
    select(subjects.c.id)
    .where(subjects.c.tenant_id == _bound(subjects.c.tenant_id, "tenant_id"))
    .limit(LIMIT)
)
REPLACE_TENANT: Final = update(tenants).values(_values(tenants, "id")).where(_one_tenant)
REMOVE_TENANT: Final = delete(tenants).where(_one_tenant)

# --- subjects ----------------------------------------------------------------------------------

_one_subject: Final = subjects.c.id == _bound(subjects.c.id, "id")
_many_subjects: Final = _any_of(subjects.c.id, MANY)
_wanted: Final = logins.alias("wanted")
_wanted_login: Final = _wanted.c.folded == _bound(logins.c.folded, "folded")
_with_logins: Final = subjects.outerjoin(logins, logins.c.subject_id == subjects.c.id)
_subject: Final = (*subjects.c, logins.c.written, logins.c.position)
_some_subjects: Final = (
    select(subjects.c.number)
    .where(subjects.c.number > _bound(subjects.c.number, "after"))
    .order_by(subjects.c.number)
    .limit(LIMIT)
)

ADD_SUBJECT: Final = (
    insert(subjects).values(_values(subjects, "number")).returning(subjects.c.number)
)
FIND_SUBJECT: Final = select(*_subject).select_from(_with_logins).where(_one_subject)
FIND_SUBJECTS_MANY: Final = (
    select(*_subject).select_from(_with_logins).where(_many_subjects).order_by(subjects.c.number)
)
FIND_SUBJECT_BY_LOGIN: Final = (
    select(*_subject)
    .select_from(_with_logins.join(_wanted, _wanted.c.subject_id == subjects.c.id))
    .where(_wanted_login)
)
LIST_SUBJECTS: Final = (
    select(*_subject)
    .select_from(_with_logins)
    .where(subjects.c.number.in_(_some_subjects))
    .order_by(subjects.c.number)
)
REPLACE_SUBJECT: Final = (
    update(subjects).values(_values(subjects, "number", "id")).where(_one_subject)
)
REMOVE_SUBJECT: Final = delete(subjects).where(_one_subject)

ADD_LOGIN: Final = insert(logins).values(_values(logins))
FIND_LOGIN_OWNER: Final = select(logins.c.subject_id).where(
    logins.c.folded == _bound(logins.c.folded, "folded")
)
REMOVE_LOGINS: Final = delete(logins).where(
    logins.c.subject_id == _bound(logins.c.subject_id, "subject_id")
)

# --- credentials and profiles ------------------------------------------------------------------

_one_credential: Final = credentials.c.subject_id == _bound(credentials.c.subject_id, "subject_id")
_profiles_of: Final = profiles.c.subject_id == _bound(profiles.c.subject_id, "subject_id")
_one_profile: Final = and_(
    _profiles_of, profiles.c.audience == _bound(profiles.c.audience, "audience")
)

ADD_CREDENTIAL: Final = insert(credentials).values(_values(credentials))
FIND_CREDENTIAL: Final = select(credentials.c.encoded, credentials.c.origin).where(_one_credential)
SET_CREDENTIAL: Final = (
    update(credentials).values(_values(credentials, "subject_id")).where(_one_credential)
)

ADD_PROFILE: Final = insert(profiles).values(_values(profiles))
LIST_PROFILES: Final = select(profiles.c.audience, profiles.c.document).where(_profiles_of)
SET_PROFILE: Final = (
    update(profiles).values(_values(profiles, "subject_id", "audience")).where(_one_profile)
)
REMOVE_PROFILE: Final = delete(profiles).where(_one_profile)

# --- standings ---------------------------------------------------------------------------------

_standing: Final = (
    *_subject,
    tenants.c.name,
    tenants.c.created_at,
    tenants.c.in_deletion,
    profiles.c.document,
    credentials.c.encoded,
)


def _standings(source: FromClause, audience: ColumnElement[str]) -> FromClause:
    """Join all that belongs to the subjects of a source at an audience."""
    profile = and_(profiles.c.subject_id == subjects.c.id, profiles.c.audience == audience)
    return (
        source.outerjoin(logins, logins.c.subject_id == subjects.c.id)
        .outerjoin(tenants, tenants.c.id == subjects.c.tenant_id)
        .outerjoin(profiles, profile)
        .outerjoin(credentials, credentials.c.subject_id == subjects.c.id)
    )


_at_audience: Final = _bound(profiles.c.audience, "audience")

FIND_STANDING_BY_LOGIN: Final = (
    select(*_standing)
    .select_from(
        _standings(_wanted.join(subjects, subjects.c.id == _wanted.c.subject_id), _at_audience)
    )
    .where(_wanted_login)
)
FIND_STANDING: Final = (
    select(*_standing).select_from(_standings(subjects, _at_audience)).where(_one_subject)
)
FIND_STANDINGS_MANY: Final = (
    select(*_standing)
    .select_from(_standings(subjects, _at_audience))
    .where(_many_subjects)
    .order_by(subjects.c.number)
)
FIND_STANDING_BY_TOKEN: Final = (
    select(*_standing, *sessions.c, tokens.c.use)
    .select_from(
        _standings(
            tokens.join(sessions, sessions.c.id == tokens.c.session_id).join(
                subjects, subjects.c.id == sessions.c.subject_id
            ),
            sessions.c.audience,
        )
    )
    .where(tokens.c.digest == _bound(tokens.c.digest, "digest"))
)

# --- sessions ----------------------------------------------------------------------------------

_one_session: Final = sessions.c.id == _bound(sessions.c.id, "id")
_not_ended: Final = sessions.c.ended_at.is_(None)


def _latest(column: ColumnElement[int]) -> ColumnElement[int]:
    given = _bound(column, column.key or "")
    return case((column < given, given), else_=column)


ADD_SESSION: Final = _add_beside(
    sessions, subjects.c.id == _bound(subjects.c.id, "subject_id"), "id"
).returning(sessions.c.id)
FIND_SESSION: Final = select(sessions).where(_one_session)
FIND_SUCCESSOR: Final = (
    select(sessions)
    .where(sessions.c.predecessor == _bound(sessions.c.predecessor, "predecessor"), _not_ended)
    .order_by(sessions.c.id)
    .limit(LIMIT)
)
SETTLE_SESSION: Final = update(sessions).values(predecessor=null()).where(_one_session)
PROLONG_SESSION: Final = (
    update(sessions)
    .values(
        expires_at=_latest(sessions.c.expires_at),
        deadline=_bound(sessions.c.deadline, "deadline"),
    )
    .where(_one_session, _not_ended)
)
TOUCH_SESSION: Final = (
    update(sessions)
    .values(seen_at=_latest(sessions.c.seen_at), expires_at=_latest(sessions.c.expires_at))
    .where(_one_session, _not_ended)
)


_WITHOUT_VALUE: Final = {
    "no_device": sessions.c.device_mark.is_(None),
    "of_service": sessions.c.service_token.is_not(None),
    "of_people": sessions.c.service_token.is_(None),
}


def _condition(name: str) -> ColumnElement[bool]:
    """Return what a field of a filter asks of a session."""
    if name == "family":
        family = _bound(sessions.c.family, "family")
        # The head of a family has the family's number as its own.
        head = and_(sessions.c.family.is_(None), sessions.c.id == family)
        return or_(sessions.c.family == family, head)
    if name == "tenant_id":
        tenant = subjects.c.tenant_id == _bound(subjects.c.tenant_id, "tenant_id")
        return sessions.c.subject_id.in_(select(subjects.c.id).where(tenant))
    if name == "device_key":
        # The mark finds, the key decides.
        mark = sessions.c.device_mark == _bound(sessions.c.device_mark, "device_mark")
        return and_(mark, sessions.c.device_key == _bound(sessions.c.device_key, "device_key"))
    if name in _WITHOUT_VALUE:
        return _WITHOUT_VALUE[name]
    if name == "other_than":
        return sessions.c.id != _bound(sessions.c.id, "other_than")
    column = sessions.c[name]
    return column == _bound(column, name)


@cache
def end_sessions(names: frozenset[str]) -> Update:
    """Return the statement that ends the living sessions that match fields of these names."""
    reason, at = sessions.c.end_reason, sessions.c.ended_at
    return (
        update(sessions)
        .values(ended_at=_bound(at, "at"), end_reason=_bound(reason, "reason"))
        .where(_not_ended, *(_condition(name) for name in sorted(names)))
        .returning(sessions.c.id)
    )


@cache
def list_sessions(names: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """Return the statement that finds living sessions that match fields of these names."""
    not_expired = sessions.c.expires_at >= _bound(sessions.c.expires_at, "now")
    return (
        select(sessions)
        .where(_not_ended, not_expired, *(_condition(name) for name in sorted(names)))
        .order_by(sessions.c.id)
        .limit(LIMIT)
    )


# --- tokens ------------------------------------------------------------------------------------

_before: Final = _bound(sessions.c.ended_at, "before")
_one_token: Final = tokens.c.digest == _bound(tokens.c.digest, "digest")
_same_token: Final = select(tokens.c.digest).where(_one_token)

IS_PROOF: Final = tokens.c.use == literal_column(f"'{Use.PROOF.value}'")
"""Spelt out, since an index of these alone is used for nothing that is bound."""

ADD_TOKEN: Final = _add_beside(
    tokens,
    and_(sessions.c.id == _bound(sessions.c.id, "session_id"), not_(exists(_same_token))),
)
REDEEM_PROOF: Final = (
    update(tokens).values(use=_bound(tokens.c.use, "use")).where(_one_token, IS_PROOF)
)
PURGE_PROOFS: Final = delete(sessions).where(
    sessions.c.id.in_(
        select(sessions.c.id)
        .where(
            sessions.c.id.in_(select(tokens.c.session_id).where(IS_PROOF)),
            sessions.c.expires_at < _before,
        )
        .limit(LIMIT)
    )
)
# Two statements, because each can use one index: what they find is few among many.
PURGE_ENDED: Final = delete(sessions).where(
    sessions.c.id.in_(select(sessions.c.id).where(sessions.c.ended_at < _before).limit(LIMIT))
)
PURGE_EXPIRED: Final = delete(sessions).where(
    sessions.c.id.in_(select(sessions.c.id).where(sessions.c.expires_at < _before).limit(LIMIT))
)

# --- attempts, devices, documents --------------------------------------------------------------

_one_count: Final = attempts.c.key == _bound(attempts.c.key, "key")

ADD_ATTEMPTS: Final = insert(attempts).values(_values(attempts))
FIND_ATTEMPTS_FEW: Final = select(attempts).where(_any_of(attempts.c.key, FEW))
SET_ATTEMPTS: Final = update(attempts).values(_values(attempts, "key")).where(_one_count)
CLEAR_ATTEMPTS: Final = delete(attempts).where(_one_count)
PURGE_ATTEMPTS: Final = delete(attempts).where(attempts.c.failed_at < _before)

_devices_of: Final = devices.c.subject_id == _bound(devices.c.subject_id, "subject_id")

ADD_DEVICE: Final = insert(devices).values(_values(devices))
FIND_DEVICES_FEW: Final = select(devices.c.key).where(_devices_of, _any_of(devices.c.key, FEW))
SET_DEVICE: Final = (
    update(devices)
    .values(seen_at=_bound(devices.c.seen_at, "seen_at"))
    .where(_devices_of, devices.c.key == _bound(devices.c.key, "key"))
)
PURGE_DEVICES: Final = delete(devices).where(devices.c.seen_at < _before)

_documents_of: Final = and_(
    documents.c.audience == _bound(documents.c.audience, "audience"),
    documents.c.kind == _bound(documents.c.kind, "kind"),
)
_one_document: Final = and_(_documents_of, documents.c.key == _bound(documents.c.key, "key"))

ADD_DOCUMENT: Final = insert(documents).values(_values(documents))
FIND_DOCUMENT: Final = select(documents.c.document).where(_one_document)
FIND_DOCUMENTS_MANY: Final = select(documents.c.key, documents.c.document).where(
    _documents_of, _any_of(documents.c.key, MANY)
)
LIST_DOCUMENTS: Final = select(documents.c.key, documents.c.document).where(_documents_of)
SET_DOCUMENT: Final = (
    update(documents).values(document=_bound(documents.c.document, "document")).where(_one_document)
)
REMOVE_DOCUMENT: Final = delete(documents).where(_one_document)

# --- jobs and blobs ----------------------------------------------------------------------------

_one_job: Final = jobs.c.id == _bound(jobs.c.id, "id")

ADD_JOB: Final = insert(jobs).values(_values(jobs, "id")).returning(jobs.c.id)
LEASE_JOB: Final = (
    update(jobs)
    .values(due_at=_bound(jobs.c.due_at, "due_at"), attempts=jobs.c.attempts + 1)
    .where(_one_job)
)
PUT_OFF_JOB: Final = update(jobs).values(due_at=_bound(jobs.c.due_at, "due_at")).where(_one_job)
REMOVE_JOB: Final = delete(jobs).where(_one_job)


@cache
def due_jobs(kinds: int) -> Select[*tuple[Any, ...]]:
    """Return the statement that finds the jobs of so many kinds that are due."""
    names = [_bound(jobs.c.kind, f"kind{place}") for place in range(kinds)]
    return (
        select(jobs)
        .where(jobs.c.due_at <= _bound(jobs.c.due_at, "now"), jobs.c.kind.in_(names))
        .order_by(jobs.c.due_at, jobs.c.id)
        .limit(LIMIT)
    )


ADD_BLOB: Final = insert(blobs).values(_values(blobs))
FIND_BLOBS_MANY: Final = select(blobs.c.id).where(_any_of(blobs.c.id, MANY))
REMOVE_BLOB: Final = delete(blobs).where(blobs.c.id == _bound(blobs.c.id, "id"))

# --- audit -------------------------------------------------------------------------------------

ADD_LINK: Final = insert(audit).values(_values(audit, "serial"))
FIND_HEAD: Final = select(audit.c.hash).order_by(audit.c.serial.desc()).limit(LIMIT)
LIST_LINKS: Final = (
    select(audit)
    .where(audit.c.serial > _bound(audit.c.serial, "after"))
    .order_by(audit.c.serial)
    .limit(LIMIT)
)
