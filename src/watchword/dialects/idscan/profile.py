"""What this door knows of a subject: ``[subjects.idscan]`` and the profile that is made of it.

Roles and areas are spelled as the vendor spells them; nothing outside of this folder reads them.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from watchword.config import read_table
from watchword.core.subjects import Audience
from watchword.web.profiles import narrowing

__all__ = [
    "AREAS_OF",
    "AUDIENCE",
    "Area",
    "Profile",
    "Role",
    "as_profile",
    "grantable",
    "parse",
    "read",
    "written",
]

AUDIENCE: Final = Audience("idscan")

Area: TypeAlias = Literal["scanning", "investigation"]
"""*Documented* (seed 001, areas table); lower case on the wire."""

Role: TypeAlias = Literal["SuperAdministrator", "Administrator", "Investigator", "User"]
"""``SuperAdministrator`` is *documented* (seed 001), ``User`` *observed* (wire contract IDscan
3.3), the other two are *chosen* after the portal's prose."""

Group: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[^,]+$")]
"""*Chosen*: the wire joins groups with a bare comma, so a comma in a name would make two of it."""

AREAS_OF: Final[Mapping[Role, frozenset[Area]]] = {
    "SuperAdministrator": frozenset({"scanning", "investigation"}),
    "Administrator": frozenset({"scanning", "investigation"}),
    "Investigator": frozenset({"investigation"}),
    "User": frozenset({"scanning"}),
}
"""The areas of a role whose table names none. *Chosen*; the vendor documents the first only."""


class ProfileTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[subjects.idscan]`` as an operator writes it. Without ``areas`` they follow the role."""

    role: Role
    areas: frozenset[Area] | None = None
    groups: tuple[Group, ...] = ()
    branch_code: str = ""
    journey_id: str = ""
    abbey_service_centre: str = ""


class Profile(msgspec.Struct, frozen=True):
    """A subject as this door knows it; what is stored, and what a principal carries."""

    role: Role
    areas: frozenset[Area]
    groups: tuple[str, ...]
    branch_code: str
    journey_id: str
    abbey_service_centre: str


def read(table: Mapping[str, object]) -> bytes:
    """Return the document to store for a table. Raises `watchword.config.TableError`."""
    drafted = read_table(ProfileTable, table)
    profile = Profile(
        role=drafted.role,
        areas=AREAS_OF[drafted.role] if drafted.areas is None else drafted.areas,
        groups=drafted.groups,
        branch_code=drafted.branch_code,
        journey_id=drafted.journey_id,
        abbey_service_centre=drafted.abbey_service_centre,
    )
    return written(profile)


def written(profile: Profile) -> bytes:
    """Return the document to store for a profile.

    Sets are written in one order, so that the same profile always gives the same bytes.
    """
    return msgspec.json.encode(profile, order="deterministic")


def parse(document: bytes) -> Profile:
    """Return the profile in a stored document. Raises ``ValueError``."""
    return msgspec.json.decode(document, type=Profile)


as_profile: Final = narrowing(Profile, AUDIENCE)
"""Narrows what the core hands back to what `parse` gave it."""


def grantable(profile: object) -> frozenset[str]:
    """Return the scopes that a login with this profile may be granted."""
    return as_profile(profile).areas
