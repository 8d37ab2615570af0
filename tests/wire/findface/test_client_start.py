"""What the vendor's client asks for after a login, and what is not here (2.3 to 2.8, 2.11)."""

import pytest

from tests.wire.findface.door import PASSWORD
from watchword.core.subjects import is_storable
from watchword.storage.memory.ledgers import MemoryDocuments


@pytest.fixture
def admin(visitor):
    """Return an administrator's token."""
    return visitor.add("ada", "Administrator")


@pytest.mark.parametrize("who", ["Administrator", "Operator", "User"])
@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/users/me/", None),
        ("/users/me/data/", []),
        ("/groups/?limit=1000", ["results"]),
        ("/camera-groups/", ["results"]),
        ("/cameras/", ["next_page", "prev_page", "results"]),
        ("/watch-lists/?limit=1000", ["results"]),
        ("/users/", ["next_page", "prev_page", "results"]),
        ("/dicts.json", []),
        ("/settings", []),
    ],
)
def test_every_call_on_the_way_to_the_first_page_is_answered(visitor, who, path, keys):
    token = visitor.add("olga", who)

    answer = visitor.call("GET", path, token)
    assert answer.status_code == 200
    if keys is not None:
        assert list(answer.json()) == keys


def test_objects_are_listed_by_the_callers_rights(visitor, admin):
    visitor.call("PATCH", "/permissions/watch-lists/1/", admin, json={"permissions": {"3": None}})

    assert visitor.call("GET", "/watch-lists/", visitor.enter()).json() == {
        "results": [{"id": -1, "name": "Unmatched"}]
    }
    assert visitor.call("GET", "/camera-groups/", admin).json() == {
        "results": [
            {"id": 1, "name": "Default Camera Group"},
            {"id": -1, "name": "Video archive default Camera Group"},
        ]
    }


@pytest.mark.parametrize("path", ["/camera-groups/", "/watch-lists/"])
class TestThePlainListsOfObjects:
    def test_are_as_long_as_asked_for(self, visitor, admin, path):
        found = visitor.call("GET", f"{path}?limit=1", admin).json()["results"]

        assert [each["id"] for each in found] == [1]
        assert len(visitor.call("GET", f"{path}?limit=1000", admin).json()["results"]) == 2

    def test_are_not_shown_by_a_length_that_is_none(self, visitor, admin, path):
        answer = visitor.call("GET", f"{path}?limit=many", admin)

        assert (answer.status_code, answer.json()["param"]) == (400, "limit")


class TestTheClientsOwnValues:
    PATH = "/users/me/data/theme/"

    def test_a_value_is_put_shown_listed_and_removed(self, visitor):
        token = visitor.enter()
        kept = {"user": 1, "key": "theme", "value": '{"dark":true}'}

        for value in ("old", kept["value"]):
            body = {"key": "theme", "value": value}
            answer = visitor.call("PUT", self.PATH, token, json=body)
            assert (answer.status_code, answer.json()) == (200, kept | {"value": value})
        assert visitor.call("GET", self.PATH, token).json() == kept
        assert visitor.call("GET", "/users/me/data/", token).json() == [kept]

        assert visitor.call("DELETE", self.PATH, token).status_code == 204
        assert visitor.call("GET", "/users/me/data/", token).json() == []

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_a_value_that_is_not_there_is_404(self, visitor, method):
        answer = visitor.call(method, self.PATH, visitor.enter())

        assert answer.status_code == 404
        assert answer.json()["desc"] == "No UserKeyValue matches the given query."

    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_no_back_end_is_asked_for_a_key_that_none_can_hold(self, visitor, monkeypatch, method):
        find = MemoryDocuments.find

        def find_strictly(documents, audience, kind, key):
            assert is_storable(key)
            return find(documents, audience, kind, key)

        monkeypatch.setattr(MemoryDocuments, "find", find_strictly)
        answer = visitor.call(method, "/users/me/data/a%00b/", visitor.enter())

        assert answer.status_code == 404
        assert answer.json()["desc"] == "No UserKeyValue matches the given query."

    def test_values_are_their_users_alone_and_go_with_it(self, visitor, admin):
        visitor.call("PUT", self.PATH, visitor.enter(), json={"value": "x"})

        assert visitor.call("GET", self.PATH, admin).status_code == 404
        visitor.call("DELETE", "/users/1/", admin)
        with visitor.world.storage.read() as transaction:
            rows = transaction.documents.tables.documents.rows
            assert [key for key in rows if key[1].startswith("user-data")] == []

    @pytest.mark.parametrize(
        ("path", "body", "param"),
        [
            (PATH, {}, "value"),
            (PATH, {"value": None}, "value"),
            (PATH, {"value": {}}, "value"),
            (f"/users/me/data/{'x' * 257}/", {"value": "x"}, "key"),
            ("/users/me/data/%00/", {"value": "x"}, "key"),
        ],
    )
    def test_a_wrong_value_is_told(self, visitor, path, body, param):
        answer = visitor.call("PUT", path, visitor.enter(), json=body)

        assert (answer.status_code, answer.json()["param"]) == (400, param)

    def test_one_user_cannot_fill_the_server(self, visitor):
        token = visitor.enter()
        for number in range(200):
            path = f"/users/me/data/{number}/"
            assert visitor.call("PUT", path, token, json={"value": ""}).status_code == 200

        assert visitor.call("PUT", self.PATH, token, json={"value": ""}).status_code == 400
        assert (
            visitor.call("PUT", "/users/me/data/7/", token, json={"value": "x"}).json()["value"]
            == "x"
        )


class TestWhatIsNotHere:
    def test_no_face_is_recognised(self, visitor):
        for body in ({}, {"files": {"video": b"x" * 100_000}, "data": {"uuid": "u"}}):
            answer = visitor.client.post("/auth/video-auth/", **body)
            assert answer.status_code == 401
            assert answer.json()["code"] == "UNAUTHORIZED"

    def test_no_renewal_succeeds_and_the_token_stays_good(self, visitor):
        token = visitor.enter()
        files = {"video": b"x" * 100_000}

        answer = visitor.call("POST", "/auth/video-auth-renew/", token, files=files)
        assert answer.status_code == 401
        assert visitor.me(token).status_code == 200

    @pytest.mark.parametrize("path", ["/users/me/ad", "/users/me/ad/"])
    def test_nobody_is_let_in_by_a_directory(self, visitor, path):
        answer = visitor.client.post(path, json={"uuid": "u"}, auth=("alice", PASSWORD))

        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")

    def test_the_directory_has_no_groups(self, visitor, admin):
        assert visitor.call("GET", "/ad_groups/", admin).json() == []
        assert visitor.call("GET", "/ad_groups/", visitor.enter()).status_code == 403

    def test_there_are_no_photos_and_none_is_taken(self, visitor, admin):
        answer = visitor.call("GET", "/user-face/", admin)
        assert answer.json() == {"next_page": None, "count": 0, "results": []}

        files = {"source_photo": b"x" * 100_000}
        answer = visitor.call("POST", "/user-face/", admin, files=files, data={"user": "1"})
        assert (answer.status_code, answer.json()["param"]) == (400, "source_photo")

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_a_photo_that_is_not_there_is_404(self, visitor, admin, method):
        answer = visitor.call(method, "/user-face/7/", admin)

        assert answer.status_code == 404
        assert answer.json()["desc"] == "No UserFace matches the given query."

    def test_run_time_settings_are_none_and_changing_them_needs_the_permission(
        self, visitor, admin
    ):
        answer = visitor.call("PATCH", "/settings", admin, json={"face_events_max_age": 1})
        assert (answer.status_code, answer.json()) == (200, {})
        assert "AUTH_TYPE" not in answer.text

        assert visitor.call("PATCH", "/settings", visitor.enter(), json={}).status_code == 403

    @pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
    def test_a_change_of_settings_that_cannot_be_read_is_refused(self, visitor, admin, body):
        answer = visitor.call("PATCH", "/settings", admin, content=body)

        assert (answer.status_code, answer.json()["desc"]) == (400, "Malformed request.")
