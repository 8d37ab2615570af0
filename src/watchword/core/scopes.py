"""Rights that a token carries (RFC 6749 section 3.3)."""

from watchword.core.access import Principal
from watchword.core.errors import ScopeMissingError

__all__ = ["require_scope"]


def require_scope(principal: Principal, scope: str) -> None:
    """Raise `ScopeMissingError` unless the principal's token carries ``scope``."""
    if scope not in principal.session.scopes:
        raise ScopeMissingError(scope)
