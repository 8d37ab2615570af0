"""Who is calling, as a signed statement: for back-ends that do not take a network's word.

Signing costs more than everything else that the gate does, so a statement is kept with the answer
that it goes out with, and made anew when half of its life is over: whoever gets one can use it for
the other half. What it says is what the headers beside it say (`watchword.gate.answers`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from watchword.core.access import Principal
from watchword.core.shelf import ColdError
from watchword.core.signing import Algorithm
from watchword.core.vouching import Pen, Vouching
from watchword.gate.answers import tenant_of
from watchword.web.gating import Identity

__all__ = ["Assertions", "Signed", "Terms", "usual_audience"]

ALGORITHM: Final = Algorithm.ES256


def usual_audience(dialect: str) -> str:
    """Return what the back-end of a dialect is called in statements, unless it has another name.

    Not as the dialect itself, whose own tokens are signed for that name.
    """
    return f"{dialect}-back-end"


@dataclass(frozen=True, slots=True)
class Terms:
    """How statements are made: in which header, for how long, in whose name and for whom."""

    header: bytes
    life: timedelta
    issuer: str
    audiences: Mapping[str, str]
    """Names of back-ends, by dialect."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement as a header, when it is to be made anew, and what it says."""

    header: tuple[bytes, bytes]
    until: datetime
    claims: Mapping[str, object] = field(repr=False)


class Assertions:
    """Signs statements. One instance a process."""

    def __init__(self, vouching: Vouching, terms: Terms) -> None:
        """Begin without a pen."""
        self._vouching = vouching
        self._terms = terms
        self._pen: Pen | None = None

    @property
    def nothing(self) -> tuple[bytes, bytes]:
        """The header where nobody is told of."""
        return self._terms.header, b""

    def is_over(self, until: datetime) -> bool:
        """Say whether what was signed is to be made anew."""
        return self._vouching.clock() >= until

    def sign(
        self, dialect: str, principal: Principal, told: Identity, before: Signed | None = None
    ) -> Signed:
        """State who is calling; what was signed ``before`` is good if it says the same, and new.

        Raises `ColdError` where the key has to be looked up first.
        """
        pen, terms, now = self._pen, self._terms, self._vouching.clock()
        claims = {"iss": terms.issuer, **_claims(principal, told)}
        if before is not None and now < before.until and before.claims == claims:
            return before
        if pen is None or now >= pen.until:
            raise ColdError(self._take_pen)
        audience = terms.audiences.get(dialect, usual_audience(dialect))
        statement = pen.write(audience, claims, terms.life, now)
        return Signed((terms.header, statement.encode()), now + terms.life / 2, claims)

    def _take_pen(self) -> None:
        self._pen = self._vouching.pen(ALGORITHM)


def _claims(principal: Principal, told: Identity) -> Mapping[str, object]:
    """Return what the headers say: lists as lists, and nothing encoded."""
    return {
        "sub": str(principal.subject.id),
        "sid": str(principal.session.id),
        "login": told.login,
        "tenant": tenant_of(principal, told),
        "audience": principal.session.audience,
        "roles": list(told.roles),
        "scopes": list(told.scopes),
    }
