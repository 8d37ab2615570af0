"""Roles: what they are called, what they permit, and what that comes to for one user.

Three roles are built in (*observed*, wire contract FindFace 2.9) and need not be stored. Others,
and built-in ones whose permissions were changed, are documents of the core's shelf: the key is the
role's number as text.

Reading a set of roles is a pure function of the documents and of a profile's names, so its results
are remembered: the guarded calls parse no JSON and sort nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
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
    "OBJECTS",
    "Group",
    "GroupDocument",
    "Kept",
    "Kind",
    "Level",
    "Rights",
    "document_of",
    "kept_groups",
    "list_groups",
    "next_number",
    "read_groups",
    "recall_groups",
    "renamed",
    "rights_of",
]

KIND: Final = "group"


class Level(StrEnum):
    """A right to an object. *Documented* (wire contract FindFace 2.10), but for the last word."""

    EDIT = "edit"
    VIEW = "view"
    OFF = "off"
    """*Chosen*: kept where a right was taken away, so that the permissions do not give it back."""


class Kind(StrEnum):
    """A kind of objects, by the name of its model."""

    WATCH_LIST = "watchlist"
    CAMERA_GROUP = "cameragroup"


RISING: Final = (Level.OFF, Level.VIEW, Level.EDIT)

Kept: TypeAlias = tuple[tuple[str, bytes], ...]
"""The stored roles, as a value: number and document of each."""


class GroupDocument(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A role as it is stored. ``permissions`` are sorted.

    ``removed`` marks a role that is gone: its number is never given out again.
    """

    name: str
    permissions: tuple[str, ...]
    former: tuple[str, ...] = ()
    ad_group_guid: str | None = None
    watch_lists: Mapping[str, Level] = {}
    camera_groups: Mapping[str, Level] = {}
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A role: a name and what it permits.

    ``former`` are the names that it had: profiles may still call it so (decision 0406). Where
    ``watch_lists`` and ``camera_groups`` say nothing of an object, the permissions do.
    """

    id: int
    name: str
    permissions: frozenset[str]
    former: tuple[str, ...] = ()
    ad_group_guid: str | None = None
    watch_lists: Mapping[str, Level] = field(default_factory=dict[str, Level])
    camera_groups: Mapping[str, Level] = field(default_factory=dict[str, Level])

    @property
    def names(self) -> tuple[str, ...]:
        """Every name by which a profile may mean this role."""
        return (self.name, *self.former)

    def level(self, kind: Kind, number: str) -> Level:
        """Return this role's own right to an object."""
        given = self.watch_lists if kind is Kind.WATCH_LIST else self.camera_groups
        return given.get(number, _level_by_model(kind, self.permissions))


ADMINISTRATOR: Final = Group(1, "Administrator", CATALOGUE)
"""Whose members the vendor's client lets do everything (*documented*, wire contract 4.1)."""

BUILT_IN: Final = (ADMINISTRATOR, Group(2, "Operator", OPERATOR), Group(3, "User", USER))

NO_GROUP: Final = 0
"""*Chosen*: the number shown for a primary role that does not exist. It permits nothing."""

OBJECTS: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.WATCH_LIST: {"1": "Default Watch List", "-1": "Unmatched"},
    Kind.CAMERA_GROUP: {
        "1": "Default Camera Group",
        "-1": "Video archive default Camera Group",
    },
}
"""*Observed* (wire contract FindFace 2.10): the built-in objects. This server has no others."""


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


def list_groups(kept: Kept) -> Sequence[Group]:
    """Return all roles by number; what is stored goes before what is built in."""
    groups = {group.id: group for group in BUILT_IN}
    for key, document in kept:
        read = msgspec.json.decode(document, type=GroupDocument)
        if not read.removed:
            groups[int(key)] = _group(int(key), read)
    return [groups[number] for number in sorted(groups)]


def read_groups(kept: Kept) -> Mapping[str, Group]:
    """Return all roles by every name by which a profile may mean them."""
    groups = list_groups(kept)
    former = {name: group for group in groups for name in group.former}
    return former | {group.name: group for group in groups}


def document_of(group: Group) -> bytes:
    """Return a role as it is stored."""
    return msgspec.json.encode(
        GroupDocument(
            name=group.name,
            permissions=tuple(sorted(group.permissions)),
            former=group.former,
            ad_group_guid=group.ad_group_guid,
            watch_lists=group.watch_lists,
            camera_groups=group.camera_groups,
        )
    )


def next_number(kept: Kept) -> int:
    """Return a number that no role ever had."""
    return max([*(int(key) for key, _ in kept), *(group.id for group in BUILT_IN)]) + 1


def renamed(group: Group, name: str) -> Group:
    """Return a role under another name; profiles that call it by the old one still mean it."""
    if name == group.name:
        return group
    former = (group.name, *group.former)
    return replace(group, name=name, former=tuple(each for each in former if each != name))


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
        groups=tuple(dict.fromkeys(group.id for group in others if group is not primary)),
        permissions=msgspec.Raw(msgspec.json.encode(sorted(permissions))),
        held=permissions,
        administrates=any(group.id == ADMINISTRATOR.id for group in held),
        camera_groups=_levels(held, permissions, Kind.CAMERA_GROUP),
        watch_lists=_levels(held, permissions, Kind.WATCH_LIST),
    )


def _group(number: int, read: GroupDocument) -> Group:
    return Group(
        number,
        read.name,
        frozenset(read.permissions),
        read.former,
        read.ad_group_guid,
        read.watch_lists,
        read.camera_groups,
    )


def _levels(held: Sequence[Group], permissions: frozenset[str], kind: Kind) -> Mapping[str, str]:
    """Return the right to each object of a kind: the strongest of all roles.

    *Documented* (wire contract FindFace 4.1): rights to a model and to an object must both allow.
    """
    allowed = _level_by_model(kind, permissions)
    levels = {
        number: min(allowed, _strongest(held, kind, number), key=RISING.index)
        for number in OBJECTS[kind]
    }
    return {number: level for number, level in levels.items() if level is not Level.OFF}


def _strongest(held: Sequence[Group], kind: Kind, number: str) -> Level:
    levels = (group.level(kind, number) for group in held)
    return max(levels, key=RISING.index, default=Level.OFF)


def _level_by_model(kind: Kind, permissions: Collection[str]) -> Level:
    """Return the right that permissions give to all objects of a kind.

    *Chosen*: without rights of its own, an object follows the model's permissions.
    """
    if f"ffsecurity.change_{kind}" in permissions:
        return Level.EDIT
    if f"ffsecurity.view_{kind}" in permissions:
        return Level.VIEW
    return Level.OFF
