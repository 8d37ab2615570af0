"""What heads this vendor's OpenAPI document (*chosen*: the vendor publishes none).

The document follows from the table of operations. A line of the table appears in it as soon as it
has an ``about``, and a test asks for one::

    Guarded("GET", f"{BASE}/Get", show, Lane.STORE, about=About("Show a thing", gives=Thing))

``takes`` and ``gives`` are the types of bodies (`watchword.web.about` has the rest); the token, the
refusals, the address and the group on the page follow from the line itself.
"""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from watchword.dialects.idscan.schemas import ErrorResponse, MessageResponse, TokenResponse
from watchword.dialects.idscan.settings import Settings
from watchword.web.about import About, Outline

__all__ = ["DESCRIBE", "LOGIN", "LOGIN_ANYHOW", "LOGOUT", "OUTLINE"]

OUTLINE: Final = Outline(
    title="IDscan Enterprise Web API",
    summary="""\
Tokens, and what they open, as GBG IDscan Enterprise has it.

1. Try `POST /idscanenterprisesvc/token` with `grant_type` `password` and an area, and copy the
   `access_token` of its answer.
2. Under **Authentication**, set the header `Authorization` to it as it is, without a word in front.
   The calls of that area work now.
3. `POST /idscanenterprisesvc/logout` ends the session. To remove the key here ends nothing.
""",
    openapi="3.1.0",
    security={
        "header": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The `access_token` that a login answers with, without a word in front.",
        },
        "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
    },
    refusal=MessageResponse,
)

Secret = Annotated[str, Meta(extra_json_schema={"format": "password"})]
AreaName: TypeAlias = Literal["scanning", "investigation"]


class TokenForm(msgspec.Struct, frozen=True, kw_only=True):
    """A login: who asks for which area."""

    grant_type: Literal["password"]
    username: str
    password: Secret
    area: AreaName


class TokenFormWithoutArea(msgspec.Struct, frozen=True, kw_only=True):
    """A login: who asks, and for which area if for any."""

    grant_type: Literal["password"]
    username: str
    password: Secret
    area: AreaName | UnsetType = UNSET


def token_form(settings: Settings) -> type[TokenForm | TokenFormWithoutArea]:
    """Return the shape of a login."""
    return TokenForm if settings.area_required else TokenFormWithoutArea


LOGIN: Final = About(
    "Log in to an area",
    token_form,
    TokenResponse,
    media="application/x-www-form-urlencoded",
    refusal=ErrorResponse,
)
LOGIN_ANYHOW: Final = About("Log in, whatever the method", shown=False)
LOGOUT: Final = About("Log out", status=204)
DESCRIBE: Final = About("Describe this interface", gives=dict[str, object])
