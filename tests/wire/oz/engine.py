"""An analysis engine of the tests' own: a real HTTP server on loopback that does as it is told."""

import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from watchword.web.multipart import read_form

__all__ = ["Engine", "Question", "running"]


@dataclass
class Question:
    """One call as the engine got it."""

    path: str
    headers: dict[str, str]
    asked: dict[str, Any]
    files: dict[str, bytes]


def succeed(handler: BaseHTTPRequestHandler) -> None:
    """Find nothing wrong."""
    say(handler, {"resolution": "SUCCESS", "results": {"confidence": 0.25}})


def say(handler: BaseHTTPRequestHandler, answer: Any, status: int = 200) -> None:
    """Answer with JSON, or with bytes as they are."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@dataclass
class Engine:
    """``behave`` answers each call; ``questions`` are those that came so far."""

    url: str = ""
    behave: Callable[[BaseHTTPRequestHandler], None] = succeed
    questions: list[Question] = field(default_factory=list)

    def answers(self, answer: Any, status: int = 200) -> None:
        """Answer every call in this way from now on."""
        self.behave = lambda handler: say(handler, answer, status)


def _note(engine: Engine, handler: BaseHTTPRequestHandler) -> None:
    headers = {name.lower(): value for name, value in handler.headers.items()}
    body = handler.rfile.read(int(headers["content-length"]))
    first, *rest = read_form(headers["content-type"], body, most_parts=100)
    assert first.name == "analysis"
    files = {part.name: part.content for part in rest}
    asked = json.loads(first.content)
    engine.questions.append(Question(handler.path, headers, asked, files))


@contextmanager
def running(context: ssl.SSLContext | None = None, port: int = 0) -> Generator[Engine]:
    """Run an engine, behind TLS if there is a context for it."""
    engine = Engine()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            _note(engine, self)
            engine.behave(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is overridden
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of callers that hung up."""

    assert issubclass(Server, socketserver.TCPServer)
    with Server(("127.0.0.1", port), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        scheme = "http" if context is None else "https"
        engine.url = f"{scheme}://127.0.0.1:{server.server_port}/judge?v=1"
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join()
