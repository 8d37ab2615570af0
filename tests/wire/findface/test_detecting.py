"""Faces found on a photo, and one of them picked (wire contract FindFace 2.8)."""

from collections.abc import Generator
from typing import Any

import pytest
from httpx2 import Response

from tests.support.faces import NOBODY, ScriptedEngine, clip_of, photo_of
from tests.wire.findface.door import Visitor, door
from watchword.core.subjects import Subject
from watchword.dialects.findface.profile import AUDIENCE


@pytest.fixture
def visitor() -> Generator[Visitor]:
    with door(ScriptedEngine(), auth_type="face_or_password") as visitor:
        yield visitor


@pytest.fixture
def alice(visitor: Visitor) -> Subject:
    with visitor.world.storage.read() as transaction:
        alice = transaction.subjects.find_by_login("alice")
    assert alice is not None
    return alice


@pytest.fixture
def token(visitor: Visitor) -> str:
    return visitor.enter()


def detect(visitor: Visitor, token: str, photo: bytes) -> Response:
    files = {"photo": ("photo.jpg", photo, "image/jpeg")}
    return visitor.call("POST", "/detect", token, files=files)


def faces(visitor: Visitor, token: str, photo: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = detect(visitor, token, photo).json()["objects"]["face"]
    return found


def pick(visitor: Visitor, token: str, user: Subject, photo: bytes, reference: str) -> Response:
    files = {"source_photo": ("photo.jpg", photo, "image/jpeg")}
    data = {"user": user.number, "create_from": f"detection:{reference}"}
    return visitor.call("POST", "/user-face/", token, files=files, data=data)


class TestWhatIsFound:
    def test_every_face_with_its_place(self, visitor: Visitor, token: str) -> None:
        answer = detect(visitor, token, photo_of("a", "b"))

        assert answer.status_code == 200
        told = answer.json()
        assert told["orientation"] == 1
        big, small = told["objects"]["face"]
        assert big == {
            "id": big["id"],
            "bbox": {"left": 0, "top": 0, "right": 200, "bottom": 200},
            "detection_score": 0.95,
            "low_quality": False,
            "features": {},
        }
        assert small["bbox"]["right"] == 100
        assert len({big["id"], small["id"]}) == 2
        assert {len(big["id"]), len(small["id"])} == {20}

    def test_a_poor_one_is_said_to_be_poor(self, visitor: Visitor, token: str) -> None:
        (face,) = faces(visitor, token, photo_of("a", poor=True))

        assert face["low_quality"] is True

    def test_none_is_no_error(self, visitor: Visitor, token: str) -> None:
        answer = detect(visitor, token, NOBODY)

        assert (answer.status_code, answer.json()["objects"]) == (200, {"face": []})

    def test_the_slash_is_optional(self, visitor: Visitor, token: str) -> None:
        files = {"photo": ("photo.jpg", photo_of("a"))}

        assert visitor.call("POST", "/detect/", token, files=files).status_code == 200


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("files", "desc"),
        [
            ({"photo": ("f", b"\xff\xd8 x")}, "Upload a valid image."),
            ({"photo": ("f", b"")}, "The submitted file is empty."),
            ({"photo": (None, b"text")}, "The submitted data was not a file."),
            ({"other": ("f", b"x")}, "No file was submitted."),
        ],
        ids=str,
    )
    def test_what_is_no_photo(self, visitor: Visitor, token: str, files: Any, desc: str) -> None:
        answer = visitor.call("POST", "/detect", token, files=files)

        assert (answer.status_code, answer.json()["param"]) == (400, "photo")
        assert answer.json()["desc"].startswith(desc)

    def test_where_nothing_looks_for_faces(self) -> None:
        with door(auth_type="face_or_password") as visitor:
            answer = detect(visitor, visitor.enter(), photo_of("a"))

        assert answer.status_code == 400
        assert answer.json() == {
            "traceback": "",
            "code": "BAD_PARAM",
            "desc": "This server keeps no photos of users.",
            "param": "photo",
        }

    def test_who_may_not_change_users(self, visitor: Visitor) -> None:
        visitor.define({"name": "Watcher", "permissions": ["ffsecurity.view_user"]})

        assert detect(visitor, visitor.add("walt", "Watcher"), photo_of("a")).status_code == 403

    def test_whoever_has_no_token(self, visitor: Visitor) -> None:
        assert detect(visitor, "x" * 64, photo_of("a")).status_code == 401


class TestPicking:
    def test_the_face_that_is_picked_is_the_one_that_counts(
        self, visitor: Visitor, token: str, alice: Subject
    ) -> None:
        photo = photo_of("bystander", alice)
        _, small = faces(visitor, token, photo)

        answer = pick(visitor, token, alice, photo, small["id"])

        assert answer.status_code == 201
        assert answer.json()["frame_coords_right"] == small["bbox"]["right"]
        assert visitor.face(clip_of(alice)).status_code == 200

    def test_it_can_be_picked_for_ten_minutes(
        self, visitor: Visitor, token: str, alice: Subject
    ) -> None:
        photo = photo_of(alice)
        (face,) = faces(visitor, token, photo)
        visitor.world.clock.advance(minutes=10)
        assert pick(visitor, token, alice, photo, face["id"]).status_code == 201
        visitor.world.clock.advance(seconds=1)

        answer = pick(visitor, token, alice, photo, face["id"])

        assert (answer.status_code, answer.json()["param"]) == (400, "create_from")

    def test_on_another_photo_it_names_nothing(
        self, visitor: Visitor, token: str, alice: Subject
    ) -> None:
        (face,) = faces(visitor, token, photo_of("stranger"))

        answer = pick(visitor, token, alice, photo_of(alice), face["id"])

        assert answer.json()["desc"].startswith('Invalid pk "detection:')

    def test_for_another_user_it_names_nothing(
        self, visitor: Visitor, token: str, alice: Subject
    ) -> None:
        photo = photo_of(alice)
        (face,) = faces(visitor, token, photo)
        root = visitor.add("root", "Administrator")

        assert pick(visitor, root, alice, photo, face["id"]).json()["param"] == "create_from"
        assert pick(visitor, token, alice, photo, "0" * 20).json()["param"] == "create_from"

    def test_the_photo_has_to_come_along(
        self, visitor: Visitor, token: str, alice: Subject
    ) -> None:
        (face,) = faces(visitor, token, photo_of(alice))
        data = {"user": alice.number, "create_from": f"detection:{face['id']}"}
        files = {"other": ("f", b"x")}

        answer = visitor.call("POST", "/user-face/", token, files=files, data=data)

        assert answer.json()["desc"] == "source_photo must be provided"


class TestWhatIsKept:
    def documents(self, visitor: Visitor) -> list[bytes]:
        with visitor.world.storage.read() as transaction:
            return [
                document for _, document in transaction.documents.list_of(AUDIENCE, "detection")
            ]

    def test_no_photo_and_no_template(self, visitor: Visitor, token: str) -> None:
        photo = photo_of("somebody")
        faces(visitor, token, photo)

        (kept,) = self.documents(visitor)
        assert b"somebody" not in kept
        later = visitor.world.clock().replace(year=2100)
        assert list(visitor.world.vault.list_older(later)) == []

    def test_what_is_old_is_forgotten_by_whoever_comes_next(
        self, visitor: Visitor, token: str
    ) -> None:
        root = visitor.add("root", "Administrator")
        faces(visitor, token, photo_of("a"))
        visitor.world.clock.advance(minutes=11)

        faces(visitor, root, photo_of("b"))

        assert len(self.documents(visitor)) == 1

    def test_one_user_cannot_fill_the_server(self, visitor: Visitor, token: str) -> None:
        for number in range(30):
            faces(visitor, token, photo_of(f"a{number}", f"b{number}"))

        (kept,) = self.documents(visitor)
        assert kept.count(b'"photo"') == 50
