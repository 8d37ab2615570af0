"""A user at this door, what somebody's wish makes of it, and whether the wish may be granted.

Pure: decided from two states of an account, before and after; nothing is stored here. Rules of
this file, beside those of `watchword.dialects.oz.rights`:

1. Nobody changes its own role or switches itself off (*chosen*, wire contract Oz 6.3).
2. A company's administrator changes neither password nor logins nor state of somebody who has a
   profile at another door: it would get at rights that it lacks (decision 0206).
3. A company's administrator gives no role, no flag and no company that it does not have.
4. By a service token that is bound to networks or to a date nobody changes its own password: who
   logs in with that is bound to nothing (decision 0120).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from watchword.core.access import Principal
from watchword.core.changing import Picture
from watchword.core.errors import ForbiddenError
from watchword.core.sessions import Session
from watchword.core.subjects import Subject, TenantId, fold_login
from watchword.dialects.oz.drafts import NAMES, CompanyWord, UserDraft
from watchword.dialects.oz.profile import (
    CANONICAL,
    WITHOUT_COMPANY,
    AnalysisType,
    Profile,
    company_of,
    parse_profile,
    profile_of,
    store_profile,
)
from watchword.dialects.oz.rights import (
    Action,
    Reach,
    Whose,
    can_give_role,
    covers,
    reach_of,
    require_over,
)
from watchword.dialects.oz.roles import Generation, Role, role_of, settle_role
from watchword.dialects.oz.settings import AUDIENCE
from watchword.dialects.oz.translate import join_name, names_of
from watchword.web.errors import BadFieldError, FieldFault

__all__ = [
    "Account",
    "account_of",
    "become",
    "found",
    "picture_of",
    "require_change",
    "require_creation",
    "require_touch",
]

COMPANY_ID: Final = "profile.company_id"


@dataclass(frozen=True, slots=True)
class Account:
    """A user. ``shared`` says that the same subject has profiles at other doors."""

    subject: Subject
    profile: Profile
    shared: bool = False

    @property
    def role(self) -> Role:
        """What it is."""
        return role_of(self.subject, self.profile)

    @property
    def whose(self) -> Whose:
        """To whom it belongs: itself, and its company."""
        return Whose(self.subject.id, company_of(self.subject, self.profile))


def account_of(picture: Picture | None) -> Account | None:
    """Return the user that a subject is at this door, or None."""
    document = None if picture is None else picture.profiles.get(AUDIENCE)
    if picture is None or document is None:
        return None
    return Account(picture.subject, parse_profile(document), shared=len(picture.profiles) > 1)


def picture_of(account: Account, picture: Picture) -> Picture:
    """Return a picture with this account in it; what other doors know stays."""
    profiles = {**picture.profiles, AUDIENCE: store_profile(account.profile)}
    return Picture(account.subject, profiles)


def found(subject: Subject, draft: UserDraft, by: Principal, generation: Generation) -> Account:
    """Return the account that a draft wants for a subject of which nothing is known yet.

    A flag that the draft leaves out is on, unless its giver's own is off (*chosen*). Raises
    `BadFieldError`.
    """
    role = settle_role(draft.role, None, generation)
    giver = profile_of(by.profile)
    unbound = reach_of(by, Action.USER_CREATE) is Reach.ALL
    flags = {kind: unbound or giver.may_start(kind) for kind in AnalysisType} | dict(draft.flags)
    names = dict.fromkeys(NAMES, "") | dict(draft.names)
    blank = Account(replace(subject, service=role.machine), Profile(user_type=role.user_type))
    return _follow(blank, replace(draft, flags=flags, names=names), role, placed=False)


def become(account: Account, draft: UserDraft, generation: Generation) -> Account:
    """Return what an account becomes. Raises `BadFieldError`."""
    role = settle_role(draft.role, account.role, generation)
    placed = account.profile.user_type not in WITHOUT_COMPANY
    return _follow(account, draft, role, placed=placed)


def require_creation(by: Principal, new: Account) -> None:
    """Require the right to make an account. Raises `ForbiddenError`."""
    if not can_give_role(by, new.role.user_type):
        raise ForbiddenError
    require_over(by, Action.USER_CREATE, Whose(None, new.whose.company_id), "subject")
    _require_flags(by, None, new)


def require_touch(by: Principal, before: Account | None, draft: UserDraft) -> None:
    """Require the rights to all that a draft mentions; None is an account that does not exist.

    Raises `ForbiddenError` or `NotFoundError`.
    """
    for action in _actions(draft):
        require_over(by, action, None if before is None else before.whose, "subject")
    own = before is not None and before.subject.id == by.subject.id
    if own and draft.password is not None and _is_bound(by.session):
        raise ForbiddenError


def require_change(by: Principal, before: Account, after: Account, draft: UserDraft) -> None:
    """Require the rights to all that a draft makes different. Raises `ForbiddenError`."""
    own = by.subject.id == before.subject.id
    if own and (after.role != before.role or not after.subject.active):
        raise ForbiddenError
    if reach_of(by, Action.USER_UPDATE) is Reach.ALL:
        return
    if before.shared and not own and (draft.password or _differs_elsewhere(before, after)):
        raise ForbiddenError
    if after.role != before.role and not can_give_role(by, after.role.user_type):
        raise ForbiddenError
    placed = Whose(None, after.whose.company_id)
    if after.whose != before.whose and not covers(by, Reach.COMPANY, placed):
        raise ForbiddenError
    _require_flags(by, before, after)


def _actions(draft: UserDraft) -> Iterator[Action]:
    """Yield the rights that a draft needs; one that mentions nothing needs the least of them."""
    if not draft.names_only:
        yield Action.USER_UPDATE
    if draft.password is not None:
        yield Action.USER_PASSWORD
    if draft.names or (draft.names_only and draft.password is None):
        yield Action.USER_NAMES


def _is_bound(session: Session) -> bool:
    """Say whether a session is a service token that ends, or that not every place may use."""
    return session.service_token is not None and bool(session.deadline or session.networks)


def _differs_elsewhere(before: Account, after: Account) -> bool:
    """Say whether the other doors would notice: by another login, state or kind of account."""
    named = ("logins", "active", "service", "tenant_id")
    return any(getattr(before.subject, name) != getattr(after.subject, name) for name in named)


def _require_flags(by: Principal, before: Account | None, after: Account) -> None:
    """Require of everybody who is bound by flags to have those that it switches on."""
    if reach_of(by, Action.USER_UPDATE) is Reach.ALL:
        return
    for kind in AnalysisType:
        given = after.profile.may_start(kind) and not (before and before.profile.may_start(kind))
        if given and not profile_of(by.profile).may_start(kind):
            raise ForbiddenError


def _follow(account: Account, draft: UserDraft, role: Role, *, placed: bool) -> Account:
    """Lay a draft over an account; ``placed`` says that where it belongs has been settled."""
    subject = replace(
        account.subject,
        logins=_logins(account.subject, draft.email),
        service=account.subject.service if role == account.role else role.machine,
        tenant_id=_tenant_id(account, draft, role, placed=placed),
        active=account.subject.active if draft.active is None else draft.active,
    )
    changes: dict[str, object] = {"user_type": role.user_type}
    changes |= {CANONICAL + kind.lower(): on for kind, on in draft.flags.items()}
    profile = msgspec.structs.replace(account.profile, **changes)
    shown = dict(zip(NAMES, names_of(account.subject, account.profile), strict=True))
    names = {**shown, **draft.names}
    if names != shown:
        profile = msgspec.structs.replace(profile, **names)
        # One person has one name: the other doors show the full name.
        subject = replace(subject, full_name=join_name(*names.values()))
    return replace(account, subject=subject, profile=profile)


def _logins(subject: Subject, email: str | None) -> tuple[str, ...]:
    """Put an address in the place of the one that is shown; user names stay as they are."""
    if email is None:
        return subject.logins
    shown, folded = subject.address, fold_login(email)
    kept = [each for each in subject.logins if each == shown or fold_login(each) != folded]
    return tuple(email if each == shown else each for each in kept) + (email,) * (shown is None)


def _tenant_id(account: Account, draft: UserDraft, role: Role, *, placed: bool) -> TenantId | None:
    """Return where an account belongs. Raises `BadFieldError` if a role of a company has none."""
    current = account.subject.tenant_id
    if role.user_type in WITHOUT_COMPANY:
        # Documented (wire contract Oz 4.2): whatever company is named is dropped without a word.
        return None if placed and not account.shared else current
    if isinstance(draft.company, CompanyWord):
        if current is not None and draft.company is CompanyWord.NOTHING:
            return current
        if placed and current is None:
            return None
        fault = FieldFault.NULL if draft.company is CompanyWord.NULL else FieldFault.MISSING
        raise BadFieldError(COMPANY_ID, fault, "uuid")
    return draft.company
