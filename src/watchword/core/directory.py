"""Changing who stands in the directory, and ending what a change ends.

Rules of this file:

1. What keeps a subject out ends its sessions in the same unit of work: switching it off, taking
   away a profile, a new password.
2. Every change that a cached principal could show renews the subject's stamp after the commit.
3. Hashing happens outside of any unit of work.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from watchword.core.audit import Entry
from watchword.core.errors import NotFoundError
from watchword.core.lockout import login_key
from watchword.core.passwords import Passwords
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, record, subject_slot
from watchword.core.sessions import EndReason, SessionFilter, SessionId
from watchword.core.subjects import Credential, Subject, SubjectId, fold_login

__all__ = ["Directory", "entry_about"]


@dataclass(frozen=True, slots=True)
class Directory:
    """Changes single subjects. One instance a process, shared by its threads."""

    storage: Storage
    revocation: Revocation
    passwords: Passwords
    clock: Clock

    def set_active(self, subject_id: SubjectId, *, active: bool) -> None:
        """Switch a subject on or off; off ends all its sessions. Raises `NotFoundError`."""
        with self.storage.write() as transaction:
            subject = _require(transaction, subject_id)
            now = self.clock()
            transaction.subjects.replace(replace(subject, active=active, modified_at=now))
            if not active:
                which = SessionFilter(subject_id=subject_id)
                transaction.sessions.end(which, now, EndReason.DISABLED)
            record(transaction, entry_about(subject, "subject.update", now, "active"))
        self.revocation.forget([subject_slot(subject_id)])

    def set_password(
        self, subject_id: SubjectId, password: str, keep: SessionId | None = None
    ) -> None:
        """Give a subject a new password; its sessions end, but for the one to keep.

        Raises `NotFoundError`, `OverloadedError`, or ``ValueError`` for an unusable password.
        """
        credential = Credential(self.passwords.hash(password))
        with self.storage.write() as transaction:
            subject = _require(transaction, subject_id)
            now = self.clock()
            transaction.credentials.put_password(subject_id, credential)
            which = SessionFilter(subject_id=subject_id, other_than=keep)
            transaction.sessions.end(which, now, EndReason.PASSWORD_CHANGED)
            record(transaction, entry_about(subject, "subject.update", now, "password"))
        self.revocation.forget([subject_slot(subject_id)])

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
            transaction.attempts.clear([login_key(fold_login(each)) for each in subject.logins])
            record(transaction, entry_about(subject, "subject.recover", self.clock()))
        return subject

    def remove_subject(self, subject_id: SubjectId) -> None:
        """Remove a subject with all that belongs to it. Raises `NotFoundError`."""
        with self.storage.write() as transaction:
            subject = _require(transaction, subject_id)
            transaction.subjects.remove(subject_id)
            record(transaction, entry_about(subject, "subject.remove", self.clock()))
        self.revocation.forget([subject_slot(subject_id)])


def entry_about(subject: Subject, action: str, now: datetime, fields: str = "") -> Entry:
    """Return the audit entry for a change to a subject."""
    return Entry(
        now,
        action,
        "done",
        subject_id=subject.id,
        login=subject.name,
        tenant_id=subject.tenant_id,
        details={"fields": fields} if fields else {},
    )


def _require(transaction: Transaction, subject_id: SubjectId) -> Subject:
    subject = transaction.subjects.find(subject_id)
    if subject is None:
        raise NotFoundError("subject")
    return subject
