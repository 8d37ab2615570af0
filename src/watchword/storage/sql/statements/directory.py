"""Statements about who can log in."""

from typing import Final

from sqlalchemy import ColumnElement, FromClause, and_, delete, insert, select, update

from watchword.storage.sql.dealing import MANY
from watchword.storage.sql.statements.parameters import LIMIT, any_of, bound, values_of
from watchword.storage.sql.tables import (
    credentials,
    logins,
    profiles,
    sessions,
    subjects,
    tenants,
    tokens,
)

__all__ = [
    "ADD_CREDENTIAL",
    "ADD_LOGIN",
    "ADD_PROFILE",
    "ADD_SUBJECT",
    "ADD_TENANT",
    "FIND_CREDENTIAL",
    "FIND_LOGIN_OWNER",
    "FIND_STANDING",
    "FIND_STANDINGS_MANY",
    "FIND_STANDING_BY_LOGIN",
    "FIND_STANDING_BY_TOKEN",
    "FIND_SUBJECT",
    "FIND_SUBJECTS_MANY",
    "FIND_SUBJECT_BY_LOGIN",
    "FIND_TENANT",
    "FIND_TENANTS_MANY",
    "FIND_TENANT_BY_NAME",
    "LIST_PROFILES",
    "LIST_SUBJECTS",
    "LIST_TENANTS",
    "LIST_TENANT_SUBJECTS",
    "REMOVE_LOGINS",
    "REMOVE_PROFILE",
    "REMOVE_SUBJECT",
    "REMOVE_TENANT",
    "REPLACE_SUBJECT",
    "REPLACE_TENANT",
    "SET_CREDENTIAL",
    "SET_PROFILE",
]

# --- tenants -------------------------------------------------------------------------------------

_one_tenant: Final = tenants.c.id == bound(tenants.c.id, "id")

ADD_TENANT: Final = insert(tenants).values(values_of(tenants))
FIND_TENANT: Final = select(tenants).where(_one_tenant)
FIND_TENANTS_MANY: Final = select(tenants).where(any_of(tenants.c.id, MANY))
FIND_TENANT_BY_NAME: Final = (
    select(tenants)
    .where(tenants.c.name == bound(tenants.c.name, "name"))
    .order_by(tenants.c.created_at, tenants.c.id)
    .limit(LIMIT)
)
LIST_TENANTS: Final = (
    select(tenants)
    .where(tenants.c.id > bound(tenants.c.id, "after"))
    .order_by(tenants.c.id)
    .limit(LIMIT)
)
LIST_TENANT_SUBJECTS: Final = (
    select(subjects.c.id)
    .where(subjects.c.tenant_id == bound(subjects.c.tenant_id, "tenant_id"))
    .limit(LIMIT)
)
REPLACE_TENANT: Final = update(tenants).values(values_of(tenants, "id")).where(_one_tenant)
REMOVE_TENANT: Final = delete(tenants).where(_one_tenant)

# --- subjects ------------------------------------------------------------------------------------

_one_subject: Final = subjects.c.id == bound(subjects.c.id, "id")
_many_subjects: Final = any_of(subjects.c.id, MANY)
_wanted: Final = logins.alias("wanted")
_wanted_login: Final = _wanted.c.folded == bound(logins.c.folded, "folded")
_with_logins: Final = subjects.outerjoin(logins, logins.c.subject_id == subjects.c.id)
_subject: Final = (*subjects.c, logins.c.written, logins.c.position)
_some_subjects: Final = (
    select(subjects.c.number)
    .where(subjects.c.number > bound(subjects.c.number, "after"))
    .order_by(subjects.c.number)
    .limit(LIMIT)
)

ADD_SUBJECT: Final = (
    insert(subjects).values(values_of(subjects, "number")).returning(subjects.c.number)
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
    update(subjects).values(values_of(subjects, "number", "id")).where(_one_subject)
)
REMOVE_SUBJECT: Final = delete(subjects).where(_one_subject)

ADD_LOGIN: Final = insert(logins).values(values_of(logins))
FIND_LOGIN_OWNER: Final = select(logins.c.subject_id).where(
    logins.c.folded == bound(logins.c.folded, "folded")
)
REMOVE_LOGINS: Final = delete(logins).where(
    logins.c.subject_id == bound(logins.c.subject_id, "subject_id")
)

# --- credentials and profiles --------------------------------------------------------------------

_one_credential: Final = credentials.c.subject_id == bound(credentials.c.subject_id, "subject_id")
_profiles_of: Final = profiles.c.subject_id == bound(profiles.c.subject_id, "subject_id")
_one_profile: Final = and_(
    _profiles_of, profiles.c.audience == bound(profiles.c.audience, "audience")
)

ADD_CREDENTIAL: Final = insert(credentials).values(values_of(credentials))
FIND_CREDENTIAL: Final = select(credentials.c.encoded, credentials.c.origin).where(_one_credential)
SET_CREDENTIAL: Final = (
    update(credentials).values(values_of(credentials, "subject_id")).where(_one_credential)
)

ADD_PROFILE: Final = insert(profiles).values(values_of(profiles))
LIST_PROFILES: Final = select(profiles.c.audience, profiles.c.document).where(_profiles_of)
SET_PROFILE: Final = (
    update(profiles).values(values_of(profiles, "subject_id", "audience")).where(_one_profile)
)
REMOVE_PROFILE: Final = delete(profiles).where(_one_profile)

# --- standings -----------------------------------------------------------------------------------

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


_at_audience: Final = bound(profiles.c.audience, "audience")

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
    .where(tokens.c.digest == bound(tokens.c.digest, "digest"))
)
