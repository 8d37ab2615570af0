"""The vendor's documents in the vendor's spelling, keys in the order of the wire.

Nothing outside of this folder imports a schema.
"""

from enum import IntEnum
from typing import Final

import msgspec

__all__ = [
    "CapturingMedia",
    "ChannelType",
    "EntryDefinition",
    "EntryType",
    "ErrorResponse",
    "JourneyDefinition",
    "MessageResponse",
    "TokenResponse",
]

NAME_CLAIM: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
ROLE_CLAIM: Final = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"


class TokenResponse(msgspec.Struct, frozen=True):
    """The answer to a good login. *Documented*: seed 001, keys and order.

    ``.expires`` is *observed* (wire contract IDscan 1.2): the example breaks off after a comma
    where it would follow. All values but ``expires_in`` are text, numbers too.
    """

    access_token: str
    token_type: str
    expires_in: int
    branch_code: str = msgspec.field(name="BranchCode")
    name: str = msgspec.field(name=NAME_CLAIM)
    full_name: str = msgspec.field(name="FullName")
    abbey_service_centre: str = msgspec.field(name="AbbeyServiceCentre")
    journey_id: str = msgspec.field(name="JourneyId")
    idle_session_timeout: str = msgspec.field(name="IdleSessionTimeout")
    role: str = msgspec.field(name=ROLE_CLAIM)
    member_of: str = msgspec.field(name="memberOf")
    tenant: str
    issued: str = msgspec.field(name=".issued")
    expires: str = msgspec.field(name=".expires")


class ErrorResponse(msgspec.Struct, frozen=True):
    """What the token endpoint says no with (RFC 6749 section 5.2, as Katana writes it)."""

    error: str


class MessageResponse(msgspec.Struct, frozen=True, rename="pascal"):
    """What every other call says no with, as ASP.NET Web API writes it."""

    message: str


class ChannelType(IntEnum):
    """Where a journey is gone through. *Observed* numbers (wire contract IDscan 2.4)."""

    CAPTURE_STUDIO = 1
    WEB = 2
    MOBILE = 3


class CapturingMedia(IntEnum):
    """What captures a journey's images. *Observed* numbers (wire contract IDscan 2.4)."""

    SCANNER = 1
    FILE_UPLOAD = 2
    WEB_CAMERA = 3
    CAMERA = 4


class EntryType(IntEnum):
    """What a step captures or compares. *Documented* (wire contract IDscan 2.4)."""

    FRONTSIDE = 1
    BACKSIDE = 2
    SELFIE = 3
    ADDRESSDOCUMENT = 4
    CHIP_PHOTO_FACE_MATCH = 5
    LIVENESS = 6
    NFC = 7
    PASSIVE_LIVENESS = 8


class EntryDefinition(msgspec.Struct, frozen=True, rename="pascal"):
    """One step of a journey definition. *Documented* (wire contract IDscan 2.4)."""

    journey_entry_definition_id: str
    journey_definition_id: str
    type: EntryType
    order: int
    is_optional: bool


class JourneyDefinition(msgspec.Struct, frozen=True, rename="pascal"):
    """A journey that can be gone through. Spelling of the keys *observed* (wire contract 2.4)."""

    journey_definition_id: str
    name: str
    channel_type: ChannelType
    capturing_media: CapturingMedia
    last_updated_date_time: str
    is_active: bool
    entry_definitions: tuple[EntryDefinition, ...]
    is_predefined_journey: bool
