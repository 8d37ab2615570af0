"""What a gate remembers: how much, of what, and until when."""

import socket
from collections.abc import Generator
from types import ModuleType

import pytest

from tests.support.drivers import DRIVERS, Driver
from tests.support.gateways import gate_of, listening_gate, told_by_nginx
from tests.support.world import World
from watchword.core.errors import OverloadedError
from watchword.core.shelf import ColdError
from watchword.gate import gate as gate_module
from watchword.gate.asking import VERIFY
from watchword.gate.gate import Call, Gate

MODULE: ModuleType = gate_module


@pytest.fixture(params=sorted(name for name in DRIVERS if DRIVERS[name].gated is not None))
def driver(request) -> Driver:
    return DRIVERS[request.param]


@pytest.fixture
def world(driver) -> Generator[World]:
    world = World()
    world.add("alice@acme.example", "alice", profiles={driver.name: driver.profile})
    yield world
    world.close()


def enter(world, driver) -> str:
    with world.client() as client:
        return str(driver.token(driver.login(client, driver.login_name, "correct horse")))


def told(driver, token, path=None, **more):
    method, allowed = driver.gated.allowed
    return told_by_nginx(method, path or allowed) | dict(driver.gated.headers(token)) | more


def raw(headers):
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def head(headers) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(["GET /gate/verify HTTP/1.1", "Host: gate", *lines, "", ""]).encode()


def ask(gate, headers):
    """Ask as the listener does: by the bytes, by the headers, then in full."""
    call = Call(b"GET", VERIFY, raw(headers))
    asked = head(headers)
    return gate.known(asked) or gate.quick(VERIFY, call.headers, asked) or gate.answer(call)


class TestOneConnection:
    def test_a_yes_ends_on_the_connection_on_which_it_was_given(self, driver, world):
        headers = told(driver, enter(world, driver))
        with listening_gate(gate_of(world), world) as address:
            assert isinstance(address, tuple)
            with socket.create_connection(address) as connected:
                connected.settimeout(10)

                def status() -> bytes:
                    connected.sendall(head(headers))
                    return connected.recv(65_536)[9:12]

                assert [status() for _ in range(6)] == [b"200"] * 6
                with world.storage.read() as transaction:
                    subject = transaction.subjects.find_by_login("alice")
                assert subject is not None
                world.core.directory.set_active(subject.id, active=False)
                assert status() in {b"401", b"403"}


class TestBounds:
    @pytest.mark.parametrize("name", ["MOST_HEADS", "MOST_PLACES", "MOST_SHAPES", "MOST_YES"])
    def test_nothing_that_is_remembered_grows_without_end(self, driver, world, monkeypatch, name):
        monkeypatch.setattr(MODULE, name, 2)
        gate = gate_of(world)
        tokens = [enter(world, driver) for _ in range(3)]
        _, allowed = driver.gated.allowed
        for number in range(5):
            for token in tokens:
                headers = told(driver, token, f"{allowed}?{number}", **{f"X-Odd-{number}": "1"})
                assert [ask(gate, headers).status for _ in range(4)] == [200] * 4
        kept = {
            "MOST_HEADS": [vars(gate)["_heads"]],
            "MOST_PLACES": [vars(gate)["_places"]],
            "MOST_SHAPES": [vars(gate)["_shapes"]],
            "MOST_YES": [each.yes for each in vars(gate)["_doors"]],
        }
        assert all(len(each) <= 2 for each in kept[name])

    def test_strangers_cannot_fill_the_memory_with_long_paths(self, driver, world):
        gate, token = gate_of(world), enter(world, driver)
        assert [ask(gate, told(driver, token)).status for _ in range(2)] == [200] * 2
        _, allowed = driver.gated.allowed
        for letter in "abc":
            long = told(driver, "wrong", f"{allowed.rstrip('/')}/{letter * 1_500}")
            assert ask(gate, long).status in {401, 403}
        assert [path for _, _, path in vars(gate)["_places"]] == [allowed.encode()]

    def test_a_path_that_is_too_long_to_be_remembered_passes_all_the_same(
        self, driver, world, monkeypatch
    ):
        monkeypatch.setattr(MODULE, "LONGEST_PLACE", 2)
        gate, headers = gate_of(world), told(driver, enter(world, driver))
        assert [ask(gate, headers).status for _ in range(4)] == [200] * 4
        assert not vars(gate)["_places"]

    def test_tokens_are_not_kept(self, driver, world):
        gate, token = gate_of(world), enter(world, driver)
        for _ in range(4):
            assert ask(gate, told(driver, token)).status == 200
        assert len(vars(gate)["_heads"]) == 1
        assert token not in repr(
            (vars(gate)["_heads"], vars(gate)["_places"], vars(gate)["_shapes"])
        )


class TestWhatIsCold:
    def test_what_has_to_be_read_first_is_read_on_a_thread(self, driver, world, monkeypatch):
        gate, headers = gate_of(world), told(driver, enter(world, driver))
        assert [ask(gate, headers).status for _ in range(4)] == [200] * 4
        [door] = [each for each in vars(gate)["_doors"] if each.door.dialect.name == driver.name]
        warmed: list[bool] = []
        usual = door.watched

        def cold(desk):
            if warmed:
                return usual(desk)
            raise ColdError(lambda: warmed.append(True))

        monkeypatch.setattr(door, "watched", cold)
        assert gate.known(head(headers)) is None
        monkeypatch.setattr(type(door.side), "watched", property(lambda _: cold))
        call = Call(b"GET", VERIFY, raw(headers))
        assert gate.recall(call) is None
        assert gate.answer(call).status == 200
        assert warmed == [True]


def test_a_token_that_is_gone_is_known_no_more(driver, world):
    gate, headers = gate_of(world), told(driver, enter(world, driver))
    assert [ask(gate, headers).status for _ in range(4)] == [200] * 4
    assert gate.known(head(headers)) is not None
    world.clock.advance(days=400)
    assert gate.known(head(headers)) is None


def test_a_yes_ends_with_the_principal_that_it_was_given_to(driver, world):
    """Whoever has looked the token up anew since: the yes says what was so before."""
    gate, token = gate_of(world), enter(world, driver)
    headers = told(driver, token)
    assert [ask(gate, headers).status for _ in range(4)] == [200] * 4
    before = world.core.access.recall(token, driver.name, "")
    assert before is not None
    world.clock.advance(seconds=60)
    assert world.core.access.principal(token, driver.name, "") is not before
    assert world.core.access.recall(token, driver.name, "") is not None

    assert gate.known(head(headers)) is None
    assert gate.quick(VERIFY, raw(headers)) is None
    assert [ask(gate, headers).status for _ in range(4)] == [200] * 4
    assert gate.known(head(headers)) is not None


@pytest.mark.parametrize("path", ["/a/../b", "/\u00fc"])
def test_odd_paths_are_not_placed(driver, world, path):
    gate, token = gate_of(world), enter(world, driver)
    assert ask(gate, told(driver, token)).status == 200
    assert gate.quick(VERIFY, raw(told(driver, token, path))) is None


def test_without_any_door_everything_is_refused(world):
    gate = Gate(world.core.access, [])
    for path in ("/x", "/a/../b"):
        call = Call(b"GET", VERIFY, raw(told_by_nginx("GET", path)))
        assert gate.answer(call).status == 403
        assert (
            gate.refuse(call, OverloadedError(world.core.policy.lockout.first_lock)).status == 503
        )
