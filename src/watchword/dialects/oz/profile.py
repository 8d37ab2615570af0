"""What Oz knows about a subject: its role and which analyses it may start.

The only module that knows the stored document. It is parsed when a session is opened or first
looked up, never on the hot path.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from watchword.config import read_table
from watchword.core.subjects import Subject, TenantId
from watchword.web.profiles import narrowing

__all__ = [
    "ALIAS",
    "CANONICAL",
    "WITHOUT_COMPANY",
    "AnalysisType",
    "Profile",
    "UserType",
    "company_of",
    "parse_profile",
    "profile_of",
    "read_profile",
    "store_profile",
]

ALIAS: Final = "can_start_analyse_"
CANONICAL: Final = "can_start_analysis_"


class UserType(StrEnum):
    """A role, as API 6 spells it (wire contract Oz 6.1; the last two *inferred*)."""

    ADMIN = "ADMIN"
    OPERATOR = "OPERATOR"
    CLIENT = "CLIENT"
    CLIENT_SERVICE = "CLIENT_SERVICE"
    CLIENT_ADMIN = "CLIENT_ADMIN"
    CLIENT_OPERATOR = "CLIENT_OPERATOR"

    @classmethod
    def _missing_(cls, value: object) -> "UserType | None":
        """Compare without regard to case (*inferred*, wire contract Oz 1.1)."""
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


# Documented (wire contract Oz 4.1): these belong to no company, whatever the directory says.
WITHOUT_COMPANY: Final = frozenset({UserType.ADMIN, UserType.OPERATOR})


class AnalysisType(StrEnum):
    """A kind of analysis; each has a flag of its own (wire contract Oz 8)."""

    BIOMETRY = "BIOMETRY"
    COLLECTION = "COLLECTION"
    DOCUMENTS = "DOCUMENTS"
    QUALITY = "QUALITY"

    @classmethod
    def _missing_(cls, value: object) -> "AnalysisType | None":
        """Compare without regard to case (*inferred*, wire contract Oz 1.1)."""
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One subject at this door.

    A name that is None follows from the subject's full name. Everything that the flags guard is
    allowed by default (*documented* for three of them, wire contract Oz 4.1).
    """

    # Chosen: the role with the fewest rights where none is given (wire contract Oz 4.2).
    user_type: UserType = UserType.CLIENT
    can_start_analysis_biometry: bool = True
    can_start_analysis_collection: bool = True
    can_start_analysis_documents: bool = True
    can_start_analysis_quality: bool = True
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    meta_data: dict[str, object] = {}

    def may_start(self, kind: AnalysisType) -> bool:
        """Say whether the flag of this kind of analysis is on."""
        match kind:
            case AnalysisType.BIOMETRY:
                return self.can_start_analysis_biometry
            case AnalysisType.COLLECTION:
                return self.can_start_analysis_collection
            case AnalysisType.DOCUMENTS:
                return self.can_start_analysis_documents
            case AnalysisType.QUALITY:
                return self.can_start_analysis_quality


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Profile).decode


def read_profile(table: Mapping[str, object]) -> bytes:
    """Return the document for a ``[subjects.oz]`` table. Raises `TableError`.

    API 5 spells the flags ``can_start_analyse_*``; that is taken too, and where both are given
    the newer spelling wins (*chosen*, wire contract Oz 4.2).
    """
    older = {key: value for key, value in table.items() if key.startswith(ALIAS)}
    newer = {key: value for key, value in table.items() if key not in older}
    renamed = {CANONICAL + key.removeprefix(ALIAS): value for key, value in older.items()}
    return _encode(read_table(Profile, renamed | newer))


def parse_profile(document: bytes) -> Profile:
    """Return the profile in a stored document. Raises ``ValueError`` on nonsense."""
    return _decode(document)


def store_profile(profile: Profile) -> bytes:
    """Return the document to store."""
    return _encode(profile)


profile_of: Final = narrowing(Profile, "oz")
"""Narrows what the core hands back, which it got from `parse_profile`."""


def company_of(subject: Subject, profile: Profile) -> TenantId | None:
    """Return the company that a subject belongs to at this door."""
    return None if profile.user_type in WITHOUT_COMPANY else subject.tenant_id
