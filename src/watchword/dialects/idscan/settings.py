"""``[dialects.idscan]``: what an operator may turn at this door, and what follows for the core."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Final, Literal

import msgspec

from watchword.core.policy import AudiencePolicy, Lifetime
from watchword.core.tokens import Alphabet, TokenForm
from watchword.dialects.idscan.engines import CaptureKind, Engine, Webhook
from watchword.dialects.idscan.enlisting import DirectoryGroup, enlists
from watchword.dialects.idscan.profile import AUDIENCE, grantable, parse
from watchword.web.calling import is_encrypted

__all__ = ["TOKEN_FORM", "Settings", "policy", "weaknesses"]

TOKEN_FORM: Final = TokenForm(Alphabet.BASE64URL, 432)
"""*Documented* by the example of seed 001: 576 characters of base64url without padding."""

DAY_OF_HOURS: Final = 24
"""NIST SP 800-63B-4 section 2.2.3: log in again at least once a day (AAL2)."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of this dialect.

    ``lifetime_hours``: how long a token is good. *Documented* (seed 001): ten hours.
    ``idle_timeout_minutes``: what ``IdleSessionTimeout`` says. *Documented* by example: 15.
    ``enforce_idle_timeout``: whether the server ends an idle session, too. *Chosen*: no, since the
    vendor says flatly that a token is valid for ten hours.
    ``area_required``: whether a login must name an area. *Chosen*: yes; where it need not, a login
    without one gets a token for no area.
    ``area_check``: ``strict`` wants a token of the call's own area (*documented*); ``lenient``
    takes one of any area if its subject has the call's (*observed*, wire contract IDscan 1.7).
    ``wrong_area_status``: what a token of the wrong area is told. *Chosen*: 401.
    ``accept_bearer_prefix``: whether ``Authorization: Bearer TOKEN`` is read, too. *Chosen*: no.
    ``directory_groups``: what people whom a directory keeps are here.
    ``api_page``: whether the page on which the interface can be tried out is served. *Chosen*: yes.
    ``group_tenants``: for subjects without a tenant, the tenant that a group stands for (wire
    contract IDscan 3.4). ``upload_max_bytes``: how long one image may be in base64, and all of one
    upload but for its envelope. *Documented*: 10 MB; that it is this which is measured is
    *inferred* (2.1). ``public_url``: what stands before the paths of images; empty is the host
    that was asked. ``retention_days``: when journeys are removed by themselves; 0 is never.
    ``engines``: who reads captures of each kind; ``webhook``: who is told of journeys
    (`watchword.dialects.idscan.engines`).
    """

    lifetime_hours: Annotated[int, msgspec.Meta(ge=1, le=8_760)] = 10
    idle_timeout_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 15
    enforce_idle_timeout: bool = False
    area_required: bool = True
    area_check: Literal["strict", "lenient"] = "strict"
    wrong_area_status: Literal[401, 403] = 401
    accept_bearer_prefix: bool = False
    directory_groups: tuple[DirectoryGroup, ...] = ()
    api_page: bool = True
    group_tenants: dict[str, str] = {}
    upload_max_bytes: Annotated[int, msgspec.Meta(ge=1_024, le=67_108_864)] = 10_485_760
    public_url: str = ""
    retention_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 0
    engines: dict[CaptureKind, Engine] = {}
    webhook: Webhook = Webhook()


def policy(settings: Settings) -> AudiencePolicy:
    """Return how sessions and tokens behave here."""
    lifetime = _lifetime(settings)
    return AudiencePolicy(
        audience=AUDIENCE,
        access_form=TOKEN_FORM,
        read_profile=parse,
        lifetime=lambda _subject, _profile: lifetime,
        grantable=grantable,
        enlists=enlists(settings.directory_groups),
    )


def weaknesses(settings: Settings) -> Sequence[str]:
    """Return the places in which these settings are weaker than current norms."""
    return tuple(_weaknesses(settings))


def _lifetime(settings: Settings) -> Lifetime:
    whole = timedelta(hours=settings.lifetime_hours)
    if not settings.enforce_idle_timeout:
        return Lifetime(whole)
    return Lifetime(timedelta(minutes=settings.idle_timeout_minutes), slides=True, at_most=whole)


def _weaknesses(settings: Settings) -> Iterator[str]:
    if settings.lifetime_hours > DAY_OF_HOURS:
        yield f"lifetime_hours is {settings.lifetime_hours}: tokens are good for more than a day."
    if not settings.enforce_idle_timeout:
        yield "enforce_idle_timeout is off: a token that nobody uses stays good to its end."
    if settings.area_check == "lenient":
        yield "area_check is lenient: a token of one area opens the other to whoever has both."
    for kind, engine in settings.engines.items():
        if not is_encrypted(engine.url):
            yield f"engines.{kind}: images are sent to the engine unencrypted."
    if settings.webhook.url and not is_encrypted(settings.webhook.url):
        yield "webhook: what is known of journeys is sent unencrypted."
