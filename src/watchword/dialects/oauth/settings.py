"""``[dialects.oauth]``: what an operator may turn at this door, and what follows for the core."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from watchword.core.policy import AudiencePolicy, Lifetime
from watchword.core.tokens import Alphabet, TokenForm
from watchword.dialects.oauth.profile import AUDIENCE, grantable, parse
from watchword.web.calling import check_url, is_encrypted

__all__ = ["Settings", "policy", "weaknesses"]

TOKEN_FORM: Final = TokenForm(Alphabet.BASE64URL, 32)
"""*Chosen*: 256 bits. RFC 6749 section 10.10 asks for 160 at best."""

LONG_MINUTES: Final = 720


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of this dialect.

    ``token_minutes``: how long an access token is good, however much it is used. *Chosen*: an hour,
    as in the example of RFC 6749 section 4.4.3. ``public_url``: the issuer, and what stands before
    the paths in the metadata; empty is the host that was asked. ``api_page``: whether the page on
    which the interface can be tried out is served.
    """

    token_minutes: Annotated[int, msgspec.Meta(ge=1, le=525_600)] = 60
    public_url: str = ""
    api_page: bool = True

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a URL that can be no issuer with its metadata here."""
        if not self.public_url:
            return
        check_url(self.public_url)
        parts = urlsplit(self.public_url)
        if parts.path.strip("/") or parts.query:
            # RFC 8414 section 3.1: the metadata of an issuer with a path is somewhere else.
            raise ValueError("expected a public_url without a path or a query")


def policy(settings: Settings) -> AudiencePolicy:
    """Return how sessions and tokens behave here."""
    lifetime = Lifetime(timedelta(minutes=settings.token_minutes))
    return AudiencePolicy(
        audience=AUDIENCE,
        access_form=TOKEN_FORM,
        read_profile=parse,
        lifetime=lambda _subject, _profile: lifetime,
        grantable=grantable,
        machines_only=True,
    )


def weaknesses(settings: Settings) -> Sequence[str]:
    """Return the places in which these settings are weaker than current norms."""
    return tuple(_weaknesses(settings))


def _weaknesses(settings: Settings) -> Iterator[str]:
    if settings.token_minutes > LONG_MINUTES:
        yield f"token_minutes is {settings.token_minutes}: a leaked token is good for half a day."
    if settings.public_url and not is_encrypted(settings.public_url):
        yield "public_url is not https: RFC 8414 section 2 wants an issuer that is."
