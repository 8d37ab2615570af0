"""Uploads and analyses as clients send them, and the people who send them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from httpx2 import Response
from starlette.testclient import TestClient

from tests.wire.oz.talk import TOKEN, log_in

__all__ = [
    "FILES",
    "FORBIDDEN",
    "JPEG",
    "MP4",
    "NOBODY",
    "NOT_EXIST",
    "PEOPLE",
    "Caller",
    "seat",
]

JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256))
MP4: Final = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00" + bytes(reversed(range(256)))
FILES: Final = {"photo1": ("face.jpg", JPEG, "image/jpeg"), "video1": ("v.mp4", MP4, "video/mp4")}
NOBODY: Final = "00000000-0000-4000-8000-000000000000"

NOT_EXIST: Final = {"error_code": 10, "error_message": "Object not exist", "details": None}
FORBIDDEN: Final = {
    "error_code": 9,
    "error_message": "You have not access to this resource",
    "details": None,
}

PEOPLE: Final[Mapping[str, tuple[str, str | None]]] = {
    "admin": ("ADMIN", None),
    "operator": ("OPERATOR", None),
    "client": ("CLIENT", "Acme Bank"),
    "colleague": ("CLIENT", "Acme Bank"),
    "machine": ("CLIENT_SERVICE", "Acme Bank"),
    "company_admin": ("CLIENT_ADMIN", "Acme Bank"),
    "company_operator": ("CLIENT_OPERATOR", "Acme Bank"),
    "foreign_client": ("CLIENT", "Beta Bank"),
    "foreign_admin": ("CLIENT_ADMIN", "Beta Bank"),
    "foreign_operator": ("CLIENT_OPERATOR", "Beta Bank"),
    "freelance": ("CLIENT", None),
}
"""Everybody's role and company, by name."""


class Caller:
    """Somebody who has logged in."""

    def __init__(self, client: TestClient, session: Mapping[str, Any]) -> None:
        self.client = client
        self.user = session["user"]
        self.headers = {TOKEN: session["access_token"]}

    def get(self, path: str, **query: Any) -> Response:
        return self.client.get(path, params=query, headers=self.headers)

    def post(self, path: str, body: Any) -> Response:
        return self.client.post(path, json=body, headers=self.headers)

    def patch(self, path: str, body: Any) -> Response:
        return self.client.patch(path, json=body, headers=self.headers)

    def delete(self, path: str) -> Response:
        return self.client.delete(path, headers=self.headers)

    def send(
        self,
        payload: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] = FILES,
        path: str = "/api/folders/",
    ) -> Response:
        """Upload files, with or without a payload."""
        parts: list[tuple[str, Any]] = list(files.items())
        if payload is not None:
            parts.append(("payload", (None, json.dumps(payload))))
        return self.client.post(path, files=parts, headers=self.headers)

    def folder(self, payload: Mapping[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        """Make a folder and return it."""
        answer = self.send(payload or {}, **options)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def start(self, folder: Mapping[str, Any], *kinds: str, **more: Any) -> Response:
        """Start analyses of these kinds about a folder."""
        path = f"/api/folders/{folder['folder_id']}/analyses/"
        return self.post(path, {"analyses": [{"type": kind, **more} for kind in kinds]})

    def analysis(self, folder: Mapping[str, Any], kind: str, **more: Any) -> dict[str, Any]:
        """Start one analysis and return it."""
        answer = self.start(folder, kind, **more)
        assert answer.status_code == 201, answer.text
        [started] = answer.json()
        found: dict[str, Any] = started
        return found


def seat(world: Any, client: TestClient, name: str, **profile: Any) -> Caller:
    """Let one of `PEOPLE` in, with whatever its profile says beside the role."""
    role, tenant = PEOPLE[name]
    email = f"{name}@people.example"
    world.add(email, tenant=tenant, profiles={"oz": {"user_type": role, **profile}})
    answer = log_in(client, email)
    assert answer.status_code == 200, answer.text
    return Caller(client, answer.json())
