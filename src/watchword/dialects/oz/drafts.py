"""What a request wants of a user, read from its body (wire contract Oz 4.2, 4.3).

Pure, and a closed list: whatever else a body holds is left alone, so that nothing can be set by
naming it. Who may want it is `watchword.dialects.oz.rights`'s affair.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from watchword.core.subjects import LONGEST_LOGIN, TenantId, is_storable, printable
from watchword.dialects.oz.columns import LONGEST_SHOWN
from watchword.dialects.oz.profile import ALIAS, CANONICAL, AnalysisType, UserType
from watchword.dialects.oz.roles import SILENT, RoleWords
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.fields import Fields

__all__ = [
    "EMAIL",
    "LABEL",
    "LONGEST_NAME",
    "NAMES",
    "CompanyWord",
    "UserDraft",
    "read_company",
    "read_draft",
    "read_label",
]

NAMES: Final[tuple[str, ...]] = ("first_name", "middle_name", "last_name")
# Chosen: the vendor names no limit.
LONGEST_NAME: Final = 256
# Chosen: as little as makes an address; the vendor's own rule is not known. Two signs beside @
# become one when a login is folded. Every reader of expressions takes this one alike.
_PART: Final = r"[^@\uff20\ufe6b\s\x00-\x20\x7f-\x9f\ufeff]+"
EMAIL: Final = f"{_PART}@{_PART}"
# With one sign at least that no reader of expressions takes for white space.
LABEL: Final = r"[^\x00]*[^\s\x00-\x20\x7f-\x9f\ufeff][^\x00]*"


class CompanyWord(StrEnum):
    """What a body can say of a company beside its id."""

    NOTHING = "nothing"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class UserDraft:
    """Everything that a request may want to be different. What it does not mention is absent.

    ``flags`` are those of analyses.
    """

    email: str | None = None
    password: str | None = field(default=None, repr=False)
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    flags: Mapping[AnalysisType, bool] = field(default_factory=dict[AnalysisType, bool])
    role: RoleWords = SILENT
    company: TenantId | CompanyWord = CompanyWord.NOTHING
    active: bool | None = None

    @property
    def names_only(self) -> bool:
        """Whether nothing but names and the password is mentioned."""
        more = self.email is not None or self.active is not None or bool(self.flags)
        return not more and self.role == SILENT and self.company is CompanyWord.NOTHING


def read_draft(body: Fields, *, new: bool) -> UserDraft:
    """Return what a body wants; of a ``new`` user it must say more. Raises `BadFieldError`."""
    credentials = _part(body, "credentials", new=new)
    profile = _part(body, "profile", new=new)
    return UserDraft(
        email=_read_email(credentials) if new or "email" in credentials.values else None,
        password=credentials.text("password") if new or "password" in credentials.values else None,
        names=_read_names(profile, new=new),
        flags=_read_flags(profile),
        role=_read_role(profile),
        company=read_company(profile),
        active=_read_flag(profile, "is_active"),
    )


def read_label(body: Fields, key: str) -> str:
    """Return what a record is called, which is not empty (*chosen*). Raises `BadFieldError`."""
    label = _read_name(body, key)
    if not label:
        raise BadFieldError(body.at(key), FieldFault.BLANK)
    return label


def _read_name(fields: Fields, key: str) -> str:
    """Return a name, trimmed and collapsed. Raises `BadFieldError`."""
    name = " ".join(fields.text(key, longest=LONGEST_NAME).split())
    if not is_storable(name):
        raise BadFieldError(fields.at(key), FieldFault.BAD_VALUE)
    return name


def _part(body: Fields, key: str, *, new: bool) -> Fields:
    return body.nested(key) if new or key in body.values else Fields({}, key)


def _read_email(credentials: Fields) -> str:
    email = " ".join(credentials.text("email").split())
    if len(email) > LONGEST_LOGIN or not re.fullmatch(EMAIL, email):
        raise BadFieldError(credentials.at("email"), FieldFault.BAD_VALUE, "email")
    return email


def _read_names(profile: Fields, *, new: bool) -> Mapping[str, str]:
    """Read the names that are there; a new user needs a first and a last one (*chosen*)."""
    names: dict[str, str] = {}
    for key in NAMES:
        optional = key == "middle_name"
        if key in profile.values or (new and not optional):
            absent = optional and profile.values[key] is None
            names[key] = "" if absent else _read_name(profile, key)
    return names


def _read_flags(profile: Fields) -> Mapping[AnalysisType, bool]:
    """Read the flags in either spelling; where both are given the newer one wins (*chosen*)."""
    flags: dict[AnalysisType, bool] = {}
    for prefix in (ALIAS, CANONICAL):
        for kind in AnalysisType:
            said = _read_flag(profile, prefix + kind.lower())
            if said is not None:
                flags[kind] = said
    return flags


def _read_role(profile: Fields) -> RoleWords:
    words = RoleWords(
        is_admin=_read_flag(profile, "is_admin"), is_service=_read_flag(profile, "is_service")
    )
    if "user_type" not in profile.values:
        return words
    named = profile.text("user_type").strip()
    try:
        return RoleWords(UserType(named), words.is_admin, words.is_service)
    except ValueError as error:
        shown = printable(named, LONGEST_SHOWN)
        path = profile.at("user_type")
        raise BadFieldError(path, FieldFault.BAD_VALUE, "user type", shown) from error


def read_company(profile: Fields) -> TenantId | CompanyWord:
    """Return what a body says of a company. Raises `BadFieldError`."""
    if "company_id" not in profile.values:
        return CompanyWord.NOTHING
    if profile.values["company_id"] is None:
        return CompanyWord.NULL
    # Seed 000 has a space in front of it.
    written = profile.text("company_id").strip()
    if not written:
        # Inferred (wire contract Oz 1.1): where text may be left out, an empty one is null.
        return CompanyWord.NULL
    try:
        return TenantId(UUID(written))
    except ValueError as error:
        raise BadFieldError(profile.at("company_id"), FieldFault.BAD_VALUE, "uuid") from error


def _read_flag(profile: Fields, key: str) -> bool | None:
    return profile.flag(key, default=False) if key in profile.values else None
