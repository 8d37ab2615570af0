"""What becomes of somebody on a roster here: a role and areas by the settings, and ``memberOf``.

*Documented* (seed 001): ``memberOf`` lists groups. That those of the directory are meant is
*inferred* from the name, which is Active Directory's; how roles follow from them is *chosen*.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from watchword.core.policy import EnlistPolicy
from watchword.core.roster import Person
from watchword.dialects.idscan.profile import AREAS_OF, Area, Profile, Role, parse, written

__all__ = ["DirectoryGroup", "enlists"]


class DirectoryGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[dialects.idscan.directory_groups]]``: a group, by GUID or name, and what it opens.

    Without ``areas`` they follow the role.
    """

    group: str
    role: Role
    areas: frozenset[Area] | None = None


def enlists(groups: Sequence[DirectoryGroup]) -> EnlistPolicy | None:
    """Return what these groups open; None where none does, so that profiles are left alone."""
    return EnlistPolicy(partial(_profile, groups)) if groups else None


def _profile(
    groups: Sequence[DirectoryGroup],
    person: Person,
    _documents: Mapping[str, bytes],
    had: bytes | None,
) -> bytes | None:
    """Return somebody's profile: the first group that fits says the role, all are in ``memberOf``.

    A name with a comma cannot be among them: the wire would make two of it.
    """
    names = sorted({group.name for group in person.groups if group.name and "," not in group.name})
    for each in groups:
        if any(group.is_called(each.group) for group in person.groups):
            areas = AREAS_OF[each.role] if each.areas is None else each.areas
            blank = Profile(each.role, areas, (), "", "", "")
            before = blank if had is None else parse(had)
            changes = {"role": each.role, "areas": areas, "groups": tuple(names)}
            return written(msgspec.structs.replace(before, **changes))
    return None
