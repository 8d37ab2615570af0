"""From a request to what the core is asked: grants, refresh tokens, ids.

Rules of this file, all *inferred* from the vendor's framework and from real clients (wire contract
Oz 1.1):

1. A body is JSON whatever its content type says. The installer and the iOS SDK send JSON under
   ``application/x-www-form-urlencoded``.
2. The exception is ``multipart/form-data``: there the JSON is the field ``payload`` (*documented*).
3. Text is trimmed and inner white space collapsed. Passwords are not text: they are taken as they
   are (*chosen*, decision 0201).
"""

import re
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.grants import PasswordGrant
from watchword.core.subjects import SubjectId
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.fields import Fields, read_object
from watchword.web.messages import Request

__all__ = ["read_expire_token", "read_grant", "read_user_id"]

# RFC 2046 section 5.1.1: at most 70 characters, in quotes where they would not be one token.
BOUNDARY: Final = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
PAYLOAD: Final = re.compile(
    rb'^content-disposition:\s*form-data\s*;[^\r\n]*?\bname="?payload"?\s*(?:;|$)',
    re.IGNORECASE | re.MULTILINE,
)


def read_grant(request: Request) -> PasswordGrant:
    """Return the login with its password. Raises `UnreadableBodyError` or `BadFieldError`."""
    credentials = _read_body(request).nested("credentials")
    return PasswordGrant(_squeeze(credentials.text("email")), credentials.text("password"))


def read_expire_token(request: Request) -> str:
    """Return the refresh token. Raises `UnreadableBodyError` or `BadFieldError`."""
    return _squeeze(_read_body(request).text("expire_token"))


def read_user_id(request: Request) -> SubjectId:
    """Return the id in the path. Raises `BadFieldError`."""
    try:
        return SubjectId(msgspec.convert(request.parameters["user_id"], UUID))
    except msgspec.ValidationError as error:
        raise BadFieldError("user_id", FieldFault.BAD_VALUE, "uuid") from error


def _read_body(request: Request) -> Fields:
    content_type = request.header(b"content-type") or ""
    if content_type.lower().startswith("multipart/form-data"):
        return read_object(_payload(content_type, request.body))
    return read_object(request.body)


def _payload(content_type: str, body: bytes) -> bytes:
    """Return the part named ``payload``. Raises `BadFieldError` if there is none."""
    found = BOUNDARY.search(content_type)
    # A delimiter stands at the beginning of a line; the first line of the body has none before it.
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1") if found else b"\r\n"
    for part in (b"\r\n" + body).split(delimiter):
        head, _, content = part.partition(b"\r\n\r\n")
        if PAYLOAD.search(head):
            return content
    raise BadFieldError("payload", FieldFault.MISSING)


def _squeeze(text: str) -> str:
    return " ".join(text.split())
