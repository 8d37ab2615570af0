"""The console of a worker: loaded when a browser asks for it, and only where a door is offered."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.house import SOUTH, House
from tests.support.programs import unmeasured
from tests.unit.console.conftest import dialect
from watchword.bootstrap import Opened
from watchword.core.core import Core
from watchword.server.gatehouse import Hands
from watchword.server.lobby import Lobby
from watchword.web.entrance import Entrance
from watchword.web.lanes import Lanes, ThreadLane


@pytest.fixture
def house():
    house = House()
    yield house
    house.close()


@pytest.fixture
def lanes():
    lanes = Lanes(ThreadLane("store", 1, 4), ThreadLane("login", 1, 4))
    yield lanes
    lanes.close()


async def site(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"site"})


def front(core: Core, lanes: Lanes, opened: Mapping[str, Opened], seen: list[Any]) -> Any:
    hands = Hands(core, opened, lanes, lambda *_: None)
    return Lobby(hands, lambda *each: seen.append(each)).in_front_of(site)


class TestWhereADoorIsOffered:
    def test_pages_are_the_consoles_and_all_else_is_not(self, house, lanes) -> None:
        seen: list[Any] = []
        client = TestClient(front(house.core, lanes, {"south": Opened(dialect(SOUTH), None)}, seen))

        assert "Things &amp; &lt;Parts&gt;" in client.get("/console/login").text
        assert client.get("/console").status_code == 299
        assert client.get("/consolex/login").status_code == 299
        assert client.get("/anything").text == "site"
        assert seen == [("console", "/console/login", 200)]


class TestWhereNoneIs:
    def test_there_is_no_console_at_all(self, house, lanes) -> None:
        unoffered = dialect(SOUTH)
        shut: Entrance[None] = Entrance(SOUTH, "South", "Key", lambda _settings: False)
        for opened in ({}, {"south": Opened(_with(unoffered, shut), None)}):
            assert front(house.core, lanes, opened, []) is site

    def test_a_dialect_without_an_entrance_is_none(self, house, lanes) -> None:
        opened = {"south": Opened(_with(dialect(SOUTH), None), None)}

        assert front(house.core, lanes, opened, []) is site


def test_a_worker_that_nobody_looks_at_loads_no_console() -> None:
    program = (
        "import sys, watchword.server.worker\n"
        "print(*[name for name in sys.modules if name.startswith('watchword.console')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=unmeasured(),
    )

    assert done.stdout.strip() == ""


def _with(found: Any, entrance: Entrance[Any] | None) -> Any:
    return replace(found, entrance=entrance)
