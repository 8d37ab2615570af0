"""The ready-made conformance checks (wire contract FindFace 8), one test each, in their order.

Each is played from the client's side alone, from the first login on. Check 11 is about what a face
login takes; what a recognised face gets is for when there is an engine that recognises any.
"""

import hashlib
import re
from datetime import datetime, timedelta

import pytest

from tests.wire.findface.door import UUID, Visitor, door

AUTH_KEYS = {
    "AUTH_TYPE",
    "FACE_AUTH_CONFIDENCE",
    "MAXIMUM_SESSION_LENGTH",
    "NEED_SESSION_RENEW",
    "RENEW_SESSION_INTERVAL",
    "MAXIMUM_RENEW_ATTEMPTS",
}
STATUSES = {"online", "offline", "blocked"}
NO_USER = b'{"code":"NOT_FOUND","desc":"No User matches the given query."}'


@pytest.fixture
def admin(visitor: Visitor) -> str:
    """Return the token of an administrator, the first of all."""
    return visitor.add("ada", "Administrator")


def session_of(token):
    """Return the id of a token's session, as the vendor's server makes it."""
    return hashlib.sha512(token.encode()).hexdigest()


def works(visitor, token):
    """Say whether a token is good, and that a dead one is answered as recorded."""
    answer = visitor.me(token)
    assert answer.status_code == 200 or answer.json() == {
        "code": "UNAUTHORIZED",
        "desc": "Invalid token.",
    }
    return answer.status_code == 200


def new_user(**more):
    """Return the body of a new user."""
    return {
        "active": True,
        "name": "newcomer",
        "password": "plum-tree-89",
        "primary_group": 3,
        "real_name": "New Comer",
        **more,
    }


def test_1_logins_without_header_password_or_uuid_and_with_odd_uuids_and_extra_keys(visitor):
    assert visitor.client.post("/auth/login/", json={"uuid": UUID}).status_code == 401
    assert visitor.login(password="wrong").status_code == 401
    statuses = [
        visitor.post(body).status_code
        for body in (
            b"{}",
            b'{"uuid":""}',
            b'{"uuid":"%s"}' % (b"x" * 257),
            b'{"uuid":"u","password_confirm":"x","confirm_password":"x"}',
        )
    ]
    assert statuses == [400, 400, 400, 200]


def test_2_a_login_result_has_exactly_three_keys_and_the_whole_length_of_a_session(visitor):
    result = visitor.login().json()
    length = visitor.client.get("/config.json").json()["auth"]["MAXIMUM_SESSION_LENGTH"]

    assert set(result) == {"token", "user", "token_expiration_datetime"}
    left = datetime.fromisoformat(result["token_expiration_datetime"]) - visitor.world.clock()
    assert abs(left - timedelta(seconds=length)) < timedelta(seconds=1)


def test_3_a_token_is_64_hex_and_its_session_shows_with_its_digest_status_name_and_uuid(visitor):
    token = visitor.enter()
    [row] = visitor.call("GET", "/sessions/", token).json()["results"]

    assert re.fullmatch(r"[0-9a-f]{64}", token)
    assert len(row["id"]) == 128
    assert row["id"] == session_of(token)
    assert row["status"] in STATUSES
    assert (row["user__username"], row["uuid"]) == ("alice", UUID)


def test_4_logging_out_and_closing_a_session_kill_one_token_each(visitor, admin):
    tokens = [visitor.enter(uuid=f"device-{number}") for number in range(3)]

    assert visitor.call("POST", "/auth/logout/", tokens[0]).status_code == 204
    assert [works(visitor, token) for token in tokens] == [False, True, True]

    closed = visitor.call("DELETE", f"/sessions/{session_of(tokens[1])}/", admin)
    assert (closed.status_code, closed.content) == (204, b"")
    assert [works(visitor, token) for token in (*tokens, admin)] == [False, False, True, True]


def test_5_who_sees_which_sessions(visitor, admin):
    tokens = {
        name: [visitor.add(name, group), visitor.enter(name, uuid=f"{name}-2")]
        for name, group in (("olga", "Operator"), ("ulf", "User"))
    }

    def seen(token):
        results = visitor.call("GET", "/sessions/", token).json()["results"]
        return {row["uuid"] for row in results}

    assert seen(admin) == {"ada-1", "olga-1", "olga-2", "ulf-1", "ulf-2"}
    assert seen(tokens["olga"][0]) == {"olga-1", "olga-2"}
    assert [seen(token) for token in tokens["ulf"]] == [{"ulf-1"}, {"ulf-2"}]
    foreign = f"/sessions/{session_of(admin)}/"
    for name in tokens:
        assert visitor.call("GET", foreign, tokens[name][0]).status_code == 404
        assert visitor.call("DELETE", foreign, tokens[name][0]).status_code == 404
    assert works(visitor, admin)


def test_6_a_block_turns_sessions_blocked_and_records_keep_to_their_rules(visitor, admin):
    token = visitor.enter()
    path = "/device-blacklist-records/"

    made = visitor.call("POST", path, admin, json={"uuid": UUID, "reason": "lost"})

    assert made.status_code == 201
    rows = visitor.call("GET", f"/sessions/?uuid_in={UUID}", admin).json()["results"]
    assert {row["status"] for row in rows} == {"blocked"}
    assert not works(visitor, token)
    assert visitor.login().status_code == 403
    one = f"{path}{made.json()['id']}/"
    changed = visitor.call("PATCH", one, admin, json={"uuid": "other", "reason": "stolen"})
    assert (changed.json()["uuid"], changed.json()["reason"]) == (UUID, "stolen")
    long = {"uuid": "another", "reason": "x" * 513}
    assert visitor.call("POST", path, admin, json=long).status_code == 400


def test_7_the_rules_about_users_with_the_404_to_the_byte(visitor, admin):
    visitor.define(
        {"name": "Keen", "permissions": ["ffsecurity.add_user", "ffsecurity.delete_user"]}
    )
    keen, olga = visitor.add("kim", "Keen"), visitor.add("olga", "Operator")
    second = visitor.add("ben", "Administrator")
    ids = {
        row["name"]: row["id"] for row in visitor.call("GET", "/users/", admin).json()["results"]
    }

    def delete(name, token):
        return visitor.call("DELETE", f"/users/{ids[name]}/", token)

    assert [delete("ada", token).status_code for token in (admin, second)] == [403, 403]
    assert delete("ben", second).status_code == 403
    ids["newcomer"] = visitor.call("POST", "/users/", second, json=new_user()).json()["id"]
    assert delete("newcomer", second).status_code == 204
    for token in (keen, olga):
        assert visitor.call("POST", "/users/", token, json=new_user()).status_code == 403
        refused = delete("alice", token)
        assert (refused.status_code, refused.content) == (404, NO_USER)
    assert visitor.call("GET", "/users/", olga).status_code == 200
    absent = visitor.call("GET", "/users/999/", admin)
    assert (absent.status_code, absent.content) == (404, NO_USER)


def test_7_a_password_of_six_digits_is_taken_where_the_policy_is_off():
    with door(password_policy=False) as visitor:
        admin = visitor.add("ada", "Administrator")
        body = new_user(password="123456")

        assert visitor.call("POST", "/users/", admin, json=body).status_code == 201
        assert visitor.login("newcomer", "123456").status_code == 200


def test_8_changed_permissions_are_echoed_and_null_takes_a_role_from_a_watch_list(visitor, admin):
    group = {"name": "Guards", "permissions": ["ffsecurity.view_camera"]}
    number = visitor.call("POST", "/groups/", admin, json=group).json()["id"]
    wanted = ["ffsecurity.view_camera", "ffsecurity.view_watchlist"]

    echoed = visitor.call("PATCH", f"/groups/{number}/", admin, json={"permissions": wanted})

    assert (echoed.status_code, sorted(echoed.json()["permissions"])) == (200, wanted)
    path = "/permissions/watch-lists/1/"
    for level, shown in (("edit", "edit"), (None, None)):
        body = {"permissions": {str(number): level}}
        answer = visitor.call("PATCH", path, admin, json=body)
        assert answer.status_code == 200
        assert answer.json()["permissions"].get(str(number)) == shown
    assert str(number) not in visitor.call("GET", path, admin).json()["permissions"]


def test_9_the_config_is_for_anybody_and_has_the_six_keys_and_the_settings_have_none(
    visitor, admin
):
    config = visitor.client.get("/config.json")
    settings = visitor.call("GET", "/settings", admin)

    assert (config.status_code, settings.status_code) == (200, 200)
    assert set(config.json()["auth"]) == AUTH_KEYS
    assert not AUTH_KEYS & {key.upper() for key in settings.json()}
    assert visitor.client.get("/settings").status_code == 401


def test_10_the_description_is_for_anybody_and_only_the_login_takes_basic(visitor):
    answer = visitor.client.get("/swagger.json", headers={"accept": "application/json"})
    described = answer.json()

    assert answer.status_code == 200
    assert described["openapi"] == "3.0.3"
    schemes = described["components"]["securitySchemes"]
    assert {name: scheme["type"] for name, scheme in schemes.items()} == {
        "basicAuth": "http",
        "Bearer": "apiKey",
    }
    takes_basic = {
        path
        for path, item in described["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict)
        for scheme in operation.get("security", ())
        if "basicAuth" in scheme
    }
    assert takes_basic == {"/auth/login/"}
    assert described["paths"]["/auth/login/"]["post"]["security"] == [{"basicAuth": []}]


def test_11_face_login_takes_a_flag_and_an_object_as_text_in_a_form(visitor):
    def show(**parts):
        files = {"video": ("clip.mp4", b"not a film", "video/mp4")}
        sent = {"uuid": UUID, **parts}
        return visitor.client.post("/auth/video-auth/", data=sent, files=files)

    plain = show()
    answer = show(mobile="false", device_info='{"user_agent":"x"}')

    assert (answer.status_code, answer.content) == (plain.status_code, plain.content)
    assert answer.status_code == 401
    assert answer.json()["code"] == "UNAUTHORIZED"
