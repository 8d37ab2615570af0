"""What heads this vendor's OpenAPI document (wire contract FindFace 6).

Every operation says itself what it takes and gives: the ``about`` of its line in the table of
`watchword.dialects.findface.routes`. The document follows from the table; a line more there is an
operation more here.
"""

from typing import Final

from watchword.dialects.findface.schemas import BadParam, Denial, Refusal
from watchword.web.about import Outline

__all__ = ["ANYBODY", "BASIC", "OUTLINE", "TOKEN"]

TOKEN: Final = "Bearer"
BASIC: Final = ("basicAuth",)
ANYBODY: Final = (TOKEN, "")
"""*Documented*: what needs no token lists the token's scheme all the same, and none beside it."""

# The title, the empty version and the names of the schemes are *documented*. The vendor's own
# address for questions is left out (*chosen*): nobody there has a part in this server.
OUTLINE: Final = Outline(
    title="Internal API documentation",
    summary="""\
Logging in, sessions, devices, users and roles, as NtechLab FindFace has them.

1. Under **Authentication**, set user name and password for HTTP Basic.
2. Try `POST /auth/login/` and copy the `token` of its answer.
3. Set the API key to the word `Token`, a space, and what you copied. Every other call works now.
4. `POST /auth/logout/` ends the session. To remove the key here ends nothing: the token stays good.
""",
    openapi="3.0.3",
    security={
        TOKEN: {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The word `Token`, a space, and the token that a login answers with.",
        },
        "basicAuth": {"type": "http", "scheme": "basic"},
    },
    refusal=Refusal,
    names={"id": int},
    version="",
    guards=(TOKEN,),
    refusals={400: BadParam, 403: Denial},
)
