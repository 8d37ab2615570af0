"""What this door knows of a subject: ``[subjects.findface]``, kept as it is written.

Roles are kept by their names, as an operator writes them; what a name stands for is looked up when
it is needed (`watchword.dialects.findface.groups`), since a role's rights change under its users.
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from watchword.config import read_table
from watchword.core.subjects import Audience
from watchword.dialects.findface.languages import Language

__all__ = ["AUDIENCE", "GroupName", "Profile", "as_profile", "parse", "read"]

AUDIENCE: Final = Audience("findface")

GroupName = Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
"""*Documented* (wire contract FindFace 2.9)."""

Comment = Annotated[str, msgspec.Meta(max_length=2_048)]
"""*Documented* (seed 002)."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A subject at this door: what is stored, and what a principal carries.

    Everybody has one ``primary_group`` (*documented*: required in the user object); ``groups``
    are the roles beside it. Without a ``language`` the server's own is used.
    """

    primary_group: GroupName
    groups: tuple[GroupName, ...] = ()
    language: Language | None = None
    comment: Comment = ""


def read(table: Mapping[str, object]) -> bytes:
    """Return the document to store for a table. Raises `watchword.config.TableError`.

    *Documented* by the vendor's client: the primary role is not repeated among the others.
    """
    written = read_table(Profile, table)
    others = dict.fromkeys(name for name in written.groups if name != written.primary_group)
    return msgspec.json.encode(msgspec.structs.replace(written, groups=tuple(others)))


def parse(document: bytes) -> Profile:
    """Return the profile in a stored document. Raises ``ValueError``."""
    return msgspec.json.decode(document, type=Profile)


def as_profile(profile: object) -> Profile:
    """Narrow what the core hands back to what `parse` gave it."""
    if not isinstance(profile, Profile):
        message = f"not a profile of {AUDIENCE}: {type(profile).__name__}"
        raise TypeError(message)
    return profile
