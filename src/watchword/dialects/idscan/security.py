"""How a token travels: bare in ``Authorization``, or in the cookie ``token``; and what guards it.

Rules of this file:

1. The header counts before the cookie (*chosen*, wire contract IDscan 1.6). A header that is there
   and not empty is the credential, good or bad: there is no second try with the cookie.
2. What is given twice is refused, never picked from.
3. A change that rides on the cookie alone needs ``x-csrftoken``. Its value follows from the token,
   so the server keeps nothing for it, and who cannot read the token cannot know it.
"""

import base64
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from watchword.core.access import Principal
from watchword.core.errors import ForbiddenError, ScopeMissingError
from watchword.core.scopes import require_scope
from watchword.dialects.idscan.profile import Area, as_profile
from watchword.dialects.idscan.settings import Settings
from watchword.web.errors import BadCredentialError, CredentialFault
from watchword.web.messages import Request
from watchword.web.operation import Desk

__all__ = [
    "clear_cookies",
    "csrf_token",
    "give_cookies",
    "read_token",
    "require_area",
    "require_own_page",
]

BEARER_COOKIE: Final = "token"
"""*Documented* (seed 001)."""
CSRF_COOKIE: Final = "csrftoken"
"""*Observed* (wire contract IDscan 1.2)."""
CSRF_PURPOSE: Final = b"watchword idscan csrftoken"
LONG_AGO: Final = "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"


def read_token(desk: Desk[Settings], request: Request) -> str | None:
    """Return the token that a request carries. Raises `BadCredentialError`."""
    header = _authorization(request)
    if not header:
        return _cookie(request)
    if desk.settings.accept_bearer_prefix and header[:7].lower() == "bearer ":
        return header[7:].lstrip()
    return header


def require_area(desk: Desk[Settings], principal: Principal, area: Area) -> None:
    """Raise `ScopeMissingError` unless this principal may work in the area.

    The profile is asked at every call, so that an area that was taken away is lost at once.
    """
    if area not in as_profile(principal.profile).areas:
        raise ScopeMissingError(area)
    if desk.settings.area_check == "strict":
        require_scope(principal, area)


def require_own_page(request: Request) -> None:
    """Raise `ForbiddenError` if a foreign page may have made a browser send this request."""
    if _authorization(request):
        return
    expected = csrf_token(_cookie(request) or "")
    presented = request.credential(b"x-csrftoken") or ""
    if not hmac.compare_digest(expected.encode(), presented.strip().encode()):
        raise ForbiddenError


def csrf_token(secret: str) -> str:
    """Return the anti-forgery token that belongs to a session's token, in base64 (*observed*)."""
    return base64.b64encode(hmac.digest(secret.encode(), CSRF_PURPOSE, "sha256")).decode()


def give_cookies(secret: str, *, secure: bool) -> Sequence[tuple[bytes, bytes]]:
    """Return the headers that set both cookies. Names *observed*, attributes *chosen*."""
    return _set_cookies(secret, quote(csrf_token(secret), safe=""), "", secure=secure)


def clear_cookies(*, secure: bool) -> Sequence[tuple[bytes, bytes]]:
    """Return the headers that make a browser forget both cookies."""
    return _set_cookies("", "", f"; {LONG_AGO}", secure=secure)


def _authorization(request: Request) -> str:
    return (request.credential(b"authorization") or "").strip()


def _cookie(request: Request) -> str | None:
    """Return the cookie's value, trimmed: seed 001 prints a space after the equals sign."""
    pairs = [pair.partition("=") for pair in (request.credential(b"cookie") or "").split(";")]
    values = [value.strip() for name, _, value in pairs if name.strip() == BEARER_COOKIE]
    if len(values) > 1:
        raise BadCredentialError("", CredentialFault.REPEATED)
    return values[0] if values else None


def _set_cookies(
    token: str, csrf: str, lapse: str, *, secure: bool
) -> Sequence[tuple[bytes, bytes]]:
    """The page's script reads ``csrftoken``, so that one alone is not ``HttpOnly``."""
    ending = f"; Path=/; SameSite=Lax{'; Secure' if secure else ''}{lapse}"
    return (
        (b"set-cookie", f"{BEARER_COOKIE}={token}; HttpOnly{ending}".encode()),
        (b"set-cookie", f"{CSRF_COOKIE}={csrf}{ending}".encode()),
    )
