"""What the bodies of requests about users and companies may hold, as the interface describes it.

Bodies are read field by field (`watchword.dialects.oz.drafts`), because a refusal names the field;
these shapes are for the description alone.
"""

from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from watchword.core.subjects import LONGEST_LOGIN
from watchword.dialects.oz.drafts import EMAIL, LABEL, LONGEST_NAME

__all__ = ["CompanyPatch", "Label", "NewCompany", "NewUser", "UserPatch"]

Email = Annotated[str, Meta(max_length=LONGEST_LOGIN, pattern=f"^ *{EMAIL} *$")]
Name = Annotated[str, Meta(max_length=LONGEST_NAME, pattern=r"^[^\x00]*$")]
Label = Annotated[str, Meta(max_length=LONGEST_NAME, pattern=f"^{LABEL}$")]
NewSecret = Annotated[str, Meta(min_length=1)]
UserTypeName = Literal[
    "ADMIN", "OPERATOR", "CLIENT", "CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT_SERVICE"
]
# Documented (wire contract Oz 4.2): a company is needed by all roles but these two.
PLACED: Final[dict[str, object]] = {
    "anyOf": [
        {
            "properties": {"company_id": {"type": "string", "format": "uuid"}},
            "required": ["company_id"],
        },
        {
            "properties": {"user_type": {"enum": ["ADMIN", "OPERATOR"]}},
            "required": ["user_type"],
        },
    ]
}


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What either generation may say of a user (seed 000, step 3). The older flags are aliases."""

    company_id: UUID | UnsetType | None = UNSET
    user_type: UserTypeName | UnsetType = UNSET
    middle_name: Name | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET
    is_admin: bool | UnsetType = UNSET
    is_service: bool | UnsetType = UNSET
    can_start_analysis_biometry: bool | UnsetType = UNSET
    can_start_analysis_collection: bool | UnsetType = UNSET
    can_start_analysis_documents: bool | UnsetType = UNSET
    can_start_analysis_quality: bool | UnsetType = UNSET
    can_start_analyse_biometry: bool | UnsetType = UNSET
    can_start_analyse_collection: bool | UnsetType = UNSET
    can_start_analyse_documents: bool | UnsetType = UNSET
    can_start_analyse_quality: bool | UnsetType = UNSET


class NewProfile(Part, frozen=True, kw_only=True):
    """What is said of a new user."""

    first_name: Name
    last_name: Name


class NewCredentials(msgspec.Struct, frozen=True):
    """What a new user logs in with."""

    email: Email
    password: NewSecret


class NewUser(msgspec.Struct, frozen=True):
    """The body that makes a user (seed 000, step 3)."""

    credentials: NewCredentials
    profile: Annotated[NewProfile, Meta(extra_json_schema=PLACED)]


class ProfilePatch(Part, frozen=True, kw_only=True):
    """What may be changed about a user."""

    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET


class CredentialsPatch(msgspec.Struct, frozen=True, kw_only=True):
    """A new address or a new password."""

    email: Email | UnsetType = UNSET
    password: NewSecret | UnsetType = UNSET


class UserPatch(msgspec.Struct, frozen=True, kw_only=True):
    """The body that changes a user (*chosen*, wire contract Oz 4.3)."""

    credentials: CredentialsPatch | UnsetType = UNSET
    profile: ProfilePatch | UnsetType = UNSET


class NewCompany(msgspec.Struct, frozen=True):
    """The body that makes a company (seed 000, step 2)."""

    name: Label


class CompanyPatch(msgspec.Struct, frozen=True, kw_only=True):
    """The body that changes a company."""

    name: Label | UnsetType = UNSET
