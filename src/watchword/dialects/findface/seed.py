"""``[[findface.groups]]`` of a directory file: roles as configuration.

A role keeps its number as long as it keeps its name. A built-in name gives that role other
permissions, but for the Administrator's, who has them all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from watchword.config import TableError, read_table
from watchword.core.core import Core
from watchword.dialects.findface.groups import (
    ADMINISTRATOR,
    KIND,
    Group,
    Kept,
    document_of,
    kept_groups,
    next_number,
    read_groups,
    renamed,
)
from watchword.dialects.findface.permissions import CATALOGUE
from watchword.dialects.findface.profile import AUDIENCE, GroupName, parse

__all__ = ["GroupTable", "SeedTable", "check_profile", "seed"]


class GroupTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[findface.groups]]``: one role."""

    name: GroupName
    permissions: tuple[str, ...] = ()


class SeedTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[findface]``: what the directory file says of this dialect itself."""

    groups: tuple[GroupTable, ...] = ()


def seed(core: Core, table: Mapping[str, object], dry_run: bool) -> Sequence[str]:  # noqa: FBT001 - as `Dialect` has it
    """Store the roles of a directory file and return the plan's lines, none if all is there.

    Raises `watchword.config.TableError`.
    """
    kept = kept_groups(core.shelf)
    known = read_groups(kept)
    wanted = _number(kept, _read(table))
    changed = [group for group in wanted if known.get(group.name) != group]
    if changed and not dry_run:
        core.shelf.put(AUDIENCE, KIND, {str(group.id): document_of(group) for group in changed})
    return [
        f"~ findface group {group.name} (permissions)"
        if group.name in known
        else f"+ findface group {group.name}"
        for group in changed
    ]


def check_profile(core: Core, table: Mapping[str, object], document: bytes) -> None:
    """Raise `watchword.config.TableError` if a profile names a role that neither side has."""
    profile = parse(document)
    known = {*read_groups(kept_groups(core.shelf)), *(group.name for group in _read(table))}
    named = [("primary_group", profile.primary_group)]
    named += [(f"groups[{index}]", name) for index, name in enumerate(profile.groups)]
    for key, name in named:
        if name not in known:
            raise TableError(key, f"no group is named {name!r}")


def _read(table: Mapping[str, object]) -> Sequence[GroupTable]:
    groups = read_table(SeedTable, table).groups
    for index, group in enumerate(groups):
        _check(group, f"groups[{index}]")
        if group.name in {earlier.name for earlier in groups[:index]}:
            raise TableError(f"groups[{index}].name", f"{group.name!r} is an earlier group's")
    return groups


def _check(group: GroupTable, at: str) -> None:
    if group.name == ADMINISTRATOR.name:
        raise TableError(f"{at}.name", f"{group.name!r} has every permission, whatever is said")
    unknown = sorted(set(group.permissions) - CATALOGUE)
    if unknown:
        raise TableError(f"{at}.permissions", f"no permission is named {unknown[0]!r}")


def _number(kept: Kept, wanted: Sequence[GroupTable]) -> Sequence[Group]:
    """Give each role the number that it has, or the next one; what a file does not say stays.

    A role that was renamed is found by the name that the file knows, and gets it back.
    """
    known = read_groups(kept)
    following = next_number(kept)
    numbered: list[Group] = []
    for table in wanted:
        found = known.get(table.name)
        permissions = frozenset(table.permissions)
        if found is None:
            numbered.append(Group(following, table.name, permissions))
            following += 1
        else:
            numbered.append(renamed(replace(found, permissions=permissions), table.name))
    return numbered
