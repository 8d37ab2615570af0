"""What heads this door's OpenAPI document, and the shapes of the forms that it takes."""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from watchword.dialects.oauth.schemas import (
    Batch,
    ErrorResponse,
    Introspection,
    Metadata,
    TokenResponse,
)
from watchword.web.about import About, Outline

__all__ = ["ASK", "ASK_OF_SEVERAL", "DESCRIBE", "ISSUE", "OUTLINE", "REVOKE", "TELL"]

MEDIA: Final = "application/x-www-form-urlencoded"

OUTLINE: Final = Outline(
    title="OAuth 2.0 for back-ends",
    summary="""\
Tokens for machine accounts, and questions about the tokens of every door.

1. Under **Authentication**, set a machine account and its secret for HTTP Basic.
2. Try `POST /oauth2/token` with `grant_type` `client_credentials`, and copy the `access_token` of
   its answer.
3. Set the bearer token to it. `POST /oauth2/introspect` tells what a token stands for,
   `POST /oauth2/revoke` ends it.
""",
    openapi="3.1.0",
    security={
        "client": {"type": "http", "scheme": "basic"},
        "token": {"type": "http", "scheme": "bearer"},
    },
    refusal=ErrorResponse,
)

Text: TypeAlias = Annotated[str, Meta(min_length=1)]
Secret = Annotated[str, Meta(extra_json_schema={"format": "password"})]
Tokens = Annotated[list[Text], Meta(min_length=1, max_length=100)]


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A client that says who it is in the body, where it does not in the header."""

    client_id: str | UnsetType = UNSET
    client_secret: Secret | UnsetType = UNSET


class TokenRequest(Client, frozen=True, kw_only=True):
    """A client that wants a token for itself, with these scopes."""

    grant_type: Literal["client_credentials"]
    scope: str | UnsetType = UNSET


class RevocationRequest(Client, frozen=True, kw_only=True):
    """A token that is to end, with what it was granted with."""

    token: Text
    token_type_hint: str | UnsetType = UNSET


class IntrospectionRequest(RevocationRequest, frozen=True, kw_only=True):
    """A token, and from which address it was shown."""

    client_address: str | UnsetType = UNSET


class BatchRequest(Client, frozen=True, kw_only=True):
    """Several tokens, each a parameter of the same name, and from which address they were shown."""

    token: Tokens
    client_address: str | UnsetType = UNSET


ISSUE: Final = About(
    "Get a token",
    TokenRequest,
    TokenResponse,
    media=MEDIA,
    security=("client", ""),
    refuses=(401,),
)
ASK: Final = About(
    "Ask about a token", IntrospectionRequest, Introspection, media=MEDIA, token=True
)
ASK_OF_SEVERAL: Final = About(
    "Ask about several tokens", BatchRequest, Batch, media=MEDIA, token=True
)
REVOKE: Final = About("Revoke a token", RevocationRequest, media=MEDIA, token=True)
TELL: Final = About("Describe this authorization server", gives=Metadata)
DESCRIBE: Final = About("Describe this interface", gives=dict[str, object])
