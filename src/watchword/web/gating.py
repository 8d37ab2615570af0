"""What a dialect says of requests that are not for us but for what stands behind a gate.

A gateway asks whether a request of this vendor's clients may pass on to the vendor's own back-end.
How the token is found and how a no is worded, the dialect says already; here is the rest: what each
call wants of its caller, and what the back-end is told of it. Who asks, and how, is the gate's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from watchword.core.access import Principal
from watchword.web.desk import Desk
from watchword.web.messages import Request

__all__ = ["CLOSED", "GateSide", "Identity", "Need", "Rule", "read_rules"]

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Rule:
    """Whoever calls this method (``*``: any) of this path needs what ``need`` names.

    ``path`` may hold ``{names}`` of whole segments, and ``**`` at its end for whatever follows.
    """

    method: str
    path: str
    need: str


@dataclass(frozen=True, slots=True)
class Need(Generic[S]):
    """What a call wants of its caller beside a good token.

    ``require`` raises a refusal of the core's, or `ColdError` where it would have to block. Unless
    it looks at the request (``by_request``), its answer holds for all requests of a principal, for
    as long as `GateSide.watched` gives the same object.
    """

    require: Callable[[Desk[S], Request, Principal], None]
    by_request: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is calling, as a back-end is told: in this vendor's words.

    ``tenant`` is told where the core knows of none.
    """

    login: str
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    tenant: str = ""


def _nothing(_desk: object) -> object:
    return None


def _never(_desk: object, _principal: Principal) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class GateSide(Generic[S]):
    """One dialect at the gate.

    ``read_need`` returns what a word in a rule stands for, None for a word that means nothing here.
    ``quick_token`` looks for a token where this vendor's clients usually put it, in headers of
    which each is there once; None means *ask* `Dialect.read_token`, which never disagrees.
    ``present`` is the header in which such a client would send a token.
    ``watched`` is what judging looks at beside the principal: the same object for as long as
    nothing has changed; it may raise `ColdError`. Where ``slow`` says so, judging this principal
    asks the storage, each time.
    """

    rules: tuple[Rule, ...]
    read_need: Callable[[str], Need[S] | None]
    identify: Callable[[Desk[S], Principal], Identity]
    quick_token: Callable[[Desk[S], Mapping[bytes, bytes]], str | None]
    present: Callable[[str], tuple[bytes, bytes]]
    watched: Callable[[Desk[S]], object] = _nothing
    slow: Callable[[Desk[S], Principal], bool] = _never


CLOSED: Final[GateSide[Any]] = GateSide(
    (),
    lambda _word: None,
    lambda _desk, principal: Identity(principal.subject.name),
    lambda _desk, _headers: None,
    lambda secret: (b"authorization", secret.encode()),
)
"""A dialect that says nothing of gates: nobody passes, unless an operator's own rules say so."""


def read_rules(table: str) -> tuple[Rule, ...]:
    """Return the rules in a table: methods (with commas between them), path, need."""
    rows = (line.split() for line in table.strip().splitlines())
    return tuple(
        Rule(method, path, need) for methods, path, need in rows for method in methods.split(",")
    )
