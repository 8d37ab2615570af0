"""Collections as clients make them: a black list with somebody in it."""

from collections.abc import Mapping
from typing import Any, Final

from httpx2 import Response

from tests.wire.oz.filing import JPEG, Caller

__all__ = ["FACE", "NAME", "add_person", "make_collection", "path_of", "photos_of", "send_person"]

FACE: Final = {"image1": ("face.jpg", JPEG, "image/jpeg")}
NAME: Final = {"person_info": {"first_name": "John", "last_name": "Doe"}}
PAYLOAD: Final = {
    "person:meta_data": NAME,
    "media:tags": {"image1": ["photo_selfie", "orientation_portrait"]},
}


def make_collection(caller: Caller, alias: str = "blacklist", **more: Any) -> dict[str, Any]:
    """Make a collection in a company, one's own unless it is named."""
    company_id = more.pop("company_id", caller.user["company_id"])
    body = {"alias": alias, "company_id": company_id, **more}
    answer = caller.post("/api/collections/", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def path_of(collection: Mapping[str, Any], person: Mapping[str, Any] | None = None) -> str:
    """Return where a collection is, or a person in it."""
    path = f"/api/collections/{collection['collection_id']}"
    return path if person is None else f"{path}/persons/{person['person_id']}"


def send_person(
    caller: Caller,
    collection: Mapping[str, Any],
    payload: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] = FACE,
) -> Response:
    """Upload somebody."""
    path = f"{path_of(collection)}/persons/"
    return caller.send(PAYLOAD if payload is None else payload, files, path)


def add_person(
    caller: Caller,
    collection: Mapping[str, Any],
    payload: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] = FACE,
) -> dict[str, Any]:
    """Add somebody to a collection."""
    answer = send_person(caller, collection, payload, files)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def photos_of(
    caller: Caller, collection: Mapping[str, Any], person: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return somebody's photos."""
    answer = caller.get(f"{path_of(collection, person)}/images/")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found
