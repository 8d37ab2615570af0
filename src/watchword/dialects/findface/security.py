"""Where this vendor puts credentials: ``Authorization``, as Basic at the login, else as Token.

The texts of refusals are those of the token library and the framework that the server shows to be
built on, so the cases are theirs, too (*inferred*, wire contract FindFace 1.2, sources 16 and 17).
"""

import base64
from typing import Final

from watchword.core.grants import PasswordGrant
from watchword.core.sessions import NO_DEVICE, Device
from watchword.core.subjects import is_storable
from watchword.dialects.findface.schemas import LONGEST_UUID
from watchword.dialects.findface.settings import Settings
from watchword.web.errors import BadCredentialError, CredentialFault
from watchword.web.messages import Request
from watchword.web.operation import Desk

__all__ = ["basic_grant", "header_device", "read_token"]

BASIC: Final = "basic"
TOKEN: Final = "token"


def read_token(_desk: Desk[Settings], request: Request) -> str | None:
    """Return the token of ``Authorization: Token …``, None under any other scheme.

    Raises `BadCredentialError`.
    """
    return _credential(request, TOKEN)


def basic_grant(request: Request) -> PasswordGrant:
    """Return what ``Authorization: Basic …`` presents. Raises `BadCredentialError`."""
    credential = _credential(request, BASIC)
    if credential is None:
        raise BadCredentialError("", CredentialFault.EMPTY)
    try:
        login, colon, password = _text(base64.b64decode(credential, validate=True)).partition(":")
    except ValueError as error:
        raise BadCredentialError(BASIC, CredentialFault.ENCODING) from error
    if not colon:
        raise BadCredentialError(BASIC, CredentialFault.ENCODING)
    return PasswordGrant(login, password)


def header_device(request: Request) -> Device:
    """Return the device that ``x-uuid`` names.

    The vendor's client sends it with every request (*documented*, wire contract FindFace 1).
    """
    uuid = request.header(b"x-uuid") or ""
    fits = len(uuid) <= LONGEST_UUID and is_storable(uuid)
    return Device(uuid) if uuid and fits else NO_DEVICE


def _credential(request: Request, scheme: str) -> str | None:
    """Return what stands behind the scheme's word. Raises `BadCredentialError`."""
    try:
        header = request.credential(b"authorization")
    except BadCredentialError as error:
        raise BadCredentialError(scheme, error.fault) from error
    words = header.split() if header else ()
    if not words or words[0].lower() != scheme:
        return None
    if len(words) == 1:
        raise BadCredentialError(scheme, CredentialFault.EMPTY)
    if len(words) > 2:  # noqa: PLR2004 - a scheme and a credential
        raise BadCredentialError(scheme, CredentialFault.SPACES)
    return words[1]


def _text(raw: bytes) -> str:
    """Read UTF-8, as the vendor's client writes; what is not is Latin-1, as in the framework."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
