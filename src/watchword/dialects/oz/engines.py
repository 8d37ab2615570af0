"""``[dialects.oz.engines.KIND]``: who judges the analyses of a kind.

Either an HTTP endpoint or a stand-in that gives verdicts out of a table: for integrators, who have
no engine. A kind without either has nobody to judge it, and its analyses fail.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import msgspec

from watchword.web.calling import check_url

__all__ = ["Engine", "Scripted", "StandIn", "Verdict"]

# The core takes a job for dead after five minutes; a call must have ended long before.
Seconds = Annotated[int, msgspec.Meta(ge=1, le=120)]
Patience = Annotated[int, msgspec.Meta(ge=0, le=31_536_000)]


class Verdict(StrEnum):
    """What can come of an analysis (*documented*, wire contract Oz 8)."""

    SUCCESS = "SUCCESS"
    DECLINED = "DECLINED"
    OPERATOR_REQUIRED = "OPERATOR_REQUIRED"


class Scripted(StrEnum):
    """What a stand-in can be told to do."""

    SUCCESS = "SUCCESS"
    DECLINED = "DECLINED"
    OPERATOR_REQUIRED = "OPERATOR_REQUIRED"
    FAILED = "FAILED"


class StandIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[dialects.oz.engines.KIND.stand_in]``: verdicts by media tag.

    The first line of ``verdicts`` whose tag one of the media has decides, else ``otherwise``.
    """

    otherwise: Scripted = Scripted.SUCCESS
    verdicts: dict[str, Scripted] = {}

    def judge(self, tags: Iterable[str]) -> Scripted:
        """Return what to do with media that have these tags between them."""
        present = frozenset(tags)
        return next((what for tag, what in self.verdicts.items() if tag in present), self.otherwise)


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[dialects.oz.engines.KIND]``: one kind's engine, by ``url`` or as ``stand_in``.

    A call ends after ``timeout_seconds``, however far it has come. An engine that gives no verdict
    is asked again, for ``patience_seconds`` from when the analysis was asked for; 0 is once. With
    ``gallery`` it has the photos of collections already, and is told no more than their ids.
    ``ca_file`` are the certificates to trust in place of the system's, ``token_file`` holds what is
    sent as a bearer token.
    """

    url: str = ""
    timeout_seconds: Seconds = 30
    patience_seconds: Patience = 3_600
    ca_file: str = ""
    token_file: str = ""
    gallery: bool = False
    stand_in: StandIn | None = None

    def __post_init__(self) -> None:
        """Refuse a table that names no engine, or two. msgspec tells the ``ValueError``'s place."""
        if bool(self.url) == (self.stand_in is not None):
            raise ValueError("expected either a url or a stand_in")
        if self.url:
            check_url(self.url)
