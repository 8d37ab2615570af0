"""Sessions: who sees which, what is shown, what is closed (wire contract FindFace 2.6, 3.1)."""

import hashlib
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.findface.door import UUID, Visitor, door
from watchword.dialects.findface.asking import read_asked
from watchword.dialects.findface.paging import Cursor, read_cursor
from watchword.web.errors import BadFieldError
from watchword.web.messages import Request

KEYS = [
    "id",
    "status",
    "active",
    "uuid",
    "mobile",
    "device_info",
    "ip",
    "last_ping_date",
    "user__username",
    "created_date",
    "user_id",
]


def name_of(token):
    """Return the id of the session of a token."""
    return hashlib.sha512(token.encode()).hexdigest()


def listed(visitor, token, query=""):
    """Return the page of sessions that a query gives."""
    answer = visitor.call("GET", f"/sessions/{query}", token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def uuids(visitor, token, query=""):
    """Return the devices of the sessions that a query gives."""
    return [each["uuid"] for each in listed(visitor, token, query)["results"]]


@pytest.fixture
def crowd(visitor):
    """Return the tokens of an administrator, an operator and a user, who came in that order."""
    tokens = {}
    for name, group in (("ada", "Administrator"), ("olga", "Operator"), ("ulf", "User")):
        visitor.world.clock.advance(minutes=1)
        tokens[name] = visitor.add(name, group)
    return tokens


class TestTheUsualOrder:
    def test_is_the_newest_first_but_by_last_use_where_a_state_is_asked_for(self, visitor, crowd):
        visitor.world.clock.advance(seconds=30)
        visitor.me(crowd["ulf"])
        visitor.world.clock.advance(seconds=1)
        visitor.me(crowd["ada"])
        visitor.world.core.access.flush()

        newest = ["ulf-1", "olga-1", "ada-1"]
        assert uuids(visitor, crowd["ada"]) == newest
        assert uuids(visitor, crowd["ada"], "?status=online&status=offline") == [
            "ada-1",
            "ulf-1",
            "olga-1",
        ]
        by_age = uuids(visitor, crowd["ada"], "?status=online&ordering=-created")
        assert by_age == ["ulf-1", "ada-1"]


class TestWhatIsShown:
    def test_a_session_has_every_key_in_the_vendors_order(self, visitor):
        info = {"user_agent": "demo/1"}
        token = visitor.enter(mobile=True, device_info=info)

        answer = visitor.call("GET", "/sessions/", token)
        [session] = answer.json()["results"]

        assert list(answer.json()) == ["next_page", "prev_page", "results"]
        assert list(session) == KEYS
        assert session == {
            "id": name_of(token),
            "status": "online",
            "active": True,
            "uuid": UUID,
            "mobile": True,
            "device_info": info,
            "ip": "testclient",
            "last_ping_date": "2025-03-04T05:06:07.891011Z",
            "user__username": "alice",
            "created_date": "2025-03-04T05:06:07.891011Z",
            "user_id": 1,
        }

    def test_the_id_is_the_sha512_of_the_token(self, visitor):
        token = visitor.enter()

        [session] = listed(visitor, token)["results"]
        assert session["id"] == name_of(token)
        assert len(session["id"]) == 128

    def test_a_session_is_offline_a_minute_after_its_last_use(self, visitor, crowd):
        visitor.world.clock.advance(seconds=61)
        visitor.world.core.access.principal(crowd["ulf"], "findface")
        visitor.world.core.access.flush()

        shown = listed(visitor, crowd["ada"])["results"]
        assert [each["status"] for each in shown] == ["online", "offline", "offline"]
        assert shown[0]["last_ping_date"] > shown[0]["created_date"]

    def test_one_session_is_shown_as_in_the_list(self, visitor, crowd):
        shown = visitor.call("GET", f"/sessions/{name_of(crowd['ulf'])}/", crowd["ada"])

        assert shown.json() == listed(visitor, crowd["ada"])["results"][0]


class TestWhoSeesWhich:
    def test_an_administrator_sees_everybodys(self, visitor, crowd):
        assert uuids(visitor, crowd["ada"]) == ["ulf-1", "olga-1", "ada-1"]

    def test_who_may_see_all_of_its_own_sees_them_and_no_others(self, visitor, crowd):
        visitor.enter("olga", uuid="olga-2")

        assert uuids(visitor, crowd["olga"]) == ["olga-2", "olga-1"]

    def test_everybody_else_sees_the_current_one(self, visitor, crowd):
        visitor.enter("ulf", uuid="ulf-2")

        assert uuids(visitor, crowd["ulf"]) == ["ulf-1"]

    @pytest.mark.parametrize(
        ("who", "whose"), [("olga", "ulf"), ("olga", "ada"), ("ulf", "olga"), ("ulf", "ulf-2")]
    )
    @pytest.mark.parametrize("method", ["GET", "DELETE"])
    def test_a_session_that_one_does_not_see_is_not_there(self, visitor, crowd, who, whose, method):
        crowd["ulf-2"] = visitor.enter("ulf", uuid="ulf-2")

        answer = visitor.call(method, f"/sessions/{name_of(crowd[whose])}/", crowd[who])

        assert answer.status_code == 404
        assert answer.json() == {
            "code": "NOT_FOUND",
            "desc": "No FFSecAuthSession matches the given query.",
        }
        assert visitor.me(crowd[whose]).status_code == 200

    @pytest.mark.parametrize("name", ["x", "0" * 128, "AB" * 64, "é", "-1", "0" * 126 + "  "])
    def test_neither_is_one_that_never_was(self, visitor, crowd, name):
        assert visitor.call("GET", f"/sessions/{name}/", crowd["ada"]).status_code == 404

    def test_ids_in_a_query_show_no_more(self, visitor, crowd):
        query = f"?id_in={name_of(crowd['ada'])}&id_in={name_of(crowd['ulf'])}"

        assert uuids(visitor, crowd["ada"], query) == ["ulf-1", "ada-1"]
        assert uuids(visitor, crowd["olga"], query) == []
        assert uuids(visitor, crowd["ulf"], query) == ["ulf-1"]


class TestClosing:
    def test_a_closed_sessions_token_is_dead_and_no_other(self, visitor, crowd):
        other = visitor.enter("ulf", uuid="ulf-2")

        answer = visitor.call("DELETE", f"/sessions/{name_of(crowd['ulf'])}/", crowd["ada"])

        assert (answer.status_code, answer.content) == (204, b"")
        assert visitor.me(crowd["ulf"]).json() == {
            "code": "UNAUTHORIZED",
            "desc": "Invalid token.",
        }
        assert visitor.me(other).status_code == 200
        assert "ulf-1" not in uuids(visitor, crowd["ada"])

    @pytest.mark.parametrize("who", ["ada", "olga", "ulf"])
    def test_everybody_may_close_the_session_in_use(self, visitor, crowd, who):
        answer = visitor.call("DELETE", f"/sessions/{name_of(crowd[who])}/", crowd[who])

        assert answer.status_code == 204
        assert visitor.me(crowd[who]).status_code == 401

    def test_who_may_only_see_its_own_may_not_close_them(self, visitor):
        permissions = ["ffsecurity.view_all_own_sessions"]
        visitor.define({"name": "Watchers", "permissions": permissions})
        token = visitor.add("will", "Watchers")
        other = visitor.enter("will", uuid="will-2")

        answer = visitor.call("DELETE", f"/sessions/{name_of(other)}/", token)

        assert answer.status_code == 403
        assert visitor.me(other).status_code == 200

    def test_several_are_closed_at_once_and_the_rest_is_skipped(self, visitor, crowd):
        own = visitor.enter("olga", uuid="olga-2")
        named = [name_of(own), name_of(crowd["ulf"]), name_of(crowd["ada"]), "x", "0" * 128]

        answer = visitor.call("POST", "/sessions/delete/", crowd["olga"], json={"id_in": named})

        assert (answer.status_code, answer.content) == (204, b"")
        alive = {name: visitor.me(token).status_code for name, token in crowd.items()}
        assert alive == {"ada": 200, "olga": 200, "ulf": 200}
        assert visitor.me(own).status_code == 401

    def test_a_user_closes_none_but_its_own_in_bulk(self, visitor, crowd):
        other = visitor.enter("ulf", uuid="ulf-2")
        named = [name_of(token) for token in (other, crowd["ulf"], crowd["ada"])]

        visitor.call("POST", "/sessions/delete/", crowd["ulf"], json={"id_in": named})

        assert [visitor.me(each).status_code for each in (other, crowd["ulf"], crowd["ada"])] == [
            200,
            401,
            200,
        ]

    @pytest.mark.parametrize(
        ("body", "desc"),
        [
            ({}, "This field is required."),
            ({"id_in": None}, "This field may not be null."),
            ({"id_in": "x"}, 'Expected a list of items but got type "str".'),
            ({"id_in": [""]}, "This field may not be blank."),
            ({"id_in": [None]}, "This field may not be null."),
            ({"id_in": [[]]}, "Not a valid string."),
        ],
    )
    def test_a_wrong_list_of_ids_is_told(self, visitor, crowd, body, desc):
        answer = visitor.call("POST", "/sessions/delete/", crowd["ada"], json=body)

        assert answer.status_code == 400
        assert answer.json() == {
            "traceback": "",
            "code": "BAD_PARAM",
            "desc": desc,
            "param": "id_in",
        }

    def test_closing_is_audited_with_who_did_it(self, visitor, crowd):
        visitor.call("DELETE", f"/sessions/{name_of(crowd['ulf'])}/", crowd["ada"])

        with visitor.world.storage.read() as transaction:
            [(_, link)] = transaction.audit.list_page(0, 1_000)[-1:]
        assert (link.entry.action, link.entry.details["by_login"]) == ("session.end", "ada")


class TestAsking:
    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ("?active=true", ["ulf-1", "olga-1", "ada-1"]),
            ("?active=false", []),
            ("?mobile=true", []),
            ("?mobile=false", ["ulf-1", "olga-1", "ada-1"]),
            ("?uuid_in=ada-1&uuid_in=ulf-1", ["ulf-1", "ada-1"]),
            ("?user_name_in=olga", ["olga-1"]),
            ("?user_id_in=2&user_id_in=3", ["olga-1", "ada-1"]),
            ("?user_id_in=2,3", ["olga-1", "ada-1"]),
            ("?user_id_in=99", []),
            ("?status=online", ["ulf-1"]),
            ("?status=offline&status=online", ["ulf-1", "olga-1", "ada-1"]),
            ("?status=blocked", []),
            ("?ip_in=10.0.0.0/8", []),
            ("?created_date_gte=2025-03-04T05:08:07.891011Z", ["ulf-1", "olga-1"]),
            ("?created_date_gt=2025-03-04T05:08:07.891011Z", ["ulf-1"]),
            ("?created_date_lte=2025-03-04T05:08:07.891011Z", ["olga-1", "ada-1"]),
            ("?created_date_lt=2025-03-04T05:08:07.891011Z", ["ada-1"]),
            ("?created_date_gte=2025-03-04T07:08:07.891011%2B02:00", ["ulf-1", "olga-1"]),
            ("?created_date_gte=2025-03-04T07:08:07.891011+02:00", ["ulf-1", "olga-1"]),
            ("?created_date_lt=2025-03-04", []),
            ("?ordering=created", ["ada-1", "olga-1", "ulf-1"]),
            ("?ordering=-created", ["ulf-1", "olga-1", "ada-1"]),
            ("?ordering=user__username", ["ada-1", "olga-1", "ulf-1"]),
            ("?ordering=-user__username", ["ulf-1", "olga-1", "ada-1"]),
            ("?ordering=last_ping_date", ["ada-1", "olga-1", "ulf-1"]),
            ("?ordering=-mobile", ["ulf-1", "olga-1", "ada-1"]),
            ("?ordering=-status", ["ulf-1", "olga-1", "ada-1"]),
            ("?limit=1", ["ulf-1"]),
            ("?unknown=1&limit=", ["ulf-1", "olga-1", "ada-1"]),
        ],
    )
    def test_a_query_means_what_it_says(self, visitor, crowd, query, shown):
        visitor.world.clock.advance(seconds=30)

        assert uuids(visitor, crowd["ada"], query) == shown

    def test_addresses_and_subnets_are_both_understood(self):
        with door() as visitor, visitor.world.client(client=("10.1.2.3", 9)) as client:
            here = Visitor(visitor.world, client)
            token = here.enter()
            shown = [
                len(listed(here, token, f"?ip_in={each}")["results"])
                for each in ("10.1.2.3", "10.1.0.0/16", "10.2.0.0/16")
            ]

        assert shown == [1, 1, 0]

    @pytest.mark.parametrize(
        ("query", "param", "desc"),
        [
            ("?active=maybe", "active", "Must be a valid boolean."),
            ("?mobile=2", "mobile", "Must be a valid boolean."),
            ("?status=asleep", "status", '"asleep" is not a valid choice.'),
            ("?ordering=ip", "ordering", '"ip" is not a valid choice.'),
            ("?ordering=--created", "ordering", '"--created" is not a valid choice.'),
            ("?user_id_in=x", "user_id_in", "A valid integer is required."),
            ("?limit=x", "limit", "A valid integer is required."),
            ("?limit=0", "limit", "A valid integer is required."),
            ("?ip_in=10.0.0.1/8", "ip_in", "Enter a valid IPv4 or IPv6 address."),
            ("?page=x", "page", '"x" is not a valid choice.'),
            ("?uuid_in=%00", "uuid_in", "Null characters are not allowed."),
            (
                "?created_date_last_n_days=-1",
                "created_date_last_n_days",
                "A valid integer is required.",
            ),
        ],
    )
    def test_a_wrong_query_is_told(self, visitor, crowd, query, param, desc):
        answer = visitor.call("GET", f"/sessions/{query}", crowd["ada"])

        assert answer.status_code == 400
        assert (answer.json()["param"], answer.json()["desc"]) == (param, desc)

    def test_a_wrong_date_is_told_with_the_right_forms(self, visitor, crowd):
        answer = visitor.call("GET", "/sessions/?created_date_gt=soon", crowd["ada"])

        assert answer.json()["desc"].startswith("Datetime has wrong format.")

    def test_too_many_parameters_are_refused(self, visitor, crowd):
        query = "&".join(["id_in=x"] * 1_001)

        assert visitor.call("GET", f"/sessions/?{query}", crowd["ada"]).status_code == 400

    @pytest.mark.parametrize("key", ["/sessions/?user_id_in=", "/user-face/?id_in="])
    def test_nor_are_more_values_taken_that_are_joined(self, visitor, crowd, key):
        for number, status in ((1_000, 200), (1_001, 400)):
            query = key + ",".join(map(str, range(number)))
            assert visitor.call("GET", query, crowd["ada"]).status_code == status


class TestPages:
    @pytest.fixture
    def token(self, visitor):
        token = visitor.add("ada", "Administrator")
        for number in range(6):
            visitor.world.clock.advance(seconds=number % 2)
            visitor.enter("alice", uuid=f"d{number}")
        return token

    @pytest.mark.parametrize(
        "order", ["created", "-created", "user__username", "-mobile", "status"]
    )
    def test_cursors_lead_through_the_list_and_back(self, visitor, token, order):
        whole = uuids(visitor, token, f"?ordering={order}")
        page = listed(visitor, token, f"?ordering={order}&limit=3")
        seen = [page]
        while page["next_page"]:
            page = listed(visitor, token, f"?ordering={order}&limit=3&page={page['next_page']}")
            seen.append(page)

        assert seen[0]["prev_page"] is None
        assert [each["uuid"] for page in seen for each in page["results"]] == whole
        back = page
        for expected in reversed(seen[:-1]):
            back = listed(visitor, token, f"?ordering={order}&limit=3&page={back['prev_page']}")
            assert back["results"] == expected["results"]
        assert back["prev_page"] is None
        assert (
            listed(visitor, token, f"?ordering={order}&limit=3&page={back['next_page']}") == seen[1]
        )

    def test_what_comes_meanwhile_shifts_no_page(self, visitor, token):
        first = listed(visitor, token, "?limit=3")
        following = uuids(visitor, token, f"?limit=3&page={first['next_page']}")
        visitor.enter("alice", uuid="new")

        assert uuids(visitor, token, f"?limit=3&page={first['next_page']}") == following

    def test_a_page_has_20_lines_unless_more_are_asked_for(self, visitor, token):
        for number in range(20):
            visitor.enter("alice", uuid=f"e{number}")

        assert len(uuids(visitor, token)) == 20
        assert len(uuids(visitor, token, "?limit=5000")) == 27

    def test_another_orders_cursor_is_none(self, visitor, token):
        cursor = listed(visitor, token, "?ordering=user__username&limit=1")["next_page"]

        answer = visitor.call("GET", f"/sessions/?ordering=created&page={cursor}", token)
        assert (answer.status_code, answer.json()["param"]) == (400, "page")

    @given(st.lists(st.integers() | st.text() | st.none() | st.booleans()), st.booleans())
    @settings(max_examples=50)
    def test_any_cursor_of_ours_can_be_read_back(self, place, back):
        cursor = Cursor(tuple(place), back)
        try:
            written = cursor.written()
        except (OverflowError, UnicodeEncodeError):
            return
        if len(written) <= 2_000:
            request = Request("GET", "/", query=f"page={written}".encode())
            assert read_cursor(read_asked(request)) == cursor

    @given(st.binary(max_size=200))
    def test_no_query_breaks_the_reading_of_it(self, query):
        request = Request("GET", "/", query=query)
        for read in (read_cursor, lambda each: each.date("page"), lambda each: each.limit()):
            with suppress(BadFieldError):
                read(read_asked(request))


def test_living_sessions_are_not_prolonged_by_being_looked_at(visitor):
    token = visitor.enter()
    visitor.world.clock.advance(days=180, microseconds=-1)
    assert len(listed(visitor, token)["results"]) == 1

    visitor.world.clock.advance(seconds=1)
    assert visitor.call("GET", "/sessions/", token).status_code == 401
    assert timedelta(days=180) == timedelta(seconds=15_552_000)
