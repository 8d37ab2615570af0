"""Where this vendor puts a token: in a header of its own, without a scheme in front.

Nothing here ever looks at the query string or at cookies.
"""

from typing import Final

from watchword.core.access import Principal
from watchword.core.audit import Actor
from watchword.core.errors import TokenMissingError
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.web.messages import Request
from watchword.web.operation import Desk

__all__ = ["TOKEN", "actor_of", "read_token", "require_token"]

TOKEN: Final = b"x-forensic-access-token"
# Documented on one page and taken for a typing error: no client has the s (wire contract Oz 1.1).
TOKEN_MISSPELT: Final = b"x-forensics-access-token"


def read_token(desk: Desk[Settings], request: Request) -> str | None:
    """Return the access token, or None if there is none. Raises `BadCredentialError`."""
    token = request.credential(TOKEN)
    if token is None and desk.settings.accept_forensics_header:
        return request.credential(TOKEN_MISSPELT)
    return token


def require_token(desk: Desk[Settings], request: Request) -> str:
    """Return the access token. Raises `TokenMissingError` or `BadCredentialError`.

    For a call that is not guarded because an expired token is good enough for it.
    """
    token = read_token(desk, request)
    if not token:
        raise TokenMissingError
    return token


def actor_of(request: Request, principal: Principal) -> Actor:
    """Return the caller as the audit trail names it."""
    subject = principal.subject
    return Actor(subject.id, subject.address or subject.name, AUDIENCE, request.address)
