"""Answering again what was asked before, byte for byte (decision 0155).

Who holds a token asks the same thing over and over. What such a request's bytes mean, and which
operation that is, was found out the first time and cannot have changed; whether the token is good,
whether its holder may, what the limits say and what the answer is, is found out anew each time.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeAlias, TypeVar, cast

from starlette.types import Scope

from watchword.core.errors import TooManyRequestsError
from watchword.core.limits import Limits
from watchword.core.rates import Traffic
from watchword.core.shelf import ColdError
from watchword.core.tokens import TokenDigest, digest
from watchword.web.door import Door, Observe
from watchword.web.messages import Headers, Reply, Request
from watchword.web.operation import Guarded, Lane, LongerError, traffic_of
from watchword.web.routes import Found

__all__ = ["AGAIN", "Again", "KeepAgain", "offer_again"]

S = TypeVar("S")

Again: TypeAlias = Callable[[], Reply | None]
"""Answers a request as if it had come once more. None leaves it to the application, as if nobody
had been asked yet."""

KeepAgain: TypeAlias = Callable[[Again], None]

AGAIN: Final = "watchword.again"
"""An extension of ASGI, offered by our server's connections: a `KeepAgain` for this request."""

FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
SECRET: Final = frozenset({b"authorization", b"cookie", b"proxy-authorization"})


@dataclass(frozen=True, slots=True)
class _Repetition(Generic[S]):
    """One guarded request that is answered on the event loop. It holds no token."""

    door: Door[S]
    operation: Guarded[S]
    traffic: Traffic
    request: Request
    token: TokenDigest
    limits: Limits | None
    observe: Observe

    def __call__(self) -> Reply | None:
        door, request = self.door, self.request
        dialect, desk = door.dialect, door.desk
        principal = desk.core.access.recall_by(self.token, dialect.audience, request.address)
        if principal is None:
            return None
        try:
            reply = self.operation.endpoint(desk, request, principal)
        except (ColdError, LongerError):
            return None
        except Exception as error:  # noqa: BLE001 - answered in the vendor's shape, as `Site` does
            reply = door.refuse(request, error)
        if self.limits is not None:
            # Not before it is certain who answers: the application counts what it is left.
            try:
                self.limits.require_of(self.traffic, principal, request.address)
            except TooManyRequestsError as error:
                reply = door.refuse(request, error)
        self.observe(dialect.name, self.operation.path, reply.status)
        return reply


def offer_again(
    scope: Scope,
    door: Door[S],
    found: Found[S],
    request: Request,
    limits: Limits | None,
    observe: Observe,
) -> None:
    """Let the connection keep what answers a request again, if it would and if there is such."""
    extensions = scope.get("extensions")
    keep = cast("KeepAgain | None", extensions.get(AGAIN)) if extensions else None
    operation = found.operation
    if keep is None or operation.lane is not Lane.LOOP or not isinstance(operation, Guarded):
        return
    secret = door.dialect.read_token(door.desk, request)
    if secret and request.method == "GET" and not _has_body(request):
        bare = replace(request, headers=_without(secret, request.headers))
        traffic = traffic_of(operation)
        keep(_Repetition(door, operation, traffic, bare, digest(secret), limits, observe))


def _has_body(request: Request) -> bool:
    return any(name in FRAMING for name, _ in request.headers)


def _without(secret: str, headers: Headers) -> Headers:
    """Return headers without a token, and without what else is a secret of somebody's."""
    written = secret.encode("latin-1", "replace")
    return tuple(
        (name, value) for name, value in headers if name not in SECRET and written not in value
    )
