"""Making the directory be as drafted: configuration as code, for operators and for tests.

Rules of this file:

1. Putting a draft twice changes nothing the second time.
2. A draft is the truth: a password, a flag or a profile that was changed elsewhere goes back to
   what the draft says. A draft without a password leaves the password alone.
3. The rules of `watchword.core.directory` hold here too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from watchword.core.audit import Entry
from watchword.core.directory import entry_about
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.passwords import Passwords, origin_of
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, record, subject_slot
from watchword.core.sessions import EndReason, SessionFilter
from watchword.core.subjects import (
    Audience,
    Credential,
    Profile,
    Subject,
    SubjectId,
    Tenant,
    TenantId,
    fold_login,
)
from watchword.core.tokens import Randomness

__all__ = ["Change", "ChangeKind", "Seeding", "SubjectDraft"]

PAGE: Final = 1_000
UUID_BYTES: Final = 16
UUID_VERSION: Final = 4


class ChangeKind(StrEnum):
    """What putting a draft does."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Change:
    """What was done, or would be done, to one record. ``fields`` are core nouns."""

    kind: ChangeKind
    noun: str
    name: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubjectDraft:
    """A subject as somebody wants it to be.

    At most one of ``password`` and ``password_hash`` is set; None in both leaves the password
    alone. ``profiles`` holds validated documents; audiences that it lacks are taken away.
    """

    logins: tuple[str, ...]
    full_name: str = ""
    active: bool = True
    service: bool = False
    tenant: str | None = None
    password: str | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    profiles: Mapping[Audience, bytes] = field(default_factory=dict[Audience, bytes])


@dataclass(frozen=True, slots=True)
class _Step:
    """From what is there to what is drafted. ``fields`` names what differs."""

    before: Subject | None
    after: Subject
    credential: Credential | None
    profiles: Mapping[Audience, bytes]
    lost: frozenset[Audience]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seeding:
    """Puts drafts."""

    storage: Storage
    revocation: Revocation
    passwords: Passwords
    clock: Clock
    random: Randomness

    def put_tenant(self, name: str, *, dry_run: bool = False) -> Change:
        """Make sure that a tenant of this name exists."""
        with self.storage.read() as transaction:
            found = transaction.tenants.find_by_name(name)
        if found is not None:
            return Change(ChangeKind.KEEP, "tenant", name)
        if not dry_run:
            tenant = Tenant(TenantId(self._uuid()), name, self.clock())
            with self.storage.write() as transaction:
                transaction.tenants.add(tenant)
                entry = Entry(tenant.created_at, "tenant.create", "done", tenant_id=tenant.id)
                record(transaction, entry)
        return Change(ChangeKind.CREATE, "tenant", name)

    def put_subject(self, draft: SubjectDraft, *, dry_run: bool = False) -> Change:
        """Make a subject be as drafted, finding it by any of its logins.

        Raises `AlreadyExistsError` if its logins belong to several subjects, `NotFoundError`
        (kind ``tenant``) if its tenant does not exist, `OverloadedError`, or ``ValueError`` for
        an unusable password.
        """
        credential = self._fresh_credential(draft)
        if dry_run:
            with self.storage.read() as transaction:
                return _change(draft, self._compare(transaction, draft, credential, strict=False))
        with self.storage.write() as transaction:
            step = self._compare(transaction, draft, credential)
            if step.fields:
                self._store(transaction, step)
        if step.fields:
            self.revocation.forget([subject_slot(step.after.id)])
        return _change(draft, step)

    def list_absent(self, drafts: Sequence[SubjectDraft]) -> Sequence[Subject]:
        """Return the subjects that none of the drafts means, by number."""
        wanted = {fold_login(login) for draft in drafts for login in draft.logins}
        absent: list[Subject] = []
        after = 0
        while True:
            with self.storage.read() as transaction:
                page = transaction.subjects.list_page(after, PAGE)
            if not page:
                return absent
            absent += [s for s in page if not wanted & {fold_login(each) for each in s.logins}]
            after = page[-1].number

    def _fresh_credential(self, draft: SubjectDraft) -> Credential | None:
        """Return the credential to store, or None if the one there will do."""
        with self.storage.read() as transaction:
            subject = _find_one(transaction, draft.logins)
            found = None if subject is None else transaction.credentials.find_password(subject.id)
        if draft.password_hash is not None:
            self.passwords.require_readable(draft.password_hash)
            origin = origin_of(draft.password_hash)
            if found is not None and origin in {found.origin, origin_of(found.encoded)}:
                return None
            return Credential(draft.password_hash, origin)
        if draft.password is None:
            return None
        if found is not None and self.passwords.check(draft.password, found.encoded).fits:
            return None
        return Credential(self.passwords.hash(draft.password))

    def _compare(
        self,
        transaction: Transaction,
        draft: SubjectDraft,
        credential: Credential | None,
        *,
        strict: bool = True,
    ) -> _Step:
        """Say what differs. Not ``strict``: a tenant that a dry run only announced may lack."""
        before = _find_one(transaction, draft.logins)
        now = self.clock()
        tenant = draft.tenant and transaction.tenants.find_by_name(draft.tenant)
        if draft.tenant and tenant is None and strict:
            raise NotFoundError("tenant")
        start = before or Subject(SubjectId(self._uuid()), draft.logins, "", now, now)
        after = replace(
            start,
            logins=draft.logins,
            full_name=draft.full_name,
            active=draft.active,
            service=draft.service,
            tenant_id=tenant.id if isinstance(tenant, Tenant) else None,
        )
        had = {} if before is None else _documents(transaction, before.id)
        profiles = {a: d for a, d in draft.profiles.items() if had.get(a) != d}
        lost = frozenset(had) - frozenset(draft.profiles)
        fields = _differing(start, after) if before else ("all",)
        if credential is not None:
            fields += ("password",)
        fields += tuple(f"profile {audience}" for audience in sorted([*profiles, *lost]))
        after = replace(after, modified_at=now) if fields else after
        return _Step(before, after, credential, profiles, lost, fields)

    def _store(self, transaction: Transaction, step: _Step) -> None:
        subject = step.after
        if step.before is None:
            subject = transaction.subjects.add(subject)
        else:
            transaction.subjects.replace(subject)
        if step.credential is not None:
            transaction.credentials.put_password(subject.id, step.credential)
        for audience, document in step.profiles.items():
            transaction.profiles.put(subject.id, Profile(audience, document))
        for audience in step.lost:
            transaction.profiles.remove(subject.id, audience)
        if step.before is not None:
            self._end_sessions(transaction, step)
        action = "subject.create" if step.before is None else "subject.update"
        record(transaction, entry_about(subject, action, self.clock(), ",".join(step.fields)))

    def _end_sessions(self, transaction: Transaction, step: _Step) -> None:
        now, subject_id = self.clock(), step.after.id
        whole = SessionFilter(subject_id=subject_id)
        if not step.after.active:
            transaction.sessions.end(whole, now, EndReason.DISABLED)
        elif step.credential is not None:
            transaction.sessions.end(whole, now, EndReason.PASSWORD_CHANGED)
        for audience in step.lost:
            which = SessionFilter(subject_id=subject_id, audience=audience)
            transaction.sessions.end(which, now, EndReason.DISABLED)

    def _uuid(self) -> UUID:
        return UUID(bytes=self.random(UUID_BYTES), version=UUID_VERSION)


def _find_one(transaction: Transaction, logins: Sequence[str]) -> Subject | None:
    found = {
        subject.id: subject
        for subject in map(transaction.subjects.find_by_login, logins)
        if subject is not None
    }
    if len(found) > 1:
        raise AlreadyExistsError("subject", "login")
    return next(iter(found.values()), None)


def _documents(transaction: Transaction, subject_id: SubjectId) -> dict[Audience, bytes]:
    return {p.audience: p.document for p in transaction.profiles.list_of(subject_id)}


def _differing(before: Subject, after: Subject) -> tuple[str, ...]:
    names = ("logins", "full_name", "active", "service", "tenant_id")
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _change(draft: SubjectDraft, step: _Step) -> Change:
    if step.before is None:
        return Change(ChangeKind.CREATE, "subject", draft.logins[0])
    kind = ChangeKind.UPDATE if step.fields else ChangeKind.KEEP
    return Change(kind, "subject", draft.logins[0], step.fields)
