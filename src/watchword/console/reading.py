"""Reading what our own pages send. Whatever else somebody sends is malformed and no more.

A page of another site can make a browser post a form, or JSON that calls itself text, without being
asked. It could read no answer, but it could spend its reader's attempts: so neither is read.
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from watchword.core.errors import ForbiddenError
from watchword.core.grants import PasswordGrant
from watchword.core.sessions import Device
from watchword.core.subjects import is_storable
from watchword.web.errors import (
    BadCredentialError,
    BadFieldError,
    CredentialFault,
    FieldFault,
    UnreadableBodyError,
)
from watchword.web.fields import Fields, read_object
from watchword.web.messages import Request
from watchword.web.multipart import Part, is_form, read_form
from watchword.web.operation import USUAL_BODY

__all__ = [
    "LONGEST_FORM",
    "Clip",
    "read_clip",
    "read_device",
    "read_password",
    "read_token",
    "require_own_page",
]

LONGEST_CLIP: Final = 10_485_760
LONGEST_FORM: Final = LONGEST_CLIP + USUAL_BODY
MOST_PARTS: Final = 8
LONGEST_DEVICE: Final = 256
LONGEST_AGENT: Final = 512
BEARER: Final = "bearer"
JSON: Final = "application/json"
OWN_SITE: Final = "same-origin"
NO_SITE: Final = "none"
"""Somebody has written the address, or followed a bookmark."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A face that shows itself: for which challenge, on which device, and as whom, if it says."""

    video: bytes = field(repr=False)
    challenge: str = field(repr=False)
    device: Device
    login: str


def read_password(request: Request) -> tuple[PasswordGrant, Device]:
    """Return what a form with a password says. Raises `UnreadableBodyError` or `BadFieldError`."""
    said = _read_json(request)
    proof = said.text("proof") if "proof" in said.values else ""
    grant = PasswordGrant(said.text("login"), said.text("password"), proof)
    return grant, _device(said, request)


def read_device(request: Request) -> Device:
    """Return the device that a body names. Raises as `read_password` does."""
    return _device(_read_json(request), request)


def read_clip(request: Request) -> Clip:
    """Return what a form with a clip says. Raises as `read_password`, or `BodyTooLargeError`."""
    content_type = request.header(b"content-type") or ""
    if not is_form(content_type):
        raise UnreadableBodyError
    parts = {
        part.name: part for part in read_form(content_type, request.body, most_parts=MOST_PARTS)
    }
    video = parts.pop("video", None)
    if video is None or not 0 < video.size <= LONGEST_CLIP:
        raise BadFieldError("video", FieldFault.MISSING, "file")
    said = Fields({name: _text(part) for name, part in parts.items()})
    login = said.text("login") if "login" in said.values else ""
    return Clip(video.content, said.text("challenge"), _device(said, request), login)


def read_token(request: Request) -> str:
    """Return the token of ``Authorization: Bearer …``. Raises `BadCredentialError`."""
    scheme, _, token = (request.credential(b"authorization") or "").partition(" ")
    if scheme.lower() != BEARER or not token:
        raise BadCredentialError(BEARER, CredentialFault.EMPTY)
    return token


def require_own_page(request: Request) -> None:
    """Raise `ForbiddenError` for a call that a browser makes for somebody else's page.

    Browsers say whose it is where a page came encrypted, or from this machine; programs do not.
    """
    if request.header(b"sec-fetch-site") not in {None, OWN_SITE, NO_SITE}:
        raise ForbiddenError


def _read_json(request: Request) -> Fields:
    content_type = request.header(b"content-type") or ""
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise UnreadableBodyError
    return read_object(request.body)


def _text(part: Part) -> str:
    try:
        return part.content.decode()
    except UnicodeDecodeError as error:
        raise BadFieldError(part.name, FieldFault.WRONG_TYPE, "string") from error


def _device(said: Fields, request: Request) -> Device:
    """Return the device as dialects show it: its browser tells what it is."""
    key = said.text("device", longest=LONGEST_DEVICE)
    if not key.strip() or not is_storable(key):
        raise BadFieldError("device", FieldFault.BAD_VALUE, "string")
    agent = (request.header(b"user-agent") or "")[:LONGEST_AGENT]
    details = msgspec.json.encode({"user_agent": agent})
    return Device(key, mobile="Mobi" in agent, details=details)
