"""What this door knows of a subject: ``[subjects.findface]``, kept as it is written.

Roles are kept by their names, as an operator writes them; what a name stands for is looked up when
it is needed (`watchword.dialects.findface.groups`), since a role's rights change under its users.
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from watchword.config import TableError, read_table
from watchword.core.subjects import Audience
from watchword.dialects.findface.languages import Language
from watchword.web.profiles import narrowing

__all__ = [
    "AUDIENCE",
    "LONGEST_COMMENT",
    "LONGEST_GROUP_NAME",
    "GroupName",
    "Profile",
    "as_profile",
    "parse",
    "read",
    "written",
]

AUDIENCE: Final = Audience("findface")

LONGEST_GROUP_NAME: Final = 150
"""*Documented* (wire contract FindFace 2.9)."""
LONGEST_COMMENT: Final = 2_048
"""*Documented* (seed 002)."""

KEPT_BY_US: Final = ("ad_user", "face_cover")
"""What no directory file can say of a user."""

GroupName = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_GROUP_NAME)]

Comment = Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A subject at this door: what is stored, and what a principal carries.

    Everybody has one ``primary_group`` (*documented*: required in the user object); ``groups``
    are the roles beside it. Without a ``language`` the server's own is used. ``ad_user`` marks the
    copy of somebody whom a directory keeps; nobody else sets it. ``face_cover`` is the photo that
    stands for a user; it is shown for as long as there is such a photo.
    """

    primary_group: GroupName
    groups: tuple[GroupName, ...] = ()
    language: Language | None = None
    comment: Comment = ""
    ad_user: bool = False
    face_cover: str | None = None


def read(table: Mapping[str, object]) -> bytes:
    """Return the document to store for a table. Raises `watchword.config.TableError`."""
    for key in KEPT_BY_US:
        if key in table:
            raise TableError(key, "unknown key")
    return written(read_table(Profile, table))


def written(profile: Profile) -> bytes:
    """Return the document to store for a profile.

    *Documented* by the vendor's client: the primary role is not repeated among the others.
    """
    others = dict.fromkeys(name for name in profile.groups if name != profile.primary_group)
    return msgspec.json.encode(msgspec.structs.replace(profile, groups=tuple(others)))


def parse(document: bytes) -> Profile:
    """Return the profile in a stored document. Raises ``ValueError``."""
    return msgspec.json.decode(document, type=Profile)


as_profile: Final = narrowing(Profile, AUDIENCE)
"""Narrows what the core hands back to what `parse` gave it."""
