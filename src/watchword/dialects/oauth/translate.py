"""The core's records in the words of the RFCs. Pure and total: nothing is decided here."""

from typing import Final

from msgspec import UNSET

from watchword.core.admission import Admitted
from watchword.core.inspection import Inspected
from watchword.dialects.oauth.schemas import Introspection, Metadata, TokenResponse

__all__ = ["INACTIVE", "to_introspection", "to_metadata", "to_token_response"]

BEARER: Final = "Bearer"

INACTIVE: Final = Introspection(active=False)

CLIENT: Final = ["client_secret_basic", "client_secret_post"]
"""How a client says who it is (RFC 6749 section 2.3.1)."""
CALLER: Final = [*CLIENT, BEARER]
"""How a caller does that may have a token of its own (RFC 8414 section 2 has both in one list)."""

KEYS: Final = "/.well-known/jwks.json"
"""Where the server publishes its keys, whichever dialects it serves."""


def to_token_response(admitted: Admitted) -> TokenResponse:
    """Return the answer to a good login."""
    session = admitted.session
    return TokenResponse(
        access_token=admitted.token.secret,
        token_type=BEARER,
        expires_in=int((session.expires_at - session.opened_at).total_seconds()),
        scope=" ".join(sorted(session.scopes)) or UNSET,
    )


def to_introspection(seen: Inspected | None) -> Introspection:
    """Return what is told of a token, whichever door issued it."""
    if seen is None:
        return INACTIVE
    subject, tenant = seen.principal.subject, seen.principal.tenant
    session = seen.principal.session
    return Introspection(
        active=True,
        scope=" ".join(sorted(session.scopes)) or UNSET,
        # A machine account is its own client; through which client a person came is not known.
        client_id=subject.name if subject.service else UNSET,
        username=subject.name,
        token_type=BEARER,
        exp=int(seen.expires_at.timestamp()),
        iat=int(session.opened_at.timestamp()),
        sub=str(subject.id),
        aud=session.audience,
        sid=str(session.id),
        tenant=UNSET if tenant is None else str(tenant.id),
        tenant_name=UNSET if tenant is None else tenant.name,
    )


def to_metadata(issuer: str, below: str) -> Metadata:
    """Return what a client has to know; ``below`` is what the endpoints have in common."""
    return Metadata(
        issuer=issuer,
        token_endpoint=f"{issuer}{below}token",
        token_endpoint_auth_methods_supported=CLIENT,
        grant_types_supported=["client_credentials"],
        # Required, and empty where nobody is ever sent to log in here.
        response_types_supported=[],
        revocation_endpoint=f"{issuer}{below}revoke",
        revocation_endpoint_auth_methods_supported=CALLER,
        introspection_endpoint=f"{issuer}{below}introspect",
        introspection_endpoint_auth_methods_supported=CALLER,
        introspection_batch_endpoint=f"{issuer}{below}introspect/batch",
        jwks_uri=f"{issuer}{KEYS}",
    )
