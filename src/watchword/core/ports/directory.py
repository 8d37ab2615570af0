"""The demands about who can log in."""

from collections.abc import Collection, Sequence
from typing import Protocol

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
)
from watchword.core.tokens import TokenDigest, TokenRecord

__all__ = ["Credentials", "Profiles", "Standings", "Subjects", "Tenants"]


class Tenants(Protocol):
    """Organisations."""

    def add(self, tenant: Tenant) -> None:
        """Add a tenant. Raises `AlreadyExistsError` if its id is taken."""
        ...

    def find(self, tenant_id: TenantId) -> Tenant | None:
        """Return the tenant or None."""
        ...

    def find_many(self, tenant_ids: Collection[TenantId]) -> Sequence[Tenant]:
        """Return those of the tenants that exist, in the order of the ids."""
        ...

    def find_by_name(self, name: str) -> Tenant | None:
        """Return the oldest tenant of exactly this name or None. Names need not be unique."""
        ...

    def replace(self, tenant: Tenant) -> None:
        """Store the tenant's new state. Raises `NotFoundError`."""
        ...

    def remove(self, tenant_id: TenantId) -> None:
        """Remove a tenant; its subjects are left without one. Raises `NotFoundError`."""
        ...

    def list_subjects(self, tenant_id: TenantId, limit: int) -> Sequence[SubjectId]:
        """Return up to ``limit`` of the tenant's subjects, in any order."""
        ...

    def list_page(self, after: TenantId | None, limit: int) -> Sequence[Tenant]:
        """Return up to ``limit`` tenants after that one, in the order of their ids."""
        ...


class Subjects(Protocol):
    """Persons and machine accounts."""

    def add(self, subject: Subject) -> Subject:
        """Add a subject and return it with its number.

        Raises `AlreadyExistsError` (field ``login`` or ``id``) if one of its logins is taken, and
        `NotFoundError` (kind ``tenant``) if its tenant does not exist.
        """
        ...

    def find(self, subject_id: SubjectId) -> Subject | None:
        """Return the subject or None."""
        ...

    def find_many(self, subject_ids: Collection[SubjectId]) -> Sequence[Subject]:
        """Return those of the subjects that exist, in the order of the ids."""
        ...

    def find_by_login(self, login: str) -> Subject | None:
        """Return the subject with this login, in whatever case it is written, or None."""
        ...

    def replace(self, subject: Subject) -> None:
        """Store the subject's new state, logins included.

        Raises `NotFoundError` (kind ``subject`` or ``tenant``), or `AlreadyExistsError` if one of
        its logins is another's.
        """
        ...

    def remove(self, subject_id: SubjectId) -> None:
        """Remove a subject with its credential, profiles, sessions and tokens.

        Raises `NotFoundError`. The audit log keeps its entries.
        """
        ...

    def list_page(self, after: int, limit: int) -> Sequence[Subject]:
        """Return up to ``limit`` subjects with a larger number than ``after``, by number."""
        ...


class Credentials(Protocol):
    """What is stored to check a proof. So far: one password hash a subject."""

    def find_password(self, subject_id: SubjectId) -> Credential | None:
        """Return the credential or None."""
        ...

    def put_password(self, subject_id: SubjectId, credential: Credential) -> None:
        """Set or replace the credential. Raises `NotFoundError` for an unknown subject."""
        ...


class Profiles(Protocol):
    """What each audience knows about a subject."""

    def put(self, subject_id: SubjectId, profile: Profile) -> None:
        """Set or replace the profile. Raises `NotFoundError` for an unknown subject."""
        ...

    def remove(self, subject_id: SubjectId, audience: Audience) -> None:
        """Remove the profile. Raises `NotFoundError` if there is none."""
        ...

    def list_of(self, subject_id: SubjectId) -> Sequence[Profile]:
        """Return all profiles of a subject, by audience."""
        ...


class Standings(Protocol):
    """Everything about a subject at one audience, in one look (one round trip to a database)."""

    def find_by_login(self, login: str, audience: Audience) -> Standing | None:
        """Return how the subject with this login stands at the audience, or None."""
        ...

    def find_by_subject(self, subject_id: SubjectId, audience: Audience) -> Standing | None:
        """Return how this subject stands at the audience, or None."""
        ...

    def find_many(
        self, subject_ids: Collection[SubjectId], audience: Audience
    ) -> Sequence[Standing]:
        """Return how those of the subjects that exist stand, in the order of the ids."""
        ...

    def find_by_token(self, digest: TokenDigest) -> tuple[Standing, Session, TokenRecord] | None:
        """Return the token with its session, and how its subject stands at its audience.

        Ended and expired sessions are found too. None for a token that was never issued.
        """
        ...
