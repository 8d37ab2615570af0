"""From a request to what the core is asked: grants, refresh tokens, ids.

Rules of this file, all *inferred* from the vendor's framework and from real clients (wire contract
Oz 1.1):

1. A body is JSON whatever its content type says. The installer and the iOS SDK send JSON under
   ``application/x-www-form-urlencoded``.
2. The exception is ``multipart/form-data``: there the JSON is the field ``payload`` (*documented*).
3. Text is trimmed and inner white space collapsed. Passwords are not text: they are taken as they
   are (*chosen*, decision 0201).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.grants import PasswordGrant
from watchword.core.subjects import SubjectId, TenantId
from watchword.web.errors import BadFieldError, BodyTooLargeError, FieldFault
from watchword.web.fields import Fields, read_object
from watchword.web.messages import Request
from watchword.web.multipart import Part, is_form, read_form
from watchword.web.operation import USUAL_BODY

__all__ = [
    "Upload",
    "read_body",
    "read_company_id",
    "read_expire_token",
    "read_grant",
    "read_id",
    "read_upload",
    "read_user_id",
]

PAYLOAD: Final = "payload"
# Chosen: fields beside the payload and the files are left alone, but not any number of them.
OTHER_PARTS: Final = 16


@dataclass(frozen=True, slots=True)
class Upload:
    """A request that may carry files: its JSON, and the files in their order."""

    payload: Fields
    files: Sequence[Part] = ()


def read_grant(request: Request) -> PasswordGrant:
    """Return the login with its password. Raises `UnreadableBodyError` or `BadFieldError`."""
    credentials = read_body(request).nested("credentials")
    return PasswordGrant(_squeeze(credentials.text("email")), credentials.text("password"))


def read_expire_token(request: Request) -> str:
    """Return the refresh token. Raises `UnreadableBodyError` or `BadFieldError`."""
    return _squeeze(read_body(request).text("expire_token"))


def read_user_id(request: Request) -> SubjectId:
    """Return a user's id in the path. Raises `BadFieldError`."""
    return SubjectId(read_id(request, "user_id"))


def read_company_id(request: Request) -> TenantId:
    """Return a company's id in the path. Raises `BadFieldError`."""
    return TenantId(read_id(request, "company_id"))


def read_id(request: Request, name: str) -> UUID:
    """Return the id of that name in the path. Raises `BadFieldError`."""
    try:
        return msgspec.convert(request.parameters[name], UUID)
    except msgspec.ValidationError as error:
        raise BadFieldError(name, FieldFault.BAD_VALUE, "uuid") from error


def read_body(request: Request) -> Fields:
    """Return the JSON of any request. Raises `UnreadableBodyError` or `BadFieldError`."""
    content_type = request.header(b"content-type") or ""
    if not is_form(content_type):
        return read_object(request.body)
    payload, _ = _sort(read_form(content_type, request.body, most_parts=OTHER_PARTS))
    if payload is None:
        raise BadFieldError(PAYLOAD, FieldFault.MISSING)
    return read_object(payload.content)


def read_upload(request: Request, most_files: int) -> Upload:
    """Return the JSON and the files of a request; a form may do without the JSON.

    Raises `UnreadableBodyError`, `BadFieldError`, or `BodyTooLargeError` for too many files.
    """
    content_type = request.header(b"content-type") or ""
    if not is_form(content_type):
        return Upload(_read_payload(request.body))
    parts = read_form(content_type, request.body, most_parts=most_files + OTHER_PARTS)
    payload, files = _sort(parts)
    if len(files) > most_files:
        raise BodyTooLargeError(most_files)
    return Upload(_read_payload(b"{}" if payload is None else payload.content), files)


def _read_payload(payload: bytes) -> Fields:
    """Read JSON that came by a way on which more than a usual body may come."""
    if len(payload) > USUAL_BODY:
        raise BodyTooLargeError(USUAL_BODY)
    return read_object(payload)


def _sort(parts: Sequence[Part]) -> tuple[Part | None, Sequence[Part]]:
    """Tell the payload from the files. Raises `BadFieldError` if there are two payloads."""
    payloads = [part for part in parts if part.name == PAYLOAD]
    if len(payloads) > 1:
        raise BadFieldError(PAYLOAD, FieldFault.BAD_VALUE)
    files = [part for part in parts if part.name != PAYLOAD and part.file_name is not None]
    return (payloads[0] if payloads else None), files


def _squeeze(text: str) -> str:
    return " ".join(text.split())
