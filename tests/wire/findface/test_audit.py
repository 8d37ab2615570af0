"""The audit log (wire contract FindFace 2.12)."""

from hashlib import sha512

import pytest

from tests.support.elsewhere import driver_beside
from tests.wire.findface.door import PASSWORD, UUID
from watchword.storage.memory.ledgers import MemoryAudit

LOGS = "/audit-logs/"
KEYS = [
    "id",
    "uuid",
    "created_date",
    "user_id",
    "user_login",
    "request_ip",
    "device_uid",
    "object_type",
    "object_id",
    "action_type",
    "action_details",
    "related_entities",
]


@pytest.fixture
def admin(visitor):
    """Return an administrator's token; alice is 1, the administrator 2."""
    return visitor.add("ada", "Administrator")


def entries(visitor, token, query=""):
    """Return the entries that a query gives."""
    answer = visitor.call("GET", f"{LOGS}{query}", token)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def told(visitor, token, query=""):
    """Return what was done to what, of the entries that a query gives."""
    return [
        (e["action_type"], e["object_type"], e["object_id"]) for e in entries(visitor, token, query)
    ]


@pytest.fixture
def busy(visitor, admin):
    """Do one of everything, and return the administrator's token."""
    call = visitor.call
    user = {"active": True, "name": "bob", "password": "brass-lantern-5", "primary_group": 3}
    visitor.world.clock.advance(hours=1)
    call("POST", "/users/", admin, json=user | {"real_name": "Bob"})
    call("PATCH", "/users/3/", admin, json={"comment": "x"})
    call("POST", "/groups/", admin, json={"name": "Guards"})
    call("PATCH", "/groups/4/", admin, json={"permissions": []})
    call("PUT", "/groups/4/", admin, json={"name": "Guards"})
    call("DELETE", "/groups/4/", admin)
    call("PATCH", "/permissions/watch-lists/1/", admin, json={"permissions": {"3": "edit"}})
    call("PUT", "/users/me/data/theme/", admin, json={"value": "x"})
    call("DELETE", "/users/me/data/theme/", admin)
    record = {"uuid": "phone", "reason": "lost"}
    call("POST", "/device-blacklist-records/", admin, json=record)
    call("PATCH", "/device-blacklist-records/1/", admin, json={"reason": "gone"})
    call("DELETE", "/device-blacklist-records/1/", admin)
    call("DELETE", "/users/3/", admin)
    return admin


class TestWhatIsTold:
    def test_an_entry_has_every_key_in_the_vendors_order(self, visitor, busy):
        [entry] = entries(visitor, busy, "?action_type=create&object_type=deviceblacklistrecord")

        assert list(entry) == KEYS
        assert len(entry["uuid"]) == 36
        assert entry | {"id": 0, "uuid": ""} == {
            "id": 0,
            "uuid": "",
            "created_date": "2025-03-04T06:06:07.891011Z",
            "user_id": 2,
            "user_login": "ada",
            "request_ip": "testclient",
            "device_uid": "ada-1",
            "object_type": "deviceblacklistrecord",
            "object_id": "1",
            "action_type": "create",
            "action_details": {
                "result": "done",
                "block": "1",
                "reason": "lost",
                "until": "",
                "device": "phone",
            },
            "related_entities": {},
        }

    def test_sessions_that_a_block_ended_are_told_with_who_blocked_their_device(
        self, visitor, admin
    ):
        visitor.enter(uuid="phone")
        record = {"uuid": "phone", "reason": "lost"}
        visitor.call("POST", "/device-blacklist-records/", admin, json=record)

        [entry] = entries(visitor, admin, "?action_type=destroy&object_type=ffsecauthsession")
        assert (entry["user_login"], entry["device_uid"]) == ("ada", "ada-1")
        assert entry["action_details"] == {"result": "blocked", "device": "phone"}

    def test_of_a_login_no_more_is_told_than_the_vendor_does(self, visitor, admin):
        visitor.login("x" * 200)

        [entry, *_] = entries(visitor, admin)
        assert entry["user_login"] == "x" * 128

    def test_every_kind_of_action_is_told_by_the_vendors_names(self, visitor, busy):
        assert told(visitor, busy, "?user_id=2") == [
            ("destroy", "user", None),
            ("destroy", "deviceblacklistrecord", "1"),
            ("partial_update", "deviceblacklistrecord", "1"),
            ("create", "deviceblacklistrecord", "1"),
            ("destroy", "userkeyvalue", "theme"),
            ("update", "userkeyvalue", "theme"),
            ("partial_update", "group", "3"),
            ("destroy", "group", "4"),
            ("update", "group", "4"),
            ("partial_update", "group", "4"),
            ("create", "group", "4"),
            ("partial_update", "user", None),
            ("create", "user", None),
            ("basic_auth", "ffsecauthsession", None),
            ("create", "user", "2"),
        ]
        visitor.call("POST", "/auth/logout/", visitor.enter())
        assert told(visitor, busy, "?limit=1") == [("destroy", "ffsecauthsession", None)]

    def test_leaving_is_told_with_who_left_from_where(self, visitor, admin):
        visitor.call("POST", "/auth/logout/", visitor.enter())

        entry = entries(visitor, admin, "?limit=1")[0]
        assert (entry["action_type"], entry["object_type"]) == ("destroy", "ffsecauthsession")
        assert (entry["user_id"], entry["user_login"]) == (1, "alice")
        assert (entry["request_ip"], entry["device_uid"]) == ("testclient", UUID)

    def test_closing_several_sessions_is_told_by_its_own_name(self, visitor, admin):
        names = [sha512(visitor.enter(uuid=each).encode()).hexdigest() for each in "ab"]
        visitor.call("POST", "/sessions/delete/", admin, json={"id_in": names})

        found = entries(visitor, admin, "?action_type=close_multiple_sessions")
        assert {(each["user_login"], each["device_uid"]) for each in found} == {("ada", "ada-1")}
        closed = [each["action_details"] for each in found]
        assert sorted((each["login"], each["device"]) for each in closed) == [
            ("alice", "a"),
            ("alice", "b"),
        ]

    def test_logins_that_failed_are_told_with_why(self, visitor, admin):
        visitor.login(password="wrong", uuid="desk")

        entry = entries(visitor, admin)[0]
        assert (entry["action_type"], entry["user_login"], entry["device_uid"]) == (
            "basic_auth",
            "alice",
            "desk",
        )
        assert entry["action_details"]["result"] == "wrong-password"

    def test_who_asked_is_named_and_who_is_gone_keeps_its_login(self, visitor, admin):
        token = visitor.add("amy", "Administrator")
        visitor.call("PATCH", "/users/1/", token, json={"comment": "x"})
        visitor.call("DELETE", "/users/3/", admin)

        [entry] = entries(visitor, admin, "?object_id=1&action_type=partial_update")
        assert (entry["user_id"], entry["user_login"]) == (None, "amy")
        assert entry["action_details"]["login"] == "alice"

    def test_what_happened_at_other_doors_is_not_told(self, visitor, admin):
        other = driver_beside("findface")
        visitor.world.add("olaf@acme.example", profiles={other.name: other.profile})
        answer = other.login(visitor.client, "olaf@acme.example", "correct horse")
        assert answer.status_code == 200

        logins = entries(visitor, admin, "?user_login=olaf@acme.example")
        assert [each["action_type"] for each in logins] == ["create"]

    def test_no_password_and_no_token_is_in_the_log(self, visitor, busy):
        visitor.login(password="s3cret-guess")
        token = visitor.enter()
        visitor.call("PATCH", "/users/1/", busy, json={"password": "copper-kettle-8"})

        text = visitor.call("GET", f"{LOGS}?limit=1000", busy).text
        for secret in (PASSWORD, "s3cret-guess", "copper-kettle-8", "brass-lantern-5", token, busy):
            assert secret not in text


class TestAsking:
    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("?object_type=group&action_type=create", [("create", "group", "4")]),
            ("?object_type=settings", []),
            ("?action_type=video_auth", []),
            ("?action_type=create&object_type=user&object_id=1", [("create", "user", "1")]),
            ("?object_id=4&object_type=group&limit=1", [("destroy", "group", "4")]),
            ("?object_id=theme&limit=1", [("destroy", "userkeyvalue", "theme")]),
            ("?object_id=77", []),
            ("?user_id=77", []),
            ("?user_login=nobody", []),
            ("?request_ip=10.0.0.1", []),
            ("?device_uid=phone", []),
            (
                "?device_uid=ada-1&object_type=deviceblacklistrecord&ordering=id&limit=1",
                [("create", "deviceblacklistrecord", "1")],
            ),
            ("?id_in=1", [("create", "user", "1")]),
            ("?created_date_lt=2025-03-04T05:06:07Z", []),
            ("?created_date_gte=2025-03-04T06:00:00Z&ordering=created_date&limit=1", ...),
            ("?ordering=-created_date&limit=1", ...),
        ],
    )
    def test_a_list_of_entries_means_what_it_says(self, visitor, busy, query, shown):
        found = told(visitor, busy, query)

        assert found == shown if shown is not ... else len(found) == 1
        if "gte" in query:
            assert found[0][:2] == ("create", "user")

    def test_an_object_is_found_behind_many_entries_that_only_concern_it(self, visitor, admin):
        for _ in range(5):
            visitor.enter()

        assert told(visitor, admin, "?object_id=1&limit=1") == [("create", "user", "1")]

    def test_a_users_logins_are_not_looked_through_for_what_was_done_to_it(
        self, visitor, admin, monkeypatch
    ):
        for _ in range(5):
            visitor.enter()
        searches, search = [], MemoryAudit.search

        def count(audit, asked):
            searches.append(asked)
            return search(audit, asked)

        monkeypatch.setattr(MemoryAudit, "search", count)
        assert told(visitor, admin, "?object_id=1&limit=1") == [("create", "user", "1")]
        assert len(searches) == 1

    @pytest.mark.parametrize("query", ["", "&action_type=basic_auth"])
    def test_nothing_without_a_number_is_found_by_one(self, visitor, admin, query):
        assert told(visitor, admin, f"?object_id=1&object_type=ffsecauthsession{query}") == []

    @pytest.mark.parametrize("order", ["id", "-id"])
    def test_cursors_lead_through_the_entries_and_back(self, visitor, busy, order):
        whole = entries(visitor, busy, f"?limit=100&ordering={order}")
        query = f"{LOGS}?limit=5&ordering={order}"
        pages = [visitor.call("GET", query, busy).json()]
        while pages[-1]["next_page"]:
            pages.append(visitor.call("GET", f"{query}&page={pages[-1]['next_page']}", busy).json())

        assert pages[0]["prev_page"] is None
        assert [each for page in pages for each in page["results"]] == whole
        back = visitor.call("GET", f"{query}&page={pages[1]['prev_page']}", busy).json()
        assert back["results"] == pages[0]["results"]

    @pytest.mark.parametrize(
        "query",
        ["?action_type=fly", "?object_type=x", "?page=WzFd", "?user_id=x", "?ordering=uuid"],
    )
    def test_a_wrong_question_to_the_log_is_400(self, visitor, admin, query):
        assert visitor.call("GET", f"{LOGS}{query}", admin).status_code == 400

    def test_one_entry_is_shown_as_in_the_list(self, visitor, busy):
        entry = entries(visitor, busy)[0]

        assert visitor.call("GET", f"{LOGS}{entry['id']}/", busy).json() == entry

    @pytest.mark.parametrize("number", ["0", "x", "99999", "9" * 40])
    def test_an_entry_that_is_not_there_is_404(self, visitor, admin, number):
        answer = visitor.call("GET", f"{LOGS}{number}/", admin)

        assert answer.status_code == 404
        assert answer.json()["desc"] == "No AuditLog matches the given query."

    def test_the_map_has_the_values_of_both_types(self, visitor, admin):
        answer = visitor.call("GET", f"{LOGS}map/", admin).json()

        assert list(answer) == ["action_type", "object_type"]
        assert len(answer["action_type"]) == 20
        assert "deviceblacklistrecord" in answer["object_type"]

    @pytest.mark.parametrize("path", [LOGS, f"{LOGS}1/", f"{LOGS}map/"])
    def test_the_log_needs_its_permission(self, visitor, path):
        answer = visitor.call("GET", path, visitor.add("olga", "Operator"))

        assert answer.status_code == 403
        assert answer.json()["missing_permissions"] == ["ffsecurity.view_auditlog"]
