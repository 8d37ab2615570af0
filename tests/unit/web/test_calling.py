"""Calling other servers: what is sent, which answers are taken, and that a call has an end."""

import socket
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection

import pytest

from tests.support.listener import listening
from watchword.web.calling import (
    Attachment,
    CallError,
    Target,
    check_url,
    is_encrypted,
    post,
    post_form,
)
from watchword.web.multipart import read_form


@pytest.fixture
def listener():
    with listening() as listener:
        yield listener


def to(url, **options) -> Target:
    return Target(url, **{"timeout_seconds": 2, "name": "the listener", **options})


def refused(target: Target) -> str:
    with pytest.raises(CallError) as error:
        post(target, "text/plain", b"told")
    return error.value.reason


class TestSending:
    def test_a_body_arrives_as_it_was_given(self, listener) -> None:
        listener.answers(b"heard")

        assert post(to(f"{listener.url}/a?b=c"), "application/json", b'{"a":1}') == b"heard"
        [call] = listener.calls
        assert (call.path, call.json) == ("/a?b=c", {"a": 1})
        assert call.headers["content-type"] == "application/json"
        assert "authorization" not in call.headers

    def test_a_form_arrives_part_by_part(self, listener) -> None:
        parts = [
            Attachment("one", "image/jpeg", 6, [b"\r\n", b"--x\0"]),
            Attachment("two", "text/plain", 0, []),
        ]

        post_form(to(listener.url), "boundary", parts)

        [call] = listener.calls
        found = read_form(call.headers["content-type"], call.body, most_parts=3)
        assert {part.name: part.content for part in found} == {"one": b"\r\n--x\0", "two": b""}

    def test_the_first_line_of_a_file_is_the_token(self, listener, tmp_path) -> None:
        file = tmp_path / "token"
        file.write_text(" secret \nnot this\n")

        post(to(listener.url, token_file=str(file)), "text/plain", b"")

        assert listener.calls[0].headers["authorization"] == "Bearer secret"

    @pytest.mark.parametrize("content", [b"\x07", "schlüssel".encode()])
    def test_a_file_without_a_token_ends_the_call(self, listener, tmp_path, content) -> None:
        file = tmp_path / "token"
        file.write_bytes(content)

        assert refused(to(listener.url, token_file=str(file))).startswith("the file with the")
        assert listener.calls == []


class TestAnswers:
    def test_only_the_good_statuses_will_do(self, listener) -> None:
        listener.answers({}, 204)

        assert refused(to(listener.url)) == "the listener answered with status 204"
        assert post(to(listener.url, good=range(200, 300)), "text/plain", b"") == b""

    def test_an_answer_is_read_up_to_a_bound(self, listener) -> None:
        listener.answers(b"x" * 11)

        assert refused(to(listener.url, longest_answer=10)) == "the listener's answer is too long"

    def test_an_answer_that_is_cut_off_is_none(self) -> None:
        with _speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") as url:
            assert refused(to(url)) == "the listener's answer ends too early"

    def test_who_is_not_there_cannot_be_reached(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]

        assert refused(to(f"http://127.0.0.1:{port}")) == "the listener could not be reached"

    def test_who_speaks_no_tls_cannot_be_trusted(self, listener) -> None:
        url = listener.url.replace("http:", "https:")

        assert refused(to(url)) == "the listener could not be trusted"

    @pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n\r\nbegun"])
    def test_a_call_has_an_end(self, said) -> None:
        began = time.monotonic()
        with _speaking(said, lingering=True) as url:
            reason = refused(to(url, timeout_seconds=1))

        assert reason == "the listener did not answer in time"
        assert time.monotonic() - began < 10

    def test_a_certificate_that_never_ends_has_an_end_too(self) -> None:
        began = time.monotonic()
        with _speaking(b"\x16\x03\x03\x0f\xa0", dripping=50) as url:
            reason = refused(to(url.replace("http:", "https:"), timeout_seconds=1))

        assert reason == "the listener did not answer in time"
        assert time.monotonic() - began < 8

    def test_what_connecting_took_counts(self, listener, monkeypatch) -> None:
        connect = HTTPConnection.connect

        def connect_late(connection: HTTPConnection) -> None:
            time.sleep(1.1)
            connect(connection)

        monkeypatch.setattr(HTTPConnection, "connect", connect_late)

        assert refused(to(listener.url, timeout_seconds=1)) == "the listener did not answer in time"
        assert listener.calls == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://host/",
        "http://",
        "http://user@host/",
        "http://host:port/",
        "http://host/#part",
        "http://host/a b",
        "http://hóst/",
    ],
)
def test_what_cannot_be_called_is_no_url(url) -> None:
    with pytest.raises(ValueError, match=r"expected|Port"):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://host/", True),
        ("http://127.0.0.1:1/", True),
        ("http://[::1]/", True),
        ("http://localhost/", True),
        ("http://host/", False),
        ("http://192.0.2.1/", False),
    ],
)
def test_a_call_in_clear_is_private_on_this_host_only(url, private) -> None:
    check_url(url)
    assert is_encrypted(url) is private


class _speaking:  # noqa: N801 - used as a statement
    """A server that says these bytes to its first caller, and hangs up or does not."""

    def __init__(self, said: bytes, *, lingering: bool = False, dripping: int = 0) -> None:
        self._said, self._lingering, self._dripping = said, lingering, dripping
        self._over = threading.Event()

    def __enter__(self) -> str:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return f"http://127.0.0.1:{self._server.getsockname()[1]}/"

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)
        self._server.close()

    def _serve(self) -> None:
        caller, _ = self._server.accept()
        with caller:
            caller.recv(65_536)
            caller.sendall(self._said)
            for _ in range(self._dripping):
                if self._over.wait(0.2):
                    return
                with suppress(OSError):
                    caller.sendall(b"\0")
            if self._lingering:
                self._over.wait(10)
                return
            # To close with something unread is to take back what was said.
            caller.shutdown(socket.SHUT_WR)
            while caller.recv(65_536):
                pass
