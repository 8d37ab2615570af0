"""The nouns about subjects, in SQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.sessions import Session
from watchword.core.subjects import (
    Audience,
    Credential,
    Profile,
    Standing,
    Subject,
    SubjectId,
    Tenant,
    TenantId,
    fold_login,
)
from watchword.core.tokens import TokenDigest, TokenRecord, Use
from watchword.storage.sql.channel import AnyChannel
from watchword.storage.sql.dealing import MANY, deal
from watchword.storage.sql.listing import RENAME_OWNER
from watchword.storage.sql.rows import (
    SESSION_WIDTH,
    STANDING_WIDTH,
    Values,
    bounded,
    from_subject,
    from_tenant,
    to_session,
    to_standing,
    to_standings,
    to_subjects,
    to_tenant,
)
from watchword.storage.sql.statements import directory as sql

__all__ = [
    "SqlCredentials",
    "SqlProfiles",
    "SqlStandings",
    "SqlSubjects",
    "SqlTenants",
    "require_subject",
]

BEFORE_ALL: Final = b""
"""Sorts before the bytes of any id."""


@dataclass(frozen=True, slots=True)
class SqlTenants:
    """Organisations."""

    channel: AnyChannel

    def add(self, tenant: Tenant) -> None:
        """Add a tenant."""
        if self.find(tenant.id) is not None:
            raise AlreadyExistsError("tenant", "id")
        self.channel.change(sql.ADD_TENANT, from_tenant(tenant))

    def find(self, tenant_id: TenantId) -> Tenant | None:
        """Return the tenant or None."""
        row = self.channel.one(sql.FIND_TENANT, {"id": tenant_id.bytes})
        return None if row is None else to_tenant(row)

    def find_many(self, tenant_ids: Collection[TenantId]) -> Sequence[Tenant]:
        """Return those of the tenants that exist."""
        asked = deal([each.bytes for each in tenant_ids], MANY)
        rows = [row for each in asked for row in self.channel.all(sql.FIND_TENANTS_MANY, each)]
        found = {tenant.id: tenant for tenant in map(to_tenant, rows)}
        return [found[each] for each in tenant_ids if each in found]

    def find_by_name(self, name: str) -> Tenant | None:
        """Return the oldest tenant of this name or None."""
        row = self.channel.one(sql.FIND_TENANT_BY_NAME, {"name": name, "limit": 1})
        return None if row is None else to_tenant(row)

    def replace(self, tenant: Tenant) -> None:
        """Store the tenant's new state."""
        if not self.channel.change(sql.REPLACE_TENANT, from_tenant(tenant)):
            raise NotFoundError("tenant")

    def remove(self, tenant_id: TenantId) -> None:
        """Remove a tenant; its subjects are left without one."""
        if not self.channel.change(sql.REMOVE_TENANT, {"id": tenant_id.bytes}):
            raise NotFoundError("tenant")

    def list_subjects(self, tenant_id: TenantId, limit: int) -> Sequence[SubjectId]:
        """Return the tenant's subjects."""
        asked: Values = {"tenant_id": tenant_id.bytes, "limit": bounded(limit)}
        rows = self.channel.all(sql.LIST_TENANT_SUBJECTS, asked)
        return [SubjectId(UUID(bytes=row[0])) for row in rows]

    def list_page(self, after: TenantId | None, limit: int) -> Sequence[Tenant]:
        """Return tenants in the order of their ids."""
        start = BEFORE_ALL if after is None else after.bytes
        rows = self.channel.all(sql.LIST_TENANTS, {"after": start, "limit": bounded(limit)})
        return [to_tenant(row) for row in rows]


@dataclass(frozen=True, slots=True)
class SqlSubjects:
    """Persons and machine accounts."""

    channel: AnyChannel

    def add(self, subject: Subject) -> Subject:
        """Add a subject and number it."""
        if self.find(subject.id) is not None:
            raise AlreadyExistsError("subject", "id")
        self._require_acceptable(subject)
        [(number,)] = self.channel.changed(sql.ADD_SUBJECT, from_subject(subject))
        self._add_logins(subject)
        return replace(subject, number=number)

    def find(self, subject_id: SubjectId) -> Subject | None:
        """Return the subject or None."""
        found = to_subjects(self.channel.all(sql.FIND_SUBJECT, {"id": subject_id.bytes}))
        return found[0] if found else None

    def find_many(self, subject_ids: Collection[SubjectId]) -> Sequence[Subject]:
        """Return those of the subjects that exist."""
        asked = deal([each.bytes for each in subject_ids], MANY)
        rows = [row for each in asked for row in self.channel.all(sql.FIND_SUBJECTS_MANY, each)]
        found = {subject.id: subject for subject in to_subjects(rows)}
        return [found[each] for each in subject_ids if each in found]

    def find_by_login(self, login: str) -> Subject | None:
        """Return the subject with this login or None."""
        rows = self.channel.all(sql.FIND_SUBJECT_BY_LOGIN, {"folded": fold_login(login)})
        return to_subjects(rows)[0] if rows else None

    def replace(self, subject: Subject) -> None:
        """Store the subject's new state; its number stays."""
        require_subject(self.channel, subject.id)
        self._require_acceptable(subject)
        self.channel.change(sql.REPLACE_SUBJECT, from_subject(subject))
        self.channel.change(sql.REMOVE_LOGINS, {"subject_id": subject.id.bytes})
        self._add_logins(subject)
        self.channel.change(RENAME_OWNER, {"subject_id": subject.id.bytes, "owner": subject.name})

    def remove(self, subject_id: SubjectId) -> None:
        """Remove a subject; the keys of what belongs to it take that along."""
        if not self.channel.change(sql.REMOVE_SUBJECT, {"id": subject_id.bytes}):
            raise NotFoundError("subject")

    def list_page(self, after: int, limit: int) -> Sequence[Subject]:
        """Return subjects by number."""
        asked: Values = {"after": bounded(after), "limit": bounded(limit)}
        return to_subjects(self.channel.all(sql.LIST_SUBJECTS, asked))

    def _require_acceptable(self, subject: Subject) -> None:
        """Refuse before anything is changed: a unit may go on after a refusal."""
        tenant_id = subject.tenant_id
        if tenant_id and self.channel.one(sql.FIND_TENANT, {"id": tenant_id.bytes}) is None:
            raise NotFoundError("tenant")
        folded = [fold_login(login) for login in subject.logins]
        owners = [self.channel.one(sql.FIND_LOGIN_OWNER, {"folded": login}) for login in folded]
        taken = any(owner not in {None, (subject.id.bytes,)} for owner in owners)
        if taken or len(set(folded)) < len(folded):
            raise AlreadyExistsError("subject", "login")

    def _add_logins(self, subject: Subject) -> None:
        rows: list[Values] = [
            {
                "folded": fold_login(login),
                "subject_id": subject.id.bytes,
                "position": position,
                "written": login,
            }
            for position, login in enumerate(subject.logins)
        ]
        self.channel.change_many(sql.ADD_LOGIN, rows)


@dataclass(frozen=True, slots=True)
class SqlCredentials:
    """Password hashes."""

    channel: AnyChannel

    def find_password(self, subject_id: SubjectId) -> Credential | None:
        """Return the credential or None."""
        row = self.channel.one(sql.FIND_CREDENTIAL, {"subject_id": subject_id.bytes})
        return None if row is None else Credential(*row)

    def put_password(self, subject_id: SubjectId, credential: Credential) -> None:
        """Set or replace the credential."""
        values: Values = {
            "subject_id": subject_id.bytes,
            "encoded": credential.encoded,
            "origin": credential.origin,
        }
        if not self.channel.change(sql.SET_CREDENTIAL, values):
            require_subject(self.channel, subject_id)
            self.channel.change(sql.ADD_CREDENTIAL, values)


@dataclass(frozen=True, slots=True)
class SqlProfiles:
    """What each audience knows about a subject."""

    channel: AnyChannel

    def put(self, subject_id: SubjectId, profile: Profile) -> None:
        """Set or replace the profile."""
        values: Values = {
            "subject_id": subject_id.bytes,
            "audience": profile.audience,
            "document": profile.document,
        }
        if not self.channel.change(sql.SET_PROFILE, values):
            require_subject(self.channel, subject_id)
            self.channel.change(sql.ADD_PROFILE, values)

    def remove(self, subject_id: SubjectId, audience: Audience) -> None:
        """Remove the profile."""
        values: Values = {"subject_id": subject_id.bytes, "audience": audience}
        if not self.channel.change(sql.REMOVE_PROFILE, values):
            raise NotFoundError("profile")

    def list_of(self, subject_id: SubjectId) -> Sequence[Profile]:
        """Return all profiles of a subject, by audience."""
        rows = self.channel.all(sql.LIST_PROFILES, {"subject_id": subject_id.bytes})
        # Sorted here: databases differ in how they order text.
        return [Profile(Audience(audience), document) for audience, document in sorted(rows)]


@dataclass(frozen=True, slots=True)
class SqlStandings:
    """Subjects as they stand at one audience: each in one look."""

    channel: AnyChannel

    def find_by_login(self, login: str, audience: Audience) -> Standing | None:
        """Return how the subject with this login stands at the audience, or None."""
        asked: Values = {"folded": fold_login(login), "audience": audience}
        rows = self.channel.all(sql.FIND_STANDING_BY_LOGIN, asked)
        return to_standing(rows, audience) if rows else None

    def find_by_subject(self, subject_id: SubjectId, audience: Audience) -> Standing | None:
        """Return how this subject stands at the audience, or None."""
        asked: Values = {"id": subject_id.bytes, "audience": audience}
        rows = self.channel.all(sql.FIND_STANDING, asked)
        return to_standing(rows, audience) if rows else None

    def find_many(
        self, subject_ids: Collection[SubjectId], audience: Audience
    ) -> Sequence[Standing]:
        """Return how those of the subjects that exist stand."""
        here: Values = {"audience": audience}
        asked = [values | here for values in deal([each.bytes for each in subject_ids], MANY)]
        rows = [row for each in asked for row in self.channel.all(sql.FIND_STANDINGS_MANY, each)]
        found = {each.subject.id: each for each in to_standings(rows, audience)}
        return [found[each] for each in subject_ids if each in found]

    def find_by_token(self, digest: TokenDigest) -> tuple[Standing, Session, TokenRecord] | None:
        """Return the token with its session and its subject's standing, or None."""
        rows = self.channel.all(sql.FIND_STANDING_BY_TOKEN, {"digest": digest})
        if not rows:
            return None
        session = to_session(rows[0][STANDING_WIDTH : STANDING_WIDTH + SESSION_WIDTH])
        record = TokenRecord(digest, session.id, Use(rows[0][-1]))
        return to_standing(rows, session.audience), session, record


def require_subject(channel: AnyChannel, subject_id: SubjectId) -> None:
    """Raise `NotFoundError` unless there is such a subject."""
    if channel.one(sql.FIND_SUBJECT, {"id": subject_id.bytes}) is None:
        raise NotFoundError("subject")
