"""What this door knows of a machine: ``[subjects.oauth]``, which is stored as it is written."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from watchword.config import TableError, read_table
from watchword.core.core import Core
from watchword.core.subjects import Audience
from watchword.web.profiles import narrowing

__all__ = ["AUDIENCE", "Profile", "as_profile", "check_profile", "grantable", "parse", "read"]

AUDIENCE: Final = Audience("oauth")

GrantType: TypeAlias = Literal["client_credentials"]
Scope: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+\Z")]
"""RFC 6749 section 3.3: visible ASCII but for the quote and the backslash."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A client as this door knows it.

    ``grant_types`` (RFC 7591 section 2): by which it may get tokens; with none it may only ask.
    ``scopes``: which those may carry. ``introspects`` and ``revokes``: the audiences whose tokens
    it may ask about, and end. Without them there are none but its own.
    """

    grant_types: frozenset[GrantType] = frozenset({"client_credentials"})
    scopes: frozenset[Scope] = frozenset()
    introspects: frozenset[Audience] = frozenset()
    revokes: frozenset[Audience] = frozenset()


def read(table: Mapping[str, object]) -> bytes:
    """Return the document to store for a table. Raises `watchword.config.TableError`.

    Sets are written in one order, so that the same profile always gives the same bytes.
    """
    return msgspec.json.encode(read_table(Profile, table), order="deterministic")


def parse(document: bytes) -> Profile:
    """Return the profile in a stored document. Raises ``ValueError``."""
    return msgspec.json.decode(document, type=Profile)


def check_profile(core: Core, _table: Mapping[str, object], document: bytes) -> None:
    """Raise `watchword.config.TableError` for a dialect that is not served here."""
    profile = parse(document)
    for key, audiences in (("introspects", profile.introspects), ("revokes", profile.revokes)):
        unknown = sorted(audiences - core.policy.audiences.keys())
        if unknown:
            raise TableError(key, f"no dialect that is served here is named {unknown[0]!r}")


as_profile: Final = narrowing(Profile, AUDIENCE)
"""Narrows what the core hands back to what `parse` gave it."""


def grantable(profile: object) -> frozenset[str]:
    """Return the scopes that a client with this profile may be granted."""
    return as_profile(profile).scopes
