"""A house with doors of our own making, and the console in front of them: no vendor is needed."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.faces import ScriptedEngine, clip_of, enrol
from tests.support.house import NORTH, PASSWORD, SOUTH, House, entering
from watchword.console import build_console
from watchword.core.faces import Factors
from watchword.core.subjects import Audience, Subject
from watchword.web.entrance import Entrance
from watchword.web.lanes import Lanes, ThreadLane
from watchword.web.live import Live
from watchword.web.messages import Reply
from watchword.web.operation import Dialect, PathRules, always
from watchword.web.site import Site

PHONE = "web-1"
ANYWHERE: Mapping[Audience, str] = {SOUTH: ""}
"""Doors, and the hosts that they are bound to."""


def dialect(audience: Audience, title: str = "Things & <Parts>") -> Dialect[None]:
    """Return a dialect that offers its door and has nothing else."""
    house = House()
    policy = house.policy.audiences[audience]
    house.close()
    return Dialect(
        name=audience,
        audience=audience,
        settings=type(None),
        paths=PathRules(f"/{audience}/"),
        operations=(),
        policy=lambda _settings: policy,
        read_profile=lambda _table: b"{}",
        read_token=lambda _desk, _request: None,
        refuse=lambda _desk, _request, _error: Reply(400),
        weaknesses=lambda _settings: (),
        entrance=Entrance(audience, title, "Key", always, prefix="Token "),
    )


@dataclass
class Page:
    """A client in front of the console, as its page calls it."""

    house: House
    engine: ScriptedEngine
    client: TestClient
    seen: list[tuple[str, str, int]] = field(default_factory=list)

    def password(self, login: str = "alice", password: str = PASSWORD, **more: Any) -> Response:
        body = {"login": login, "password": password, "device": PHONE, **more}
        return self.client.post("/console/doors/south/password", json=body)

    def challenge(self, device: str = PHONE) -> Response:
        return self.client.post("/console/doors/south/challenge", json={"device": device})

    def face(self, clip: bytes | None = None, **more: Any) -> Response:
        """Show alice's face, doing what was asked for."""
        asked = self.challenge().json() if "challenge" not in more else {}
        if clip is None:
            clip = clip_of(self.subject("alice"), acts=asked.get("acts", ()))
        data = {"device": PHONE, "challenge": asked.get("nonce"), **more}
        files = {"video": ("clip", clip, "video/webm")}
        return self.client.post("/console/doors/south/face", data=data, files=files)

    def session(self, token: str, method: str = "GET", door: str = "south") -> Response:
        headers = {"authorization": f"Bearer {token}"}
        return self.client.request(method, f"/console/doors/{door}/session", headers=headers)

    def subject(self, login: str) -> Subject:
        return self.house.standing(login).subject


@pytest.fixture
def open_console() -> Generator[Callable[..., Page]]:
    """Yield what opens the console of a house whose southern door takes these factors."""
    opened: list[tuple[House, Lanes]] = []

    def open_console(
        factors: Factors = Factors.EITHER,
        *,
        engine: bool = True,
        hosts: Mapping[Audience, str] = ANYWHERE,
    ) -> Page:
        seeing = ScriptedEngine()
        house = House(policy=entering(SOUTH, factors), engine=seeing if engine else None)
        for login in ("alice", "bob"):
            subject = house.add(login, full_name=login.capitalize())
            if engine:
                enrol(house.core, SOUTH, subject)
        lanes = Lanes(ThreadLane("store", 2, 16), ThreadLane("login", 2, 16))
        opened.append((house, lanes))
        door = build_console(
            house.core, [(dialect(each, f"The {each}"), None, host) for each, host in hosts.items()]
        )
        seen: list[tuple[str, str, int]] = []
        site = Site(
            [door], lanes, nothing, lambda *each: seen.append(each), Live(house.core, lanes)
        )
        return Page(house, seeing, TestClient(site, follow_redirects=False), seen)

    yield open_console
    for house, lanes in opened:
        lanes.close()
        house.close()


@pytest.fixture
def page(open_console: Callable[..., Page]) -> Page:
    return open_console()


@pytest.fixture
def both(open_console: Callable[..., Page]) -> Page:
    return open_console(Factors.BOTH)


@pytest.fixture
def two_doors(open_console: Callable[..., Page]) -> Page:
    return open_console(hosts={SOUTH: "", NORTH: ""})


async def nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    """Answer nothing: all that is asked of the console is the console's."""
