"""Captures as clients send them, and the people who send and look at them."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.idscan.calls import PASSWORD, token_of
from watchword.core.errands import Outcome
from watchword.dialects.idscan import DIALECT
from watchword.dialects.idscan.settings import Settings
from watchword.web.operation import Desk

__all__ = [
    "BASE",
    "BMP",
    "INVALID",
    "JPEG",
    "NOT_FOUND",
    "PDF",
    "PNG",
    "Person",
    "encoded",
    "image",
    "journeys_of",
    "run_jobs",
    "sealed_in",
    "seat",
    "upload_of",
]

BASE: Final = "/idscanenterprisesvc"
JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256))
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(reversed(range(256)))
BMP: Final = b"BM" + bytes(64)
PDF: Final = b"%PDF-1.7\n" + bytes(range(128))
INVALID: Final = {"Message": "The request is invalid."}
NOT_FOUND: Final = {"Message": "No HTTP resource was found that matches the request URI."}


def encoded(content: bytes) -> str:
    """Return content as the wire has it."""
    return base64.b64encode(content).decode()


def image(name: str = "WhiteImage", content: bytes = JPEG, **more: Any) -> dict[str, Any]:
    """Return one image of an upload."""
    return {"Data": encoded(content), "ImageFormat": "jpg", "Name": name, **more}


def upload_of(*images: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return the body of an upload; None leaves a member out."""
    usual = {
        "InputImages": list(images) or [image()],
        "IsDocumentExtracted": False,
        "Source": 2,
    }
    return {key: value for key, value in (usual | more).items() if value is not None}


class Person:
    """Somebody who has logged in to one area."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client = client
        self.headers = {"authorization": token}

    def get(self, path: str, **query: Any) -> Response:
        return self.client.get(f"{BASE}/{path}", params=query, headers=self.headers)

    def post(self, path: str, body: Any = None, **query: Any) -> Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            f"{BASE}/{path}", content=content, params=query, headers=self.headers
        )

    def delete(self, path: str, **query: Any) -> Response:
        return self.client.delete(f"{BASE}/{path}", params=query, headers=self.headers)

    def send(self, *images: Mapping[str, Any], **more: Any) -> Response:
        """Upload, whatever comes of it."""
        return self.post("journey/upload", upload_of(*images, **more))

    def upload(self, *images: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Upload and return the answer."""
        answer = self.send(*images, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def journey(self, journey_id: str) -> dict[str, Any]:
        """Return a journey as retrieval shows it."""
        answer = self.get("Journey/Get", journeyID=journey_id)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def fetch(self, url: str) -> Response:
        """Follow the address of an image."""
        return self.client.get(url, headers=self.headers)

    def define(self, *types: int, **more: Any) -> str:
        """Add a journey definition with these steps and return its id."""
        entries = [{"Type": each} for each in types]
        body = {"Name": "of the tests", "ChannelType": 2, "EntryDefinitions": entries, **more}
        answer = self.post("JourneyDefinition/Add", body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["JourneyDefinitionId"])


def seat(
    world: World,
    client: TestClient,
    *,
    area: str,
    role: str = "SuperAdministrator",
    tenant: str | None = None,
    **profile: Any,
) -> Person:
    """Let somebody new in to one area."""
    login = f"person-{uuid4().hex[:8]}"
    world.add(login, tenant=tenant, profiles={"idscan": {"role": role, **profile}})
    return Person(client, token_of(client, username=login, password=PASSWORD, area=area))


def run_jobs(world: World, settings: Settings | None = None, most: int = 50) -> Sequence[Outcome]:
    """Do all that is due, as the upkeep of a worker would a moment later.

    ``settings`` are those after a restart, if they are other ones then.
    """
    world.clock.advance(milliseconds=1)
    desk = Desk(world.core, settings or world.opened["idscan"].settings)
    works = {kind: _bound(work, desk) for kind, work in DIALECT.jobs.items()}
    outcomes: list[Outcome] = []
    while len(outcomes) < most and (outcome := world.core.errands.run_next(works)) is not None:
        outcomes.append(outcome)
    return outcomes


def journeys_of(world: World) -> int:
    """Return how many journeys are kept, of whatever tenant."""
    with world.storage.read() as transaction:
        return len(transaction.documents.list_of(DIALECT.audience, "journey"))


def sealed_in(world: World) -> int:
    """Return how many pieces of content are kept."""
    return len(list(world.vault.list_older(world.clock.time + timedelta(days=1))))


def _bound(work: Any, desk: Desk[Any]) -> Any:
    return lambda document: work(desk, document)
