"""Saying no in this vendor's words: every refusal of the core and of the HTTP, in one ``match``.

The shapes are *observed* (wire contract FindFace 1.2): ``traceback`` with 400 and 403 only. Where
no body was recorded, the shape of its neighbours is *chosen*.
"""

from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from typing import Final, TypeAlias, assert_never

from watchword.core.errors import (
    AlreadyExistsError,
    ChallengeRefusedError,
    DeviceBlockedError,
    FaceRefusedError,
    ForbiddenError,
    InvalidCredentialsError,
    NotFoundError,
    OverloadedError,
    RefreshForeignError,
    RefreshUnknownError,
    RosterUnavailableError,
    ScopeMissingError,
    ScopeRefusedError,
    StorageUnavailableError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenMissingError,
    TokenUnknownError,
    TooManyAttemptsError,
    TooManyRequestsError,
)
from watchword.core.faces import FaceFault
from watchword.dialects.findface import texts
from watchword.dialects.findface.languages import Language, choose
from watchword.dialects.findface.password_policy import SHORTEST_PASSWORD
from watchword.dialects.findface.profile import AUDIENCE, as_profile
from watchword.dialects.findface.replies import json_reply
from watchword.dialects.findface.schemas import BadParam, Denied, Lacking, Refusal
from watchword.dialects.findface.security import read_token
from watchword.dialects.findface.settings import Settings
from watchword.dialects.findface.texts import Text
from watchword.web.errors import (
    AnyRefusal,
    BadCredentialError,
    BadFieldError,
    BodyTooLargeError,
    CredentialFault,
    FieldFault,
    MethodNotAllowedError,
    RouteUnknownError,
    UnexpectedError,
    UnreadableBodyError,
)
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["refuse"]

_Stranger: TypeAlias = (
    BadCredentialError
    | InvalidCredentialsError
    | FaceRefusedError
    | TooManyAttemptsError
    | TokenMissingError
    | TokenUnknownError
    | TokenExpiredError
    | RefreshUnknownError
    | RefreshForeignError
    | SubjectDisabledError
    | TenantClosedError
)

_Later: TypeAlias = (
    TooManyRequestsError | OverloadedError | StorageUnavailableError | RosterUnavailableError
)

# *Inferred* from the framework, *chosen* to be the same at the login: a Basic challenge would
# raise a browser's own dialog in the vendor's client (wire contract FindFace 1.2).
CHALLENGE: Final = (b"www-authenticate", b"Token")

CREDENTIAL_TEXTS: Final[Mapping[tuple[str, CredentialFault], Text]] = {
    ("", CredentialFault.EMPTY): texts.NOT_PROVIDED,
    ("basic", CredentialFault.EMPTY): texts.EMPTY_BASIC,
    ("basic", CredentialFault.SPACES): texts.SPACED_BASIC,
    ("basic", CredentialFault.ENCODING): texts.MISCODED_BASIC,
    # *Chosen*: an oversized password looks like a wrong one, and so does a header given twice.
    ("basic", CredentialFault.TOO_LONG): texts.WRONG_PASSWORD,
    ("basic", CredentialFault.REPEATED): texts.WRONG_PASSWORD,
    ("token", CredentialFault.EMPTY): texts.EMPTY_TOKEN,
    ("token", CredentialFault.SPACES): texts.SPACED_TOKEN,
}
"""What is said of a malformed header; of any other, that its token is invalid."""

TYPE_TEXTS: Final[Mapping[str, Text]] = {
    "string": texts.NOT_A_STRING,
    "boolean": texts.NOT_A_BOOLEAN,
    "integer": texts.NOT_AN_INTEGER,
    "uuid": texts.NOT_A_UUID,
    "datetime": texts.NOT_A_DATE,
    "list": texts.NOT_A_LIST,
    "address": texts.NOT_AN_ADDRESS,
    "file": texts.NOT_A_FILE,
}
"""What is said of a value of the wrong type; of any other, that it is no dictionary."""

VALUE_TEXTS: Final[Mapping[str, Text]] = {
    "string": texts.NULL_CHARACTERS,
    "pk": texts.NO_OBJECT,
    "other than built-in": texts.BUILT_IN_ROLE,
    "unused": texts.ROLE_IN_USE,
    "no photo": texts.NO_PHOTOS,
    "video": texts.NO_VIDEO,
    "source photo": texts.NO_SOURCE,
    "one object": texts.SEVERAL_FACES,
    "good photo": texts.POOR_PHOTO,
    "image": texts.NO_IMAGE,
    "own face": texts.OTHER_FACE,
    "fewer photos": texts.ENOUGH_PHOTOS,
    "longer": texts.TOO_SHORT.about(limit=SHORTEST_PASSWORD),
    "more than digits": texts.ONLY_DIGITS,
    "rarer": texts.TOO_COMMON,
    "dissimilar": texts.TOO_SIMILAR,
    "kept elsewhere": texts.KEPT_ELSEWHERE,
    "no colon": texts.NO_COLON,
    "one address": texts.ONE_ADDRESS,
    "ascii": texts.NOT_ASCII,
}
"""What is said of a bad value; of any other, that it is no valid choice."""

OWN_DATA: Final = {"username": texts.USER_NAME, "real name": texts.REAL_NAME}
"""What a password must not be like, as users are told."""

UNREAD_FACES: Final = frozenset({FaceFault.UNREADABLE, FaceFault.TOO_LARGE})

MODELS: Final = {
    "subject": "User",
    "group": "Group",
    "document": "Group",
    "session": "FFSecAuthSession",
    "device": "DeviceBlacklistRecord",
    "permission": "Permission",
    "watch list": "WatchList",
    "camera group": "CameraGroup",
    "value": "UserKeyValue",
    "entry": "AuditLog",
    "photo": "UserFace",
}
"""The vendor's names for what is not there (*inferred* from its permissions)."""

FIELDS: Final = {"login": "name"}
"""The wire's names for fields that must be unique."""


def refuse(desk: Desk[Settings], request: Request, error: AnyRefusal) -> Reply:
    """Return the vendor's answer to a refusal."""
    language = _language(desk, request)
    if isinstance(error, FaceRefusedError) and error.fault in UNREAD_FACES:
        # *Chosen* (wire contract FindFace 2.3): what is no video is a wrong field.
        error = BadFieldError("video", FieldFault.BAD_VALUE, "video")
    match error:
        case (
            BadCredentialError()
            | InvalidCredentialsError()
            | FaceRefusedError()
            | TooManyAttemptsError()
            | TokenMissingError()
            | TokenUnknownError()
            | TokenExpiredError()
            | RefreshUnknownError()
            | RefreshForeignError()
            | SubjectDisabledError()
            | TenantClosedError()
        ):
            body = Refusal("UNAUTHORIZED", _why_unknown(error).said_in(language))
            reply = json_reply(401, body, CHALLENGE)
        case (
            BadFieldError() | UnreadableBodyError() | AlreadyExistsError() | ChallengeRefusedError()
        ):
            text, param = _what_is_wrong(error)
            reply = json_reply(400, BadParam("", "BAD_PARAM", text.said_in(language), param))
        case ForbiddenError() | ScopeMissingError() | ScopeRefusedError() | DeviceBlockedError():
            reply = json_reply(403, _denied(error, language))
        case RouteUnknownError() | NotFoundError():
            reply = json_reply(404, Refusal("NOT_FOUND", _what_is_absent(error).said_in(language)))
        case _:
            reply = _refuse_plainly(request, error, language)
    return reply


def _language(desk: Desk[Settings], request: Request) -> Language:
    """Return the language to speak: the request's, else the user's, else the server's.

    The order is *chosen* (wire contract FindFace 1).
    """
    own = _language_of_user(desk, request)
    usual = [desk.settings.language] if own is None else [own, desk.settings.language]
    return choose(request.header(b"accept-language"), usual)


def _language_of_user(desk: Desk[Settings], request: Request) -> Language | None:
    """Return what the user has set, where a token tells without blocking who that is."""
    with suppress(BadCredentialError):
        token = read_token(desk, request)
        principal = desk.core.access.recall(token, AUDIENCE) if token else None
        return None if principal is None else as_profile(principal.profile).language
    return None


def _why_unknown(error: _Stranger) -> Text:
    match error:
        case BadCredentialError(scheme, fault):
            return CREDENTIAL_TEXTS.get((scheme, fault), texts.INVALID_TOKEN)
        case InvalidCredentialsError() | TooManyAttemptsError():
            return texts.WRONG_PASSWORD
        case FaceRefusedError():
            return texts.UNKNOWN_FACE
        case TokenMissingError():
            return texts.NOT_PROVIDED
        case SubjectDisabledError() | TenantClosedError():
            return texts.INACTIVE
        case (
            TokenUnknownError()
            | TokenExpiredError()
            | RefreshUnknownError()
            | RefreshForeignError()
        ):
            return texts.INVALID_TOKEN
        case _:
            assert_never(error)


def _what_is_wrong(
    error: BadFieldError | UnreadableBodyError | AlreadyExistsError | ChallengeRefusedError,
) -> tuple[Text, str | None]:
    """Return the sentence and the field that it is about."""
    match error:
        case BadFieldError():
            return _about_field(error), error.path
        case UnreadableBodyError():
            return texts.MALFORMED, None
        case ChallengeRefusedError():
            # *Chosen*, so that a client can tell it from a face and ask for another one.
            return texts.CHALLENGE_OVER, "challenge"
        case AlreadyExistsError():
            return texts.NOT_UNIQUE, FIELDS.get(error.field, error.field)
        case _:
            assert_never(error)


def _about_field(error: BadFieldError) -> Text:
    match error.fault:
        case FieldFault.MISSING:
            text = texts.NO_FILE if error.expected == "file" else texts.REQUIRED
        case FieldFault.NULL:
            text = texts.NULL
        case FieldFault.BLANK:
            text = texts.EMPTY_FILE if error.expected == "file" else texts.BLANK
        case FieldFault.TOO_LONG:
            text = texts.TOO_LONG.about(limit=error.expected)
        case FieldFault.WRONG_TYPE:
            wrong = TYPE_TEXTS.get(error.expected, texts.NOT_A_DICTIONARY)
            text = wrong.about(found=error.found)
        case FieldFault.BAD_VALUE:
            wrong = VALUE_TEXTS.get(error.expected, texts.NOT_A_CHOICE)
            text = wrong.about(found=OWN_DATA.get(error.found, error.found))
        case _:
            assert_never(error.fault)
    return text


def _denied(
    error: ForbiddenError | ScopeMissingError | ScopeRefusedError | DeviceBlockedError,
    language: Language,
) -> Denied | Lacking:
    """Return the body of a 403.

    Which permission is missing is *observed* of objects; the entry for a permission of a model is
    *chosen*: its name.
    """
    match error:
        case ScopeMissingError(scope):
            desc = texts.DENIED.said_in(language)
            return Lacking("", "PERMISSION_DENIED", desc, (scope,))
        case DeviceBlockedError():
            # *Chosen* (wire contract FindFace 2.6), so that the vendor's client shows a message.
            return Denied("", "PERMISSION_DENIED", texts.DEVICE_BLOCKED.said_in(language))
        case ForbiddenError() | ScopeRefusedError():
            return Denied("", "PERMISSION_DENIED", texts.DENIED.said_in(language))
        case _:
            assert_never(error)


def _what_is_absent(error: RouteUnknownError | NotFoundError) -> Text:
    if isinstance(error, NotFoundError) and error.kind in MODELS:
        return texts.NO_SUCH.about(model=MODELS[error.kind])
    return texts.NOT_FOUND


def _put_off(error: _Later, language: Language) -> Reply:
    """Say when to come back. For who asks too often the framework has words (*inferred*)."""
    seconds = max(1, ceil(error.retry_after.total_seconds()))
    after = (b"retry-after", str(seconds).encode())
    if isinstance(error, TooManyRequestsError):
        said = texts.THROTTLED.about(limit=seconds).said_in(language)
        return json_reply(429, Refusal("THROTTLED", said), after)
    return json_reply(503, Refusal("SERVICE_UNAVAILABLE", texts.BUSY.said_in(language)), after)


def _refuse_plainly(
    request: Request,
    error: MethodNotAllowedError | BodyTooLargeError | UnexpectedError | _Later,
    language: Language,
) -> Reply:
    """Answer what none of the vendor's operations brings about. The codes are *chosen*."""
    match error:
        case MethodNotAllowedError(allowed):
            said = texts.NOT_ALLOWED.about(method=request.method).said_in(language)
            allow = (b"allow", ", ".join(allowed).encode())
            return json_reply(405, Refusal("METHOD_NOT_ALLOWED", said), allow)
        case BodyTooLargeError():
            said = texts.TOO_LARGE.said_in(language)
            return json_reply(413, Refusal("REQUEST_ENTITY_TOO_LARGE", said))
        case UnexpectedError():
            said = texts.BROKEN.said_in(language)
            return json_reply(500, Refusal("INTERNAL_SERVER_ERROR", said))
        case (
            TooManyRequestsError()
            | OverloadedError()
            | StorageUnavailableError()
            | RosterUnavailableError()
        ):
            return _put_off(error, language)
        case _:
            assert_never(error)
