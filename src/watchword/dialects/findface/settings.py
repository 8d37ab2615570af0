"""``[dialects.findface]``: what an operator may turn at this door, and what follows for the core.

The vendor's own names, in lower case (wire contract FindFace 3.3).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec

from watchword.core.faces import EntryPolicy, Factors
from watchword.core.policy import AudiencePolicy, Lifetime
from watchword.core.tokens import Alphabet, TokenForm
from watchword.dialects.findface.enlisting import ENLISTS
from watchword.dialects.findface.languages import Language
from watchword.dialects.findface.members import FACETS_VERSION, RESERVE, facets
from watchword.dialects.findface.profile import AUDIENCE, parse

__all__ = ["AuthType", "Settings", "policy", "weaknesses"]

TOKEN_FORM: Final = TokenForm(Alphabet.HEX, 32)
"""*Observed* (wire contract FindFace 3.1): 64 lower-case hexadecimal characters."""

MONTH: Final = 30 * 24 * 3_600
"""NIST SP 800-63B-4 section 2.1.3: log in again at least once in 30 days (AAL1)."""


SHORTEST_SECRET: Final = 16
"""Bytes that a proxy's secret has at least: nobody guesses as many."""


class AuthType(StrEnum):
    """What a login takes. *Documented* (wire contract FindFace 3.3)."""

    PASSWORD = "password"
    FACE = "face"
    FACE_OR_PASSWORD = "face_or_password"
    FACE_AND_PASSWORD = "face_and_password"


FACTORS: Final[Mapping[AuthType, Factors]] = {
    AuthType.PASSWORD: Factors.PASSWORD,
    AuthType.FACE: Factors.FACE,
    AuthType.FACE_OR_PASSWORD: Factors.EITHER,
    AuthType.FACE_AND_PASSWORD: Factors.BOTH,
}
"""*Documented* (wire contract FindFace 3.6)."""

PROOF_LIFE: Final = timedelta(minutes=5)
"""*Chosen* (wire contract FindFace 3.6): how long a face waits for its password."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of this dialect.

    ``auth_type``: what a login takes. *Documented*: ``password`` out of the box.
    ``maximum_session_length``: seconds until a session ends, used or not. *Documented*: 180 days.
    ``face_auth_confidence``: how alike two faces must be. *Documented* by the 2.x sample file.
    ``need_session_renew``, ``renew_session_interval`` (seconds), ``maximum_renew_attempts``:
    *documented*; the vendor's client acts on them, the server only tells it of them.
    ``language``: the language of messages where neither the request nor the user says. *Observed*.
    ``one_session_per_device``: whether a login ends the same user's session on the same device.
    *Chosen*: yes (the vendor is silent, 3.1).
    ``password_policy``: whether users' passwords must be good ones. *Documented* by the vendor's
    client; *observed*: one installation took any (2.7). Directory files may set any password.
    ``ad_login_header``: the header in which a proxy that has authenticated a user of the directory
    says its name; empty: no proxy does. ``ad_login_secret_file``: the file with what it has to show
    in ``X-Proxy-Secret``. ``ad_login_realm``: the realm of the names that count. All *chosen*: the
    vendor publishes no keys (wire contract FindFace 5, 9).
    ``api_page``: whether the page on which the interface can be tried out is served.
    ``sign_in_page``: whether people may sign in here on the console's page.
    """

    auth_type: AuthType = AuthType.PASSWORD
    # At most a decade: no date may leave the calendar.
    maximum_session_length: Annotated[int, msgspec.Meta(ge=1, le=315_360_000)] = 15_552_000
    face_auth_confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.74
    need_session_renew: bool = False
    renew_session_interval: Annotated[int, msgspec.Meta(ge=0)] = 0
    maximum_renew_attempts: Annotated[int, msgspec.Meta(ge=0)] = 2
    language: Language = Language.ENGLISH
    one_session_per_device: bool = True
    password_policy: bool = True
    ad_login_header: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9-]*$")] = ""
    ad_login_secret_file: str = ""
    ad_login_realm: str = ""
    api_page: bool = True
    sign_in_page: bool = True

    def __post_init__(self) -> None:
        """Refuse to believe a proxy that shares no secret with us. Raises ``ValueError``."""
        if self.ad_login_header and len(_read(self.ad_login_secret_file)) < SHORTEST_SECRET:
            message = f"ad_login_secret_file: expected a file with {SHORTEST_SECRET} bytes or more"
            raise ValueError(message)


def _read(path: str) -> bytes:
    """Return what is in a file but white space around it; nothing if it cannot be read."""
    with suppress(OSError):
        return Path(path).read_bytes().strip()
    return b""


def policy(settings: Settings) -> AudiencePolicy:
    """Return how sessions and tokens behave here."""
    lifetime = Lifetime(timedelta(seconds=settings.maximum_session_length))
    return AudiencePolicy(
        audience=AUDIENCE,
        access_form=TOKEN_FORM,
        read_profile=parse,
        lifetime=lambda _subject, _profile: lifetime,
        entry=EntryPolicy(FACTORS[settings.auth_type], settings.face_auth_confidence, PROOF_LIFE),
        one_session_per_device=settings.one_session_per_device,
        lists_sessions=True,
        facets=facets,
        facets_version=FACETS_VERSION,
        reserve=RESERVE,
        enlists=ENLISTS,
    )


def weaknesses(settings: Settings) -> Sequence[str]:
    """Return the places in which these settings are weaker than current norms."""
    return tuple(_weaknesses(settings))


def _weaknesses(settings: Settings) -> Iterator[str]:
    if not settings.password_policy:
        yield "password_policy is off: users may have any password."
    if settings.maximum_session_length > MONTH:
        days = settings.maximum_session_length // (24 * 3_600)
        yield f"maximum_session_length is {days} days: sessions outlive a month."
    if settings.auth_type in {AuthType.FACE, AuthType.FACE_OR_PASSWORD}:
        yield f"auth_type is {settings.auth_type}: a face alone opens the door."
