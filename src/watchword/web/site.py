"""All doors behind one ASGI application.

A request's way: the door whose paths it falls under, the operation, the principal if that is
guarded, the limits, the body (bounded in size and time), the endpoint, the reply. A body is read
only after its sender's token was found good, and then the token is looked at once more. Whatever is
raised on the way is answered by that door's ``refuse``, in its vendor's shape. The one ``await`` on
blocking work is in `Site._run`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from watchword.core.access import Principal
from watchword.core.errors import (
    OverloadedError,
    TokenMissingError,
    TooManyRequestsError,
)
from watchword.core.limits import Limits
from watchword.core.rates import Traffic
from watchword.core.shelf import ColdError, insist
from watchword.web.door import Door, Observe
from watchword.web.errors import (
    BodyTooLargeError,
    RouteUnknownError,
    UnreadableBodyError,
)
from watchword.web.lanes import Lanes, ThreadLane
from watchword.web.live import Live
from watchword.web.messages import Reply, Request, host_of
from watchword.web.operation import (
    USUAL_BODY,
    Guarded,
    Lane,
    LongerError,
    Open,
    Operation,
    traffic_of,
)
from watchword.web.repeating import offer_again
from watchword.web.routes import Found
from watchword.web.sending import headers_of, send_whole

__all__ = ["SERVER_PATHS", "Site"]

S = TypeVar("S")


BODY_SECONDS: Final = 30.0
"""How long a body may take to arrive."""

SLOWEST: Final = 262_144
"""Bytes a second at which the rest of a large body has to come in."""

NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})

SWITCHING: Final = 101

SERVER_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics", "/.well-known/jwks.json"})
"""The server's own pages, which no door may claim: one of them stands at the root."""

MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Site:
    """The ASGI application: doors first, then ``rest`` (`SERVER_PATHS`, and whatever is left).

    Without ``limits`` everybody may ask for everything as often as they like.
    """

    doors: Sequence[Door[Any]]
    lanes: Lanes
    rest: ASGIApp
    observe: Observe
    live: Live
    limits: Limits | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event, as ASGI has it."""
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send)
            return
        door = self._door(scope)
        if door is None:
            await self.rest(scope, receive, send)
            return
        request, path = None, "unknown"
        try:
            found = door.routes.find(scope["method"], scope["path"])
            request, path = _request(scope, found.parameters), found.operation.path
            reply = await self._answer(door, found, request, receive)
            offer_again(scope, door, found, request, self.limits, self.observe)
        except Exception as error:  # noqa: BLE001 - every error gets an answer in the vendor's shape
            reply = door.refuse(request or _request(scope), error)
        self.observe(door.dialect.name, path, reply.status)
        await send_whole(scope, send, reply.status, headers_of(reply), reply.body)

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one websocket, or refuse its opening as any request is refused."""
        door = self._door(scope) if scope["type"] == "websocket" else None
        if door is None:
            await self.rest(scope, receive, send)
            return
        request, name, path = _request(scope), door.dialect.name, "unknown"
        await receive()
        try:
            feed = door.find_feed(request.path)
            path = feed.path
            self._count(Traffic.OPEN, door, request)
            self.live.require_room()
        except (RouteUnknownError, TooManyRequestsError, OverloadedError) as error:
            reply = door.refuse(request, error)
            self.observe(name, path, reply.status)
            await _send_instead(reply, send)
            return
        self.observe(name, path, SWITCHING)
        await self.live.serve(feed, door.dialect.audience, request.address, receive, send)

    def _door(self, scope: Scope) -> Door[Any] | None:
        if scope["path"] in SERVER_PATHS:
            return None
        host = None
        for door in self.doors:
            if door.host:
                host = host_of(scope["headers"]) if host is None else host
                if host != door.host:
                    continue
            if door.routes.claims(scope["path"]):
                return door
        return None

    async def _answer(
        self, door: Door[S], found: Found[S], request: Request, receive: Receive
    ) -> Reply:
        operation = found.operation
        if isinstance(operation, Open):
            self._count(traffic_of(operation), door, request)
            if operation.first is not None:
                operation.first(door.desk, request)
        principal = None
        if isinstance(operation, Guarded):
            principal = await self._enter(door, operation, request)
        limit = operation.longest_body
        if not isinstance(limit, int):
            limit = limit(door.desk.settings)
        size = _expect(request, limit)
        if not size:
            return await self._serve(door, found, request, principal)
        if size <= USUAL_BODY:
            request = await _whole(request, receive, size)
            return await self._serve(door, found, request)
        with self.lanes.room.taken(size):
            request = await _whole(request, receive, size)
            return await self._serve(door, found, request)

    async def _serve(
        self, door: Door[S], found: Found[S], request: Request, principal: Principal | None = None
    ) -> Reply:
        """Serve a request that is here as a whole; its token is looked at again if it took time."""
        operation = found.operation
        if not isinstance(operation, Guarded):
            return await self._run(operation, partial(operation.endpoint, door.desk, request))
        principal = principal or await self._vouch(door, request)
        return await self._run(
            operation, partial(operation.endpoint, door.desk, request, principal)
        )

    def _count(self, traffic: Traffic, door: Door[Any], request: Request) -> None:
        """Count a call by where it comes from. Raises `TooManyRequestsError`."""
        if self.limits is not None:
            self.limits.require(traffic, request.address, door.dialect.audience)

    async def _enter(self, door: Door[S], operation: Guarded[S], request: Request) -> Principal:
        """Vouch for a caller, and count the call by its session. Raises `TooManyRequestsError`."""
        principal = await self._vouch(door, request)
        if self.limits is not None:
            self.limits.require_of(traffic_of(operation), principal, request.address)
        return principal

    async def _vouch(self, door: Door[S], request: Request) -> Principal:
        secret = door.dialect.read_token(door.desk, request)
        if not secret:
            raise TokenMissingError
        access, audience = door.desk.core.access, door.dialect.audience
        principal = access.recall(secret, audience, request.address)
        if principal is None:
            self._count(Traffic.TOKEN, door, request)
            look = partial(access.principal, secret, audience, request.address)
            principal = await self.lanes.store.run(look)
        return principal

    async def _run(self, operation: Operation[S], work: Callable[[], Reply]) -> Reply:
        match operation.lane:
            case Lane.LOOP:
                try:
                    try:
                        return work()
                    except ColdError:
                        return await self.lanes.store.run(partial(insist, work))
                except LongerError as longer:
                    return await self._thread(longer.lane).run(longer.rest)
            case blocking:
                return await self._thread(blocking).run(work)

    def _thread(self, lane: Lane) -> ThreadLane:
        match lane:
            case Lane.LOGIN:
                return self.lanes.login
            case Lane.FACE:
                return self.lanes.faces
            case Lane.BULK:
                return self.lanes.bulk
            case Lane.LOOP | Lane.STORE:
                return self.lanes.store


def _request(scope: Scope, parameters: Mapping[str, str] = NO_NAMES) -> Request:
    client = scope.get("client")
    return Request(
        method=scope.get("method", "GET"),
        path=scope["path"],
        headers=cast("Sequence[tuple[bytes, bytes]]", scope["headers"]),
        query=scope["query_string"],
        parameters=parameters,
        address=client[0] if client else "",
        secure=scope["scheme"] in {"https", "wss"},
    )


def _is_within(declared: str, limit: int) -> bool:
    """Say whether a declared length is a number up to the limit; Python reads no endless ones."""
    return declared.isdecimal() and len(declared) <= MOST_DIGITS and int(declared) <= limit


def _expect(request: Request, limit: int) -> int:
    """Return how large the body can be at most. Raises `BodyTooLargeError`."""
    declared = request.header(b"content-length")
    if declared is not None and not _is_within(declared, limit):
        raise BodyTooLargeError(limit)
    if request.header(b"transfer-encoding") is not None:
        return limit
    return 0 if declared is None else int(declared)


async def _whole(request: Request, receive: Receive, size: int) -> Request:
    """Return a request with its body, and when that was here. Raises as `_read_body` does."""
    return replace(request, body=await _read_body(receive, size), arrived=time.monotonic())


async def _read_body(receive: Receive, limit: int) -> bytes:
    """Return the body. Raises `BodyTooLargeError`, or `UnreadableBodyError` if it never ends."""
    if not limit:
        return b""
    chunks: list[bytes] = []
    size = 0
    slack = max(0, limit - USUAL_BODY) / SLOWEST
    try:
        async with asyncio.timeout(BODY_SECONDS + slack):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise UnreadableBodyError
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > limit:
                    raise BodyTooLargeError(limit)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError as error:
        raise UnreadableBodyError from error


async def _send_instead(reply: Reply, send: Send) -> None:
    """Answer the opening of a websocket with a reply."""
    headers = [*reply.headers, (b"content-length", str(len(reply.body)).encode())]
    start = {"status": reply.status, "headers": headers}
    await send({"type": "websocket.http.response.start", **start})
    await send({"type": "websocket.http.response.body", "body": reply.body})
