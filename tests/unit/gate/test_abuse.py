"""The fast listener under peers that mean it ill, on raw sockets, while others are probed.

What is looked at is what everybody is answered and which connections end; never how long it takes.
How long it takes is measured by ``python -m bench --only trouble``.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from tests.support.drivers import DRIVERS, Driver
from tests.support.gateways import TRUSTED, exchange, gate_of, listening_gate, told_by_nginx
from tests.support.world import World
from watchword.gate import connection as connection_module
from watchword.gate import listener as listener_module
from watchword.gate.answers import no_answer
from watchword.gate.connection import Limits
from watchword.gate.gate import Gate

PATIENCE = 20
LINE = b"HTTP/1.1 200 OK\r\n"
Address = tuple[str, int]


@pytest.fixture(scope="module")
def driver() -> Driver:
    return next(driver for driver in DRIVERS.values() if driver.gated is not None)


@pytest.fixture(scope="module")
def world(driver) -> Generator[World]:
    world = World()
    world.add("alice@acme.example", "alice", profiles={driver.name: driver.profile})
    yield world
    world.close()


@contextmanager
def opened(world, **limits) -> Generator[Address]:
    usual = {"trusted": TRUSTED, "connections": 64, "idle_seconds": 30}
    with listening_gate(gate_of(world), world, limits=Limits(**{**usual, **limits})) as address:
        assert isinstance(address, tuple)
        yield address


@pytest.fixture(scope="module")
def address(world) -> Generator[Address]:
    with opened(world) as address:
        yield address


@pytest.fixture(scope="module")
def good(world, driver) -> bytes:
    with world.client() as client:
        token = driver.token(driver.login(client, driver.login_name, "correct horse"))
    asked = told_by_nginx(*driver.gated.allowed) | dict(driver.gated.headers(token))
    lines = ["GET /gate/verify HTTP/1.1", "Host: gate", *(f"{k}: {v}" for k, v in asked.items())]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.fixture
def innocent(address, good) -> Generator[None]:
    """Probe on a connection of its own all the while: each probe is let through, before and after.

    That others are answered in the midst of it is a part of every test here.
    """
    stop, answered, went_wrong = threading.Event(), threading.Event(), list[BaseException]()

    def probe() -> None:
        try:
            with connect(address) as probing:
                while not stop.is_set():
                    probing.sendall(good)
                    assert receive_head(probing).startswith(b"HTTP/1.1 200 ")
                    answered.set()
                    stop.wait(0.002)
        except BaseException as error:  # noqa: BLE001 - told to the test's own thread
            went_wrong.append(error)

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        assert answered.wait(PATIENCE)
        answered.clear()
        yield
        answered.clear()
        assert answered.wait(PATIENCE)
    finally:
        stop.set()
        thread.join()
    assert went_wrong == []


def connect(address: Address) -> socket.socket:
    connected = socket.create_connection(address)
    connected.settimeout(PATIENCE)
    return connected


def receive_head(connected: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        data = connected.recv(65_536)
        assert data, received
        received += data
    return received


def receive_answers(connected: socket.socket, number: int) -> None:
    """Read so many answers, all of them a yes."""
    left, received = number, b""
    while left > 0:
        data = connected.recv(1 << 20)
        assert data, left
        received += data
        left -= received.count(LINE)
        # Here another line may have begun, but none that was counted ends.
        received = received[1 - len(LINE) :]


def to_the_end(address: Address, *pieces: bytes) -> bytes:
    """Send pieces and return all that comes until the other side ends the connection."""
    received = b""
    with connect(address) as connected:
        with suppress(ConnectionError):
            for piece in pieces:
                connected.sendall(piece)
        with suppress(ConnectionResetError):
            while data := connected.recv(65_536):
                received += data
    return received


def with_line(good: bytes, *lines: bytes) -> bytes:
    return good.replace(b"\r\nHost: gate", b"\r\n".join([b"\r\nHost: gate", *lines]), 1)


SMUGGLED = b"GET /gate/verify HTTP/1.1\r\nHost: smuggled\r\n\r\n"


@pytest.mark.usefixtures("innocent")
class TestSmuggling:
    """What one parser may take for one request and another for two ends the connection."""

    @pytest.mark.parametrize(
        "lines",
        [
            (b"Content-Length: 4", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: chunked", b"Content-Length: 4"),
            (b"Content-Length: 0", b"Content-Length: 47"),
            (b"Content-Length: 47", b"Content-Length: 47"),
            (b"Content-Length: 47, 47",),
            (b"Content-Length: +47",),
            (b"Content-Length: 0x2f",),
            (b"Content-Length: 4_7",),
            (b"Content-Length : 47",),
            (b"Content-Length:\x0b47",),
            (b"Transfer-Encoding: chunked",),
            (b"Transfer-Encoding: Chunked, identity",),
            (b"Transfer-Encoding: identity",),
            (b"Transfer-Encoding: xchunked",),
            (b"Transfer-Encoding:\tchunked",),
            (b"Transfer-Encoding: gzip, chunked",),
            (b"X: a\r\n Content-Length: 47",),
            (b"X: a\r\n\tb",),
            (b"X: a\nContent-Length: 47",),
            (b"X: a\rContent-Length: 47",),
            (b"X: a\0b",),
            (b"X a",),
            (b": a",),
            (b"X\x80: a",),
            (b"X(y): a",),
        ],
        ids=lambda lines: b" | ".join(lines).decode("latin-1").encode("unicode_escape").decode(),
    )
    def test_nothing_behind_it_is_answered(self, address, good, lines):
        received = to_the_end(address, with_line(good, *lines) + b"0\r\n\r\n" + SMUGGLED)

        assert received.startswith(b"HTTP/1.1 400 ")
        assert received.count(b"HTTP/1.1 ") == 1
        assert b"\r\nconnection: close\r\n" in received

    @pytest.mark.parametrize(
        "line",
        [
            b"get /gate/verify HTTP/1.1",
            b"Get /gate/verify HTTP/1.1",
            b"GET  /gate/verify HTTP/1.1",
            b"GET\t/gate/verify\tHTTP/1.1",
            b"GET /gate/verify HTTP/1.1 x",
            b"GET /gate/verify http/1.1",
            b"GET /gate/verify HTTP/1.2",
            b"GET /gate/verify HTTP/2.0",
            b"GET /gate/verify HTTP/0.9",
            b"GET /gate/verify",
            b"GET /gate/verify\xff HTTP/1.1",
            b"GET /gate/verify\0 HTTP/1.1",
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"PRI * HTTP/2.0",
        ],
    )
    def test_what_is_no_request_line_is_the_end(self, address, good, line):
        received = to_the_end(address, good.replace(b"GET /gate/verify HTTP/1.1", line, 1) + good)

        assert received.startswith(b"HTTP/1.1 400 ")
        assert received.count(b"HTTP/1.1 ") == 1

    @pytest.mark.parametrize(
        "target", [b"http://gate/gate/verify", b"*", b"gate:443", b"/gate/verify/../verify"]
    )
    def test_a_target_in_another_form_is_never_let_through(self, address, good, target):
        [told] = exchange(address, good.replace(b" /gate/verify ", b" " + target + b" ", 1))

        assert told.status in {400, 403, 404}

    def test_two_hosts_are_never_let_through(self, address, good):
        [told] = exchange(address, with_line(good, b"Host: other"))

        assert told.status == 403

    def test_a_body_is_not_taken_for_a_request(self, address, good):
        held = with_line(good, b"Content-Length: %d" % len(good)) + good
        answers = exchange(address, held + good, answers=2)

        assert [told.status for told in answers] == [200, 200]


@pytest.mark.usefixtures("innocent")
class TestTooMuch:
    def test_ten_thousand_requests_at_once_are_all_answered(self, address, good):
        with connect(address) as greedy:
            sender = threading.Thread(target=greedy.sendall, args=(good * 10_000,))
            sender.start()
            receive_answers(greedy, 10_000)
            sender.join()

    def test_ten_thousand_that_nobody_reads_are_not_kept(self, address, good):
        with connect(address) as deaf:
            deaf.settimeout(0.2)
            sent = 0
            with suppress(TimeoutError):
                while sent < 100_000_000:
                    sent += deaf.send(good * 100)
            assert sent < 100_000_000

    def test_who_reads_late_is_answered_in_full(self, address, good):
        with connect(address) as late:
            late.settimeout(0.2)
            sent, asked = 0, good * 100
            with suppress(TimeoutError):
                while sent < 100_000_000:
                    sent += late.send(asked[sent % len(good) :])
            assert sent < 100_000_000
            late.settimeout(PATIENCE)
            receive_answers(late, sent // len(good))
            late.sendall(asked[sent % len(good) : len(good)])
            receive_answers(late, 1)

    def test_behind_one_that_waits_for_a_thread_little_is_kept(self, world, good, monkeypatch):
        async def dawdle(_work):
            await asyncio.sleep(1)
            return no_answer(503, "late")

        monkeypatch.setattr(world.lanes.store, "run", dawdle)
        monkeypatch.setattr(Gate, "recall", lambda *_: None)
        with opened(world) as address, connect(address) as pushing:
            pushing.settimeout(0.2)
            sent = 0
            with suppress(TimeoutError):
                while sent < 100_000_000:
                    sent += pushing.send(good * 100)
            assert sent < 100_000_000

    @pytest.mark.parametrize(
        "head",
        [
            b"A: " + b"b" * 40_000,
            b"A" * 40_000 + b": b",
            b"\r\n".join(b"A%d: b" % number for number in range(101)),
            b"Cookie: " + b"a=b; " * 8_000,
        ],
    )
    def test_a_huge_head_is_refused(self, address, good, head):
        received = to_the_end(address, with_line(good, head), good)

        assert received.startswith(b"HTTP/1.1 431 ")
        assert received.count(b"HTTP/1.1 ") == 1

    def test_a_head_without_an_end_is_refused_long_before_it_fills_memory(self, address):
        with connect(address) as endless:
            endless.sendall(b"GET /gate/verify HTTP/1.1\r\n")
            sent = 0
            with suppress(ConnectionError, TimeoutError):
                while sent < 100_000_000:
                    sent += endless.send(b"A: b\r\n" * 1_000)
        assert sent < 100_000_000

    def test_a_body_beyond_the_bound_is_refused_before_it_comes(self, address, good):
        received = to_the_end(address, with_line(good, b"Content-Length: 65537"))

        assert received.startswith(b"HTTP/1.1 413 ")


@pytest.mark.usefixtures("innocent")
class TestTooSlow:
    @pytest.fixture(autouse=True)
    def hasty(self, monkeypatch):
        monkeypatch.setattr(listener_module, "LOOK_SECONDS", 0.02)

    @pytest.mark.parametrize("rest", [b"", b"G", b"GET /gate/verify HTTP/1.1\r\nHost: a\r\n"])
    def test_what_never_becomes_a_request_is_ended(self, world, rest):
        with opened(world, idle_seconds=1) as address:
            assert to_the_end(address, rest) == b""

    def test_a_body_that_never_comes_is_ended(self, world, good):
        with opened(world) as address:
            assert to_the_end(address, with_line(good, b"Content-Length: 9") + b"abc") == b""

    def test_answers_that_nobody_takes_end_the_connection(self, world, good):
        with opened(world) as address, connect(address) as deaf, suppress(ConnectionError):
            while True:
                deaf.sendall(good * 100)


class TestTooMany:
    def test_strangers_take_nobodys_place(self, world, good):
        with ExitStack() as stack:
            address = stack.enter_context(opened(world, connections=4, trusted=()))
            strangers = [stack.enter_context(connect(address)) for _ in range(16)]
            for each in strangers:
                each.sendall(good)
                assert receive_head(each).startswith(b"HTTP/1.1 403 ")
                assert each.recv(1) == b""

    def test_strangers_who_say_nothing_are_let_go(self, world, monkeypatch):
        monkeypatch.setattr(connection_module, "REFUSED_SECONDS", 0.1)
        with opened(world, trusted=()) as address:
            assert to_the_end(address) == b""

    def test_beyond_so_many_strangers_there_is_not_even_an_answer(self, world, monkeypatch, good):
        monkeypatch.setattr(connection_module, "MOST_REFUSED", 2)
        with ExitStack() as stack:
            address = stack.enter_context(opened(world, trusted=()))
            silent = [stack.enter_context(connect(address)) for _ in range(2)]
            assert to_the_end(address, good) == b""
            silent[0].sendall(good)
            assert receive_head(silent[0]).startswith(b"HTTP/1.1 403 ")

    def test_one_address_has_a_bound_of_its_own(self, world, good):
        with opened(world, of_address=2) as address, ExitStack() as stack:
            for _ in range(2):
                kept = stack.enter_context(connect(address))
                kept.sendall(good)
                assert receive_head(kept).startswith(b"HTTP/1.1 200 ")
            with connect(address) as third:
                third.sendall(good)
                assert receive_head(third).startswith(b"HTTP/1.1 503 ")
            # Another address of this host.
            with closing(socket.socket()) as other:
                other.settimeout(PATIENCE)
                other.bind(("127.0.0.2", 0))
                other.connect(address)
                other.sendall(good)
                assert receive_head(other).startswith(b"HTTP/1.1 200 ")

    def test_a_place_is_free_again_however_its_holder_went(self, world, good):
        with opened(world, of_address=1, connections=1) as address:
            for _ in range(20):
                with connect(address) as kept:
                    kept.sendall(good)
                    while not receive_head(kept).startswith(b"HTTP/1.1 200 "):
                        # The one before is still on its way out.
                        kept.close()
                        kept = connect(address)  # noqa: PLW2901 - the same one, once more
                        kept.sendall(good)
                    # Without a word of goodbye.
                    linger = struct.pack("ii", 1, 0)
                    kept.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    def test_a_fault_in_finding_an_answer_ends_the_connection(self, world, good, monkeypatch):
        """Otherwise it would wait for ever, and never be idle."""

        async def fail(_work):
            raise RuntimeError

        monkeypatch.setattr(world.lanes.store, "run", fail)
        monkeypatch.setattr(Gate, "recall", lambda *_: None)
        with opened(world) as address:
            assert to_the_end(address, good) == b""
