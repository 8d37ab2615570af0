"""Connections that clients keep open: who may stay, and who is told that it is over.

Rules of this file:

1. Whatever a client chooses is bounded (`watchword.web.lanes.Bounds`). The size of a frame, and
   what may wait to be sent, are bounded where frames are made of bytes: in the server.
2. One task looks after all connections: several times a second it asks the core which sessions
   have stirred (`watchword.core.watching`). No connection has a task, a thread or a unit of work
   for that, and where there are no connections there is no such task either.
3. A connection sleeps until a frame comes, until it is time for something, or until it is woken.
4. Every end has its code (RFC 6455 section 7.4.1). Only a fault of ours leaves a trace in the log.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.types import Receive, Send

from watchword.core.core import Core
from watchword.core.errors import CoreError, OverloadedError, StorageUnavailableError
from watchword.core.sessions import SessionId
from watchword.core.subjects import Audience
from watchword.core.watching import Watch
from watchword.web.errors import UnreadableBodyError
from watchword.web.feeds import Feed
from watchword.web.lanes import SOON, Lanes

__all__ = ["Live"]

LOOK_SECONDS: Final = 0.25
"""How often all sessions are looked at: often enough to tell within a second on a busy machine."""
BATCH: Final = 256
"""How many are looked at before the event loop serves others again."""

UNSUPPORTED: Final = 1003
MALFORMED: Final = 1007
REFUSED: Final = 1008
FAULT: Final = 1011
LATER: Final = 1013

log = logging.getLogger(__name__)


@dataclass(eq=False)
class _OverError(Exception):
    """A connection is over: the code and the reason to close it with, and the last words before."""

    code: int
    reason: str
    last_words: str = ""


class _GoneError(Exception):
    """The client has hung up."""


class _Connection:
    """One open websocket."""

    __slots__ = ("_alarm", "_receive", "_send", "_woken", "feed")

    def __init__(self, feed: Feed, receive: Receive, send: Send) -> None:
        self.feed: Final = feed
        self._receive = receive
        self._send = send
        self._alarm: asyncio.Timeout | None = None
        self._woken = False

    async def accept(self) -> None:
        await self._send({"type": "websocket.accept"})

    async def hear(self, due: float) -> str | None:
        """Return the next frame, or None if none came until then.

        Raises `_OverError` for a frame of another kind or if the connection was woken, and
        `_GoneError`.
        """
        self._require_asleep()
        try:
            async with asyncio.timeout_at(due) as self._alarm:
                message = await self._receive()
        except TimeoutError:
            self._require_asleep()
            return None
        finally:
            self._alarm = None
        if message["type"] != "websocket.receive":
            raise _GoneError
        text: str | None = message.get("text")
        if text is None:
            raise _OverError(UNSUPPORTED, "frames are text here")
        return text

    async def say(self, text: str) -> None:
        """Send a frame. Raises ``OSError`` if the client is gone."""
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, over: _OverError) -> None:
        """Say the last words and close."""
        with suppress(OSError):
            if over.last_words:
                await self.say(over.last_words)
            await self._send({"type": "websocket.close", "code": over.code, "reason": over.reason})

    def wake(self) -> None:
        """Let it end: its session is over."""
        self._woken = True
        if self._alarm is not None and not self._alarm.expired():
            self._alarm.reschedule(asyncio.get_running_loop().time())

    def _require_asleep(self) -> None:
        if self._woken:
            raise _OverError(REFUSED, "the session is over", self.feed.ended)


class Live:
    """The open connections of one worker. Used from its event loop."""

    def __init__(self, core: Core, lanes: Lanes) -> None:
        """Start without connections."""
        self._core = core
        self._lanes = lanes
        self._bounds = lanes.live
        self._strangers = 0
        self._staying: dict[_Connection, Watch] = {}
        self._of_session: Counter[SessionId] = Counter()
        self._caretaker: asyncio.Task[None] | None = None

    def require_room(self) -> None:
        """Raise `OverloadedError` if nobody else can come in."""
        full = len(self._staying) + self._strangers >= self._bounds.connections
        if full or self._strangers >= self._bounds.strangers:
            raise OverloadedError(SOON)

    async def serve(
        self, feed: Feed, audience: Audience, address: str, receive: Receive, send: Send
    ) -> None:
        """Serve one connection until it ends, however it ends."""
        connection = _Connection(feed, receive, send)
        try:
            watch = await self._introduce(connection, audience, address)
            await self._keep(connection, watch)
        except (_GoneError, OSError):
            return
        except _OverError as over:
            await connection.close(over)
        except UnreadableBodyError:
            await connection.close(_OverError(MALFORMED, "this frame cannot be read"))
        except Exception:
            # Whatever it is, the client is told that the fault is ours, and nothing else.
            log.exception("fault", extra={"path": feed.path})
            await connection.close(_OverError(FAULT, "a fault of ours"))

    async def _introduce(self, connection: _Connection, audience: Audience, address: str) -> Watch:
        """Take a connection in and return the watch over the session whose token it shows."""
        self._strangers += 1
        try:
            await connection.accept()
            loop = asyncio.get_running_loop()
            first = await connection.hear(loop.time() + self._bounds.opening_seconds)
            if first is None:
                raise _OverError(REFUSED, "no token came")
            return await self._vouch(connection.feed, first, audience, address)
        finally:
            self._strangers -= 1

    async def _vouch(self, feed: Feed, first: str, audience: Audience, address: str) -> Watch:
        look = partial(self._core.watching.begin, feed.read_token(first), audience, address)
        try:
            return await self._lanes.store.run(look)
        except (OverloadedError, StorageUnavailableError) as error:
            raise _OverError(LATER, "come back later") from error
        except CoreError as error:
            raise _OverError(REFUSED, "the token is not good", feed.ended) from error

    async def _keep(self, connection: _Connection, watch: Watch) -> None:
        """Keep a connection among those that are looked after for as long as it stays."""
        session_id = watch.session.id
        if self._of_session[session_id] >= self._bounds.of_session:
            raise _OverError(LATER, "too many connections of this session")
        self._of_session[session_id] += 1
        self._staying[connection] = watch
        if self._caretaker is None or self._caretaker.done():
            self._caretaker = asyncio.create_task(self._look_after_all())
        try:
            await self._stay(connection, watch)
        finally:
            del self._staying[connection]
            self._of_session[session_id] -= 1
            if not self._of_session[session_id]:
                del self._of_session[session_id]

    async def _stay(self, connection: _Connection, watch: Watch) -> None:
        """Ask from time to time whether the client is there, and note each time that it is."""
        feed, loop = connection.feed, asyncio.get_running_loop()
        ping_due = loop.time()
        gone_after = feed.gone_after.total_seconds()
        gone_at = ping_due + gone_after
        frames = 0
        while loop.time() < gone_at:
            if loop.time() >= ping_due:
                await connection.say(feed.write_ping(self._core.clock()))
                ping_due, frames = loop.time() + feed.ping_every.total_seconds(), 0
            heard = await connection.hear(min(ping_due, gone_at))
            if heard is None:
                continue
            frames += 1
            if frames > self._bounds.frames:
                raise _OverError(REFUSED, "too many frames")
            if feed.is_pong(heard):
                self._core.watching.note_use(watch)
                gone_at = loop.time() + gone_after
        raise _OverError(REFUSED, "no pong came")

    async def _look_after_all(self) -> None:
        while self._staying:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except (OverloadedError, StorageUnavailableError):
                continue  # what has stirred is still so at the next look
            except Exception as error:
                # Without another look no connection would ever hear of its session's end.
                log.critical("look failed", exc_info=error)

    async def _look(self) -> None:
        """Wake every connection whose session is over."""
        staying = list(self._staying.items())
        for start in range(0, len(staying), BATCH):
            batch = {watch: connection for connection, watch in staying[start : start + BATCH]}
            stirred = self._core.watching.find_stirred(batch)
            for watch in await self._ask_again(stirred):
                batch[watch].wake()

    async def _ask_again(self, stirred: Sequence[Watch]) -> Sequence[Watch]:
        if not stirred:
            await asyncio.sleep(0)
            return stirred
        return await self._lanes.store.run(partial(self._core.watching.ask_again, stirred))
