"""Somebody else's server: a real HTTP server on loopback that does as it is told."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Call", "Listener", "listening"]


@dataclass
class Call:
    """One call as the listener got it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass
class Listener:
    """``behave`` gives status and body for each call; ``calls`` are those that came so far."""

    url: str = ""
    behave: Callable[[Call], tuple[int, Any]] = lambda _call: (200, {})
    calls: list[Call] = field(default_factory=list)

    def answers(self, answer: Any, status: int = 200) -> None:
        """Answer every call in this way from now on."""
        self.behave = lambda _call: (status, answer)


@contextmanager
def listening(port: int = 0) -> Generator[Listener]:
    """Run a listener. What it answers is JSON, or bytes as they are."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers["content-length"]))
            call = Call(self.path, headers, body)
            listener.calls.append(call)
            status, answer = listener.behave(call)
            said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is overridden
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of callers that hung up."""

    with Server(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        listener.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()
