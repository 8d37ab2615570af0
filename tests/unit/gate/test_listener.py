"""The fast listener under clients that mean no good, and among those that do."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress

import pytest

from tests.support.drivers import DRIVERS, Driver
from tests.support.gateways import (
    TRUSTED,
    exchange,
    gate_of,
    listening_gate,
    told_by_nginx,
)
from tests.support.waiting import until
from tests.support.world import World
from watchword.gate import listener as listener_module
from watchword.gate.connection import Limits
from watchword.gate.gate import Gate

Address = tuple[str, int]
MUCH = 100_000_000
PATIENCE = 60.0


@pytest.fixture(scope="module")
def driver() -> Driver:
    return next(driver for driver in DRIVERS.values() if driver.gated is not None)


@pytest.fixture
def world(driver) -> Generator[World]:
    world = World()
    world.add("alice@acme.example", "alice", profiles={driver.name: driver.profile})
    yield world
    world.close()


@pytest.fixture
def counted() -> Counter[int]:
    return Counter()


@pytest.fixture
def open_gate(world, counted) -> Generator[Callable[..., Address]]:
    """Yield what opens the listener on TCP, with limits."""
    with ExitStack() as stack:

        def opened(**limits) -> Address:
            usual = {"trusted": TRUSTED, "connections": 64, "idle_seconds": 30}
            chosen = Limits(**{**usual, **limits})
            gate = gate_of(world)
            address = stack.enter_context(
                listening_gate(gate, world, limits=chosen, counted=counted)
            )
            assert isinstance(address, tuple)
            return address

        yield opened


@pytest.fixture
def good(world, driver) -> bytes:
    """Return a request that is let through."""
    with world.client() as client:
        answer = driver.login(client, driver.login_name, "correct horse")
        token = driver.token(answer)
    return request(told_by_nginx(*driver.gated.allowed) | dict(driver.gated.headers(token)))


def request(headers, line: str = "GET /gate/verify HTTP/1.1") -> bytes:
    lines = [line, "Host: gate", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def connect(address: Address) -> socket.socket:
    connected = socket.create_connection(address)
    connected.settimeout(PATIENCE)
    return connected


def is_over(connected: socket.socket) -> bool:
    """Say whether the other side has ended the connection."""
    try:
        while connected.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    return True


def flood(connected: socket.socket, data: bytes) -> int:
    """Send until nothing more is taken, and return how much was."""
    sent = 0
    with suppress(OSError):
        while sent < MUCH:
            sent += connected.send(data)
    return sent


def drip(connected: socket.socket, data: bytes) -> int:
    """Send byte by byte until the other side has had enough; return how many it took."""
    for number in range(len(data)):
        try:
            connected.sendall(data[number : number + 1])
        except OSError:
            return number
        time.sleep(0.01)
    return len(data)


def statuses(answers) -> list[int]:
    return [answer.status for answer in answers]


class TestOrder:
    def test_many_requests_at_once_are_all_answered(self, open_gate, good, counted):
        address = open_gate()
        assert statuses(exchange(address, good * 1_000, answers=1_000)) == [200] * 1_000
        assert counted[200] == 1_000

    def test_what_waits_for_a_thread_does_not_change_the_order(self, open_gate, good, driver):
        address = open_gate()
        nobody = request(told_by_nginx(*driver.gated.allowed) | {"X-Odd": "1"})
        unknown = request(
            told_by_nginx(*driver.gated.allowed) | dict(driver.gated.headers("0" * 128))
        )
        found = exchange(address, (good + unknown + nobody) * 20, answers=60)
        assert statuses(found) == [200, 401, 401] * 20

    @pytest.mark.parametrize("at", [0, 100], ids=["as a whole", "in two pieces"])
    def test_whether_a_request_came_before_is_looked_for_once(
        self, open_gate, good, monkeypatch, at
    ):
        address, looked_for = open_gate(), list[bytes]()
        monkeypatch.setattr(Gate, "known", lambda _gate, head: looked_for.append(head))
        with connect(address) as connected:
            if at:
                connected.sendall(good[:at])
                until(lambda: looked_for)
            connected.sendall(good[at:])
            assert connected.recv(12) == b"HTTP/1.1 200"

        # Of what came first it cannot be told that it is only a piece.
        assert looked_for == ([good[:at], good] if at else [good])

    def test_a_connection_that_waits_holds_up_no_other(
        self, open_gate, good, world, monkeypatch, driver
    ):
        address = open_gate()
        exchange(address, good)
        unhindered = world.core.access.principal

        others = threading.Event()

        def slow(*args):
            assert others.wait(PATIENCE)
            return unhindered(*args)

        monkeypatch.setattr(world.core.access, "principal", slow)
        unknown = told_by_nginx(*driver.gated.allowed) | dict(driver.gated.headers("0" * 128))
        with connect(address) as waiting:
            waiting.sendall(request(unknown) + good)
            for _ in range(20):
                assert statuses(exchange(address, good)) == [200]
            others.set()
            assert waiting.recv(12) == b"HTTP/1.1 401"

    def test_a_peer_that_reads_nothing_is_not_read_from_either(self, open_gate, good):
        address = open_gate()
        with connect(address) as deaf:
            deaf.settimeout(0.3)
            assert flood(deaf, good * 100) < MUCH
            assert statuses(exchange(address, good)) == [200]


class TestEnds:
    def test_who_wants_to_go_is_answered_and_let_go(self, open_gate, good):
        closing = good.replace(b"\r\nHost:", b"\r\nConnection: close\r\nHost:")
        with connect(open_gate()) as going:
            going.sendall(closing)
            assert going.recv(12) == b"HTTP/1.1 200"
            assert is_over(going)

    def test_a_malformed_request_is_the_last(self, open_gate, good):
        answers = exchange(open_gate(), good + b"nonsense\r\n\r\n" + good, answers=3)
        assert statuses(answers) == [200, 400]
        assert answers[1].headers["connection"] == "close"

    def test_a_body_is_taken_off_the_wire(self, open_gate, good):
        with_body = good.replace(b"\r\nHost:", b"\r\nContent-Length: 5\r\nHost:") + b"hello"
        assert statuses(exchange(open_gate(), with_body * 3 + good, answers=4)) == [200] * 4

    def test_silence_is_ended(self, open_gate, good, monkeypatch):
        monkeypatch.setattr(listener_module, "LOOK_SECONDS", 0.02)
        address = open_gate(idle_seconds=5)
        with connect(address) as silent:
            silent.sendall(good)
            assert silent.recv(12) == b"HTTP/1.1 200"
            assert is_over(silent)

    def test_a_request_that_drips_is_ended(self, open_gate, good, monkeypatch):
        monkeypatch.setattr(listener_module, "LOOK_SECONDS", 0.02)
        with connect(open_gate()) as slow:
            assert drip(slow, good[:-1]) < len(good) - 1

    def test_beyond_the_limit_of_connections_nobody_gets_in(self, open_gate, good):
        address = open_gate(connections=2)
        with connect(address) as one, connect(address) as other:
            for each in (one, other):
                each.sendall(good)
                assert each.recv(12) == b"HTTP/1.1 200"
            with connect(address) as third:
                third.sendall(good)
                assert third.recv(12) == b"HTTP/1.1 503"
        time.sleep(0.2)
        assert statuses(exchange(address, good)) == [200]


class TestWhoAsks:
    def test_who_is_not_trusted_learns_nothing(self, open_gate, good):
        [told] = exchange(open_gate(trusted=()), good)
        assert (told.status, told.body) == (403, b"this gateway is not trusted\n")

    def test_other_paths_are_nothing(self, open_gate, good):
        other = good.replace(b"/gate/verify ", b"/gate/verifying ")
        assert statuses(exchange(open_gate(), other)) == [404]

    def test_head_is_answered_without_a_body(self, open_gate, driver):
        asked = told_by_nginx(*driver.gated.allowed)
        with connect(open_gate()) as connected:
            connected.sendall(request(asked, "HEAD /gate/verify HTTP/1.1"))
            received = connected.recv(65_536)
        assert received.startswith(b"HTTP/1.1 401")
        assert received.endswith(b"\r\n\r\n")


def test_what_was_asked_before_the_end_is_answered(world, driver, monkeypatch):
    unhindered = world.core.access.principal

    def slow(*args):
        time.sleep(0.3)
        return unhindered(*args)

    monkeypatch.setattr(world.core.access, "principal", slow)
    unknown = told_by_nginx(*driver.gated.allowed) | dict(driver.gated.headers("0" * 128))
    with ExitStack() as stack:
        with listening_gate(gate_of(world), world) as address:
            assert isinstance(address, tuple)
            idle = stack.enter_context(connect(address))
            asked = stack.enter_context(connect(address))
            asked.sendall(request(unknown))
            time.sleep(0.1)
        assert asked.recv(12) == b"HTTP/1.1 401"
        assert is_over(idle)
        assert is_over(asked)
