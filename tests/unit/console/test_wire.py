"""The console as a door of its own: nobody has a session there, or a profile."""

from typing import Any

import pytest

from tests.support.house import SOUTH
from tests.unit.console.conftest import dialect
from watchword.config import TableError
from watchword.console import build_console
from watchword.core.core import Core
from watchword.web.door import Door
from watchword.web.messages import Request
from watchword.web.operation import Open


@pytest.fixture
def console(page) -> Door[Any]:
    core: Core = page.house.core
    return build_console(core, [(dialect(SOUTH), None, "")])


def test_nobody_has_a_profile_or_a_session_of_the_console_itself(console) -> None:
    found, desk = console.dialect, console.desk

    with pytest.raises(TableError, match="nobody"):
        found.read_profile({})
    assert found.read_token(desk, Request("GET", "/console/")) is None
    lifetime = found.policy(desk.settings).lifetime(None, None)
    assert not lifetime.length
    assert found.weaknesses(desk.settings) == ()


def test_so_nothing_of_it_asks_for_one(console) -> None:
    assert all(isinstance(each, Open) for each in console.dialect.operations)


def test_it_claims_its_own_paths_and_no_others(console) -> None:
    assert console.routes.claims("/console/anything")
    assert not console.routes.claims("/console")
