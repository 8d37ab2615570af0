"""Storing users: each change in one unit of work, with what has to hold after it.

What a wish makes of an account and who may wish it is decided in
`watchword.dialects.oz.accounts`, and decided twice: before anything is hashed or locked, and again
inside of the unit of work, since what was looked at may have changed meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.access import Principal
from watchword.core.audit import Actor
from watchword.core.changing import Picture, look
from watchword.core.core import Core
from watchword.core.directory import NewPassword, NewSubject
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.ports import Transaction
from watchword.core.sessions import EndReason, SessionFilter
from watchword.core.subjects import Subject, SubjectId
from watchword.dialects.oz.accounts import (
    Account,
    account_of,
    become,
    found,
    picture_of,
    require_change,
    require_creation,
    require_touch,
)
from watchword.dialects.oz.drafts import UserDraft
from watchword.dialects.oz.invariants import require_open
from watchword.dialects.oz.meta_data import MetaData
from watchword.dialects.oz.profile import store_profile
from watchword.dialects.oz.rights import Action, require_over, require_sight
from watchword.dialects.oz.roles import Generation
from watchword.dialects.oz.settings import AUDIENCE

__all__ = ["Register"]

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
NOBODY: Final = Subject(SubjectId(UUID(int=0)), (), "", LONG_AGO, LONG_AGO)
"""Of whom nothing is known yet."""


@dataclass(frozen=True, slots=True)
class Register:
    """The users, as one caller may see and change them. ``by`` is the caller in the audit trail."""

    core: Core
    caller: Principal
    by: Actor
    generation: Generation

    def see(self, user_id: SubjectId) -> Account:
        """Return a user. Raises `NotFoundError` for those that the caller may not see."""
        account = self._find(user_id)
        whose = None if account is None else account.whose
        require_sight(self.caller, Action.USER_READ, whose, "subject")
        return _known(account)

    def add(self, draft: UserDraft) -> Account:
        """Add a user. Raises `ForbiddenError`, `NotFoundError`, `AlreadyExistsError` and others."""
        account = found(NOBODY, draft, self.caller, self.generation)
        require_creation(self.caller, account)
        tenant_id = account.subject.tenant_id
        added = self.core.directory.add_subject(
            _new_subject(account, draft),
            by=self.by,
            guard=lambda transaction, _before: require_open(transaction, tenant_id),
        )
        return replace(account, subject=added)

    def edit(self, user_id: SubjectId, draft: UserDraft) -> Account:
        """Change a user. A new password ends its sessions, but for the caller's own."""
        require_touch(self.caller, self._find(user_id), draft)

        def work(picture: Picture) -> Picture:
            before = account_of(picture)
            require_touch(self.caller, before, draft)
            after = become(_known(before), draft, self.generation)
            require_change(self.caller, _known(before), after, draft)
            return picture_of(after, picture)

        picture = self.core.directory.revise(
            user_id,
            work,
            NewPassword(draft.password, keep=self.caller.session.id),
            by=self.by,
            guard=partial(_settle, self.core),
        )
        return _known(account_of(picture))

    def change_meta_data(
        self, user_id: SubjectId, change: Callable[[MetaData], MetaData]
    ) -> MetaData:
        """Make of a user's meta data what a function makes of them, and return that."""
        self._require(Action.USER_UPDATE, self._find(user_id))

        def work(picture: Picture) -> Picture:
            account = account_of(picture)
            self._require(Action.USER_UPDATE, account)
            account = _known(account)
            meta_data = dict(change(account.profile.meta_data))
            profile = msgspec.structs.replace(account.profile, meta_data=meta_data)
            return picture_of(replace(account, profile=profile), picture)

        picture = self.core.directory.revise(user_id, work, by=self.by)
        return _known(account_of(picture)).profile.meta_data

    def remove(self, user_id: SubjectId) -> None:
        """Take a user away from this door, and the subject if no other door knows it."""
        self._require_removal(self._find(user_id))

        def guard(_transaction: Transaction, before: Picture | None) -> None:
            self._require_removal(account_of(before))

        self.core.directory.remove_profile(user_id, AUDIENCE, by=self.by, guard=guard)

    def _find(self, user_id: SubjectId) -> Account | None:
        with self.core.storage.read() as transaction:
            return _find_in(transaction, user_id)

    def _require(self, action: Action, account: Account | None) -> None:
        whose = None if account is None else account.whose
        require_over(self.caller, action, whose, "subject")

    def _require_removal(self, account: Account | None) -> None:
        """Require the right to remove a user, which nobody has over itself (*chosen*, 6.3)."""
        self._require(Action.USER_DELETE, account)
        if account is not None and account.subject.id == self.caller.subject.id:
            raise ForbiddenError


def _find_in(transaction: Transaction, user_id: SubjectId) -> Account | None:
    subject = transaction.subjects.find(user_id)
    return None if subject is None else account_of(look(transaction, subject))


def _settle(core: Core, transaction: Transaction, picture: Picture | None) -> None:
    """Require what has to hold after a change, and end what a lesser account may not go on with."""
    before = _known(account_of(picture))
    after = _known(_find_in(transaction, before.subject.id))
    if after.whose != before.whose:
        require_open(transaction, after.whose.company_id)
    if before.role.machine and not after.role.machine:
        # A machine's sessions live for years; a person's must not.
        which = SessionFilter(subject_id=before.subject.id, audience=AUDIENCE)
        transaction.sessions.end(which, core.clock(), EndReason.REVOKED)


def _new_subject(account: Account, draft: UserDraft) -> NewSubject:
    subject = account.subject
    return NewSubject(
        subject.logins,
        subject.full_name,
        active=subject.active,
        service=subject.service,
        tenant_id=subject.tenant_id,
        password=draft.password,
        profiles={AUDIENCE: store_profile(account.profile)},
    )


def _known(account: Account | None) -> Account:
    """Return an account that is there. Raises `NotFoundError`."""
    if account is None:
        raise NotFoundError("subject")
    return account
