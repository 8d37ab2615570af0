"""``[dialects.oz]``: what an operator may turn, and the core's policy that follows from it.

Defaults are the vendor's where the vendor documents one. Durations are whole seconds.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Final, Literal

import msgspec

from watchword.core.index import equals
from watchword.core.policy import AudiencePolicy, Lifetime, Reserve, ServiceTokenPolicy
from watchword.core.subjects import Audience, Subject
from watchword.core.tokens import Alphabet, TokenForm
from watchword.dialects.oz.endpoints import check_endpoints
from watchword.dialects.oz.engines import Engine, Scripted
from watchword.dialects.oz.enlisting import DirectoryGroup, enlists
from watchword.dialects.oz.listing import FACETS_VERSION, say
from watchword.dialects.oz.profile import AnalysisType, UserType, parse_profile, profile_of
from watchword.dialects.oz.roles import API_5, role_of
from watchword.web.calling import is_encrypted

__all__ = [
    "AUDIENCE",
    "Settings",
    "is_api_5",
    "is_api_6",
    "may_hold_service_token",
    "policy",
    "weaknesses",
]

AUDIENCE: Final = Audience("oz")

# Up to a century: much longer, and dates would leave the calendar.
Life = Annotated[int, msgspec.Meta(ge=1, le=3_155_760_000)]
# No longer than the public keys stay published after a key signed last.
StatementLife = Annotated[int, msgspec.Meta(ge=1, le=86_400)]
Grace = Annotated[int, msgspec.Meta(ge=0, le=3_155_760_000)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Size = Annotated[int, msgspec.Meta(ge=1, le=1_073_741_824)]

ACCEPTED_SILENCE: Final = 3_600
ACCEPTED_MACHINE_TOKEN: Final = 365 * 24 * 3_600


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table.

    ``session_ttl`` and ``long_live_ttl`` are ``OZ_SESSION_TTL`` and ``OZ_SESSION_LONGLIVE_TTL``
    (*documented*, wire contract Oz 3.1): the lives of people's sessions and of machine accounts'.
    ``sliding`` makes each call begin that life anew (*documented* as a switch whose name is not
    known, 3.2). ``refresh_grace`` is how long after its end a session can still be refreshed; 0
    is not at all (*chosen*, 2.2). ``api_version`` decides how flags and roles are spelt
    (*chosen* as one switch, 7). ``details_key`` is how an error's third key is spelt (1.4: the
    vendor's page and its framework differ). ``accept_forensics_header`` takes the token from
    ``X-Forensics-Access-Token`` too, which one page of the vendor has (1.1).
    ``service_token_max_count`` is how many service tokens an account has at once (*chosen*,
    decision 0210). ``session_token_ttl`` is the life of signed session tokens (*chosen*, 2.4).
    ``attachment_max_count`` and ``attachment_max_size`` are ``OZ_ATTACHMENT_MAX_COUNT`` and
    ``OZ_ATTACHMENT_MAX_SIZE`` (*documented*, 9): the files of one upload, and the bytes of one
    file. ``public_url`` stands in front of the paths in ``original_url`` (*chosen*). ``engines``
    says who judges the analyses of each kind (`watchword.dialects.oz.engines`).
    ``directory_groups`` says what people whom a directory keeps are here, by their groups there.
    ``resolution_endpoints`` are the beginnings of the addresses that clients may have called when
    analyses are done (`watchword.dialects.oz.endpoints`). ``api_page`` serves
    a page on which the interface can be read and tried out, ``sign_in_page`` lets people sign in
    here on the console's page (*chosen*).
    """

    session_ttl: Life = 900
    # 60 * 60 * 24 * 365 * 5, as documented: leap days are not counted.
    long_live_ttl: Life = 157_680_000
    sliding: bool = True
    # As long as the core keeps sessions that are over; longer would have no effect.
    refresh_grace: Grace = 2_592_000
    api_version: Literal[5, 6] = 6
    details_key: Literal["details", "error_details", "both"] = "details"
    accept_forensics_header: bool = False
    service_token_max_count: Count = 20
    session_token_ttl: StatementLife = 900
    attachment_max_count: Count = 10
    attachment_max_size: Size = 10_485_760
    public_url: str = ""
    engines: dict[AnalysisType, Engine] = {}
    resolution_endpoints: tuple[str, ...] = ()
    directory_groups: tuple[DirectoryGroup, ...] = ()
    api_page: bool = True
    sign_in_page: bool = True

    def __post_init__(self) -> None:
        """Refuse a script that a liveness check cannot follow (*documented*, wire contract 8).

        And addresses that are none.
        """
        _check_addresses("resolution_endpoints", self.resolution_endpoints)
        _check_addresses("public_url", [self.public_url] if self.public_url else [])
        liveness = self.engines.get(AnalysisType.QUALITY)
        stand_in = None if liveness is None else liveness.stand_in
        if stand_in is None:
            return
        if Scripted.OPERATOR_REQUIRED in {stand_in.otherwise, *stand_in.verdicts.values()}:
            raise ValueError("a liveness check cannot end OPERATOR_REQUIRED")


# Observed: 128 lower-case hexadecimal characters in every published sample (wire contract Oz
# 1.2). Chosen: the refresh token has the same form.
TOKENS: Final = TokenForm(Alphabet.HEX, 64)

# Chosen (wire contract Oz 6.3 is silent): somebody is always left who can do everything.
RESERVE: Final = Reserve(
    lambda subject, profile: subject.active and profile_of(profile).user_type is UserType.ADMIN,
    (equals("user_type", UserType.ADMIN.value), equals("is_active", 1)),
)


def policy(settings: Settings) -> AudiencePolicy:
    """Return how the core is to treat sessions and tokens of this audience."""
    return AudiencePolicy(
        audience=AUDIENCE,
        access_form=TOKENS,
        read_profile=parse_profile,
        lifetime=partial(_lifetime, settings),
        refresh_form=TOKENS,
        refresh_grace=timedelta(seconds=settings.refresh_grace),
        tells_of_closed_tenant=True,  # chosen (wire contract Oz 5)
        facets=say,
        facets_version=FACETS_VERSION,
        reserve=RESERVE,
        enlists=enlists(settings.directory_groups),
        service_tokens=ServiceTokenPolicy(
            lifetime=_machine_lifetime(settings),
            may_hold=partial(may_hold_service_token, settings),
            most=settings.service_token_max_count,
        ),
    )


def is_api_5(settings: Settings) -> bool:
    """Say whether answers are written as API 5 has them."""
    return settings.api_version == API_5


def is_api_6(settings: Settings) -> bool:
    """Say whether answers are written as API 6 has them."""
    return not is_api_5(settings)


def may_hold_service_token(settings: Settings, subject: Subject, profile: object) -> bool:
    """Say whether an account may have service tokens: a machine's, or in API 5 an administrator's.

    Chosen (wire contract Oz 2.3): until API 5 the vendor's page has the administrator call for it
    and names no other account.
    """
    role = role_of(subject, profile_of(profile))
    return role.machine or (is_api_5(settings) and role.user_type is UserType.ADMIN)


def weaknesses(settings: Settings) -> Sequence[str]:
    """Return where these settings are weaker than current norms, a sentence each."""
    return (*_weak_lives(settings), *_weak_calls(settings))


def _check_addresses(name: str, addresses: Sequence[str]) -> None:
    """Raise ``ValueError``, with the setting's name, for what is no beginning of an address."""
    try:
        check_endpoints(addresses)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _lifetime(settings: Settings, subject: Subject, profile: object) -> Lifetime:
    """Machine accounts get the long life, however they came in (*documented*, 3.1)."""
    if role_of(subject, profile_of(profile)).machine:
        return _machine_lifetime(settings)
    return Lifetime(timedelta(seconds=settings.session_ttl), slides=settings.sliding)


def _machine_lifetime(settings: Settings) -> Lifetime:
    return Lifetime(timedelta(seconds=settings.long_live_ttl), slides=settings.sliding)


def _weak_lives(settings: Settings) -> Iterator[str]:
    if settings.sliding:
        yield "sliding: a session that is used often enough never ends."
    if settings.session_ttl > ACCEPTED_SILENCE:
        yield "session_ttl: people's sessions outlive an hour of silence."
    if settings.long_live_ttl > ACCEPTED_MACHINE_TOKEN:
        yield "long_live_ttl: tokens of machine accounts live longer than a year."
    if settings.refresh_grace:
        yield "refresh_grace: a session that has expired can still be refreshed."


def _weak_calls(settings: Settings) -> Iterator[str]:
    for kind, engine in settings.engines.items():
        if engine.stand_in is not None:
            yield f"engines.{kind}: verdicts come out of a table, not from an engine."
        elif not is_encrypted(engine.url):
            yield f"engines.{kind}: media are sent to the engine unencrypted."
    if not all(map(is_encrypted, settings.resolution_endpoints)):
        yield "resolution_endpoints: results are sent to clients unencrypted."
