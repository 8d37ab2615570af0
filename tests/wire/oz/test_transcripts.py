"""The vendor's own examples, replayed: the same keys in the same order, and the same values.

Declared differences, and no others: ids, tokens and times, which have the right type instead.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.oz.talk import PASSWORD, log_in

TRANSCRIPTS = Path(__file__).parent / "transcripts"
LEFT_OUT = "…"
DIFFERING = {
    "session_id": int,
    "user_id": str,
    "company_id": str,
    "access_token": str,
    "token_id": str,
    "expire_token": str,
    "expire_date": float,
}


@dataclass(frozen=True)
class Request:
    """A request in an ``.http`` file."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: str


def read_request(name: str) -> Request:
    head, _, body = (TRANSCRIPTS / f"{name}.http").read_text().partition("\n\n")
    line, *headers = head.splitlines()
    method, path, _ = line.split()
    pairs = [header.split(": ", 1) for header in headers]
    return Request(method, path, [(key, value) for key, value in pairs], body)


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Return every place in which an answer is not the vendor's."""
    key = path.rpartition(".")[2]
    if key in DIFFERING:
        return [] if type(found) is DIFFERING[key] else [f"{path}: {found!r}"]
    if not isinstance(expected, dict):
        return [] if found == expected else [f"{path}: {found!r}, not {expected!r}"]
    wanted = [each for each in expected if each != LEFT_OUT]
    present = (
        list(found) if LEFT_OUT not in expected else [each for each in wanted if each in found]
    )
    if present != wanted:
        return [f"{path}: keys {present}, not {wanted}"]
    return [
        d for each in wanted for d in differences(expected[each], found[each], f"{path}.{each}")
    ]


@pytest.fixture
def settings():
    """Seed 003 spells the flags as API 5 does."""
    return {"api_version": 5}


def send(client: TestClient, name: str, **known: str) -> Response:
    """Send a request with what is known by now in the place of the names in its braces."""
    request = read_request(name)
    headers = [(key, value.format(**known)) for key, value in request.headers]
    body = request.body
    for key, value in known.items():
        body = body.replace(f"{{{key}}}", value)
    path = request.path.format(**known)
    return client.request(request.method, path, headers=headers, content=body.encode())


def add_root(world: World) -> None:
    """Add the administrator of seed 000."""
    world.add(
        "root@acme.example",
        password="your_admin_password",
        full_name="Rita Root",
        profiles={"oz": {"user_type": "ADMIN"}},
    )


def answer_to(name: str) -> Any:
    return json.loads((TRANSCRIPTS / f"{name}.json").read_text())


LOGINS = sorted(path.stem for path in TRANSCRIPTS.glob("*_authorize*.http"))


@pytest.mark.parametrize("name", [*LOGINS, "000_step_1"])
def test_the_vendors_example_gets_the_vendors_answer(name, world, client):
    add_root(world)

    answer = send(client, name)

    assert answer.status_code == 200
    assert differences(answer_to(name), answer.json()) == []


@pytest.mark.parametrize(
    ("settings", "step_3", "step_4"),
    [
        ({"api_version": 6}, "000_step_3", "000_step_4"),
        ({"api_version": 6}, "000_step_3_api_6", "000_step_4"),
        ({"api_version": 5}, "000_step_3_api_5", "000_step_4_api_5"),
    ],
)
def test_the_how_to_runs_step_by_step_in_either_generation(world, client, step_3, step_4):
    add_root(world)
    login = send(client, "000_step_1")
    assert differences(answer_to("000_step_1"), login.json()) == []
    admin = login.json()["access_token"]

    made = send(client, "000_step_2", admin=admin)
    assert made.status_code == 201
    assert differences(answer_to("000_step_2"), made.json()) == []
    assert list(made.json()) == list(answer_to("000_step_2"))

    company = made.json()["company_id"]
    user = send(client, step_3, admin=admin, company=company)
    assert user.status_code == 201
    assert differences(answer_to(step_3), user.json()) == []
    assert list(user.json())[-1] == "is_service"
    assert user.json()["company_id"] == company
    sent = json.loads(read_request(step_3).body)["credentials"]
    machine = log_in(client, sent["email"], sent["password"])
    assert machine.status_code == 200

    known = {"admin": admin, "machine": machine.json()["access_token"]}
    token = send(client, step_4, user=user.json()["user_id"], **known)
    assert token.status_code == 200
    assert differences(answer_to("000_step_4"), token.json()) == []
    assert token.json()["session_id"] == 0
    assert token.json()["user_id"] == user.json()["user_id"]


@pytest.mark.parametrize("settings", [{"api_version": 5}, {"api_version": 6}])
@pytest.mark.parametrize("step_3", ["000_step_3", "000_step_3_api_5", "000_step_3_api_6"])
def test_either_generation_takes_the_others_requests(world, client, step_3):
    add_root(world)
    admin = send(client, "000_step_1").json()["access_token"]
    company = send(client, "000_step_2", admin=admin).json()["company_id"]

    answer = send(client, step_3, admin=admin, company=company)

    assert (answer.status_code, answer.json()["is_service"]) == (201, True)


def test_the_first_transcript_logs_in_with_this_suites_password():
    assert json.loads(read_request("003_authorize").body)["credentials"]["password"] == PASSWORD


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, LEFT_OUT: LEFT_OUT}, {"b": 2}),
        ({"a": 1}, {"a": 2}),
        ({"a": {"session_id": 1}}, {"a": {"session_id": "1"}}),
    ],
    ids=["other order", "one more", "one less", "other value", "other type"],
)
def test_a_difference_is_found(expected, found):
    assert differences(expected, found)
