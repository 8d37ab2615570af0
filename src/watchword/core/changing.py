"""Storing what becomes of a subject, with all that has to happen in the same unit of work.

Rules of this file:

1. What keeps a subject out ends its sessions: switching it off, taking away a profile, a new
   password. With a profile the faces go that were enrolled there.
2. Every change is in the audit trail, and in the index (`watchword.core.showing`).
3. What a roster keeps of its copies is changed by it alone (`watchword.core.keeping`).
4. Whoever calls this renews the subject's stamp after the commit: a cached principal could show
   any of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from watchword.core.audit import Actor, Entry, attributed
from watchword.core.gallery import drop_faces
from watchword.core.keeping import require_ours
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.core.sessions import EndReason, SessionFilter, SessionId
from watchword.core.showing import Showing
from watchword.core.subjects import (
    Audience,
    Credential,
    Profile,
    Subject,
)

__all__ = [
    "Guard",
    "Picture",
    "Revision",
    "differing_fields",
    "differing_profiles",
    "entry_about",
    "look",
    "store",
]


NO_PROFILES: Final[Mapping[Audience, bytes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Picture:
    """A subject with its profile documents, by audience."""

    subject: Subject
    profiles: Mapping[Audience, bytes] = field(default_factory=dict[Audience, bytes])


Guard: TypeAlias = Callable[[Transaction, Picture | None], None]
"""A last word: called at the end of a unit of work, with everything changed and the index up to
date, and with the picture from before (None for what is new). What it raises undoes everything."""


@dataclass(frozen=True, slots=True)
class Revision:
    """From what is there to what is wanted. ``fields`` names what differs, for the trail.

    ``keep`` is the session that survives a new password.
    """

    before: Picture | None
    after: Picture
    fields: tuple[str, ...]
    credential: Credential | None = None
    keep: SessionId | None = None

    @property
    def had(self) -> Mapping[Audience, bytes]:
        """The profiles from before."""
        return NO_PROFILES if self.before is None else self.before.profiles

    @property
    def lost(self) -> frozenset[Audience]:
        """The audiences whose profile goes."""
        return frozenset(self.had) - frozenset(self.after.profiles)

    @property
    def put(self) -> Mapping[Audience, bytes]:
        """The profiles that are new or other than before."""
        return {a: d for a, d in self.after.profiles.items() if self.had.get(a) != d}


def look(transaction: Transaction, subject: Subject) -> Picture:
    """Return a subject with its profiles."""
    profiles = transaction.profiles.list_of(subject.id)
    return Picture(subject, {each.audience: each.document for each in profiles})


def differing_fields(before: Subject, after: Subject) -> tuple[str, ...]:
    """Return the names of what differs between two subjects, as the trail has them."""
    names = ("logins", "full_name", "active", "service", "tenant_id")
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def differing_profiles(
    before: Mapping[Audience, bytes], after: Mapping[Audience, bytes]
) -> tuple[str, ...]:
    """Return the names of the profiles that differ, as the trail has them."""
    audiences = sorted({*before, *after})
    return tuple(f"profile {a}" for a in audiences if before.get(a) != after.get(a))


def store(
    transaction: Transaction,
    showing: Showing,
    revision: Revision,
    now: datetime,
    by: Actor | None = None,
) -> Subject:
    """Store a revision and return the subject, with its number.

    Raises `AlreadyExistsError`, `NotFoundError` (kind ``tenant``) or `ForbiddenError` (rule 3).
    """
    subject = revision.after.subject
    require_ours(transaction, subject.id, revision.fields, by)
    if revision.before is None:
        subject = transaction.subjects.add(subject)
    else:
        transaction.subjects.replace(subject)
    if revision.credential is not None:
        transaction.credentials.put_password(subject.id, revision.credential)
    for audience, document in revision.put.items():
        transaction.profiles.put(subject.id, Profile(audience, document))
    for audience in revision.lost:
        transaction.profiles.remove(subject.id, audience)
        drop_faces(transaction, subject.id, audience)
    if revision.before is not None:
        _end_sessions(transaction, revision, now)
    showing.show(transaction, subject)
    action = "subject.create" if revision.before is None else "subject.update"
    entry = entry_about(subject, action, now, ",".join(revision.fields))
    record(transaction, attributed(entry, by))
    return subject


def _end_sessions(transaction: Transaction, revision: Revision, now: datetime) -> None:
    subject = revision.after.subject
    if not subject.active:
        whole = SessionFilter(subject_id=subject.id)
        transaction.sessions.end(whole, now, EndReason.DISABLED)
    elif revision.credential is not None:
        others = SessionFilter(subject_id=subject.id, other_than=revision.keep)
        transaction.sessions.end(others, now, EndReason.PASSWORD_CHANGED)
    for audience in revision.lost:
        there = SessionFilter(subject_id=subject.id, audience=audience)
        transaction.sessions.end(there, now, EndReason.DISABLED)


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
