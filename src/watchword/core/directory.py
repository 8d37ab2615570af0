"""Changing who stands in the directory.

Rules of this file, beside those of `watchword.core.changing`:

1. A change that depends on what is there is handed in as a function and runs on what is there,
   inside of the unit of work; an invariant over many subjects is handed in as a `Guard`.
2. Every change that a cached principal could show renews the subject's stamp after the commit.
3. Hashing happens outside of any unit of work.
4. Whoever asks through a door takes no audience's last administrator away, be it another door's
   (`watchword.core.reserves`). The owner of the host, for whom nobody asks, is above that.
5. Nor does it change what a roster keeps (`watchword.core.keeping`). Whom the owner gives a
   password, the roster keeps no more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import product
from typing import Final

from watchword.core.audit import Actor, attributed
from watchword.core.changing import (
    Guard,
    Picture,
    Revision,
    differing_fields,
    differing_profiles,
    entry_about,
    look,
    store,
)
from watchword.core.errors import NotFoundError
from watchword.core.gallery import Face, drop_faces
from watchword.core.keeping import require_ours
from watchword.core.lockout import login_key
from watchword.core.passwords import Passwords
from watchword.core.patience import forget_face_failures
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.reserves import require_reserves
from watchword.core.revocation import Revocation, record, subject_slot
from watchword.core.sessions import SessionId
from watchword.core.showing import Showing
from watchword.core.subjects import (
    LONGEST_LOGIN,
    Audience,
    Credential,
    Profile,
    Subject,
    SubjectId,
    TenantId,
    fold_login,
    is_storable,
)
from watchword.core.tokens import Randomness, new_uuid

__all__ = ["Directory", "Gone", "NewPassword", "NewSubject"]


class Gone(Enum):
    """What went with a profile."""

    PROFILE = "profile"
    SUBJECT = "subject"
    """It was the last one."""


@dataclass(frozen=True, slots=True)
class NewSubject:
    """A subject that is to be added. Without a password nobody logs in as it."""

    logins: tuple[str, ...]
    full_name: str = ""
    active: bool = True
    service: bool = False
    tenant_id: TenantId | None = None
    password: str | None = field(default=None, repr=False)
    profiles: Mapping[Audience, bytes] = field(default_factory=dict[Audience, bytes])


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password to be set (None: the one there stays), and the session that survives it."""

    text: str | None = field(default=None, repr=False)
    keep: SessionId | None = None


SAME: Final = NewPassword()


def _unguarded(_transaction: Transaction, _before: Picture | None) -> None:
    """Let everything pass."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Changes single subjects. One instance a process, shared by its threads.

    Every method takes ``by``, who asks for the change (None is the owner of the host), and most a
    ``guard``. What rules 4 and 5 keep from being changed raises `ForbiddenError`.
    """

    storage: Storage
    revocation: Revocation
    passwords: Passwords
    showing: Showing
    clock: Clock
    random: Randomness
    unlink: Callable[[Sequence[Face]], object]
    """Removes from the vault what is left of faces whose records have gone."""

    def add_subject(
        self, new: NewSubject, *, by: Actor | None = None, guard: Guard = _unguarded
    ) -> Subject:
        """Add a subject and return it.

        Raises `AlreadyExistsError`, `NotFoundError` (kind ``tenant``), `OverloadedError`, or
        ``ValueError`` for unusable logins or an unusable password.
        """
        _require_usable(new.logins)
        credential = self._credential(new.password)
        now = self.clock()
        subject = Subject(
            SubjectId(new_uuid(self.random)),
            new.logins,
            new.full_name,
            now,
            now,
            active=new.active,
            service=new.service,
            tenant_id=new.tenant_id,
        )
        with self.storage.write() as transaction:
            revision = Revision(None, Picture(subject, new.profiles), ("all",), credential)
            added = store(transaction, self.showing, revision, now, by)
            guard(transaction, None)
        return added

    def revise(
        self,
        subject_id: SubjectId,
        work: Callable[[Picture], Picture],
        password: NewPassword = SAME,
        *,
        by: Actor | None = None,
        guard: Guard = _unguarded,
    ) -> Picture:
        """Make of a subject and its profiles what ``work`` makes of them; return that.

        What ``work`` raises leaves everything as it was, a new password included. Without one, a
        picture like that before changes nothing. Raises `NotFoundError` (kind ``subject`` or
        ``tenant``), `AlreadyExistsError`, `OverloadedError`, or ``ValueError`` for unusable
        logins or an unusable password.
        """
        credential = self._credential(password.text)
        with self.revocation.change() as (transaction, stale):
            before = look(transaction, _require(transaction, subject_id))
            after = work(before)
            fields = differing_fields(before.subject, after.subject)
            fields += differing_profiles(before.profiles, after.profiles)
            fields += ("password",) * (credential is not None)
            if not fields:
                return before
            _require_usable(after.subject.logins)
            now = self.clock()
            subject = replace(
                after.subject,
                id=subject_id,
                number=before.subject.number,
                created_at=before.subject.created_at,
                modified_at=now,
            )
            after = replace(after, subject=subject)
            revision = Revision(before, after, fields, credential, password.keep)
            store(transaction, self.showing, revision, now, by)
            self._close(transaction, before, after, by, guard)
            stale.add(subject_slot(subject_id))
        return revision.after

    def edit_subject(
        self,
        subject_id: SubjectId,
        change: Callable[[Subject], Subject],
        *,
        by: Actor | None = None,
        guard: Guard = _unguarded,
    ) -> Subject:
        """Make of a subject what ``change`` makes of it; return that. Raises as `revise` does."""

        def work(picture: Picture) -> Picture:
            return replace(picture, subject=change(picture.subject))

        return self.revise(subject_id, work, by=by, guard=guard).subject

    def put_profile(
        self,
        subject_id: SubjectId,
        profile: Profile,
        *,
        by: Actor | None = None,
        guard: Guard = _unguarded,
    ) -> None:
        """Set or replace what an audience knows about a subject. Raises `NotFoundError`."""

        def work(picture: Picture) -> Picture:
            profiles = {**picture.profiles, profile.audience: profile.document}
            return replace(picture, profiles=profiles)

        self.revise(subject_id, work, by=by, guard=guard)

    def remove_profile(
        self,
        subject_id: SubjectId,
        audience: Audience,
        *,
        by: Actor | None = None,
        guard: Guard = _unguarded,
    ) -> Gone:
        """Close an audience to a subject, and remove the subject with its last profile.

        Raises `NotFoundError` (kind ``subject`` or ``profile``).
        """
        with self.revocation.change() as (transaction, stale):
            before = look(transaction, _require(transaction, subject_id))
            left = {a: d for a, d in before.profiles.items() if a != audience}
            if len(left) == len(before.profiles):
                raise NotFoundError("profile")
            require_ours(transaction, subject_id, None, by)
            faces = drop_faces(transaction, subject_id, audience if left else None)
            now = self.clock()
            after = Picture(replace(before.subject, modified_at=now), left) if left else None
            if after is not None:
                revision = Revision(before, after, (f"profile {audience}",))
                store(transaction, self.showing, revision, now, by)
            else:
                self._remove(transaction, before.subject, by)
            self._close(transaction, before, after, by, guard)
            stale.add(subject_slot(subject_id))
        self.unlink(faces)
        return Gone.SUBJECT if after is None else Gone.PROFILE

    def set_active(
        self,
        subject_id: SubjectId,
        *,
        active: bool,
        by: Actor | None = None,
        guard: Guard = _unguarded,
    ) -> None:
        """Switch a subject on or off; off ends all its sessions. Raises `NotFoundError`."""
        with self.revocation.change() as (transaction, stale):
            before = look(transaction, _require(transaction, subject_id))
            now = self.clock()
            subject = replace(before.subject, active=active, modified_at=now)
            after = replace(before, subject=subject)
            revision = Revision(before, after, ("active",))
            store(transaction, self.showing, revision, now, by)
            self._close(transaction, before, after, by, guard)
            stale.add(subject_slot(subject_id))

    def set_password(
        self,
        subject_id: SubjectId,
        password: str,
        keep: SessionId | None = None,
        *,
        by: Actor | None = None,
        guard: Guard = _unguarded,
    ) -> None:
        """Give a subject a new password; its sessions end, but for the one to keep.

        Raises `NotFoundError`, `OverloadedError`, or ``ValueError`` for an unusable password.
        """
        credential = Credential(self.passwords.hash(password))
        with self.revocation.change() as (transaction, stale):
            before = look(transaction, _require(transaction, subject_id))
            revision = Revision(before, before, ("password",), credential, keep)
            store(transaction, self.showing, revision, self.clock(), by)
            guard(transaction, before)
            stale.add(subject_slot(subject_id))

    def recover(self, login: str, password: str) -> Subject:
        """Let the owner of the host back in: new password, switched on, unlocked, sessions ended.

        Raises `NotFoundError`.
        """
        with self.storage.read() as transaction:
            subject = transaction.subjects.find_by_login(login)
        if subject is None:
            raise NotFoundError("subject")
        self.set_password(subject.id, password)
        self.set_active(subject.id, active=True)
        with self.storage.write() as transaction:
            places = ["", *transaction.devices.list_of(subject.id)]
            logins = map(fold_login, subject.logins)
            transaction.attempts.clear([login_key(*each) for each in product(logins, places)])
            record(transaction, entry_about(subject, "subject.recover", self.clock()))
        return subject

    def remove_subject(
        self, subject_id: SubjectId, *, by: Actor | None = None, guard: Guard = _unguarded
    ) -> None:
        """Remove a subject with all that belongs to it. Raises `NotFoundError`."""
        with self.revocation.change() as (transaction, stale):
            before = look(transaction, _require(transaction, subject_id))
            faces = drop_faces(transaction, subject_id, None)
            self._remove(transaction, before.subject, by)
            self._close(transaction, before, None, by, guard)
            stale.add(subject_slot(subject_id))
        self.unlink(faces)

    def _close(
        self,
        transaction: Transaction,
        before: Picture,
        after: Picture | None,
        by: Actor | None,
        guard: Guard,
    ) -> None:
        """Have the last words said about a change."""
        if by is not None:
            require_reserves(transaction, self.showing.audiences, before, after)
        guard(transaction, before)

    def _credential(self, password: str | None) -> Credential | None:
        return None if password is None else Credential(self.passwords.hash(password))

    def _remove(self, transaction: Transaction, subject: Subject, by: Actor | None) -> None:
        forget_face_failures(transaction, subject.id)
        transaction.subjects.remove(subject.id)
        self.showing.hide(transaction, subject.id)
        entry = entry_about(subject, "subject.remove", self.clock())
        record(transaction, attributed(entry, by))


def _require_usable(logins: tuple[str, ...]) -> None:
    """Raise ``ValueError`` for logins under which nobody could be found."""
    for login in logins or ("",):
        # The length first: folding a long text takes long.
        if len(login) > LONGEST_LOGIN or not is_storable(login) or not fold_login(login):
            raise ValueError(f"a login has 1 to {LONGEST_LOGIN} characters")


def _require(transaction: Transaction, subject_id: SubjectId) -> Subject:
    subject = transaction.subjects.find(subject_id)
    if subject is None:
        raise NotFoundError("subject")
    return subject
