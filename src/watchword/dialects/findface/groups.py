"""Roles: what they are called, what they permit, and what that comes to for one user.

Three roles are built in (*observed*, wire contract FindFace 2.9) and need not be stored. Others,
and built-in ones whose permissions were changed, are documents of the core's shelf: the key is the
role's number as text.

Reading a set of roles is a pure function of the documents and of a profile's names, so its results
are remembered: the guarded calls parse no JSON and sort nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

from watchword.core.shelf import ColdError, Shelf
from watchword.dialects.findface.permissions import CATALOGUE, OPERATOR, USER
from watchword.dialects.findface.profile import AUDIENCE, Profile

__all__ = [
    "ADMINISTRATOR",
    "BUILT_IN",
    "KIND",
    "Group",
    "GroupDocument",
    "Kept",
    "Rights",
    "kept_groups",
    "read_groups",
    "recall_groups",
    "rights_of",
]

KIND: Final = "group"

Kept: TypeAlias = tuple[tuple[str, bytes], ...]
"""The stored roles, as a value: number and document of each."""


class GroupDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role as it is stored. ``permissions`` are sorted."""

    name: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A role: a name and what it permits."""

    id: int
    name: str
    permissions: frozenset[str]


ADMINISTRATOR: Final = Group(1, "Administrator", CATALOGUE)
"""Whose members the vendor's client lets do everything (*documented*, wire contract 4.1)."""

BUILT_IN: Final = (ADMINISTRATOR, Group(2, "Operator", OPERATOR), Group(3, "User", USER))

NO_GROUP: Final = 0
"""*Chosen*: the number shown for a primary role that does not exist. It permits nothing."""

OBJECTS: Final = ("1", "-1")
"""*Observed* (wire contract FindFace 2.10): the default camera group and watch list, and the ones
for what comes from the video archive or matches nothing. This server has no others."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user's roles come to. ``permissions`` is a JSON array, sorted."""

    primary_group: int
    groups: tuple[int, ...]
    permissions: msgspec.Raw
    held: frozenset[str]
    administrates: bool
    camera_groups: Mapping[str, str]
    watch_lists: Mapping[str, str]


def recall_groups(shelf: Shelf) -> Kept:
    """Return the stored roles without blocking. Raises `ColdError` if that cannot be done."""
    return tuple(shelf.recall(AUDIENCE, KIND).items())


def kept_groups(shelf: Shelf) -> Kept:
    """Return the stored roles where blocking is allowed."""
    try:
        return recall_groups(shelf)
    except ColdError:
        return tuple(shelf.list_of(AUDIENCE, KIND).items())


def read_groups(kept: Kept) -> Mapping[str, Group]:
    """Return all roles by name; what is stored goes before what is built in."""
    groups = {group.id: group for group in BUILT_IN}
    for key, document in kept:
        read = msgspec.json.decode(document, type=GroupDocument)
        groups[int(key)] = Group(int(key), read.name, frozenset(read.permissions))
    return {group.name: group for group in groups.values()}


def rights_of(kept: Kept, profile: Profile) -> Rights:
    """Return what a profile's roles come to. A name that is no role's gives nothing."""
    return _rights_of(kept, profile.primary_group, profile.groups)


@lru_cache(maxsize=1_024)
def _rights_of(kept: Kept, primary_name: str, other_names: tuple[str, ...]) -> Rights:
    known = read_groups(kept)
    primary = known.get(primary_name)
    others = [known[name] for name in other_names if name in known]
    held = [*others] if primary is None else [primary, *others]
    permissions = frozenset[str]().union(*(group.permissions for group in held))
    return Rights(
        primary_group=NO_GROUP if primary is None else primary.id,
        groups=tuple(group.id for group in others),
        permissions=msgspec.Raw(msgspec.json.encode(sorted(permissions))),
        held=permissions,
        administrates=any(group.id == ADMINISTRATOR.id for group in held),
        camera_groups=_levels(permissions, "cameragroup"),
        watch_lists=_levels(permissions, "watchlist"),
    )


def _levels(permissions: Iterable[str], model: str) -> Mapping[str, str]:
    """Return the right to each object of a model.

    The two levels are *observed* (wire contract FindFace 4.4). *Chosen*: without rights of its
    own, an object follows the model's permissions.
    """
    if f"ffsecurity.change_{model}" in permissions:
        return dict.fromkeys(OBJECTS, "edit")
    if f"ffsecurity.view_{model}" in permissions:
        return dict.fromkeys(OBJECTS, "view")
    return {}
