"""The gate on the server's own port, in front of the doors: ``/gate/verify``, spoken in ASGI.

What the fast listener (`watchword.gate.listener`) says on a socket of its own, this says in the
same words; one suite of tests asks both.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Final, cast

from starlette.types import Receive, Scope, Send

from watchword.core.errors import OverloadedError
from watchword.core.networks import Network, is_within
from watchword.gate.answers import Answer, no_answer
from watchword.gate.asking import REFUSAL, VERIFY, bare
from watchword.gate.gate import Call, Gate
from watchword.web.lanes import Lanes
from watchword.web.sending import send_whole

__all__ = ["LONGEST_BODY", "NO_SUCH", "STRANGER", "TOO_LONG", "Counter", "GateApp", "is_verify"]

Counter = Callable[[int], None]
"""Told of the status of every answer."""

LONGEST_BODY: Final = 65_536
"""Bytes of somebody's request that a gateway may hand on, for rules that look at bodies."""

BODY_SECONDS: Final = 10.0

STRANGER: Final = no_answer(403, "this gateway is not trusted")
TOO_LONG: Final = no_answer(413, "the body is too long to be judged")
NO_SUCH: Final = no_answer(404, "nothing is here")


def is_verify(target: bytes) -> bool:
    """Say whether a target is the gate's: its own path, or one with the asked path behind it."""
    return bare(target) in {VERIFY, REFUSAL} or target.startswith(VERIFY + b"/")


class GateApp:
    """Answers gateways that are trusted."""

    def __init__(
        self, gate: Gate, lanes: Lanes, trusted: Iterable[Network], count: Counter
    ) -> None:
        """Trust gateways in these networks."""
        self._gate = gate
        self._lanes = lanes
        self._trusted = tuple(trusted)
        self._count = count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        found = await self._answer(scope, receive)
        self._count(found.status)
        await send_whole(scope, send, found.status, list(found.headers), found.body)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        query = cast("bytes", scope["query_string"])
        target = cast("bytes", scope["raw_path"]) + (b"?" + query if query else b"")
        if not is_verify(target):
            return NO_SUCH
        client = scope.get("client")
        if not client or not is_within(client[0], self._trusted):
            return STRANGER
        body = await _read(receive)
        if body is None:
            return TOO_LONG
        call = Call(scope["method"].encode(), target, scope["headers"], body)
        quick = None if body else self._gate.quick(target, call.headers)
        found = quick or self._gate.recall(call)
        if found is not None:
            return found
        try:
            return await self._lanes.store.run(partial(self._gate.answer, call))
        except OverloadedError as error:
            return self._gate.refuse(call, error)


async def _read(receive: Receive) -> bytes | None:
    """Return the body, or None if it is too long, breaks off or never ends."""
    body = b""
    with suppress(TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            while len(body) <= LONGEST_BODY:
                message = await receive()
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    whole = message["type"] == "http.request" and len(body) <= LONGEST_BODY
                    return body if whole else None
    return None
