"""What holds for any upload: nothing odd is stored, and nothing odd is a fault of ours."""

import asyncio
import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.world import World
from tests.wire.oz.collecting import make_collection, path_of
from tests.wire.oz.filing import JPEG, NOBODY, seat
from watchword.core.index import Query

TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "folder:meta_data",
        "media:tags",
        "media:meta_data",
        "analyses",
        "tags",
        "person:meta_data",
        "resolution_endpoint",
        "alias",
        "company_id",
    ]
)
ANALYSIS = st.dictionaries(
    st.sampled_from(["type", "source_media", "params", "meta_data", "collection_id"]),
    JSON | st.sampled_from(["quality", "BIOMETRY", ["a"], [NOBODY]]),
)
PAYLOADS = st.dictionaries(FIELDS, JSON | st.dictionaries(st.just("a"), JSON)) | st.builds(
    lambda analyses, rest: rest | {"analyses": analyses},
    st.lists(ANALYSIS, max_size=3),
    st.dictionaries(FIELDS, JSON, max_size=2),
)
PIECES = st.sampled_from(
    [
        b"--b",
        b"--b--",
        b"\r\n",
        b"\r\n\r\n",
        b'Content-Disposition: form-data; name="a"; filename="a.jpg"',
        b'Content-Disposition: form-data; name="payload"',
        b"Content-Type: image/jpeg",
        JPEG,
        b"{}",
        b"{",
        b"\0",
    ]
)
BODIES = st.binary(max_size=200) | st.lists(PIECES, max_size=20).map(b"".join)
TYPES = st.sampled_from(
    [b"multipart/form-data; boundary=b", b"multipart/form-data", b"application/json", b""]
) | st.binary(max_size=20).map(b"multipart/form-data; boundary=".__add__)


@pytest.fixture(scope="module")
def world() -> Generator[World]:
    table = {"stand_in": {"verdicts": {"spoof": "DECLINED"}}}
    world = World({"oz": {"engines": {"quality": table}}})
    yield world
    world.close()


@dataclass(frozen=True)
class Held:
    """Somebody's token, and what it has uploaded."""

    token: bytes
    folder: str
    medium: str
    collection: str


@pytest.fixture(scope="module")
def held(world: World) -> Generator[Held]:
    with world.client() as client:
        caller = seat(world, client, "admin")
        folder = caller.folder()
        token = caller.headers["X-Forensic-Access-Token"].encode()
        acme = world.add("x@acme.example", tenant="Acme Bank", profiles={"oz": {}}).tenant_id
        collection = make_collection(caller, company_id=str(acme))
        media = folder["media"][0]["media_id"]
        yield Held(token, folder["folder_id"], media, path_of(collection))


def call(world: World, token: bytes, method: str, path: str, body: bytes, content_type: bytes):
    """Send a body as it is, past any client that would mend it. Returns status and answer."""
    sent: list[dict[str, Any]] = []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    headers = [
        (b"x-forensic-access-token", token),
        (b"content-length", str(len(body)).encode()),
        (b"content-type", content_type),
    ]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": headers,
        "scheme": "http",
        "client": None,
    }
    asyncio.run(world.site(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


def form(payload: Any) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a.jpg"\r\n\r\n' + JPEG
    said = json.dumps(payload).encode("utf-8", "surrogatepass")
    return (
        head
        + b'\r\n--b\r\nContent-Disposition: form-data; name="payload"\r\n\r\n'
        + (said + b"\r\n--b--\r\n")
    )


def folders(world: World) -> int:
    with world.storage.read() as transaction:
        total = transaction.index.search(Query("oz/folder", limit=0)).total
    assert total is not None
    return total


def is_told(answer: tuple[int, bytes]) -> bool:
    """Say whether an answer is a success or a refusal in the vendor's shape."""
    status, body = answer
    if status in {200, 201}:
        return bool(json.loads(body)) or body == b"{}"
    return 400 <= status < 500 and next(iter(json.loads(body))) == "error_code"


@settings(deadline=None)
@given(content_type=TYPES, body=BODIES)
@example(b"multipart/form-data; boundary=b", b"--b--")
def test_any_bytes_are_an_upload_or_a_refusal(world, held, content_type, body):
    before = folders(world)
    answer = call(world, held.token, "POST", "/api/folders/", body, content_type)
    assert is_told(answer)
    assert folders(world) - before == (answer[0] == 201)


@settings(deadline=None)
@given(payload=PAYLOADS | JSON)
@example({"analyses": [{"type": "quality", "params": {"a": 2**70}}]})
@example({"folder:meta_data": {"a\0": "\ud800"}})
def test_any_payload_makes_a_folder_that_can_be_shown_or_nothing(world, held, payload):
    before = folders(world)
    kind = b"multipart/form-data; boundary=b"
    status, body = call(world, held.token, "POST", "/api/folders/", form(payload), kind)
    assert is_told((status, body))
    assert folders(world) - before == (status == 201)
    if status == 201:
        path = f"/api/folders/{json.loads(body)['folder_id']}"
        assert call(world, held.token, "GET", path, b"", b"")[0] == 200


@settings(deadline=None)
@given(
    path=st.sampled_from(["media", "analyses", "meta_data"]),
    method=st.sampled_from(["POST", "PATCH", "GET", "DELETE", "PUT"]),
    content_type=TYPES,
    body=BODIES | PAYLOADS.map(lambda payload: json.dumps(payload).encode()),
)
def test_any_body_is_told_by_what_is_in_a_folder(world, held, path, method, content_type, body):
    answer = call(
        world, held.token, method, f"/api/folders/{held.folder}/{path}", body, content_type
    )
    assert answer[0] == 204 or is_told(answer) or json.loads(answer[1]) == []


@settings(deadline=None)
@given(
    path=st.sampled_from(["", "/original", "/meta_data", "/"]),
    method=st.sampled_from(["POST", "PATCH", "PUT"]),
    body=BODIES | st.dictionaries(FIELDS, JSON).map(lambda fields: json.dumps(fields).encode()),
)
def test_any_change_to_a_file_is_told(world, held, path, method, body):
    answer = call(world, held.token, method, f"/api/media/{held.medium}{path}", body, b"")
    assert is_told(answer)


@settings(deadline=None)
@given(
    path=st.sampled_from(["/persons", "/persons/", f"/persons/{NOBODY}/images", "/meta_data", ""]),
    method=st.sampled_from(["POST", "PATCH", "GET", "PUT"]),
    content_type=TYPES,
    body=BODIES | PAYLOADS.map(form) | PAYLOADS.map(lambda fields: json.dumps(fields).encode()),
)
def test_any_body_is_told_by_a_collection(world, held, path, method, content_type, body):
    answer = call(world, held.token, method, f"{held.collection}{path}", body, content_type)
    assert is_told(answer) or json.loads(answer[1]) == []


@settings(deadline=None)
@given(payload=PAYLOADS | JSON)
def test_any_payload_makes_a_person_that_can_be_shown_or_nobody(world, held, payload):
    path, kind = f"{held.collection}/persons", b"multipart/form-data; boundary=b"
    status, body = call(world, held.token, "POST", path, form(payload), kind)
    assert is_told((status, body))
    if status == 201:
        person = f"{path}/{json.loads(body)['person_id']}"
        assert call(world, held.token, "GET", person, b"", b"")[0] == 200
        assert call(world, held.token, "GET", f"{person}/images", b"", b"")[0] == 200


@settings(deadline=None)
@given(fields=st.dictionaries(FIELDS, JSON) | JSON)
def test_any_body_makes_a_collection_that_can_be_shown_or_nothing(world, held, fields):
    sent = json.dumps(fields).encode("utf-8", "surrogatepass")
    answer = call(world, held.token, "POST", "/api/collections", sent, b"")
    assert is_told(answer)


@settings(deadline=None)
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_container_or_a_refusal(world, held, body):
    before = folders(world)
    answer = call(world, held.token, "POST", "/api/folders", body, b"application/octet-stream")
    assert is_told(answer)
    assert folders(world) - before == (answer[0] == 201)
