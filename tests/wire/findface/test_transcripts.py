"""The vendor's own examples (seed 002), replayed and compared key by key in their order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.support.checkout import ROOT
from tests.wire.findface.door import PASSWORD, Visitor

FOLDER: Final = ROOT / "tests/wire/findface/transcripts"

DIFFERENT: Final = {
    "token",
    "token_expiration_datetime",
    "user.id",
    "user.created_date",
    "user.modified_date",
    "id",
    "created_date",
    "modified_date",
}
"""What is another value each time: ids, tokens, times. The kind of value stays the same."""

ADDED: Final = {"user.has_admin_permissions", "has_admin_permissions"}
"""*Observed* in later builds than the seed's (wire contract FindFace 2.7)."""


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Yield each place where an answer of ours is not what the vendor's example shows."""
    if path in DIFFERENT and type(ours) is type(theirs):
        return
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        if (type(ours), ours) != (type(theirs), theirs):
            yield f"{path}: {ours!r} is not {theirs!r}"
        return
    places = {key: f"{path}.{key}" if path else key for key in [*ours, *theirs]}
    if [key for key in ours if places[key] not in ADDED] != list(theirs):
        yield f"{path}: {list(ours)} are not {list(theirs)}"
    for key in ours.keys() & theirs.keys():
        yield from differences(ours[key], theirs[key], places[key])


def message(path: Path) -> tuple[str, dict[str, str], str]:
    """Return a message's first line, its headers and its body."""
    head, _, body = path.read_text().partition("\n\n")
    first, *lines = head.splitlines()
    return first, dict(line.split(": ", 1) for line in lines), body


def send(visitor: Visitor, path: Path, token: str):
    """Send the request of a file, with this token in its place."""
    first, headers, body = message(path)
    method, target, _ = first.split(" ")
    headers = {name: value.replace("{token}", token) for name, value in headers.items()}
    return visitor.client.request(method, target, headers=headers, content=body or None)


def test_the_vendors_examples_are_answered_as_the_vendor_does(visitor):
    own = ["ffsecurity.change_user", "ffsecurity.view_user"]
    visitor.define(
        {"name": "Guests", "permissions": own}, {"name": "Visitors", "permissions": own[1:]}
    )
    profile = {"primary_group": "Guests", "groups": ["Visitors"], "comment": "Night shift"}
    visitor.world.add("alice", full_name="Alice", password=PASSWORD, profiles={"findface": profile})
    token = ""
    for path in sorted(FOLDER.glob("*.request.http")):
        answer = send(visitor, path, token)
        first, headers, body = message(path.with_name(path.name.replace("request", "response")))

        assert answer.status_code == int(first.split(" ")[1]), path.name
        for name, value in headers.items():
            assert answer.headers[name] == value
        ours: Any = msgspec.json.decode(answer.content or b"{}")
        theirs: Any = msgspec.json.decode(body.strip() or "{}")
        assert list(differences(ours, theirs)) == [], path.name
        token = ours.get("token", token)


def test_every_request_has_its_response():
    requests = {path.name.split(".")[0] for path in FOLDER.glob("*.request.http")}
    responses = {path.name.split(".")[0] for path in FOLDER.glob("*.response.http")}

    assert requests == responses
    assert len(requests) == 5


def test_a_difference_would_be_found():
    theirs = {"token": "x", "user": {"id": 1, "name": "a", "ad_user": False}}

    assert not list(differences(theirs | {"token": "y"}, theirs))
    for ours in (
        theirs | {"token": 1},
        theirs | {"more": 1},
        {"user": theirs["user"], "token": "x"},
        theirs | {"user": {"id": 1, "name": "b", "ad_user": False}},
        theirs | {"user": {"id": 1, "name": "a", "ad_user": 0}},
        theirs | {"user": {"name": "a", "id": 1, "ad_user": False}},
    ):
        assert list(differences(ours, theirs))
