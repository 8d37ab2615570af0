"""Websockets on uvicorn's connections: frames by the websockets library, bounds by us.

uvicorn hands over a connection whose client asked for an upgrade, and what is here speaks ASGI's
``websocket`` to the application. Why not by uvicorn's own class: decision 0410. Rules of this file:

1. A client that does not take what it was sent is not read from either, so nothing that it sends
   can make the server hold more; after `STUCK_SECONDS` it is cut off.
2. One message waits for the application at a time, `LONGEST_MESSAGE` bytes in at most
   `MOST_FRAGMENTS` parts. Nothing is compressed.
3. Whatever arrives is answered by a close with its code (RFC 6455 section 7.4.1), never by an
   exception. A close that is not answered within `CLOSE_SECONDS` is the end all the same.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

__all__ = ["LONGEST_MESSAGE", "Websocket"]

LONGEST_MESSAGE: Final = 16_384
MOST_FRAGMENTS: Final = 64
STUCK_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 5.0
ABNORMAL: Final = 1006
LATIN: Final = "latin-1"
NOTHING: Final = ((b"content-length", b"0"),)


class Websocket(asyncio.Protocol):
    """One connection that was upgraded."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take over a connection; uvicorn makes one of these for each upgrade."""
        self._app: ASGIApp = cast("Any", config).loaded_app
        self._server = server_state
        self._app_state = app_state
        self._loop = asyncio.get_running_loop()
        self._wire = ServerProtocol(max_size=LONGEST_MESSAGE)
        self._messages: deque[Message] = deque()
        self._arrival = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._reading = True
        self._over = False
        self._parts: list[bytes] = []
        self._is_text = False
        self._answer = Response(HTTPStatus.INTERNAL_SERVER_ERROR, "", Headers())
        self._stuck: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None

    # --- called by the event loop and by uvicorn ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, whatever broke the connection, and let the application know."""
        del exc
        self._connections.discard(self)
        for timer in (self._stuck, self._closing):
            if timer is not None:
                timer.cancel()
        self._wire.receive_eof()
        self._end()
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Take what arrived."""
        self._wire.receive_data(data)
        for event in self._wire.events_received():
            if isinstance(event, Request):
                self._begin(event)
            elif isinstance(event, Frame) and self._wire.state is State.OPEN:
                self._take(event)
        self._flush()

    def eof_received(self) -> None:
        """Take the end of what arrives; the loop closes the connection in return."""
        self._wire.receive_eof()
        self._flush()
        self._end()

    def pause_writing(self) -> None:
        """Wait until the client has taken what it was sent, but not for long."""
        self._writable.clear()
        self._stuck = self._loop.call_later(STUCK_SECONDS, self._transport.abort)
        self._regulate()

    def resume_writing(self) -> None:
        """Go on: the client has taken everything."""
        self._writable.set()
        if self._stuck is not None:
            self._stuck.cancel()
        self._regulate()

    def shutdown(self) -> None:
        """Say that the server goes away."""
        self._close(CloseCode.GOING_AWAY, "the server stops")

    # --- called by the application ---

    async def receive(self) -> Message:
        """Return the next message; after the end of the connection, always that it has ended."""
        while not self._messages and not self._over:
            self._arrival.clear()
            await self._arrival.wait()
        if not self._messages:
            return {"type": "websocket.disconnect", "code": self._wire.close_code or ABNORMAL}
        message = self._messages.popleft()
        self._regulate()
        return message

    async def send(self, message: Message) -> None:
        """Send what the application says. Raises ``OSError`` once the connection is over."""
        await self._writable.wait()
        if self._over:
            raise ConnectionResetError("the connection is over")
        match message["type"]:
            case "websocket.accept":
                self._wire.send_response(self._answer)
            case "websocket.send":
                self._wire.send_text(message["text"].encode())
            case "websocket.http.response.start":
                self._answer = _response(message["status"], message["headers"])
            case "websocket.http.response.body":
                self._reject(message["body"])
            case _:
                self._close(message.get("code", CloseCode.NORMAL_CLOSURE), message["reason"])
        self._flush()

    # --- in between ---

    @property
    def _connections(self) -> set[object]:
        """What uvicorn waits for when it stops; it knows only classes of its own by type."""
        return cast("set[object]", self._server.connections)

    def _begin(self, request: Request) -> None:
        """Hand an upgrade to the application, if it is one as it should be."""
        self._answer = self._wire.accept(request)
        if self._answer.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._wire.send_response(self._answer)
            return
        self._messages.append({"type": "websocket.connect"})
        task = self._loop.create_task(self._run(self._scope(request)))
        task.add_done_callback(self._server.tasks.discard)
        self._server.tasks.add(task)

    def _scope(self, request: Request) -> Scope:
        path, _, query = request.path.partition("?")
        return {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "server": self._transport.get_extra_info("sockname"),
            "client": self._transport.get_extra_info("peername"),
            "root_path": "",
            "path": unquote(path),
            "raw_path": path.encode(LATIN),
            "query_string": query.encode(LATIN),
            "headers": [
                (name.lower().encode(LATIN), value.encode(LATIN))
                for name, value in request.headers.raw_items()
            ],
            "subprotocols": [],
            "state": self._app_state.copy(),
            "extensions": {"websocket.http.response": {}},
        }

    async def _run(self, scope: Scope) -> None:
        try:
            await self._app(scope, self.receive, self.send)
        except OSError:
            return
        finally:
            self._close(CloseCode.NORMAL_CLOSURE, "")

    def _take(self, frame: Frame) -> None:
        """Put a message together; what is about the connection itself was seen to already."""
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY}:
            self._parts, self._is_text = [], frame.opcode is Opcode.TEXT
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if len(self._parts) > MOST_FRAGMENTS:
            self._wire.fail(CloseCode.POLICY_VIOLATION, "too many fragments")
        elif frame.fin:
            self._hand_over(b"".join(self._parts))

    def _hand_over(self, data: bytes) -> None:
        if not self._is_text:
            self._messages.append({"type": "websocket.receive", "bytes": data})
        else:
            try:
                self._messages.append({"type": "websocket.receive", "text": data.decode()})
            except UnicodeDecodeError:
                self._wire.fail(CloseCode.INVALID_DATA, "this is not UTF-8")
        self._arrival.set()
        self._regulate()

    def _reject(self, body: bytes) -> None:
        answer = self._answer
        answer.body = body
        self._wire.send_response(answer)

    def _close(self, code: int, reason: str) -> None:
        """Begin to close, if nobody has yet."""
        if self._wire.state is State.OPEN:
            self._wire.send_close(code, reason)
        elif self._wire.state is State.CONNECTING and not self._wire.eof_sent:
            self._wire.send_response(_response(HTTPStatus.SERVICE_UNAVAILABLE, NOTHING))
        self._flush()

    def _flush(self) -> None:
        """Send what there is to send, and see to it that a close comes to its end."""
        for data in self._wire.data_to_send():
            if self._transport.is_closing():
                break
            if data:
                self._transport.write(data)
            else:
                # Not closed at once: what the client is still sending would make the system
                # throw away the last that it was sent.
                self._transport.write_eof()
        if self._wire.close_expected() and self._closing is None:
            self._closing = self._loop.call_later(CLOSE_SECONDS, self._transport.abort)
            self._end()

    def _end(self) -> None:
        """Tell the application that the connection is over; what waits for it is dropped."""
        self._over = True
        self._messages.clear()
        self._arrival.set()
        self._regulate()

    def _regulate(self) -> None:
        """Read while nothing waits, neither for the application nor for the client."""
        read = not self._messages and self._writable.is_set()
        if read is self._reading or self._transport.is_closing():
            return
        self._reading = read
        if read:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()


def _response(status: int, headers: Iterable[tuple[bytes, bytes]]) -> Response:
    """Return the head of an answer that opens no websocket; the connection ends with it."""
    named = Headers([(name.decode(LATIN), value.decode(LATIN)) for name, value in headers])
    named["Connection"] = "close"
    return Response(int(status), HTTPStatus(status).phrase, named)
