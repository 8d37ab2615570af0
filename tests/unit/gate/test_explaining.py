"""The gate explains itself as it judges."""

import pytest

from tests.support.drivers import DRIVERS
from tests.support.gateways import gate_of, told_by_nginx
from tests.support.world import World
from watchword.gate.asking import Asked
from watchword.gate.explaining import explain
from watchword.gate.gate import Call

GATED = {name: driver for name, driver in DRIVERS.items() if driver.gated is not None}


@pytest.fixture(params=sorted(GATED))
def driver(request):
    return GATED[request.param]


@pytest.fixture
def world(driver):
    world = World()
    world.add("alice@acme.example", "alice", profiles={driver.name: driver.profile}, tenant="Acme")
    world.add("bob@acme.example", "bob", profiles={driver.name: driver.gated.lesser})
    yield world
    world.close()


def enter(world, driver, name="alice"):
    with world.client() as client:
        login = driver.login_name.replace("alice", name)
        return driver.token(driver.login(client, login, "correct horse"))


def ask(world, call, token):
    method, path = call
    asked = Asked(method, path.encode(), "localhost", "", ())
    return explain(gate_of(world), world.core.access, asked, token)


def test_a_call_that_passes_names_rule_and_caller(driver, world):
    found = ask(world, driver.gated.allowed, enter(world, driver))
    assert found.passes
    assert found.lines[0] == f"dialect: {driver.name}"
    assert f"caller: {driver.login_name}" in found.lines
    assert "tenant: Acme" in found.lines
    assert found.lines[-1] == "passes"


def test_a_call_that_is_open_needs_no_token(driver, world):
    found = ask(world, driver.gated.open, None)
    assert found.passes
    assert found.lines[-2:] == ("needs: anybody", "passes: no token is asked for")


@pytest.mark.parametrize("token", [None, "", "0" * 64])
def test_without_a_good_token_it_says_so(driver, world, token):
    found = ask(world, driver.gated.allowed, token)
    assert not found.passes
    assert found.lines[-1].startswith("refused: 401, ")


def test_what_is_missing_is_named(driver, world):
    found = ask(world, driver.gated.denied, enter(world, driver, "bob"))
    assert not found.passes
    assert found.lines[-1].startswith("refused: 40")


def test_where_no_rule_fits_that_is_said(driver, world):
    found = ask(world, driver.gated.missing, enter(world, driver))
    assert "rule: none; gate.default decides" in found.lines
    assert not found.passes


def test_a_path_that_reads_in_two_ways_is_explained(world):
    found = ask(world, ("GET", "/a/../b"), None)
    assert found.lines == ("refused: this path can be read in two ways",)


def test_it_says_what_the_gate_says(driver, world):
    gate = gate_of(world)
    for name in ("alice", "bob"):
        token = enter(world, driver, name)
        for call in (driver.gated.allowed, driver.gated.denied, driver.gated.missing):
            told = told_by_nginx(*call) | dict(driver.gated.headers(token))
            raw = [(key.lower().encode(), value.encode()) for key, value in told.items()]
            answer = gate.answer(Call(b"GET", b"/gate/verify", raw))
            found = ask(world, call, token)
            assert found.passes is (answer.status == 200)
            if not found.passes:
                assert f"refused: {answer.status}, " in found.lines[-1]
