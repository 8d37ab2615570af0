"""Taking in people from another system, with the hashes of their passwords.

Rules of this file:

1. The first login says who is meant. Further ones are given to those who are new, and must be free.
2. Who is new is made as they come. Who is here already keeps logins, names and profiles; what is
   missing is added: a password, and profiles at audiences where there is none.
3. A password that was set here stays. One that came from elsewhere, be its hash replaced by ours
   since or not, follows theirs.
4. Who is switched off over there is switched off here as long as the password is still the one
   from over there, and otherwise left alone. Nobody who is here is ever switched on.
5. Taking the same people a second time changes nothing.

It is no part of `watchword.core.core.Core`: no server needs it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from watchword.core.changing import (
    Picture,
    Revision,
    differing_fields,
    differing_profiles,
    look,
    store,
)
from watchword.core.errors import NotFoundError
from watchword.core.keeping import find_keeping
from watchword.core.passwords import origin_of
from watchword.core.ports import Transaction
from watchword.core.revocation import subject_slot
from watchword.core.seeding import Change, ChangeKind, Seeding
from watchword.core.subjects import Audience, Credential, Subject, SubjectId, Tenant
from watchword.core.tokens import new_uuid

__all__ = ["Arrival", "Importing", "Obstacle", "Outcome", "Refused", "Taken"]


class Obstacle(StrEnum):
    """What keeps somebody from being taken in, whatever the file says."""

    TAKEN = "one of its logins is somebody else's"
    ELSEWHERE = "its login is somebody's outside of the tenant"
    KEPT = "its login is somebody's whom a directory keeps"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who comes from another system.

    Without a ``password_hash`` they come without a password. ``profiles`` holds validated
    documents.
    """

    logins: tuple[str, ...]
    full_name: str = ""
    active: bool = True
    password_hash: str | None = field(default=None, repr=False)
    profiles: Mapping[Audience, bytes] = field(default_factory=dict[Audience, bytes])


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody was taken in, or would be. ``known`` is who they were here before, if anybody."""

    change: Change
    known: SubjectId | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody cannot be taken in; nothing was changed for them."""

    obstacle: Obstacle


Outcome: TypeAlias = Taken | Refused


@dataclass(frozen=True, slots=True)
class Importing:
    """Takes people in, a group in each unit of work, with what `Seeding` works with."""

    seeding: Seeding

    def take(
        self, arrivals: Sequence[Arrival], tenant: str | None = None, *, dry_run: bool = False
    ) -> Sequence[Outcome]:
        """Take people into a tenant, or into none, and say for each what became of it.

        Raises `NotFoundError` (kind ``tenant``), which a dry run does not, or ``ValueError`` for a
        hash that no password could ever fit; then nobody of the group was taken in.
        """
        for arrival in arrivals:
            if arrival.password_hash is not None:
                self.seeding.passwords.require_readable(arrival.password_hash)
        if dry_run:
            with self.seeding.storage.read() as transaction:
                unit = self._begin(transaction, tenant)
                return [_outcome(arrival, unit.plan(arrival)) for arrival in arrivals]
        with self.seeding.revocation.change() as (transaction, stale):
            unit = self._begin(transaction, tenant)
            if tenant is not None and unit.tenant is None:
                raise NotFoundError("tenant")
            steps = [self._put(unit, arrival) for arrival in arrivals]
            stale.update(_slots_of_changed(steps))
        return [_outcome(*each) for each in zip(arrivals, steps, strict=True)]

    def _begin(self, transaction: Transaction, tenant: str | None) -> "_Unit":
        found = None if tenant is None else transaction.tenants.find_by_name(tenant)
        return _Unit(self.seeding, transaction, tenant, found, self.seeding.clock())

    def _put(self, unit: "_Unit", arrival: Arrival) -> Revision | Obstacle:
        # Planned and stored one by one: whoever comes later in the group meets those before.
        step = unit.plan(arrival)
        if isinstance(step, Revision) and step.fields:
            store(unit.transaction, self.seeding.showing, step, unit.now)
        return step


def _slots_of_changed(steps: Sequence[Revision | Obstacle]) -> Iterator[int]:
    """Yield the slots of those who were here before and were changed."""
    for step in steps:
        if isinstance(step, Revision) and step.fields and step.before is not None:
            yield subject_slot(step.after.subject.id)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One unit of work. ``named`` is the tenant that was asked for, ``tenant`` what was found."""

    seeding: Seeding
    transaction: Transaction
    named: str | None
    tenant: Tenant | None
    now: datetime

    def plan(self, arrival: Arrival) -> Revision | Obstacle:
        """Return what taking somebody in changes, or what is in the way."""
        owners = [self.transaction.subjects.find_by_login(login) for login in arrival.logins]
        known = owners[0]
        known_id = None if known is None else known.id
        if any(owner is not None and owner.id != known_id for owner in owners[1:]):
            return Obstacle.TAKEN
        if known is None:
            return self._new(arrival)
        return self._obstacle(known) or self._known(arrival, look(self.transaction, known))

    def _obstacle(self, known: Subject) -> Obstacle | None:
        if find_keeping(self.transaction, known.id) is not None:
            return Obstacle.KEPT
        elsewhere = self.tenant is None or known.tenant_id != self.tenant.id
        return Obstacle.ELSEWHERE if self.named is not None and elsewhere else None

    def _new(self, arrival: Arrival) -> Revision:
        identity = new_uuid(self.seeding.random)
        subject = Subject(
            SubjectId(identity),
            arrival.logins,
            arrival.full_name,
            self.now,
            self.now,
            active=arrival.active,
            tenant_id=None if self.tenant is None else self.tenant.id,
        )
        return _revision(None, Picture(subject, arrival.profiles), _credential(arrival, None))

    def _known(self, arrival: Arrival, before: Picture) -> Revision:
        found = self.transaction.credentials.find_password(before.subject.id)
        subject = before.subject
        if subject.active and not arrival.active and (found is None or not found.origin):
            return _revision(before, before, None)
        stays = replace(subject, active=subject.active and arrival.active)
        after = Picture(stays, {**arrival.profiles, **before.profiles})
        revision = _revision(before, after, _credential(arrival, found))
        if not revision.fields:
            return revision
        dated = replace(after, subject=replace(stays, modified_at=self.now))
        return replace(revision, after=dated)


def _credential(arrival: Arrival, found: Credential | None) -> Credential | None:
    """Return the credential to store, or None if the one there stays (rule 3)."""
    if arrival.password_hash is None:
        return None
    origin = origin_of(arrival.password_hash)
    if found is not None and (not found.origin or found.origin == origin):
        return None
    return Credential(arrival.password_hash, origin)


def _revision(before: Picture | None, after: Picture, credential: Credential | None) -> Revision:
    was = before or Picture(after.subject)
    fields = differing_fields(was.subject, after.subject) if before is not None else ("all",)
    password = () if credential is None else ("password",)
    profiles = differing_profiles(was.profiles, after.profiles)
    return Revision(before, after, (*fields, *password, *profiles), credential)


def _outcome(arrival: Arrival, step: Revision | Obstacle) -> Outcome:
    name = arrival.logins[0]
    if isinstance(step, Obstacle):
        return Refused(step)
    if step.before is None:
        return Taken(Change(ChangeKind.CREATE, "subject", name))
    kind = ChangeKind.UPDATE if step.fields else ChangeKind.KEEP
    return Taken(Change(kind, "subject", name, step.fields), step.before.subject.id)
