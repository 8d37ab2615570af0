"""The wire in the vendor's own spelling and order (seed 002; wire contract FindFace 2.7, 7).

The order of fields is the order of keys on the wire.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from watchword.dialects.findface.languages import Language

__all__ = [
    "LONGEST_UUID",
    "AuthConfig",
    "BadParam",
    "Config",
    "Date",
    "Denial",
    "Denied",
    "Json",
    "Lacking",
    "LoginRequest",
    "LoginResult",
    "Refusal",
    "Text",
    "User",
]

LONGEST_UUID: Final = 256
"""*Documented* (seed 002)."""

# How these are described; on the wire they are what they are.
Date = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Text = Annotated[str, Meta(pattern=r"^[^\x00]*$")]
Names = Annotated[
    msgspec.Raw, Meta(extra_json_schema={"type": "array", "items": {"type": "string"}})
]
Json = Annotated[msgspec.Raw, Meta(extra_json_schema={"type": "object"})]


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """The body of ``POST /auth/login/``, as it was understood. ``device_info`` is a JSON object."""

    video_auth_token: str = field(repr=False)
    uuid: str
    mobile: bool
    device_info: bytes


class User(msgspec.Struct, frozen=True):
    """A user.

    ``permissions`` is a JSON array.
    """

    id: int
    active: bool
    created_date: Date
    groups: tuple[int, ...]
    modified_date: Date
    permissions: Names
    real_name: str
    name: str
    comment: str
    camera_group_permissions: Mapping[str, str]
    watch_list_permissions: Mapping[str, str]
    group_permissions: Mapping[str, str]
    primary_group: int
    language: Language
    has_face: bool
    face_cover: str | None
    ad_user: bool
    # *Observed* in later builds only; the seed's table does not have it. *Chosen*: sent always.
    has_admin_permissions: bool


@dataclass(frozen=True, slots=True)
class LoginResult:
    """The answer to a login.

    *Documented* (seed 002): all three keys, in this order.
    """

    token: str = field(repr=False)
    user: User
    token_expiration_datetime: Date


class AuthConfig(msgspec.Struct, frozen=True, rename=str.upper):
    """How one can log in, and what that means for a session."""

    auth_type: str
    face_auth_confidence: float
    maximum_session_length: int
    need_session_renew: bool
    renew_session_interval: int
    maximum_renew_attempts: int


class Config(msgspec.Struct, frozen=True):
    """What a client learns before it logs in (wire contract 2.11)."""

    auth: AuthConfig
    enable_acl: bool
    language: Language
    services: Mapping[str, Mapping[str, bool]]
    plugins: Mapping[str, object]


class Refusal(msgspec.Struct, frozen=True):
    """A refusal without more to say.

    401, 404, 405 and those of the server itself.
    """

    code: str
    desc: str


class BadParam(msgspec.Struct, frozen=True):
    """Which field is wrong and how.

    400. ``traceback`` is empty on production (*observed*).
    """

    traceback: str
    code: str
    desc: str
    param: str | None


class Denied(msgspec.Struct, frozen=True):
    """403."""

    traceback: str
    code: str
    desc: str


class Lacking(msgspec.Struct, frozen=True):
    """403 for want of permissions (*observed*, wire contract FindFace 1.2)."""

    traceback: str
    code: str
    desc: str
    missing_permissions: tuple[str, ...]


class Denial(msgspec.Struct, frozen=True):
    """A refusal of what the caller may not do, with the permissions that it would take.

    `Denied` or `Lacking`, as one shape for the description.
    """

    traceback: str
    code: str
    desc: str
    missing_permissions: tuple[str, ...] | UnsetType = UNSET
