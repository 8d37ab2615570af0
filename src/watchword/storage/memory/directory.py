"""The nouns about subjects, kept in dictionaries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

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
from watchword.core.tokens import TokenDigest, TokenRecord
from watchword.storage.memory.tables import Tables, drop, drop_orphans, kept

__all__ = [
    "MemoryCredentials",
    "MemoryProfiles",
    "MemoryStandings",
    "MemorySubjects",
    "MemoryTenants",
]


@dataclass(frozen=True, slots=True)
class MemoryTenants:
    """Organisations."""

    tables: Tables

    def add(self, tenant: Tenant) -> None:
        """Add a tenant."""
        if tenant.id in self.tables.tenants.rows:
            raise AlreadyExistsError("tenant", "id")
        self.tables.tenants.change()[tenant.id] = kept(tenant)

    def find(self, tenant_id: TenantId) -> Tenant | None:
        """Return the tenant or None."""
        return self.tables.tenants.rows.get(tenant_id)

    def find_many(self, tenant_ids: Collection[TenantId]) -> Sequence[Tenant]:
        """Return those of the tenants that exist."""
        rows = self.tables.tenants.rows
        return [rows[each] for each in tenant_ids if each in rows]

    def find_by_name(self, name: str) -> Tenant | None:
        """Return the oldest tenant of this name or None."""
        named = (tenant for tenant in self.tables.tenants.rows.values() if tenant.name == name)
        return min(named, key=lambda tenant: (tenant.created_at, tenant.id), default=None)

    def replace(self, tenant: Tenant) -> None:
        """Store the tenant's new state."""
        self._require(tenant.id)
        self.tables.tenants.change()[tenant.id] = kept(tenant)

    def remove(self, tenant_id: TenantId) -> None:
        """Remove a tenant; its subjects are left without one."""
        self._require(tenant_id)
        del self.tables.tenants.change()[tenant_id]
        subjects = self.tables.subjects.change()
        for subject in list(subjects.values()):
            if subject.tenant_id == tenant_id:
                subjects[subject.id] = replace(subject, tenant_id=None)

    def list_subjects(self, tenant_id: TenantId, limit: int) -> Sequence[SubjectId]:
        """Return the tenant's subjects."""
        rows = self.tables.subjects.rows
        return [each for each in rows if rows[each].tenant_id == tenant_id][:limit]

    def list_page(self, after: TenantId | None, limit: int) -> Sequence[Tenant]:
        """Return tenants in the order of their ids."""
        rows = self.tables.tenants.rows
        later = sorted(key for key in rows if after is None or key > after)
        return [rows[key] for key in later[:limit]]

    def _require(self, tenant_id: TenantId) -> None:
        if tenant_id not in self.tables.tenants.rows:
            raise NotFoundError("tenant")


@dataclass(frozen=True, slots=True)
class MemorySubjects:
    """Persons and machine accounts."""

    tables: Tables

    def add(self, subject: Subject) -> Subject:
        """Add a subject and number it."""
        if subject.id in self.tables.subjects.rows:
            raise AlreadyExistsError("subject", "id")
        self._put_logins(subject)
        stored = replace(kept(subject), number=self.tables.next_serial("subject"))
        self.tables.subjects.change()[stored.id] = stored
        return stored

    def find(self, subject_id: SubjectId) -> Subject | None:
        """Return the subject or None."""
        return self.tables.subjects.rows.get(subject_id)

    def find_many(self, subject_ids: Collection[SubjectId]) -> Sequence[Subject]:
        """Return those of the subjects that exist."""
        rows = self.tables.subjects.rows
        return [rows[each] for each in subject_ids if each in rows]

    def find_by_login(self, login: str) -> Subject | None:
        """Return the subject with this login or None."""
        subject_id = self.tables.logins.rows.get(fold_login(login))
        return None if subject_id is None else self.tables.subjects.rows[subject_id]

    def replace(self, subject: Subject) -> None:
        """Store the subject's new state; its number stays."""
        self.tables.require_subject(subject.id)
        before = self.tables.subjects.rows[subject.id]
        self._put_logins(subject)
        stored = replace(kept(subject), number=before.number)
        self.tables.subjects.change()[subject.id] = stored

    def remove(self, subject_id: SubjectId) -> None:
        """Remove a subject with all that belongs to it."""
        self.tables.require_subject(subject_id)
        del self.tables.subjects.change()[subject_id]
        drop(self.tables.logins, lambda _, owner: owner == subject_id)
        drop(self.tables.passwords, lambda owner, _: owner == subject_id)
        drop(self.tables.profiles, lambda key, _: key[0] == subject_id)
        drop(self.tables.devices, lambda key, _: key[0] == subject_id)
        drop(self.tables.sessions, lambda _, session: session.subject_id == subject_id)
        drop_orphans(self.tables)

    def list_page(self, after: int, limit: int) -> Sequence[Subject]:
        """Return subjects by number."""
        later = (each for each in self.tables.subjects.rows.values() if each.number > after)
        return sorted(later, key=lambda subject: subject.number)[:limit]

    def _put_logins(self, subject: Subject) -> None:
        if subject.tenant_id is not None and subject.tenant_id not in self.tables.tenants.rows:
            raise NotFoundError("tenant")
        folded = [fold_login(login) for login in subject.logins]
        rows = self.tables.logins.rows
        taken = any(rows.get(login, subject.id) != subject.id for login in folded)
        if taken or len(set(folded)) < len(folded):
            raise AlreadyExistsError("subject", "login")
        drop(self.tables.logins, lambda _, owner: owner == subject.id)
        self.tables.logins.change().update(dict.fromkeys(folded, subject.id))


@dataclass(frozen=True, slots=True)
class MemoryCredentials:
    """Password hashes."""

    tables: Tables

    def find_password(self, subject_id: SubjectId) -> Credential | None:
        """Return the credential or None."""
        return self.tables.passwords.rows.get(subject_id)

    def put_password(self, subject_id: SubjectId, credential: Credential) -> None:
        """Set or replace the credential."""
        self.tables.require_subject(subject_id)
        self.tables.passwords.change()[subject_id] = credential


@dataclass(frozen=True, slots=True)
class MemoryProfiles:
    """What each audience knows about a subject."""

    tables: Tables

    def put(self, subject_id: SubjectId, profile: Profile) -> None:
        """Set or replace the profile."""
        self.tables.require_subject(subject_id)
        self.tables.profiles.change()[subject_id, profile.audience] = profile

    def remove(self, subject_id: SubjectId, audience: Audience) -> None:
        """Remove the profile."""
        if self.tables.profiles.change().pop((subject_id, audience), None) is None:
            raise NotFoundError("profile")

    def list_of(self, subject_id: SubjectId) -> Sequence[Profile]:
        """Return all profiles of a subject, by audience."""
        rows = self.tables.profiles.rows
        return [rows[key] for key in sorted(key for key in rows if key[0] == subject_id)]


@dataclass(frozen=True, slots=True)
class MemoryStandings:
    """Subjects as they stand at one audience."""

    tables: Tables

    def find_by_login(self, login: str, audience: Audience) -> Standing | None:
        """Return how the subject with this login stands at the audience, or None."""
        subject_id = self.tables.logins.rows.get(fold_login(login))
        return None if subject_id is None else self.find_by_subject(subject_id, audience)

    def find_by_subject(self, subject_id: SubjectId, audience: Audience) -> Standing | None:
        """Return how this subject stands at the audience, or None."""
        tables = self.tables
        subject = tables.subjects.rows.get(subject_id)
        if subject is None:
            return None
        tenant = None if subject.tenant_id is None else tables.tenants.rows[subject.tenant_id]
        profile = tables.profiles.rows.get((subject_id, audience))
        credential = tables.passwords.rows.get(subject_id)
        password = None if credential is None else credential.encoded
        return Standing(subject, tenant, profile, password)

    def find_many(
        self, subject_ids: Collection[SubjectId], audience: Audience
    ) -> Sequence[Standing]:
        """Return how those of the subjects that exist stand."""
        found = (self.find_by_subject(each, audience) for each in subject_ids)
        return [standing for standing in found if standing is not None]

    def find_by_token(self, digest: TokenDigest) -> tuple[Standing, Session, TokenRecord] | None:
        """Return the token with its session and its subject's standing, or None."""
        record = self.tables.tokens.rows.get(digest)
        if record is None:
            return None
        session = self.tables.sessions.rows[record.session_id]
        standing = self.find_by_subject(session.subject_id, session.audience)
        return None if standing is None else (standing, session, record)
