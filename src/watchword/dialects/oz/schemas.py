"""Oz's own shapes, in its spelling and in its order of keys.

The order is part of the wire: installer scripts take the eighth word of a login's answer as the
token, and know a failure by its first word (wire contract Oz 1.2, *inferred* from the vendor's
installer). Nothing outside of this folder imports a schema.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "CompanyBody",
    "CompanyPage",
    "ConfigBody",
    "Credentials",
    "DeviceInfo",
    "ErrorBody",
    "LoginRequest",
    "PageBody",
    "RefreshRequest",
    "ServiceTokenBody",
    "SessionBody",
    "SessionBodyInApi5",
    "SessionBodyInApi6",
    "SessionTokenBody",
    "User",
    "UserBody",
    "UserBody5",
    "UserPage",
    "UserPage5",
    "VersionBody",
]


class Credentials(msgspec.Struct, frozen=True):
    """A login with its password."""

    email: str
    password: str


class LoginRequest(msgspec.Struct, frozen=True):
    """The body of a login (seed 003)."""

    credentials: Credentials


class RefreshRequest(msgspec.Struct, frozen=True):
    """The body of a refresh (wire contract Oz 2.2)."""

    expire_token: str


class DeviceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The device that logged in, as its headers said (seed 003)."""

    device_family: str | None = None
    device_platform: str | None = None
    device_os: str | None = None
    app_version: str | None = None
    app_build: int | None = None
    device_locale: str | None = None
    sdk_version: str | None = None
    sdk_build: int | None = None
    bundle_id: str | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """What both generations say of a user, in front of the flags (seed 003)."""

    technical_meta_data: dict[str, object] = {}
    meta_data: dict[str, object]
    user_id: UUID
    user_type: str
    first_name: str
    last_name: str
    middle_name: str
    email: str
    is_active: bool


class UserBody(User, frozen=True, kw_only=True):
    """A user as API 6 shows it (seed 000 has the flags' names, and the last key)."""

    can_start_analysis_biometry: bool
    can_start_analysis_collection: bool
    can_start_analysis_documents: bool
    can_start_analysis_quality: bool
    company_id: UUID | None
    is_service: bool | UnsetType = UNSET


class UserBody5(
    User,
    frozen=True,
    kw_only=True,
    rename={
        "can_start_analysis_biometry": "can_start_analyse_biometry",
        "can_start_analysis_collection": "can_start_analyse_collection",
        "can_start_analysis_documents": "can_start_analyse_documents",
        "can_start_analysis_quality": "can_start_analyse_quality",
    },
):
    """A user as API 5 shows it (seed 003). The last two keys are not in every answer (seed 000)."""

    can_start_analysis_biometry: bool
    can_start_analysis_collection: bool
    can_start_analysis_documents: bool
    can_start_analysis_quality: bool
    company_id: UUID | None
    is_admin: bool | UnsetType = UNSET
    is_service: bool | UnsetType = UNSET


class SessionBody(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a login and to a refresh (seed 003)."""

    technical_meta_data: dict[str, object] = {}
    session_id: int
    user_id: UUID
    access_token: str
    expire_token: str | None
    expire_date: float
    device_info: DeviceInfo
    old_access_token: str | None
    user: UserBody | UserBody5


class SessionBodyInApi6(SessionBody, frozen=True, kw_only=True):
    """A session as API 6 has it, for the description of this interface."""

    user: UserBody


class SessionBodyInApi5(SessionBody, frozen=True, kw_only=True):
    """A session as API 5 has it, for the description of this interface."""

    user: UserBody5


class CompanyBody(msgspec.Struct, frozen=True, kw_only=True):
    """A company (seed 000, step 2)."""

    company_id: UUID
    name: str
    in_deletion: bool
    technical_meta_data: dict[str, object] = {}


class CompanyPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of companies."""

    offset: int
    limit: int
    total_count: int | None
    items: Sequence[CompanyBody]


class UserPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of users, as API 6 shows them."""

    offset: int
    limit: int
    total_count: int | None
    items: Sequence[UserBody]


class UserPage5(msgspec.Struct, frozen=True, kw_only=True):
    """One page of users, as API 5 shows them."""

    offset: int
    limit: int
    total_count: int | None
    items: Sequence[UserBody5]


class PageBody(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list (wire contract Oz 1.5, *inferred* from the vendor's framework)."""

    offset: int
    limit: int
    total_count: int | None
    items: Sequence[object]


class ServiceTokenBody(msgspec.Struct, frozen=True, kw_only=True):
    """A service token: these five keys and no others (seed 000, step 4)."""

    token_id: UUID
    user_id: UUID
    access_token: str
    expire_date: float
    # Documented: no session of somebody who logged in.
    session_id: int = 0


class SessionTokenBody(msgspec.Struct, frozen=True, kw_only=True):
    """A signed statement for the capture SDK (*chosen*: the vendor's sample is not known, 2.4)."""

    session_token: str


class VersionBody(msgspec.Struct, frozen=True, kw_only=True):
    """The generation of the interface (*chosen*: the vendor's answer is not known, 7)."""

    version: str


class ConfigBody(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all answers (*documented* as telling the time zone, 7)."""

    timezone: str = "UTC"


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """Every refusal (wire contract Oz 1.4: the third key is spelt in two ways)."""

    error_code: int
    error_message: str
    details: object = UNSET
    error_details: object = UNSET
