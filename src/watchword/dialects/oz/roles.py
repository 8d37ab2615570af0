"""What an account is, in the words of either generation (wire contract Oz 6.1, 7).

API 6 names six roles. API 5 has four and two flags: an administrator or a machine account of a
company is a ``CLIENT`` with ``is_admin`` or ``is_service``, and an administrator or an operator may
be a machine account as well. Both are understood whatever the setting; it decides only what is
meant by a flag that is *not* sent. Pure.
"""

from dataclasses import dataclass
from typing import Final, Literal

from watchword.core.subjects import Subject
from watchword.dialects.oz.profile import WITHOUT_COMPANY, Profile, UserType

__all__ = [
    "API_5",
    "API_6",
    "SILENT",
    "Generation",
    "Role",
    "RoleWords",
    "role_of",
    "settle_role",
    "spell_for_api_5",
]

Generation = Literal[5, 6]
API_5: Final = 5
API_6: Final = 6

# Documented (wire contract Oz 6.1): until API 6, these two were a CLIENT with a flag.
_SPELT_BY_FLAGS: Final = frozenset({UserType.CLIENT_ADMIN, UserType.CLIENT_SERVICE})


@dataclass(frozen=True, slots=True)
class Role:
    """A role, and whether the account is a machine's, which decides how long its sessions live."""

    user_type: UserType
    machine: bool


@dataclass(frozen=True, slots=True)
class RoleWords:
    """What a request says of a role. None is nothing."""

    user_type: UserType | None = None
    is_admin: bool | None = None
    is_service: bool | None = None


SILENT: Final = RoleWords()
# Chosen (wire contract Oz 4.2): where none is given, the one with the fewest rights.
NEWCOMER: Final = Role(UserType.CLIENT, machine=False)


def role_of(subject: Subject, profile: Profile) -> Role:
    """Return what an account is."""
    machine = subject.service or profile.user_type is UserType.CLIENT_SERVICE
    return Role(profile.user_type, machine)


def spell_for_api_5(user_type: UserType) -> UserType:
    """Return how API 5 names a role, beside its flags."""
    return UserType.CLIENT if user_type in _SPELT_BY_FLAGS else user_type


def settle_role(words: RoleWords, before: Role | None, generation: Generation) -> Role:
    """Return what an account becomes; ``before`` None is a new one.

    A name that only API 6 has says it all, whatever ``is_admin`` says beside it: a request may mix
    the generations (seed 000 does).
    """
    old = before or NEWCOMER
    if _repeats(words, old, generation):
        return old
    named = words.user_type or old.user_type
    # A role that API 6 names anew begins without flags; to API 5 flags are fields like others.
    kept = old if generation == API_5 or named is old.user_type else NEWCOMER
    admin = kept.user_type is UserType.CLIENT_ADMIN if words.is_admin is None else words.is_admin
    machine = kept.machine if words.is_service is None else words.is_service
    if named in WITHOUT_COMPANY:
        return Role(named, machine=old.machine and named is old.user_type)
    if words.user_type is UserType.CLIENT_SERVICE:
        return Role(UserType.CLIENT_SERVICE, machine=True)
    if words.user_type is UserType.CLIENT_ADMIN or named is UserType.CLIENT_OPERATOR:
        return Role(named, machine)
    if admin:
        return Role(UserType.CLIENT_ADMIN, machine)
    return Role(UserType.CLIENT_SERVICE if machine else UserType.CLIENT, machine)


def _repeats(words: RoleWords, old: Role, generation: Generation) -> bool:
    """Say whether a request says nothing new: what was shown and comes back changes nothing."""
    shown = spell_for_api_5(old.user_type) if generation == API_5 else old.user_type
    return (
        words.user_type in {None, shown}
        and words.is_admin in {None, old.user_type is UserType.CLIENT_ADMIN}
        and words.is_service in {None, old.machine}
    )
