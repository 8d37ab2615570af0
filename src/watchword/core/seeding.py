"""Making the directory be as drafted: configuration as code, for operators and for tests.

Rules of this file:

1. Putting a draft twice changes nothing the second time.
2. A draft is the truth: a password, a flag or a profile that was changed elsewhere goes back to
   what the draft says. A draft without a password leaves the password alone.
3. The rules of `watchword.core.changing` hold here too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from watchword.core.changing import (
    Picture,
    Revision,
    differing_fields,
    differing_profiles,
    look,
    store,
)
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.gallery import Face, drop_faces
from watchword.core.keeping import find_keeping
from watchword.core.passwords import Passwords, origin_of
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, subject_slot
from watchword.core.showing import Showing
from watchword.core.subjects import (
    Audience,
    Credential,
    Subject,
    SubjectId,
    Tenant,
    TenantId,
    fold_login,
)
from watchword.core.tenancy import add_tenant
from watchword.core.tokens import Randomness, new_uuid

__all__ = ["Change", "ChangeKind", "Prepared", "Seeding", "SubjectDraft"]

PAGE: Final = 1_000


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
class Prepared:
    """A draft with the credential to store, hashed ahead; None if the one there will do."""

    draft: SubjectDraft
    credential: Credential | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seeding:
    """Puts drafts."""

    storage: Storage
    revocation: Revocation
    passwords: Passwords
    showing: Showing
    clock: Clock
    random: Randomness
    unlink: Callable[[Sequence[Face]], object]
    """Removes from the vault what is left of faces whose records have gone."""

    def put_tenant(self, name: str, *, dry_run: bool = False) -> Change:
        """Make sure that a tenant of this name exists."""
        # Looked for in the unit that adds it: two servers may apply one file at the same moment.
        with self.storage.read() if dry_run else self.storage.write() as transaction:
            if transaction.tenants.find_by_name(name) is not None:
                return Change(ChangeKind.KEEP, "tenant", name)
            if not dry_run:
                tenant = Tenant(TenantId(self._uuid()), name, self.clock())
                add_tenant(transaction, self.showing, tenant)
        return Change(ChangeKind.CREATE, "tenant", name)

    def put_subject(self, draft: SubjectDraft, *, dry_run: bool = False) -> Change:
        """Make a subject be as drafted. Raises what `prepare` and `put` raise."""
        return self.put(self.prepare(draft), dry_run=dry_run)

    def prepare(self, draft: SubjectDraft) -> Prepared:
        """Do of `put_subject` what takes time and changes nothing.

        Raises `AlreadyExistsError` if its logins belong to several subjects, `OverloadedError`, or
        ``ValueError`` for an unusable password.
        """
        return Prepared(draft, self._fresh_credential(draft))

    def put(self, prepared: Prepared, *, dry_run: bool = False) -> Change:
        """Make a subject be as drafted, finding it by any of its logins.

        Raises `AlreadyExistsError` if its logins belong to several subjects, or `NotFoundError`
        (kind ``tenant``) if its tenant does not exist.
        """
        draft, credential = prepared.draft, prepared.credential
        if dry_run:
            with self.storage.read() as transaction:
                return _change(draft, self._compare(transaction, draft, credential, strict=False))
        with self.revocation.change() as (transaction, stale):
            step = self._compare(transaction, draft, credential)
            subject_id = step.after.subject.id
            gone = [f for lost in step.lost for f in drop_faces(transaction, subject_id, lost)]
            if step.fields:
                store(transaction, self.showing, step, self.clock())
                stale.add(subject_slot(subject_id))
        self.unlink(gone)
        return _change(draft, step)

    def list_absent(self, drafts: Sequence[SubjectDraft]) -> Sequence[Subject]:
        """Return the subjects that none of the drafts means, by number.

        Copies of people on a roster are not among them: they are the roster's to name.
        """
        wanted = {fold_login(login) for draft in drafts for login in draft.logins}
        absent: list[Subject] = []
        after = 0
        while True:
            with self.storage.read() as transaction:
                page = transaction.subjects.list_page(after, PAGE)
                unnamed = [s for s in page if not wanted & {fold_login(each) for each in s.logins}]
                absent += [s for s in unnamed if find_keeping(transaction, s.id) is None]
            if not page:
                return absent
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
    ) -> Revision:
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
        was = None if before is None else look(transaction, before)
        wanted = Picture(after, draft.profiles)
        fields = _fields(was, wanted, credential)
        if fields:
            wanted = replace(wanted, subject=replace(after, modified_at=now))
        return Revision(was, wanted, fields, credential)

    def _uuid(self) -> UUID:
        return new_uuid(self.random)


def _find_one(transaction: Transaction, logins: Sequence[str]) -> Subject | None:
    found = {
        subject.id: subject
        for subject in map(transaction.subjects.find_by_login, logins)
        if subject is not None
    }
    if len(found) > 1:
        raise AlreadyExistsError("subject", "login")
    return next(iter(found.values()), None)


def _fields(
    before: Picture | None, wanted: Picture, credential: Credential | None
) -> tuple[str, ...]:
    """Return the names of what differs: of a new subject, all it has of its own."""
    if before is None:
        before = Picture(wanted.subject)
        fields: tuple[str, ...] = ("all",)
    else:
        fields = differing_fields(before.subject, wanted.subject)
    password = () if credential is None else ("password",)
    return (*fields, *password, *differing_profiles(before.profiles, wanted.profiles))


def _change(draft: SubjectDraft, step: Revision) -> Change:
    if step.before is None:
        return Change(ChangeKind.CREATE, "subject", draft.logins[0])
    kind = ChangeKind.UPDATE if step.fields else ChangeKind.KEEP
    return Change(kind, "subject", draft.logins[0], step.fields)
