"""The door as these tests use it: a world with people in it, and a client that knocks."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.findface.driver import basic
from watchword.core.policy import FacePolicy
from watchword.core.ports import FaceEngine
from watchword.core.sessions import Session, SessionFilter
from watchword.dialects.findface.seed import seed

__all__ = ["PASSWORD", "UUID", "Visitor", "door"]

PASSWORD: Final = "plumtree-88"
UUID: Final = "0b9f6d1e-5a5e-4f0a-9d57-2f6a4a1c7e10"


@dataclass(frozen=True)
class Visitor:
    """A client in front of a world."""

    world: World
    client: TestClient

    def login(
        self, name: str = "alice", password: str = PASSWORD, headers: Any = None, **body: Any
    ) -> Response:
        """Log in; what the body does not say is a ``uuid``."""
        sent = {"uuid": UUID} | body
        return self.client.post(
            "/auth/login/", json=sent, headers=basic(name, password) | (headers or {})
        )

    def enter(self, name: str = "alice", **body: Any) -> str:
        """Log in and return the token."""
        answer = self.login(name, **body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    def me(self, token: str, **headers: str) -> Response:
        """Ask who one is."""
        return self.client.get("/users/me/", headers={"authorization": f"Token {token}"} | headers)

    def call(self, method: str, path: str, token: str, **options: Any) -> Response:
        """Make any call with a token."""
        headers = {"authorization": f"Token {token}"}
        return self.client.request(method, path, headers=headers, **options)

    def face(self, clip: bytes, token: str = "", **form: object) -> Response:
        """Show a clip: to log in, or with a token to renew its session."""
        files = {"video": ("blob", clip, "video/webm")}
        if token:
            return self.call("POST", "/auth/video-auth-renew/", token, files=files)
        data = {"uuid": UUID} | form
        return self.client.post("/auth/video-auth/", files=files, data=data)

    def add(self, name: str, group: str = "User", **profile: Any) -> str:
        """Put a user with a role and return a token of a session on a device of its own."""
        table = {"primary_group": group, **profile}
        self.world.add(name, password=PASSWORD, profiles={"findface": table})
        return self.enter(name, uuid=f"{name}-1")

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
        """Log alice in with a body as it is."""
        sent = {"content-type": "application/json", **basic("alice", PASSWORD), **(headers or {})}
        return self.client.post("/auth/login/", content=body, headers=sent)

    def define(self, *groups: Mapping[str, object], dry_run: bool = False) -> Sequence[str]:
        """Apply ``[[findface.groups]]`` tables and return the plan's lines."""
        return seed(self.world.core, {"groups": list(groups)}, dry_run)

    def sessions(self) -> list[Session]:
        """Return the sessions that live now."""
        with self.world.storage.read() as transaction:
            return list(
                transaction.sessions.list_living(SessionFilter(), self.world.clock(), 1_000)
            )


@contextmanager
def door(
    engine: FaceEngine | None = None, faces: FacePolicy | None = None, **settings: object
) -> Generator[Visitor]:
    """Open the door under these settings; alice is a User there."""
    world = World(settings={"findface": settings}, engine=engine, faces=faces or FacePolicy())
    world.add(
        "alice",
        password=PASSWORD,
        full_name="Alice",
        profiles={"findface": {"primary_group": "User", "language": "en-us"}},
    )
    with world.client() as client:
        yield Visitor(world, client)
    world.close()
