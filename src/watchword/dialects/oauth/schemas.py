"""The documents of the RFCs in their own spelling. Nothing outside of this folder imports one."""

import msgspec
from msgspec import UNSET, UnsetType

__all__ = ["Batch", "ErrorResponse", "Introspection", "Metadata", "TokenResponse"]


class TokenResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """A token that was issued (RFC 6749 section 5.1)."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str | UnsetType = UNSET


class ErrorResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal (RFC 6749 section 5.2)."""

    error: str
    error_description: str | UnsetType = UNSET


class Introspection(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is told of a token (RFC 7662 section 2.2). Of one that is not active, nothing.

    ``sid`` is the session (the claim is OpenID Connect's). ``tenant`` and ``tenant_name`` are
    additions of ours (*chosen*): the id and the name of the organisation of the subject.
    """

    active: bool
    scope: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    aud: str | UnsetType = UNSET
    sid: str | UnsetType = UNSET
    tenant: str | UnsetType = UNSET
    tenant_name: str | UnsetType = UNSET


class Batch(msgspec.Struct, frozen=True):
    """What is told of several tokens, in the order in which they were asked about (*chosen*)."""

    tokens: list[Introspection]


class Metadata(msgspec.Struct, frozen=True):
    """What a client has to know of this server (RFC 8414 section 2).

    ``introspection_batch_endpoint`` is an addition of ours (*chosen*). By ``jwks_uri`` statements
    can be verified that this server signs; tokens of this door are none (*chosen*).
    """

    issuer: str
    token_endpoint: str
    token_endpoint_auth_methods_supported: list[str]
    grant_types_supported: list[str]
    response_types_supported: list[str]
    revocation_endpoint: str
    revocation_endpoint_auth_methods_supported: list[str]
    introspection_endpoint: str
    introspection_endpoint_auth_methods_supported: list[str]
    introspection_batch_endpoint: str
    jwks_uri: str
