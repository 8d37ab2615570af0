"""Every refusal that the core can give, as facts: no status code and no vendor's words.

::

    CoreError
    ├── InvalidCredentialsError    login and password do not belong together (or worse; not told)
    ├── TooManyAttemptsError       the login or the source is locked; the password was not judged
    ├── FaceRefusedError           nobody who may come in was recognised
    ├── ChallengeRefusedError      what the clip was to show is no longer asked for
    ├── DeviceBlockedError         nobody may log in from this device
    ├── ScopeRefusedError          the subject may not have the scopes it asked for
    ├── TokenMissingError          no token was presented
    ├── TokenUnknownError          no such token here: never issued, ended, or for another audience
    ├── TokenExpiredError          the token was good once
    ├── SubjectDisabledError       the token's subject is switched off
    ├── TenantClosedError          the token's tenant is being deleted
    ├── ScopeMissingError          the token does not carry a scope that the call needs
    ├── RefreshUnknownError        no living session has this refresh token
    ├── RefreshForeignError        the refresh token belongs to somebody else
    ├── ForbiddenError             the principal lacks a right
    ├── NotFoundError              no such record, or none that the caller may see
    ├── AlreadyExistsError         the record would clash with another
    ├── TooManyRequestsError       the source or the session asks too often; nothing was looked at
    ├── OverloadedError            more work is queued than the server will take
    ├── StorageUnavailableError    the storage does not answer
    └── RosterUnavailableError     who keeps the subject's password does not answer

The list is closed: ``AnyCoreError`` is their union, and each dialect maps all of it with ``match``
and ``assert_never``. What a caller must not learn is not in the type: `InvalidCredentialsError`
does not say which half was wrong.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias, final

from watchword.core.challenges import ChallengeFault
from watchword.core.faces import FaceFault

__all__ = [
    "AlreadyExistsError",
    "AnyCoreError",
    "ChallengeRefusedError",
    "CoreError",
    "DeviceBlockedError",
    "FaceRefusedError",
    "ForbiddenError",
    "InvalidCredentialsError",
    "NotFoundError",
    "OverloadedError",
    "RefreshForeignError",
    "RefreshUnknownError",
    "RosterUnavailableError",
    "ScopeMissingError",
    "ScopeRefusedError",
    "StorageUnavailableError",
    "SubjectDisabledError",
    "TenantClosedError",
    "TokenExpiredError",
    "TokenMissingError",
    "TokenUnknownError",
    "TooManyAttemptsError",
    "TooManyRequestsError",
]


class CoreError(Exception):
    """The root of all refusals; never raised itself."""


@final
class InvalidCredentialsError(CoreError):
    """The grant does not open this door; why is in the audit log only."""


@final
@dataclass(eq=False)
class TooManyAttemptsError(CoreError):
    """The login or the source is locked for a while; whether the password was right is not told."""

    retry_after: timedelta


@final
@dataclass(eq=False)
class FaceRefusedError(CoreError):
    """The clip does not open this door. Of one that could be read, why is in the audit log only."""

    fault: FaceFault


@final
@dataclass(eq=False)
class ChallengeRefusedError(CoreError):
    """The nonce stands for no challenge that can be met; why is in the audit log only."""

    fault: ChallengeFault


@final
class DeviceBlockedError(CoreError):
    """The device is blocked, whoever uses it; the password was not judged."""


@final
@dataclass(eq=False)
class ScopeRefusedError(CoreError):
    """The password was right, but the subject may not have these scopes."""

    scopes: frozenset[str]


@final
class TokenMissingError(CoreError):
    """The call needs a token and none was presented."""


@final
class TokenUnknownError(CoreError):
    """No such token is alive at this audience."""


@final
class TokenExpiredError(CoreError):
    """The token is known but past its time."""


@final
class SubjectDisabledError(CoreError):
    """The token's subject is switched off or has lost its profile here."""


@final
class TenantClosedError(CoreError):
    """The tenant of the token's subject is being deleted."""


@final
@dataclass(eq=False)
class ScopeMissingError(CoreError):
    """The token does not carry a scope that the call needs."""

    scope: str


@final
class RefreshUnknownError(CoreError):
    """No living session has this refresh token."""


@final
class RefreshForeignError(CoreError):
    """The refresh token belongs to another subject than the access token."""


@final
class ForbiddenError(CoreError):
    """The principal may not do this."""


@final
@dataclass(eq=False)
class NotFoundError(CoreError):
    """There is no such record, or none that the caller may see. ``kind`` is a core noun."""

    kind: str


@final
@dataclass(eq=False)
class AlreadyExistsError(CoreError):
    """A record with this unique value exists. ``kind`` and ``field`` are core nouns."""

    kind: str
    field: str


@final
@dataclass(eq=False)
class TooManyRequestsError(CoreError):
    """The source or the session asks too often (`watchword.core.limits`); nothing was looked at."""

    retry_after: timedelta


@final
@dataclass(eq=False)
class OverloadedError(CoreError):
    """The queue in front of some work is full."""

    retry_after: timedelta


@final
@dataclass(eq=False)
class StorageUnavailableError(CoreError):
    """The storage does not answer; nothing was changed."""

    retry_after: timedelta = timedelta(seconds=1)


@final
@dataclass(eq=False)
class RosterUnavailableError(CoreError):
    """The roster that keeps the subject's password does not answer; nothing was judged."""

    retry_after: timedelta = timedelta(seconds=5)


AnyCoreError: TypeAlias = (
    InvalidCredentialsError
    | TooManyAttemptsError
    | FaceRefusedError
    | ChallengeRefusedError
    | DeviceBlockedError
    | ScopeRefusedError
    | TokenMissingError
    | TokenUnknownError
    | TokenExpiredError
    | SubjectDisabledError
    | TenantClosedError
    | ScopeMissingError
    | RefreshUnknownError
    | RefreshForeignError
    | ForbiddenError
    | NotFoundError
    | AlreadyExistsError
    | TooManyRequestsError
    | OverloadedError
    | StorageUnavailableError
    | RosterUnavailableError
)
