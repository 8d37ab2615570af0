"""Trouble is made as it is described, on this machine alone, and it ends."""

import pytest

from bench.bars import Tail
from bench.contest import CONTEST, GROUPS
from bench.processes import StartError
from bench.trouble import TROUBLE, trouble
from bench.troublemaker import KINDS, main
from tests.support.drivers import DRIVERS
from tests.support.gateways import exchange, gate_of, listening_gate, told_by_nginx
from tests.support.world import World


def test_it_is_made_on_this_machine_alone():
    with pytest.raises(ValueError, match="not a loopback address"):
        main(["abuse", "192.0.2.1", "80"])


def test_every_row_of_it_is_in_the_contest_and_has_a_bar_for_the_tail():
    assert [entry.key for entry in TROUBLE] == GROUPS["trouble"]
    assert set(TROUBLE) <= set(CONTEST)
    _, *troubled = TROUBLE
    assert [entry.bars for entry in troubled] == [(Tail(20),), (Tail(20),)]
    assert set(KINDS) == {entry.key.removeprefix("trouble-") for entry in troubled}


@pytest.fixture
def gate():
    """Yield the address of a gate, and a request that it lets through."""
    driver = next(each for each in DRIVERS.values() if each.gated is not None)
    assert driver.gated is not None
    world = World()
    world.add("alice@acme.example", "alice", profiles={driver.name: driver.profile})
    with world.client() as client:
        token = driver.token(driver.login(client, driver.login_name, "correct horse"))
    asked = told_by_nginx(*driver.gated.allowed) | dict(driver.gated.headers(token))
    lines = ["GET /gate/verify HTTP/1.1", "Host: gate", *(f"{k}: {v}" for k, v in asked.items())]
    with listening_gate(gate_of(world), world) as address:
        yield address, "\r\n".join([*lines, "", ""]).encode()
    world.close()


def test_in_the_midst_of_it_others_are_answered(gate):
    (host, port), request = gate
    with trouble("abuse", (host, port), request):
        found = [exchange((host, port), request)[0].status for _ in range(50)]

    assert found == [200] * 50


def test_what_cannot_be_made_is_told():
    with pytest.raises(StartError), trouble("nothing", ("127.0.0.1", 1), b""):
        pytest.fail("it began")
