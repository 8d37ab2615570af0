"""What becomes of somebody on a roster here: the role that the settings give to its groups.

*Chosen*, all of it: the vendor has no directory of this kind.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from watchword.core.policy import EnlistPolicy
from watchword.core.roster import Person
from watchword.dialects.oz.profile import Profile, UserType, parse_profile, store_profile

__all__ = ["DirectoryGroup", "enlists"]


class DirectoryGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[dialects.oz.directory_groups]]``: a group, by GUID or name, and what its members are."""

    group: str
    user_type: UserType


def enlists(groups: Sequence[DirectoryGroup]) -> EnlistPolicy | None:
    """Return what these groups open; None where none does, so that profiles are left alone."""
    return EnlistPolicy(partial(_profile, groups)) if groups else None


def _profile(
    groups: Sequence[DirectoryGroup],
    person: Person,
    _documents: Mapping[str, bytes],
    had: bytes | None,
) -> bytes | None:
    """Return somebody's profile: the first group that fits says the role, the rest stays."""
    for each in groups:
        if any(group.is_called(each.group) for group in person.groups):
            before = Profile() if had is None else parse_profile(had)
            return store_profile(msgspec.structs.replace(before, user_type=each.user_type))
    return None
