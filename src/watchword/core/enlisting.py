"""Asking a roster about people, and keeping our copies of them true.

Rules of this file:

1. The roster is asked outside of any unit of work, by so many threads at once and no more: one
   that is slow holds up few logins, and none of our own subjects.
2. What a person has typed is the roster's to judge and is not kept, not even as a hash.
3. Our own subjects come first. A login that is somebody else's here stays there, whatever the
   roster says; only what the copy of somebody who is gone had is free again.
4. Whoever may not be asked about (a lock, a login of our own) costs what an answer would.
5. A copy follows its person: name, logins, profiles as the audiences make them of its groups. What
   it loses ends its sessions (`watchword.core.changing`).
6. Who of us switched a copy off is not overruled: the roster switches on only what it switched off.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar

from watchword.core.changing import (
    Picture,
    Revision,
    differing_fields,
    differing_profiles,
    look,
    store,
)
from watchword.core.directory import Directory
from watchword.core.errors import (
    AlreadyExistsError,
    OverloadedError,
    RosterUnavailableError,
)
from watchword.core.grants import Visit
from watchword.core.keeping import (
    ROSTER,
    Keeping,
    drop_keeping,
    find_copy,
    find_keeping,
    list_kept,
    put_keeping,
)
from watchword.core.policy import Policy
from watchword.core.ports import Roster, Transaction
from watchword.core.revocation import subject_slot
from watchword.core.roster import Person, PersonKey, RosterGroup
from watchword.core.subjects import (
    LONGEST_LOGIN,
    Audience,
    Standing,
    Subject,
    SubjectId,
    TenantId,
    fold_login,
    is_storable,
    printable,
)
from watchword.core.tally import tally_of, whence_of
from watchword.core.tokens import new_uuid

__all__ = ["Asking", "Enlisting"]

T = TypeVar("T")

SOON: Final = timedelta(seconds=2)
BATCH: Final = 100
TRIES: Final = 3
"""How often a copy is tried to be stored while another worker stores the same one."""


class Asking:
    """The roster, if there is one, with so many places for those who ask it."""

    def __init__(self, roster: Roster | None, places: int) -> None:
        """Let nobody ask yet."""
        self.roster = roster
        self.places = threading.BoundedSemaphore(places)

    def ask(self, question: Callable[[Roster], T]) -> T:
        """Ask, if there is a place (rule 1); `OverloadedError` if not, or nobody to be asked."""
        if self.roster is None or not self.places.acquire(blocking=False):
            raise OverloadedError(SOON)
        try:
            return question(self.roster)
        finally:
            self.places.release()


@dataclass(frozen=True, slots=True)
class Enlisting:
    """Brings people on. One instance a process, shared by its threads. Without a roster: nobody."""

    directory: Directory
    policy: Policy
    asking: Asking

    @property
    def is_on(self) -> bool:
        """Whether there is a roster to ask."""
        return self.asking.roster is not None

    def verify(
        self, seen: Standing | None, login: tuple[str, str], password: str, visit: Visit
    ) -> SubjectId | None:
        """Return the copy of whom a login (folded, and as typed) and a password belong to, or None.

        Raises `RosterUnavailableError` or `OverloadedError`, if anybody was to be asked about.
        """
        folded, typed = login
        with self.directory.storage.read() as transaction:
            tie = None if seen is None else find_keeping(transaction, seen.subject.id)
            whence = whence_of(transaction, seen, visit)
            tally = tally_of(transaction, folded, visit, whence)
        locked = tally.lock(self.policy.lockout, self.directory.clock()) is not None
        if not folded or not password or locked or (seen is not None and tie is None):
            self._pretend()
            return None
        person = self.asking.ask(lambda roster: roster.verify(typed.strip(), password))
        return None if person is None else self._take_on(person, tie)

    def find(self, login: str) -> SubjectId | None:
        """Return the copy of whom a login belongs to, or None; nobody's password is asked for.

        Raises `RosterUnavailableError` or `OverloadedError`.
        """
        if not self.is_on or not fold_login(login):
            return None
        person = self.asking.ask(lambda roster: roster.find(login.strip()))
        return None if person is None else self._take_on(person, None)

    def list_groups(self) -> Sequence[RosterGroup]:
        """Return the roster's groups. Raises `RosterUnavailableError` or `OverloadedError`."""
        return self.asking.ask(lambda roster: roster.list_groups()) if self.is_on else ()

    def refresh(self) -> int:
        """Make every copy follow its person; return of how many somebody was found.

        Raises `RosterUnavailableError` or `OverloadedError`; what was done until then stays done.
        """
        if not self.is_on:
            return 0
        with self.directory.storage.read() as transaction:
            keys = list_kept(transaction)
        return sum(self._follow(keys[n : n + BATCH]) for n in range(0, len(keys), BATCH))

    def close(self) -> None:
        """Give up the connections to the roster."""
        if self.asking.roster is not None:
            self.asking.roster.close()

    def _pretend(self) -> None:
        """Take as long as the roster does for somebody unknown (rule 4), whatever it says."""
        nobody = f"nobody-{new_uuid(self.directory.random)}"
        with suppress(RosterUnavailableError, OverloadedError):
            self.asking.ask(lambda roster: roster.verify(nobody, nobody))

    def _take_on(self, person: Person, tie: Keeping | None) -> SubjectId | None:
        """Return a person's copy, as the person is now."""
        if tie is not None and tie.key != person.key:
            # The login has changed hands: whoever had it before has another now, or is gone.
            self._follow([tie.key])
        return self._copy(person, new=True)

    def _follow(self, keys: Sequence[PersonKey]) -> int:
        found = self.asking.ask(lambda roster: roster.find_many(keys))
        for key in keys:
            self._copy(found.get(key) or Person(key, (), active=False), new=False)
        return len(found)

    def _copy(self, person: Person, *, new: bool) -> SubjectId | None:
        """Make a person's copy be as the person is, or return None: there is and will be none."""
        for _ in range(TRIES):
            with suppress(AlreadyExistsError):
                with self.directory.revocation.change() as (transaction, stale):
                    subject_id, changed = self._store(transaction, person, new=new)
                    if subject_id is not None and changed:
                        stale.add(subject_slot(subject_id))
                return subject_id
        raise OverloadedError(SOON)

    def _store(
        self, transaction: Transaction, person: Person, *, new: bool
    ) -> tuple[SubjectId | None, bool]:
        """Return a person's copy, and whether it is other than before."""
        subject_id = find_copy(transaction, person.key)
        subject = None if subject_id is None else transaction.subjects.find(subject_id)
        tie = None if subject is None else find_keeping(transaction, subject.id)
        if subject_id is not None and tie is None:
            # Removed; or ours now (rule 3): whoever gave it a password has taken it over.
            drop_keeping(transaction, subject_id, person.key)
        if subject is None:
            return (self._add(transaction, person) if new and person.active else None), True
        if tie is None:
            return None, False
        before = look(transaction, subject)
        after = self._picture(transaction, person, before)
        active = person.active and (tie.off or subject.active)
        after = replace(after, subject=replace(after.subject, active=active))
        off = not person.active and (tie.off or subject.active)
        if off != tie.off:
            put_keeping(transaction, subject.id, Keeping(person.key, off=off))
        return subject.id, self._revise(transaction, before, after)

    def _add(self, transaction: Transaction, person: Person) -> SubjectId | None:
        """Add a copy of somebody whom at least one audience lets in."""
        now = self.directory.clock()
        subject_id = SubjectId(new_uuid(self.directory.random))
        blank = Picture(Subject(subject_id, (), "", now, now))
        after = self._picture(transaction, person, blank)
        if not after.profiles:
            return None
        added = store(
            transaction, self.directory.showing, Revision(None, after, ("all",)), now, ROSTER
        )
        put_keeping(transaction, added.id, Keeping(person.key))
        return added.id

    def _revise(self, transaction: Transaction, before: Picture, after: Picture) -> bool:
        fields = differing_fields(before.subject, after.subject)
        fields += differing_profiles(before.profiles, after.profiles)
        if fields:
            now = self.directory.clock()
            after = replace(after, subject=replace(after.subject, modified_at=now))
            store(transaction, self.directory.showing, Revision(before, after, fields), now, ROSTER)
        return bool(fields)

    def _picture(self, transaction: Transaction, person: Person, before: Picture) -> Picture:
        """Return what a copy is to be; of somebody who is gone, what it was."""
        if not person.active:
            return before
        subject = before.subject
        logins = tuple(self._free_logins(transaction, person, subject.id))
        subject = replace(
            subject,
            # Without any it could not be stored; by its key nobody logs in.
            logins=logins or (str(person.key),),
            full_name=printable(person.full_name),
            tenant_id=self._tenant_id(transaction, subject),
        )
        return Picture(subject, self._profiles(transaction, person, before.profiles))

    def _tenant_id(self, transaction: Transaction, subject: Subject) -> TenantId | None:
        name = self.policy.roster.tenant
        tenant = transaction.tenants.find_by_name(name) if name else None
        return subject.tenant_id if tenant is None else tenant.id

    def _profiles(
        self, transaction: Transaction, person: Person, had: Mapping[Audience, bytes]
    ) -> Mapping[Audience, bytes]:
        """Return the profiles that the audiences make; those that make none leave theirs alone."""
        profiles = dict(had)
        for audience, policy in self.policy.audiences.items():
            if policy.enlists is None:
                continue
            kind = policy.enlists.documents
            documents = dict(transaction.documents.list_of(audience, kind)) if kind else {}
            profile = policy.enlists.profile(person, documents, profiles.pop(audience, None))
            if profile is not None:
                profiles[audience] = profile
        return profiles

    def _free_logins(
        self, transaction: Transaction, person: Person, own_id: SubjectId
    ) -> Iterator[str]:
        """Yield the logins that a person's copy may have (rule 3)."""
        taken: set[str] = set()
        for login in person.logins:
            usable = len(login) <= LONGEST_LOGIN and is_storable(login) and fold_login(login)
            if not usable or fold_login(login) in taken:
                continue
            owner = transaction.subjects.find_by_login(login)
            if owner is None or owner.id == own_id or self._gives_up(transaction, owner, login):
                taken.add(fold_login(login))
                yield login

    def _gives_up(self, transaction: Transaction, owner: Subject, login: str) -> bool:
        """Take a login from the copy of somebody who is gone. Says whether it was one."""
        tie = find_keeping(transaction, owner.id)
        if tie is None or not tie.off:
            return False
        before = look(transaction, owner)
        left = tuple(each for each in owner.logins if fold_login(each) != fold_login(login))
        subject = replace(owner, logins=left or (str(tie.key),))
        self._revise(transaction, before, replace(before, subject=subject))
        return True
