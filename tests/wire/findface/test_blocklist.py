"""The blocklist of devices (wire contract FindFace 2.6)."""

import hashlib

import pytest

from tests.wire.findface.door import UUID

RECORDS = "/device-blacklist-records/"
KEYS = ["id", "created_date", "uuid", "reason", "expire_date"]
SOON = "2025-03-05T05:06:07.891011Z"


@pytest.fixture
def admin(visitor):
    """Return an administrator's token."""
    return visitor.add("ada", "Administrator")


def block(visitor, token, uuid=UUID, reason="lost", **body):
    """Block a device and return the record."""
    answer = visitor.call("POST", RECORDS, token, json={"uuid": uuid, "reason": reason, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(visitor, token, query=""):
    """Return the numbers of the records that a query gives."""
    answer = visitor.call("GET", f"{RECORDS}{query}", token)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["results"]]


class TestBlocking:
    def test_the_device_is_out_before_the_call_answers(self, visitor, admin):
        token = visitor.enter()
        assert visitor.me(token).status_code == 200

        block(visitor, admin)

        assert visitor.me(token).json() == {"code": "UNAUTHORIZED", "desc": "Invalid token."}

    def test_its_sessions_are_listed_as_blocked(self, visitor, admin):
        token = visitor.enter()
        block(visitor, admin)

        answer = visitor.call("GET", "/sessions/?status=blocked", admin).json()
        assert [(each["uuid"], each["status"]) for each in answer["results"]] == [(UUID, "blocked")]
        name = hashlib.sha512(token.encode()).hexdigest()
        assert answer["results"][0]["id"] == name

        assert visitor.call("DELETE", f"/sessions/{name}/", admin).status_code == 204
        assert visitor.call("GET", "/sessions/?status=blocked", admin).json()["results"] == []

    @pytest.mark.parametrize("password", ["plumtree-88", "wrong"])
    def test_logins_from_it_are_403_whatever_the_password(self, visitor, admin, password):
        block(visitor, admin)

        answer = visitor.login(password=password)
        assert answer.status_code == 403
        assert answer.content == (
            b'{"traceback":"","code":"PERMISSION_DENIED","desc":"This device is blocked."}'
        )

    def test_other_devices_of_the_same_user_are_not_meant(self, visitor, admin):
        other = visitor.enter(uuid="other")
        block(visitor, admin)

        assert visitor.me(other).status_code == 200
        assert visitor.login(uuid="other").status_code == 200

    def test_it_ends_at_its_date_and_revives_nothing(self, visitor, admin):
        token = visitor.enter()
        block(visitor, admin, expire_date=SOON)
        visitor.world.clock.advance(days=1)

        assert visitor.me(token).status_code == 401
        assert visitor.login().status_code == 200
        statuses = visitor.call("GET", "/sessions/", admin).json()["results"]
        assert "blocked" not in {each["status"] for each in statuses}

    def test_lifting_it_lets_the_device_in_again_and_revives_nothing(self, visitor, admin):
        token = visitor.enter()
        record = block(visitor, admin)

        answer = visitor.call("DELETE", f"{RECORDS}{record['id']}/", admin)

        assert (answer.status_code, answer.content) == (204, b"")
        assert visitor.me(token).status_code == 401
        assert visitor.login().status_code == 200

    def test_a_device_may_have_several_and_is_out_while_one_holds(self, visitor, admin):
        first, second = block(visitor, admin), block(visitor, admin)
        visitor.call("DELETE", f"{RECORDS}{first['id']}/", admin)
        assert visitor.login().status_code == 403

        visitor.call("DELETE", f"{RECORDS}{second['id']}/", admin)
        assert visitor.login().status_code == 200


class TestRecords:
    def test_a_record_has_every_key_in_the_vendors_order(self, visitor, admin):
        record = block(visitor, admin, expire_date=SOON)

        assert list(record) == KEYS
        assert record == {
            "id": 1,
            "created_date": "2025-03-04T05:06:07.891011Z",
            "uuid": UUID,
            "reason": "lost",
            "expire_date": SOON,
        }
        assert visitor.call("GET", f"{RECORDS}1/", admin).json() == record
        assert block(visitor, admin)["expire_date"] is None

    def test_a_change_takes_the_reason_and_the_end_and_leaves_the_device(self, visitor, admin):
        record = block(visitor, admin)
        body = {"uuid": "other", "reason": "stolen", "id": 9}

        answer = visitor.call("PATCH", f"{RECORDS}1/", admin, json=body)

        assert (answer.status_code, answer.json()) == (200, record | {"reason": "stolen"})
        answer = visitor.call("PATCH", f"{RECORDS}1/", admin, json={"expire_date": SOON})
        assert answer.json() == record | {"reason": "stolen", "expire_date": SOON}
        answer = visitor.call("PATCH", f"{RECORDS}1/", admin, json={"expire_date": None})
        assert answer.json()["expire_date"] is None

    @pytest.mark.parametrize("length", [256, 512])
    def test_lengths_are_those_of_the_vendor(self, visitor, admin, length):
        field, other = ("uuid", "reason") if length == 256 else ("reason", "uuid")
        body = {field: "x" * length, other: "y"}
        assert visitor.call("POST", RECORDS, admin, json=body).status_code == 201

        answer = visitor.call("POST", RECORDS, admin, json=body | {field: "x" * (length + 1)})
        assert answer.json() == {
            "traceback": "",
            "code": "BAD_PARAM",
            "desc": f"Ensure this field has no more than {length} characters.",
            "param": field,
        }

    @pytest.mark.parametrize(
        ("body", "param", "desc"),
        [
            ({"reason": "x"}, "uuid", "This field is required."),
            ({"uuid": "x"}, "reason", "This field is required."),
            ({"uuid": "", "reason": "x"}, "uuid", "This field may not be blank."),
            ({"uuid": None, "reason": "x"}, "uuid", "This field may not be null."),
            ({"uuid": "x", "reason": []}, "reason", "Not a valid string."),
        ],
    )
    def test_a_wrong_field_of_a_record_is_told(self, visitor, admin, body, param, desc):
        answer = visitor.call("POST", RECORDS, admin, json=body)

        assert answer.status_code == 400
        assert (answer.json()["param"], answer.json()["desc"]) == (param, desc)

    @pytest.mark.parametrize("value", ["soon", 7, "9999-99-99", []])
    def test_a_wrong_end_is_told(self, visitor, admin, value):
        body = {"uuid": "x", "reason": "x", "expire_date": value}

        answer = visitor.call("POST", RECORDS, admin, json=body)
        assert (answer.status_code, answer.json()["param"]) == (400, "expire_date")

    @pytest.mark.parametrize("number", ["7", "x", "9" * 40, "-1", "1.0"])
    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_a_record_that_is_not_there_is_404(self, visitor, admin, method, number):
        answer = visitor.call(method, f"{RECORDS}{number}/", admin)

        assert answer.status_code == 404
        assert answer.json()["desc"] == "No DeviceBlacklistRecord matches the given query."

    def test_records_cannot_be_put(self, visitor, admin):
        assert visitor.call("PUT", f"{RECORDS}1/", admin, json={}).status_code == 405


class TestRights:
    @pytest.mark.parametrize(
        ("method", "path", "action"),
        [
            ("GET", RECORDS, "view"),
            ("GET", f"{RECORDS}1/", "view"),
            ("POST", RECORDS, "add"),
            ("PATCH", f"{RECORDS}1/", "change"),
            ("DELETE", f"{RECORDS}1/", "delete"),
        ],
    )
    def test_each_call_needs_its_permission(self, visitor, admin, method, path, action):
        block(visitor, admin)
        permission = f"ffsecurity.{action}_deviceblacklistrecord"
        token = visitor.add("olga", "Operator")
        body = {"uuid": "x", "reason": "y"}

        answer = visitor.call(method, path, token, json=body)
        assert answer.status_code == 403
        assert answer.json() == {
            "traceback": "",
            "code": "PERMISSION_DENIED",
            "desc": "Permission denied",
            "missing_permissions": [permission],
        }

        visitor.define({"name": "Guards", "permissions": [permission]})
        token = visitor.add("gus", "Guards")
        assert visitor.call(method, path, token, json=body).status_code in {200, 201, 204}


class TestLooking:
    @pytest.fixture
    def records(self, visitor, admin):
        for number, (uuid, reason, end) in enumerate(
            [("Phone-A", "lost", None), ("phone-b", "Stolen", SOON), ("desk", "lost again", None)]
        ):
            block(visitor, admin, uuid, reason, expire_date=end)
            visitor.world.clock.advance(days=1 if number else 0, minutes=1)
        return admin

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("", [3, 2, 1]),
            ("?ordering=id", [1, 2, 3]),
            ("?ordering=-created_date", [3, 2, 1]),
            ("?id_in=1&id_in=3", [3, 1]),
            ("?uuid_in=desk&uuid_in=Phone-A", [3, 1]),
            ("?uuid_contains=PHONE", [2, 1]),
            ("?reason_contains=lost", [3, 1]),
            ("?expire_date_gte=2025-03-05T00:00:00Z", [2]),
            ("?expire_date_lte=2025-03-05T00:00:00Z", []),
            ("?created_date_gt=2025-03-04T05:06:07.891011Z", [3, 2]),
            ("?created_date_lte=2025-03-04T05:07:07.891011Z", [2, 1]),
            ("?created_date_last_n_days=2", [3]),
            ("?created_date_nth_full_week=0", [3, 2, 1]),
            ("?created_date_nth_full_week=1", []),
            ("?created_date_nth_work_week=0", [3, 2, 1]),
            ("?limit=2", [3, 2]),
        ],
    )
    def test_a_list_of_records_means_what_it_says(self, visitor, records, query, shown):
        assert listed(visitor, records, query) == shown

    def test_cursors_lead_through_the_records_and_back(self, visitor, records):
        first = visitor.call("GET", f"{RECORDS}?limit=2", records).json()
        assert first["prev_page"] is None

        query = f"?limit=2&page={first['next_page']}"
        second = visitor.call("GET", f"{RECORDS}{query}", records).json()
        assert [each["id"] for each in second["results"]] == [1]
        assert second["next_page"] is None
        assert listed(visitor, records, f"?limit=2&page={second['prev_page']}") == [3, 2]

    @pytest.mark.parametrize("query", ["?page=x", "?page=WzFd", "?ordering=uuid", "?id_in=a"])
    def test_a_wrong_question_is_400(self, visitor, records, query):
        assert visitor.call("GET", f"{RECORDS}{query}", records).status_code == 400
