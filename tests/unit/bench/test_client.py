"""The client against a small server of our own, which answers in pieces and may break off."""

import socket
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import count, cycle

import pytest

from bench import client
from bench.client import Address, Limits, Load, drive
from bench.wire import AnswerError, request

GET = request("GET", "/", {})


def answer(body: bytes, status: bytes = b"200 OK") -> list[bytes]:
    return [b"HTTP/1.1 " + status + b"\r\ncontent-length: %d\r\n\r\n" % len(body), body]


class Server:
    """Answers each request by the next of some answers, a piece a packet; None closes."""

    def __init__(self, *answers: list[bytes] | None) -> None:
        self._answers = cycle(answers)
        self._lock = threading.Lock()
        self.seen: Counter[bytes] = Counter()

    @contextmanager
    def listening(self) -> Generator[Address]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self._accept, args=[listener])
            thread.start()
            yield listener.getsockname()
            listener.shutdown(socket.SHUT_RDWR)
        thread.join()

    def _accept(self, listener: socket.socket) -> None:
        threads = []
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=self._serve, args=[connection]))
                threads[-1].start()
        for thread in threads:
            thread.join()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, suppress(ConnectionError):
            while received := connection.recv(65_536):
                with self._lock:
                    self.seen[received] += 1
                    pieces = next(self._answers)
                if pieces is None:
                    return
                for piece in pieces:
                    connection.sendall(piece)


@pytest.mark.parametrize("awake", [False, True])
def test_every_request_is_answered_and_counted(*, awake: bool) -> None:
    server = Server(answer(b"hello"))
    limits = Limits(connections=4, seconds=30, requests=50, awake=awake)
    with server.listening() as address:
        seen = drive(address, Load(cycle([GET])), limits)

    assert len(seen.latencies) == 50
    assert server.seen.total() == 50
    assert 0 < max(seen.latencies) / 1e9 < seen.seconds


def test_time_ends_a_run_and_what_is_under_way_is_waited_for() -> None:
    server = Server(answer(b"hello"))
    with server.listening() as address:
        seen = drive(address, Load(cycle([GET])), Limits(connections=3, seconds=0.05))

    assert len(seen.latencies) == server.seen.total() >= 3


def test_fewer_requests_than_connections() -> None:
    server = Server(answer(b"hello"))
    with server.listening() as address:
        seen = drive(address, Load(cycle([GET])), Limits(connections=8, seconds=30, requests=2))

    assert len(seen.latencies) == 2


def test_requests_are_sent_in_turn_and_answers_are_learnt() -> None:
    learnt: list[bytes] = []
    server = Server(answer(b"a"), answer(b"longer"), answer(b"b"))
    load = Load((request("GET", f"/{n}", {}) for n in count()), learnt.append)
    with server.listening() as address:
        drive(address, load, Limits(connections=1, seconds=30, requests=4))

    assert learnt == [b"a", b"longer", b"b", b"a"]
    assert [sent.split()[1] for sent in server.seen] == [b"/0", b"/1", b"/2", b"/3"]


@pytest.mark.parametrize(("settle", "before"), [(0.0, 0), (1e-9, 4), (30.0, 10)])
def test_a_server_settles_before_anything_counts(settle: float, before: int) -> None:
    server = Server(answer(b"hello"))
    settled: list[int] = []
    limits = Limits(connections=4, seconds=30, requests=10, settle=settle)
    with server.listening() as address:
        seen = drive(
            address, Load(cycle([GET])), limits, lambda: settled.append(server.seen.total())
        )

    assert settled == [before]
    assert len(seen.latencies) == 10
    assert server.seen.total() == 10 + before


def test_a_refusal_ends_the_run() -> None:
    server = Server(answer(b"hello"), answer(b"sorry", b"503 Busy"))
    with server.listening() as address, pytest.raises(AnswerError, match="503 Busy"):
        drive(address, Load(cycle([GET])), Limits(connections=1, seconds=30))


def test_a_connection_that_is_closed_ends_the_run() -> None:
    server = Server(answer(b"hello"), None)
    with server.listening() as address, pytest.raises(ConnectionError):
        drive(address, Load(cycle([GET])), Limits(connections=1, seconds=30))


def test_no_other_machine_is_ever_spoken_to() -> None:
    with pytest.raises(ValueError, match="not a loopback address"):
        drive(("192.0.2.1", 80), Load(cycle([GET])), Limits(connections=1, seconds=1))


@pytest.mark.parametrize("awake", [False, True])
def test_a_server_that_does_not_answer_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch, *, awake: bool
) -> None:
    monkeypatch.setattr(client, "PATIENCE_SECONDS", 0.05)
    limits = Limits(connections=1, seconds=30, awake=awake)
    with Server([]).listening() as address, pytest.raises(TimeoutError):
        drive(address, Load(cycle([GET])), limits)
