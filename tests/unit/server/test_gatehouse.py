"""A worker's gate: made when somebody asks, counted, and in front of every door."""

import asyncio
import subprocess
import sys
from collections import Counter

import pytest
from starlette.testclient import TestClient

from tests.support.gateways import told_by_nginx
from tests.support.world import World
from watchword.bootstrap import build_doors, build_gate
from watchword.config import Configuration, GateRule, GateTable, TableError
from watchword.server.gatehouse import Gatehouse, Hands


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()


@pytest.fixture
def counted():
    return Counter()


@pytest.fixture
def house(world, counted):
    """Return what makes a gatehouse."""

    def made(**table):
        def count(name, operation, status, answers):
            counted[name, operation, status] += answers

        hands = Hands(world.core, world.opened, world.lanes, count)
        return Gatehouse(Configuration(gate=GateTable(**table)), hands, ())

    return made


def client_of(app, address="127.0.0.1"):
    return TestClient(app, client=(address, 5))


def test_the_gate_stands_in_front_of_a_door_at_the_root(world, house):
    client = client_of(house().in_front_of(world.site))
    assert client.get("/gate/verify").text == (
        "the gateway does not tell what was asked for, or of whom\n"
    )
    assert client.get("/gate/elsewhere").status_code == 404
    assert client.get("/nothing").text != client.get("/gate/elsewhere").text


def test_what_is_switched_off_is_not_there(world, house):
    assert house(enabled=False).in_front_of(world.site) is world.site


def test_who_is_not_trusted_learns_nothing(world, house):
    asked = told_by_nginx("GET", "/")
    app = house(trusted_proxies=("10.0.0.0/8",)).in_front_of(world.site)
    assert client_of(app).get("/gate/verify", headers=asked).text == "this gateway is not trusted\n"
    assert client_of(app, "10.1.2.3").get("/gate/verify", headers=asked).status_code != 200


def test_answers_are_counted_once_each(world, house, counted):
    gatehouse = house()
    client = client_of(gatehouse.in_front_of(world.site))
    for _ in range(3):
        client.get("/gate/verify")
        gatehouse.flush()
        gatehouse.flush()
    assert counted == {("gate", "/gate/verify", 403): 3}


def test_a_body_that_breaks_off_is_refused(world, house):
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "path": "/gate/verify",
        "raw_path": b"/gate/verify",
        "query_string": b"",
        "method": "POST",
        "headers": [],
        "client": ("127.0.0.1", 5),
    }
    app = house().in_front_of(world.site)
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 413


def test_rules_of_a_dialect_that_is_not_served_are_an_error(world):
    rules = (GateRule("nowhere", "/x", "nobody"),)
    doors = build_doors(world.core, world.opened)
    with pytest.raises(TableError) as caught:
        build_gate(Configuration(gate=GateTable(rules=rules)), world.core, doors)
    assert caught.value.key == "gate.rules[0].dialect"


def test_a_worker_that_no_gateway_asks_loads_no_gate(tmp_path):
    program = (
        "import sys, watchword.server.worker;"
        "print([name for name in sys.modules if name.startswith('watchword.gate')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
