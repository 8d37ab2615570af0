"""The vendor's own examples, replayed: the same keys in the same order, and the same values.

Declared differences, and no others: ids, tokens and times, which have the right type instead.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.wire.oz.talk import PASSWORD

TRANSCRIPTS = Path(__file__).parent / "transcripts"
LEFT_OUT = "…"
DIFFERING = {
    "session_id": int,
    "user_id": str,
    "company_id": str,
    "access_token": str,
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


@pytest.mark.parametrize("name", sorted(path.stem for path in TRANSCRIPTS.glob("*.http")))
def test_the_vendors_example_gets_the_vendors_answer(name, world, client):
    world.add(
        "root@acme.example",
        password="your_admin_password",
        full_name="Rita Root",
        profiles={"oz": {"user_type": "ADMIN"}},
    )
    request = read_request(name)

    answer = client.request(
        request.method, request.path, headers=request.headers, content=request.body.encode()
    )

    expected = json.loads((TRANSCRIPTS / f"{name}.json").read_text())
    assert answer.status_code == 200
    assert differences(expected, answer.json()) == []


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
