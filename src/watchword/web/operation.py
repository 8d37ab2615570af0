"""What a dialect consists of: its table of operations, and how it reads, refuses and lives.

A dialect package exports one ``DIALECT``. Nothing else of it is ever imported from outside.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Generic, TypeAlias, TypeVar

from watchword.core.access import Principal
from watchword.core.core import Core
from watchword.core.policy import AudiencePolicy
from watchword.core.rates import Traffic
from watchword.core.subjects import Audience
from watchword.web.about import About, Outline
from watchword.web.desk import Desk
from watchword.web.entrance import Entrance
from watchword.web.errors import AnyRefusal
from watchword.web.feeds import Feed
from watchword.web.gating import CLOSED, GateSide
from watchword.web.messages import Reply, Request

__all__ = [
    "ANY_METHOD",
    "USUAL_BODY",
    "Desk",
    "Dialect",
    "Guarded",
    "Lane",
    "LongerError",
    "Open",
    "Operation",
    "PathRules",
    "always",
    "traffic_of",
]

S = TypeVar("S")

ANY_METHOD: Final = "*"
USUAL_BODY: Final = 65_536
"""Bytes that a body may have where an operation says nothing else. Larger ones are read only from
those whose token is good, and share the process's room."""


class Lane(Enum):
    """Where an operation runs."""

    LOOP = "loop"
    """On the event loop: pure computation, microseconds. May raise `ColdError` to be run again
    on a thread, so it must not have changed anything before; or `LongerError`."""
    STORE = "store"
    """On a thread: asks the storage."""
    LOGIN = "login"
    """On a thread of its own kind: may wait for a password to be hashed."""
    FACE = "face"
    """On a thread of its own kind: waits for somebody to look at a face."""
    BULK = "bulk"
    """On a thread of its own kind: moves large content, or waits for somebody else's server."""


@dataclass(eq=False)
class LongerError(Exception):
    """What was begun on the event loop has to block: ``rest`` finishes it on a thread of a lane."""

    rest: Callable[[], Reply]
    lane: Lane = Lane.STORE


def always(_settings: object) -> bool:
    """Offer an operation whatever the settings say."""
    return True


@dataclass(frozen=True, slots=True)
class Open(Generic[S]):
    """An operation that anybody may call. ``path`` may hold ``{names}`` of whole segments.

    ``about`` is its entry in the OpenAPI document. Where ``when`` says no to the settings, the
    operation does not exist. ``first`` is called on the event loop before anything of the body is
    read, and may refuse: nobody has to be trusted with a large body that nobody wants.
    """

    method: str
    path: str
    endpoint: Callable[[Desk[S], Request], Reply]
    lane: Lane
    longest_body: int | Callable[[S], int] = USUAL_BODY
    about: About | None = None
    when: Callable[[S], bool] = always
    first: Callable[[Desk[S], Request], None] | None = None
    traffic: Traffic | None = None
    """What a call counts as; None is a login where it may wait for a hash, else nothing special."""


@dataclass(frozen=True, slots=True)
class Guarded(Generic[S]):
    """An operation that needs a token of this dialect; it is handed the principal."""

    method: str
    path: str
    endpoint: Callable[[Desk[S], Request, Principal], Reply]
    lane: Lane
    longest_body: int | Callable[[S], int] = USUAL_BODY
    about: About | None = None
    when: Callable[[S], bool] = always
    traffic: Traffic | None = None
    """What a call counts as; None is an upload if the body may be large, else nothing special."""


Operation: TypeAlias = Open[S] | Guarded[S]


def traffic_of(operation: Operation[Any]) -> Traffic:
    """Return what a call of an operation counts as (`watchword.core.limits`)."""
    if operation.traffic is not None:
        return operation.traffic
    if isinstance(operation, Open):
        return Traffic.LOGIN if operation.lane is Lane.LOGIN else Traffic.OPEN
    longest = operation.longest_body
    usual = isinstance(longest, int) and longest <= USUAL_BODY
    return Traffic.CALL if usual else Traffic.UPLOAD


@dataclass(frozen=True, slots=True)
class PathRules:
    """Which paths belong to a dialect and how they are compared.

    ``prefix`` claims everything below it, unknown paths too. With ``slash_optional`` a slash at
    the end may be left out or added; it is served directly, never redirected. ``beside`` are single
    paths elsewhere, where a standard puts them.
    """

    prefix: str
    fold_case: bool = False
    slash_optional: bool = True
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Dialect(Generic[S]):
    """One vendor's wire.

    ``name`` is also the name of its table in ``watchword.toml`` (``[dialects.NAME]``) and in the
    directory file (``[subjects.NAME]``). ``settings`` is a frozen ``msgspec.Struct`` with a default
    for every field. ``read_profile`` validates a ``[subjects.NAME]`` table and returns the document
    to store (raises `watchword.config.TableError`). ``seed`` stores what the directory file's
    own ``[NAME]`` table holds, if the dialect has such a thing, and returns the plan's lines;
    ``check_profile`` compares a profile document with what is stored and with that table, where
    a profile names things that only they can tell (both raise `watchword.config.TableError`,
    whose key is relative to the table). ``newcomer`` is a ``[subjects.NAME]`` table, if one can be
    given, of somebody with the fewest rights: what people are who come from elsewhere, where
    nobody says otherwise. ``weaknesses`` are the places in which these settings are
    weaker than current norms, a sentence each. ``outline`` heads its OpenAPI document, if it has
    one; then every operation says something about itself. ``jobs`` are the kinds of jobs that this
    dialect adds, with who does them (`watchword.core.errands`). ``feeds`` are the connections that
    its clients keep open. ``gate`` is what gateways are told that stand before the vendor's own
    back-ends; without it, nobody passes to them. ``entrance`` is what the console's sign-in page
    offers of it, if anything.
    """

    name: str
    audience: Audience
    settings: type[S]
    paths: PathRules
    operations: tuple[Operation[S], ...]
    policy: Callable[[S], AudiencePolicy]
    read_profile: Callable[[Mapping[str, object]], bytes]
    read_token: Callable[[Desk[S], Request], str | None]
    refuse: Callable[[Desk[S], Request, AnyRefusal], Reply]
    weaknesses: Callable[[S], Sequence[str]]
    seed: Callable[[Core, Mapping[str, object], bool], Sequence[str]] | None = None
    check_profile: Callable[[Core, Mapping[str, object], bytes], None] | None = None
    newcomer: Mapping[str, object] = field(default_factory=dict[str, object])
    outline: Outline | None = None
    jobs: Mapping[str, Callable[[Desk[S], bytes], None]] = field(
        default_factory=dict[str, Callable[[Desk[S], bytes], None]]
    )
    feeds: tuple[Feed, ...] = ()
    opt_in: bool = False
    """Whether it is served only where ``watchword.toml`` switches it on."""
    gate: GateSide[S] = CLOSED
    entrance: Entrance[S] | None = None
