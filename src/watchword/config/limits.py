"""The settings of limits: what each source and each session may ask for, and how often."""

from typing import Annotated

import msgspec

from watchword.core.networks import parse_network
from watchword.core.rates import LimitPolicy, Rate, Traffic, per_minute

__all__ = ["LimitTable", "LimitsTable"]

Count = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]


class LimitTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[limits.CLASS]``: so many a minute in the long run, and up to ``burst`` of them at once.

    0 a minute is no limit. A burst of 0 is a quarter of what a minute has.
    """

    per_minute: Count = 0
    burst: Count = 0

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a burst that takes too long to be worked off."""
        self.rate()

    def rate(self) -> Rate | None:
        """Return the core's rate, None where there is no limit."""
        if not self.per_minute:
            return None
        return per_minute(self.per_minute, self.burst or max(1, self.per_minute // 4))


class LoginLimit(LimitTable, frozen=True, forbid_unknown_fields=True):
    """``[limits.login]``: a hash takes 25 ms of a core, so this is half a core's for one source."""

    per_minute: Count = 1_200


class FaceLimit(LimitTable, frozen=True, forbid_unknown_fields=True):
    """``[limits.face]``: clips cost more than passwords, and a gate for people sends few."""

    per_minute: Count = 300


class RefreshLimit(LimitTable, frozen=True, forbid_unknown_fields=True):
    """``[limits.refresh]``: behind one address there may be thousands whose sessions slide."""

    per_minute: Count = 6_000


class InspectionLimit(LimitTable, frozen=True, forbid_unknown_fields=True):
    """``[limits.inspection]``: a back-end may ask with each call of its own."""

    per_minute: Count = 60_000


class TokenLimit(LimitTable, frozen=True, forbid_unknown_fields=True):
    """``[limits.token]``: each asks the database; wrong tokens do, and good ones now and then."""

    per_minute: Count = 60_000


class UploadLimit(LimitTable, frozen=True, forbid_unknown_fields=True):
    """``[limits.upload]``: of one session."""

    per_minute: Count = 3_000


class CallLimit(LimitTable, frozen=True, forbid_unknown_fields=True):
    """``[limits.call]``: of one session."""

    per_minute: Count = 60_000


class OpenLimit(LimitTable, frozen=True, forbid_unknown_fields=True):
    """``[limits.open]``: pages, descriptions, and connections that are to stay open."""

    per_minute: Count = 6_000


class LimitsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[limits]``: how often each source and each session may ask, and the ``exempt`` networks.

    The table of a kind of traffic has its name.
    """

    exempt: tuple[str, ...] = ()
    login: LoginLimit = LoginLimit()
    face: FaceLimit = FaceLimit()
    refresh: RefreshLimit = RefreshLimit()
    inspection: InspectionLimit = InspectionLimit()
    token: TokenLimit = TokenLimit()
    upload: UploadLimit = UploadLimit()
    call: CallLimit = CallLimit()
    open: OpenLimit = OpenLimit()

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for what is no network."""
        for network in self.exempt:
            try:
                parse_network(network)
            except ValueError as error:
                raise ValueError(f"exempt: {error}") from error

    def policy(self) -> LimitPolicy:
        """Return the core's policy."""
        tables: dict[Traffic, LimitTable] = {each: getattr(self, each) for each in Traffic}
        found = {traffic: table.rate() for traffic, table in tables.items()}
        rates = {traffic: rate for traffic, rate in found.items() if rate is not None}
        return LimitPolicy(rates, tuple(map(parse_network, self.exempt)))
