"""Photos of users: added, listed, changed and removed (wire contract FindFace 2.7, 2.8).

The engine is the one of ``tests/support``, which sees what a test wrote into the photo.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.faces import NOBODY, ScriptedEngine, clip_of, enrol, photo_of
from tests.wire.findface.door import PASSWORD, Visitor, door
from watchword.core.blobs import BlobId
from watchword.core.errors import OverloadedError
from watchword.core.policy import FacePolicy
from watchword.core.subjects import Subject
from watchword.dialects.findface.profile import AUDIENCE
from watchword.storage.memory import MemoryStorage
from watchword.storage.memory.storage import MemoryTransaction

ABSENT = b'{"code":"NOT_FOUND","desc":"No UserFace matches the given query."}'


@dataclass(frozen=True)
class Desk:
    """A visitor with two tokens: the administrator's and alice's."""

    visitor: Visitor
    alice: Subject
    root: str
    own: str

    def add(self, photo: bytes, token: str = "", **form: Any) -> Response:
        """Add a photo, of alice if nobody else is named."""
        data = {"user": self.alice.number} | form
        files = {"source_photo": ("me.jpg", photo, "image/jpeg")}
        return self.visitor.call("POST", "/user-face/", token or self.root, files=files, data=data)

    def added(self, photo: bytes = b"", **form: Any) -> dict[str, Any]:
        """Add a photo that is taken, and return what is said of it."""
        answer = self.add(photo or photo_of(self.alice), **form)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def listed(self, query: str = "", token: str = "") -> list[str]:
        """Return the ids of the photos that a list has."""
        answer = self.visitor.call("GET", f"/user-face/{query}", token or self.root)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["results"]]

    def user(self, token: str = "") -> dict[str, Any]:
        """Return alice as she is shown."""
        answer = self.visitor.call("GET", f"/users/{self.alice.number}/", token or self.root)
        told: dict[str, Any] = answer.json()
        return told

    def sealed(self) -> list[BlobId]:
        """Return the names of all content that the vault holds."""
        later = self.visitor.world.clock().replace(year=2100)
        return list(self.visitor.world.vault.list_older(later))

    def put(self, name: str) -> Subject:
        """Put one more user."""
        table = {"primary_group": "User"}
        return self.visitor.world.add(name, password=PASSWORD, profiles={"findface": table})


def desk_at(visitor: Visitor) -> Desk:
    with visitor.world.storage.read() as transaction:
        alice = transaction.subjects.find_by_login("alice")
    assert alice is not None
    root = visitor.add("root", "Administrator")
    return Desk(visitor, alice, root, visitor.enter(uuid="alice-1"))


@pytest.fixture
def desk() -> Generator[Desk]:
    with door(ScriptedEngine(), auth_type="face_or_password") as visitor:
        yield desk_at(visitor)


@pytest.fixture
def keeping() -> Generator[Desk]:
    """A desk where photos are kept."""
    faces = FacePolicy(keep_photos=True)
    with door(ScriptedEngine(), faces, auth_type="face_or_password") as visitor:
        yield desk_at(visitor)


class TestAdding:
    def test_it_is_answered_with_every_documented_key(self, desk: Desk) -> None:
        told = desk.added()

        assert told == {
            "id": told["id"],
            "created_date": "2025-03-04T05:06:07.891011Z",
            "modified_date": "2025-03-04T05:06:07.891011Z",
            "source_photo_name": "me.jpg",
            "frame_coords_left": 0,
            "frame_coords_top": 0,
            "frame_coords_right": 100,
            "frame_coords_bottom": 100,
            "thumbnail": f"/user-face/{told['id']}/thumbnail/",
            "features": {},
            "user": desk.alice.number,
        }

    def test_its_id_is_of_nineteen_digits_and_later_ones_are_larger(self, desk: Desk) -> None:
        ids = [desk.added()["id"] for _ in range(3)]

        assert [len(each) for each in ids] == [19, 19, 19]
        assert all(each.isdecimal() for each in ids)
        assert ids == sorted(set(ids))

    def test_who_has_a_photo_has_a_face_and_can_log_in_by_it(self, desk: Desk) -> None:
        assert desk.user()["has_face"] is False
        assert desk.visitor.face(clip_of(desk.alice)).status_code == 401

        desk.added()

        assert desk.user()["has_face"] is True
        assert desk.visitor.me(desk.own).json()["has_face"] is True
        assert desk.visitor.face(clip_of(desk.alice)).json()["user"]["has_face"] is True

    def test_a_login_shows_whether_there_is_a_photo_as_it_stands(self, desk: Desk) -> None:
        def shown() -> bool:
            return bool(desk.visitor.login().json()["user"]["has_face"])

        assert shown() is False
        photo = desk.added()["id"]
        assert shown() is True
        desk.visitor.call("DELETE", f"/user-face/{photo}/", desk.root)
        assert shown() is False

    def test_a_login_asks_for_photos_once(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.added()
        units: list[MemoryStorage] = []
        read = MemoryStorage.read

        def counted(storage: MemoryStorage) -> AbstractContextManager[MemoryTransaction]:
            units.append(storage)
            return read(storage)

        monkeypatch.setattr(MemoryStorage, "read", counted)
        opened: list[int] = []
        for _ in range(3):
            before = len(units)
            assert desk.visitor.login().json()["user"]["has_face"] is True
            opened.append(len(units) - before)

        # The one that is left looks for the hash of the password.
        assert opened == [2, 1, 1]

    def test_users_add_photos_of_themselves_and_of_nobody_else(self, desk: Desk) -> None:
        bob = desk.put("bob")
        assert desk.add(photo_of(desk.alice), desk.own).status_code == 201

        refused = desk.add(photo_of(bob), desk.own, user=bob.number)
        unknown = desk.add(photo_of(bob), desk.own, user=4_711)

        assert (refused.status_code, refused.json()["param"]) == (400, "user")
        assert refused.json()["desc"] == f'Invalid pk "{bob.number}" - object does not exist.'
        assert unknown.json()["desc"] == 'Invalid pk "4711" - object does not exist.'

    @pytest.mark.parametrize("data", [{}, {"user": ""}, {"user": "x"}])
    def test_a_form_says_whose_photo_it_is(self, desk: Desk, data: dict[str, str]) -> None:
        files = {"source_photo": ("me.jpg", photo_of(desk.alice), "image/jpeg")}

        answer = desk.visitor.call("POST", "/user-face/", desk.root, files=files, data=data)

        assert (answer.status_code, answer.json()["param"]) == (400, "user")

    def test_what_is_no_form_is_malformed(self, desk: Desk) -> None:
        for path in ("/user-face/", "/detect"):
            answer = desk.visitor.call("POST", path, desk.root, json={"user": 1})
            assert (answer.status_code, answer.json()["desc"]) == (400, "Malformed request.")

    def test_who_may_not_change_users_may_not_add(self, desk: Desk) -> None:
        desk.visitor.define({"name": "Watcher", "permissions": ["ffsecurity.view_user"]})
        token = desk.visitor.add("walt", "Watcher")

        answer = desk.add(photo_of("walt"), token)

        assert answer.status_code == 403
        assert answer.json()["missing_permissions"] == ["ffsecurity.change_user"]

    def test_the_audit_trail_says_who_added_it_and_shows_nothing_of_it(self, desk: Desk) -> None:
        told = desk.added()

        with desk.visitor.world.storage.read() as transaction:
            links = [link.entry for _, link in transaction.audit.list_page(0, 1_000)]
        (entry,) = [entry for entry in links if entry.action == "face.enrol"]
        assert (entry.login, entry.details["by_login"]) == ("alice", "root")
        assert entry.details["face"] == told["id"]
        assert set(entry.details) == {"face", "model", "by", "by_login"}

    def test_ten_are_as_many_as_a_user_may_have(self, desk: Desk) -> None:
        for _ in range(10):
            desk.added()

        answer = desk.add(photo_of(desk.alice))

        assert (answer.status_code, answer.json()["param"]) == (400, "user")
        assert answer.json()["desc"] == "This user has as many photos as a user may have."

    def test_a_face_unlike_the_others_of_its_user_is_refused(self, desk: Desk) -> None:
        desk.added()

        answer = desk.add(photo_of("somebody-else"))

        assert (answer.status_code, answer.json()["param"]) == (400, "source_photo")
        assert answer.json()["desc"].startswith("This face is not like the one")


class TestOddInput:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
    @given(
        path=st.sampled_from(["/user-face/", "/detect"]),
        body=st.binary(max_size=300),
        boundary=st.sampled_from(["", "; boundary=b"]),
    )
    def test_no_bytes_break_it(self, desk: Desk, path: str, body: bytes, boundary: str) -> None:
        headers = {
            "content-type": f"multipart/form-data{boundary}",
            "authorization": f"Token {desk.root}",
        }

        answer = desk.visitor.client.post(path, content=body, headers=headers)

        assert answer.status_code == 400
        assert answer.json()["code"] == "BAD_PARAM"

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    @given(
        field=st.sampled_from(
            ["user", "create_from", "mf_selector", "frame_coords_left", "frame_coords_bottom"]
        ),
        value=st.text(max_size=40),
    )
    def test_no_text_breaks_it(self, desk: Desk, field: str, value: str) -> None:
        files = {
            "source_photo": ("me.jpg", photo_of(desk.alice), "image/jpeg"),
            "user": (None, str(desk.alice.number)),
            field: (None, value),
        }

        answer = desk.visitor.call("POST", "/user-face/", desk.root, files=files)

        assert answer.status_code in {201, 400}


class TestWhichFaceIsMeant:
    @pytest.mark.parametrize(
        ("photo", "desc"),
        [
            (b"", "source_photo must be provided"),
            (b"\xff\xd8 no photo", "Upload a valid image."),
            (NOBODY, "All objects on a photo are of low quality or no objects found"),
            (photo_of("a", "b"), "Expected one object, found 2"),
            (photo_of("a", poor=True), "All objects on a photo are of low quality"),
        ],
        ids=str,
    )
    def test_a_photo_that_shows_no_one_face_is_refused(
        self, desk: Desk, photo: bytes, desc: str
    ) -> None:
        answer = desk.add(photo)

        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_PARAM")
        assert answer.json()["param"] == "source_photo"
        assert answer.json()["desc"].startswith(desc)
        assert desk.listed() == []

    def test_without_any_photo_the_same_is_said(self, desk: Desk) -> None:
        files = {"other": ("f", b"x")}
        data = {"user": desk.alice.number}

        answer = desk.visitor.call("POST", "/user-face/", desk.root, files=files, data=data)

        assert answer.json()["desc"] == "source_photo must be provided"

    def test_of_several_the_biggest_is_taken_where_that_is_asked_for(self, desk: Desk) -> None:
        told = desk.added(photo_of(desk.alice, "bystander"), mf_selector="biggest")

        assert told["frame_coords_right"] == 200
        assert desk.visitor.face(clip_of(desk.alice)).status_code == 200
        rejected = desk.add(photo_of(desk.alice, "bystander"), mf_selector="reject")
        assert rejected.json()["desc"] == "Expected one object, found 2"

    def test_no_other_selector_is_known(self, desk: Desk) -> None:
        answer = desk.add(photo_of(desk.alice), mf_selector="smallest")

        assert (answer.status_code, answer.json()["param"]) == (400, "mf_selector")
        assert answer.json()["desc"] == '"smallest" is not a valid choice.'

    def test_a_frame_says_which_it_is(self, desk: Desk) -> None:
        edges = {"left": 0, "top": 0, "right": 105, "bottom": 98}
        frame: Any = {f"frame_coords_{edge}": number for edge, number in edges.items()}

        told = desk.added(photo_of("bystander", desk.alice), **frame)

        assert told["frame_coords_right"] == 100
        assert desk.visitor.face(clip_of(desk.alice)).status_code == 200

    def test_a_frame_around_nothing_finds_nothing(self, desk: Desk) -> None:
        edges = {"left": 900, "top": 900, "right": 1_000, "bottom": 1_000}
        frame: Any = {f"frame_coords_{edge}": number for edge, number in edges.items()}

        assert desk.add(photo_of(desk.alice), **frame).status_code == 400

    @pytest.mark.parametrize(
        ("edges", "param"),
        [
            ({"left": 5, "top": 0, "right": 5, "bottom": 9}, "frame_coords_right"),
            ({"left": 10**9, "top": 0, "right": 5, "bottom": 9}, "frame_coords_left"),
            ({"left": "x", "top": 0, "right": 5, "bottom": 9}, "frame_coords_left"),
        ],
    )
    def test_a_frame_that_is_none_is_refused(
        self, desk: Desk, edges: dict[str, object], param: str
    ) -> None:
        frame: Any = {f"frame_coords_{edge}": number for edge, number in edges.items()}

        answer = desk.add(photo_of(desk.alice), **frame)

        assert (answer.status_code, answer.json()["param"]) == (400, param)

    @pytest.mark.parametrize("reference", ["faceevent:1", "faceobject:2", "nonsense"])
    def test_there_are_no_events_and_objects_to_make_one_from(
        self, desk: Desk, reference: str
    ) -> None:
        answer = desk.add(photo_of(desk.alice), create_from=reference)

        assert (answer.status_code, answer.json()["param"]) == (400, "create_from")
        assert answer.json()["desc"] == f'Invalid pk "{reference}" - object does not exist.'

    def test_a_photo_of_more_than_ten_megabytes_is_too_large(self, desk: Desk) -> None:
        answer = desk.add(b"x" * 10_485_761)

        assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_ENTITY_TOO_LARGE")


class TestWhoComesWhenTooManyAreLookedAt:
    """The engine's queue is full: *chosen*, as wherever the server has more to do than it takes."""

    @pytest.mark.parametrize("what", ["photo", "detection", "login", "renewal"])
    def test_it_is_told_to_come_back(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, what: str
    ) -> None:
        def refuse(*_: object) -> None:
            raise OverloadedError(timedelta(seconds=2))

        for name in ("find", "watch"):
            monkeypatch.setattr(ScriptedEngine, name, refuse)
        files = {"photo": ("photo.jpg", photo_of(desk.alice))}
        ask = {
            "photo": lambda: desk.add(photo_of(desk.alice)),
            "detection": lambda: desk.visitor.call("POST", "/detect", desk.own, files=files),
            "login": lambda: desk.visitor.face(clip_of(desk.alice)),
            "renewal": lambda: desk.visitor.face(clip_of(desk.alice), desk.own),
        }

        answer = ask[what]()

        assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert answer.headers["retry-after"] == "2"


class TestListing:
    def test_it_is_counted_and_paged(self, desk: Desk) -> None:
        ids = [desk.added()["id"] for _ in range(3)]

        first = desk.visitor.call("GET", "/user-face/?limit=2", desk.root).json()
        second = desk.visitor.call("GET", first["next_page"], desk.root).json()

        assert (first["count"], [each["id"] for each in first["results"]]) == (3, ids[:2])
        assert (second["count"], [each["id"] for each in second["results"]]) == (3, ids[2:])
        assert second["next_page"] is None

    def test_the_next_page_is_an_address_that_asks_the_same(self, desk: Desk) -> None:
        ids = [desk.added()["id"] for _ in range(3)]

        asked = f"/user-face/?limit=1&ordering=-id&id_in={ids[0]}&id_in={ids[1]}"
        first = desk.visitor.call("GET", asked, desk.root).json()
        assert first["next_page"].startswith("http://testserver/user-face/?")
        second = desk.visitor.call("GET", first["next_page"], desk.root).json()
        assert [each["id"] for each in (*first["results"], *second["results"])] == ids[1::-1]
        assert second["next_page"] is None

    def test_it_is_filtered_and_sorted(self, desk: Desk) -> None:
        bob = desk.put("bob")
        one, two = desk.added()["id"], desk.added()["id"]
        three = desk.added(photo_of(bob), user=bob.number)["id"]

        assert desk.listed() == [one, two, three]
        assert desk.listed("?ordering=-id") == [three, two, one]
        assert desk.listed(f"?user={bob.number}") == [three]
        assert desk.listed(f"?user={bob.number}&user={desk.alice.number}") == [one, two, three]
        assert desk.listed(f"?id_in={two}&id_in={three}") == [two, three]
        assert desk.listed(f"?id_in={two},{three}") == [two, three]
        assert desk.listed("?active=true") == [one, two, three]
        assert desk.listed("?active=false") == []

    def test_others_than_administrators_see_their_own(self, desk: Desk) -> None:
        bob = desk.put("bob")
        own, other = desk.added()["id"], desk.added(photo_of(bob), user=bob.number)["id"]

        assert desk.listed(token=desk.own) == [own]
        assert desk.listed(f"?user={bob.number}", token=desk.own) == []
        assert desk.listed(f"?id_in={other}", token=desk.own) == []

    @pytest.mark.parametrize(
        ("query", "param"),
        [
            ("active=maybe", "active"),
            ("user=x", "user"),
            ("ordering=name", "ordering"),
            ("limit=0", "limit"),
            ("page=x", "page"),
        ],
    )
    def test_a_wrong_question_is_told(self, desk: Desk, query: str, param: str) -> None:
        answer = desk.visitor.call("GET", f"/user-face/?{query}", desk.root)

        assert (answer.status_code, answer.json()["param"]) == (400, param)

    def test_users_are_found_by_whether_they_have_one(self, desk: Desk) -> None:
        desk.added()

        def names(query: str) -> set[str]:
            rows = desk.visitor.call("GET", f"/users/{query}", desk.root).json()["results"]
            return {each["name"] for each in rows}

        assert names("?has_face=true") == {"alice"}
        assert names("?has_face=false") == {"root"}


class TestOne:
    def test_it_is_shown_as_it_was_added(self, desk: Desk) -> None:
        told = desk.added()

        for token in (desk.root, desk.own):
            answer = desk.visitor.call("GET", f"/user-face/{told['id']}/", token)
            assert (answer.status_code, answer.json()) == (200, told)

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_somebody_elses_answers_like_one_that_is_not_there(
        self, desk: Desk, method: str
    ) -> None:
        bob = desk.put("bob")
        other = desk.added(photo_of(bob), user=bob.number)["id"]

        for name in (other, "1111111111111111111", "7" * 33, "x", "%00"):
            answer = desk.visitor.call(method, f"/user-face/{name}/", desk.own)
            assert (answer.status_code, answer.content) == (404, ABSENT)
        path = f"/user-face/{other}/thumbnail/"
        assert desk.visitor.call("GET", path, desk.own).content == ABSENT
        assert desk.listed() == [other]

    def test_its_frame_can_be_changed(self, desk: Desk) -> None:
        told = desk.added()
        desk.visitor.world.clock.advance(hours=1)
        files = {"frame_coords_left": (None, "7"), "frame_coords_right": (None, "70")}

        answer = desk.visitor.call("PATCH", f"/user-face/{told['id']}/", desk.own, files=files)

        assert answer.status_code == 200
        changed = {"frame_coords_left": 7, "frame_coords_right": 70}
        modified = {"modified_date": "2025-03-04T06:06:07.891011Z"}
        assert answer.json() == told | changed | modified

    def test_a_change_of_nothing_changes_nothing(self, desk: Desk) -> None:
        told = desk.added()
        desk.visitor.world.clock.advance(hours=1)

        answer = desk.visitor.call("PATCH", f"/user-face/{told['id']}/", desk.root, json={})

        assert (answer.status_code, answer.json()) == (200, told)

    def test_it_can_be_given_to_the_user_whose_face_it_is(self, desk: Desk) -> None:
        bob = desk.put("bob")
        told = desk.added(photo_of(bob))
        path, body = f"/user-face/{told['id']}/", {"user": bob.number}

        answer = desk.visitor.call("PATCH", path, desk.root, json=body)

        assert (answer.status_code, answer.json()["id"]) == (200, told["id"])
        assert answer.json()["user"] == bob.number
        assert desk.user()["has_face"] is False
        assert desk.visitor.face(clip_of(bob)).json()["user"]["name"] == "bob"

    def test_but_not_to_one_whom_it_is_not_like(self, desk: Desk) -> None:
        bob = desk.put("bob")
        told = desk.added()
        desk.added(photo_of(bob), user=bob.number)
        path, body = f"/user-face/{told['id']}/", {"user": bob.number}

        answer = desk.visitor.call("PATCH", path, desk.root, json=body)

        assert (answer.status_code, answer.json()["param"]) == (400, "source_photo")
        assert desk.user()["has_face"] is True

    def test_nor_by_its_user_to_another(self, desk: Desk) -> None:
        bob = desk.put("bob")
        path = f"/user-face/{desk.added()['id']}/"

        answer = desk.visitor.call("PATCH", path, desk.own, json={"user": bob.number})

        assert (answer.status_code, answer.json()["param"]) == (400, "user")

    def test_removed_it_is_gone_for_everybody(self, desk: Desk) -> None:
        told = desk.added()

        answer = desk.visitor.call("DELETE", f"/user-face/{told['id']}/", desk.own)

        assert (answer.status_code, answer.content) == (204, b"")
        assert desk.visitor.call("GET", f"/user-face/{told['id']}/", desk.root).content == ABSENT
        assert desk.user()["has_face"] is False
        assert desk.visitor.face(clip_of(desk.alice)).status_code == 401

    def test_with_the_last_one_all_sealed_content_goes(self, keeping: Desk) -> None:
        told = keeping.added()
        sealed = keeping.sealed()
        assert len(sealed) == 3

        keeping.visitor.call("DELETE", f"/user-face/{told['id']}/", keeping.root)

        assert keeping.sealed() == []
        with keeping.visitor.world.storage.read() as transaction:
            assert transaction.blobs.known(sealed) == frozenset()


class TestTheAuditLog:
    def test_it_says_what_became_of_a_photo_and_who_did_it(self, desk: Desk) -> None:
        told = desk.added()
        path = f"/user-face/{told['id']}/"
        desk.visitor.call("PATCH", path, desk.own, json={"frame_coords_left": 1})
        desk.visitor.call("DELETE", path, desk.root)
        query = f"?object_type=userface&object_id={told['id']}&ordering=id"

        rows = desk.visitor.call("GET", f"/audit-logs/{query}", desk.root).json()["results"]

        assert [(row["action_type"], row["user_login"]) for row in rows] == [
            ("create", "root"),
            ("partial_update", "alice"),
            ("destroy", "root"),
        ]
        assert {row["object_id"] for row in rows} == {told["id"]}
        assert {row["action_details"]["login"] for row in rows} == {"alice"}

    def test_a_challenge_that_was_refused_is_in_it(self, desk: Desk) -> None:
        desk.visitor.face(clip_of(desk.alice), challenge="f" * 64)

        path = "/audit-logs/?action_type=video_auth&limit=1"
        (row,) = desk.visitor.call("GET", path, desk.root).json()["results"]

        assert row["action_details"]["result"] == "challenge-unknown"


class TestThumbnails:
    def test_where_photos_are_kept_it_is_a_small_picture(self, keeping: Desk) -> None:
        told = keeping.added()

        answer = keeping.visitor.call("GET", told["thumbnail"], keeping.own)

        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.content == f"crop of {keeping.alice.id}".encode()
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"

    def test_where_they_are_not_it_is_a_drawing_that_says_so(self, desk: Desk) -> None:
        answer = desk.visitor.call("GET", desk.added()["thumbnail"], desk.own)

        assert answer.headers["content-type"] == "image/svg+xml"
        assert b"No photo is kept" in answer.content

    def test_nobody_sees_it_without_a_token(self, keeping: Desk) -> None:
        answer = keeping.visitor.client.get(keeping.added()["thumbnail"])

        assert answer.status_code == 401


class TestTheCover:
    def test_one_of_the_users_photos_can_be_its_cover(self, desk: Desk) -> None:
        cover = desk.added()["id"]
        path = f"/users/{desk.alice.number}/"

        answer = desk.visitor.call("PATCH", path, desk.root, json={"face_cover": cover})

        assert (answer.status_code, answer.json()["face_cover"]) == (200, cover)
        assert desk.user()["face_cover"] == cover
        assert desk.visitor.me(desk.own).json()["face_cover"] == cover

    def test_without_its_photo_there_is_none(self, desk: Desk) -> None:
        cover = desk.added()["id"]
        path = f"/users/{desk.alice.number}/"
        desk.visitor.call("PATCH", path, desk.root, json={"face_cover": cover})

        desk.visitor.call("DELETE", f"/user-face/{cover}/", desk.root)

        assert desk.user()["face_cover"] is None

    def test_null_takes_it_away(self, desk: Desk) -> None:
        cover, path = desk.added()["id"], f"/users/{desk.alice.number}/"
        desk.visitor.call("PATCH", path, desk.root, json={"face_cover": cover})

        answer = desk.visitor.call("PATCH", path, desk.root, json={"face_cover": None})

        assert answer.json()["face_cover"] is None

    def test_nobody_elses_photo_can_be(self, desk: Desk) -> None:
        bob = desk.put("bob")
        other = desk.added(photo_of(bob), user=bob.number)["id"]

        for cover in (other, "7"):
            answer = desk.visitor.call(
                "PATCH", f"/users/{desk.alice.number}/", desk.root, json={"face_cover": cover}
            )
            assert (answer.status_code, answer.json()["param"]) == (400, "face_cover")


class TestWhoGoes:
    def test_with_a_user_its_photos_go(self, keeping: Desk) -> None:
        keeping.added()

        answer = keeping.visitor.call("DELETE", f"/users/{keeping.alice.number}/", keeping.root)

        assert answer.status_code == 204
        assert keeping.listed() == []
        assert keeping.sealed() == []

    def test_a_directory_file_cannot_name_a_cover(self, desk: Desk) -> None:
        with pytest.raises(Exception, match="unknown key"):
            desk.visitor.world.add(
                "carl",
                profiles={"findface": {"primary_group": "User", "face_cover": "7"}},
            )

    def test_the_photos_of_a_directorys_users_are_not_ours_to_keep(self, desk: Desk) -> None:
        enrol(desk.visitor.world.core, AUDIENCE, desk.alice)
        with desk.visitor.world.storage.write() as transaction:
            (profile,) = transaction.profiles.list_of(desk.alice.id)
            document = profile.document.replace(b'"ad_user":false', b'"ad_user":true')
            transaction.profiles.put(desk.alice.id, type(profile)(AUDIENCE, document))

        answer = desk.add(photo_of(desk.alice))

        assert (answer.status_code, answer.json()["param"]) == (400, "user")
        assert "directory" in answer.json()["desc"]
