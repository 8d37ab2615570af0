"""The vendor's own requests, replayed; our answers beside the vendor's, key by key and in order.

Differences are declared here and nowhere else: each key that may differ, with the shape it must
have instead. An undeclared difference fails, and so does a declared one that is none.
"""

import json
import re
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from starlette.testclient import TestClient

from tests.support.world import FixedClock, World

TRANSCRIPTS: Final = Path(__file__).parent / "transcripts"
PLACEHOLDER: Final = "DE14ydbxNEiUuIaV2tHN2A"
GROUPS: Final = (
    "Users,Domain Users,AWS Delegated Add Workstations To Domain Users,IEOSAdmins,IDscan"
)

DIFFERING: Final = {"access_token": r"[A-Za-z0-9_-]{576}"}
"""Minted anew at each login."""

ADDED: Final = {".expires": r"Fri, 15 Nov 2019 22:42:34 GMT"}
"""Where the printed reply breaks off after a comma (wire contract IDscan 1.2)."""


def replay(client: TestClient, name: str, **replacements: str):
    """Send a transcript's request and return the answer."""
    text = (TRANSCRIPTS / f"{name}.request.http").read_text()
    for written, meant in replacements.items():
        text = text.replace(written, meant)
    head, _, body = text.rstrip("\n").partition("\n\n")
    line, *fields = head.splitlines()
    method, target, _ = line.split()
    headers = dict(field.split(": ", 1) for field in fields)
    answer = client.request(method, target, headers=headers, content=body)
    client.cookies.clear()
    return answer


def printed() -> list[tuple[str, object]]:
    """Return the printed reply, key by key, without the comma that makes it no JSON."""
    text = (TRANSCRIPTS / "token.reply.txt").read_text()
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    return pairs(re.sub(r",\s*}", "}", text))


def pairs(text: str | bytes) -> list[tuple[str, object]]:
    """Return the keys and values of a JSON object as they are written."""
    found: list[tuple[str, object]] = json.loads(text, object_pairs_hook=list)
    return found


@pytest.fixture
def world(settings: Mapping[str, object]) -> Generator[World]:
    """Yield the world of the example: its user, its tenant, its second."""
    clock = FixedClock(datetime(2019, 11, 15, 12, 42, 34, 999_999, tzinfo=UTC))
    world = World(settings={"idscan": settings}, clock=clock)
    profile = {"role": "SuperAdministrator", "groups": GROUPS.split(",")}
    world.add(
        "psc",
        full_name="PSC",
        password="a-Password",
        tenant="IDscan",
        profiles={"idscan": profile},
    )
    yield world
    world.close()


@pytest.fixture
def settings() -> Mapping[str, object]:
    return {}


@pytest.fixture
def client(world: World) -> Generator[TestClient]:
    with world.client() as client:
        yield client


def test_the_documented_login_gets_the_documented_reply(client) -> None:
    answer = replay(client, "token")

    assert answer.status_code == 200
    ours = pairs(answer.content)
    theirs = printed()
    assert [key for key, _ in ours] == [*(key for key, _ in theirs), *ADDED]
    differing = {
        key for (key, value), (_, wanted) in zip(ours, theirs, strict=False) if value != wanted
    }
    assert differing == set(DIFFERING)
    told = dict(ours)
    assert all(re.fullmatch(shape, str(told[key])) for key, shape in (DIFFERING | ADDED).items())


def test_the_synthetic_token_has_the_shape_of_ours() -> None:
    assert re.fullmatch(DIFFERING["access_token"], str(dict(printed())["access_token"]))


@pytest.mark.parametrize("way", ["by-cookie", "by-header"])
def test_both_documented_ways_present_the_token(client, way) -> None:
    login = replay(client, "token", scanning="investigation").json()

    answer = replay(client, way, **{PLACEHOLDER: login["access_token"]})

    assert (answer.status_code, answer.content) == (200, b"[]")
    assert replay(client, way).status_code == 401


def test_the_short_request_of_the_notes_is_refused_for_want_of_an_area(client) -> None:
    answer = replay(client, "token-without-area")

    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize("settings", [{"area_required": False}], ids=["area not required"])
def test_the_short_request_of_the_notes_gets_a_token_where_no_area_is_required(client) -> None:
    answer = replay(client, "token-without-area")

    assert answer.status_code == 200
    assert list(answer.json()) == [*dict(printed()), *ADDED]
