"""Sessions: one login on one device, until it ends. Records only."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from watchword.core.networks import Network
from watchword.core.subjects import Audience, SubjectId, TenantId

__all__ = [
    "NO_DEVICE",
    "Device",
    "EndReason",
    "ServiceTokenId",
    "Session",
    "SessionFilter",
    "SessionId",
    "Touch",
]

SessionId = NewType("SessionId", int)
ServiceTokenId = NewType("ServiceTokenId", UUID)


class EndReason(StrEnum):
    """Why a session ended before its time."""

    LEFT = "left"
    """Its holder logged out."""
    REVOKED = "revoked"
    """Somebody with the right to do so closed it."""
    REPLACED = "replaced"
    """Its successor (after a refresh) was used for the first time."""
    DISPLACED = "displaced"
    """The same subject logged in again on the same device."""
    DISABLED = "disabled"
    """The subject, its profile or its tenant was switched off."""
    PASSWORD_CHANGED = "password-changed"
    """The subject got a new password."""
    REPLAYED = "replayed"
    """A refresh token of its family was used after its death."""
    BLOCKED = "blocked"
    """Its device was blocked."""
    REISSUED = "reissued"
    """It was a service token, and its subject got a new one in its place."""


@dataclass(frozen=True, slots=True)
class Device:
    """The device that a session lives on, as its client describes it.

    ``key`` identifies the device where the wire has such a thing, else it is empty. ``details``
    is a JSON object that only the dialect reads.
    """

    key: str = ""
    mobile: bool = False
    details: bytes = b"{}"


NO_DEVICE: Final = Device()
"""The device of a client that says nothing of itself."""


@dataclass(frozen=True, slots=True)
class Session:
    """One login on one device.

    ``id`` is a serial that the storage assigns; 0 means *not stored yet*. ``family`` is the id of
    the login from which a chain of refreshes started (0 in the head of a family: its own id).
    ``predecessor`` is the session that dies when this one is first used. ``nonce`` is what the
    tokens of a refreshed session were derived with. ``deadline`` bounds sliding; None is no bound.
    ``service_token`` is set in a session that nobody logged in to: it stands for one service token
    (`watchword.core.service_tokens`). ``networks`` are those from where alone its token may be
    used; none named is from everywhere.
    """

    subject_id: SubjectId
    audience: Audience
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    id: SessionId = SessionId(0)
    family: SessionId = SessionId(0)
    predecessor: SessionId | None = None
    deadline: datetime | None = None
    scopes: frozenset[str] = frozenset()
    device: Device = NO_DEVICE
    address: str = ""
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    service_token: ServiceTokenId | None = None
    networks: tuple[Network, ...] = ()
    nonce: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which live sessions are meant: those that match every field that is set.

    ``of_service`` tells service tokens (True) from what somebody logged in to (False).
    """

    id: SessionId | None = None
    family: SessionId | None = None
    subject_id: SubjectId | None = None
    tenant_id: TenantId | None = None
    audience: Audience | None = None
    device_key: str | None = None
    other_than: SessionId | None = None
    service_token: ServiceTokenId | None = None
    of_service: bool | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """A session was used: what the storage should learn of it."""

    session_id: SessionId
    seen_at: datetime
    expires_at: datetime
