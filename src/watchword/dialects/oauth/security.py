"""Who calls: a client with its secret, or a machine with a token that it was given here.

Rules of this file:

1. A client says who it is in the header (``client_secret_basic``) or in the body
   (``client_secret_post``), never in both (RFC 6749 section 2.3).
2. A client with a secret is judged as at a login, hashing and lock-out included; a token is looked
   up. So whoever asks often gets a token first (decision 0504).
3. What is given twice is refused, never picked from.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import TypeAlias

from watchword.core.errors import TokenMissingError
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.inspection import Look
from watchword.core.subjects import Audience, Subject
from watchword.dialects.oauth.form import Form, unescape
from watchword.dialects.oauth.profile import AUDIENCE, Profile, as_profile
from watchword.dialects.oauth.settings import Settings
from watchword.web.errors import BadCredentialError, BadFieldError, CredentialFault, FieldFault
from watchword.web.messages import Request
from watchword.web.operation import Desk, Lane

__all__ = [
    "Caller",
    "Presented",
    "get_caller",
    "lane_of",
    "read_presented",
    "read_token",
    "recall_caller",
]

Presented: TypeAlias = str | PasswordGrant | None
"""What a request shows of its sender: an access token, a client with its secret, or nothing."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A machine that was found to be who it says, and where it calls from."""

    subject: Subject
    profile: Profile
    address: str

    def look(self, audiences: frozenset[Audience]) -> Look:
        """Return a look of this caller's at the tokens of some audiences."""
        return Look(self.subject, AUDIENCE, audiences, self.address)


def read_token(_desk: Desk[Settings], request: Request) -> str | None:
    """Return the token that a request carries. Raises `BadCredentialError`."""
    found = read_presented(request, Form({}))
    return found if isinstance(found, str) else None


def read_presented(request: Request, form: Form) -> Presented:
    """Return what a request shows of its sender. Raises `BadCredentialError` or `BadFieldError`."""
    header = request.credential(b"authorization")
    name, secret = form.find("client_id"), form.find("client_secret")
    if header is None:
        return PasswordGrant(name, secret) if name or secret else None
    if secret:
        raise BadFieldError(
            "client_secret", FieldFault.BAD_VALUE, "no Authorization header beside it"
        )
    scheme, _, credentials = header.strip(" ").partition(" ")
    credentials = credentials.strip(" ")
    match scheme.lower():
        case "bearer" if credentials:
            return credentials
        case "basic":
            grant = _read_basic(credentials)
            if name not in {"", grant.login}:
                raise BadCredentialError("basic", CredentialFault.REPEATED)
            return grant
        case other:
            raise BadCredentialError(other, CredentialFault.EMPTY)


def recall_caller(desk: Desk[Settings], presented: Presented, address: str) -> Caller | None:
    """Return who calls if this process knows the token that was shown, else None."""
    if not isinstance(presented, str):
        return None
    principal = desk.core.access.recall(presented, AUDIENCE, address)
    if principal is None:
        return None
    return Caller(principal.subject, as_profile(principal.profile), address)


def get_caller(desk: Desk[Settings], presented: Presented, address: str) -> Caller:
    """Return who calls; may block. Raises what a look-up of a token or a login raises."""
    if presented is None:
        raise TokenMissingError
    if isinstance(presented, str):
        found = desk.core.access.principal(presented, AUDIENCE, address)
        return Caller(found.subject, as_profile(found.profile), address)
    checked = desk.core.login.check(presented, Visit(AUDIENCE, address=address))
    return Caller(checked.subject, as_profile(checked.profile), address)


def lane_of(presented: Presented) -> Lane:
    """Return where `get_caller` may block: hashing has threads of its own."""
    return Lane.LOGIN if isinstance(presented, PasswordGrant) else Lane.STORE


def _read_basic(credentials: str) -> PasswordGrant:
    """Read a name and a secret, each encoded as in a form (RFC 6749 section 2.3.1)."""
    try:
        name, colon, secret = base64.b64decode(credentials, validate=True).partition(b":")
        grant = PasswordGrant(unescape(name), unescape(secret))
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise BadCredentialError("basic", CredentialFault.ENCODING) from error
    if not colon:
        raise BadCredentialError("basic", CredentialFault.ENCODING)
    return grant
