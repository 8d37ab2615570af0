"""A door at the root, as FindFace has it: what is still the server's own, and bare answers."""

from collections.abc import Generator

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.support.world import World
from watchword.core.policy import AudiencePolicy
from watchword.core.subjects import Audience
from watchword.web.door import Door
from watchword.web.live import Live
from watchword.web.messages import Reply
from watchword.web.operation import Desk, Dialect, Lane, Open, PathRules
from watchword.web.site import SERVER_PATHS, Site


class Nothing(msgspec.Struct, frozen=True):
    """The settings of a dialect that has none."""


def _policy(_settings: Nothing) -> AudiencePolicy:
    raise NotImplementedError


ROOT = Dialect(
    name="root",
    audience=Audience("root"),
    settings=Nothing,
    paths=PathRules(prefix="/"),
    operations=(Open("POST", "/leave", lambda _desk, _request: Reply(204), Lane.LOOP),),
    policy=_policy,
    read_profile=lambda _table: b"{}",
    read_token=lambda _desk, _request: None,
    refuse=lambda _desk, _request, _error: Reply(404, b"the door's"),
    weaknesses=lambda _settings: (),
)


@pytest.fixture
def client() -> Generator[TestClient]:
    world = World()
    rest = Starlette(routes=[Route("/{page:path}", lambda _: PlainTextResponse("the server's"))])
    door = Door(ROOT, Desk(world.core, Nothing()))
    live = Live(world.core, world.lanes)
    with TestClient(Site([door], world.lanes, rest, lambda *_: None, live)) as client:
        yield client
    world.close()


@pytest.mark.parametrize("path", sorted(SERVER_PATHS))
def test_the_servers_own_pages_stay_its_own(client: TestClient, path: str) -> None:
    assert client.get(path).text == "the server's"


@pytest.mark.parametrize("path", ["/", "/healthz/", "/HEALTHZ", "/metrics/x", "/nothing"])
def test_everything_else_is_the_doors(client: TestClient, path: str) -> None:
    assert client.get(path).text == "the door's"


def test_an_answer_without_content_declares_no_length(client: TestClient) -> None:
    answer = client.post("/leave")

    assert answer.status_code == 204
    assert "content-length" not in answer.headers
