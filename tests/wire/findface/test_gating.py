"""FindFace at a gate: permissions of roles as they are now, and rights to single objects."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.gateways import gate_of, told_by_nginx
from tests.support.world import World
from watchword.dialects import find_dialects
from watchword.dialects.findface.gating import GATE
from watchword.dialects.findface.settings import Settings
from watchword.gate.gate import Call
from watchword.web.errors import BadCredentialError
from watchword.web.messages import Request
from watchword.web.operation import Desk, Guarded


@pytest.fixture
def world():
    world = World()
    world.add("root", profiles={"findface": {"primary_group": "Administrator"}})
    yield world
    world.close()


@pytest.fixture
def gate(world):
    return gate_of(world)


def enter(world, login="root", group=None):
    if group is not None:
        world.add(login, profiles={"findface": {"primary_group": group}})
    answer = world.client().post(
        "/auth/login/", json={"uuid": login}, auth=(login, "correct horse")
    )
    return answer.json()["token"]


def call(token, method, path):
    headers = told_by_nginx(method, path) | {"Authorization": f"Token {token}"}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Call(b"GET", b"/gate/verify", raw)


def ask(gate, token, method, path):
    asked = call(token, method, path)
    first, second = gate.answer(asked), gate.recall(asked) or gate.answer(asked)
    assert first.whole == second.whole
    return first


@pytest.mark.parametrize("group", ["Administrator", "Operator", "User"])
def test_the_gate_refuses_no_role_what_our_own_door_does_not(group, world, gate):
    token = enter(world, "alice", group)
    client = world.client(headers={"Authorization": f"Token {token}"})
    for each in find_dialects()["findface"].operations:
        path = each.path.replace("{id}", "1").replace("{key}", "k")
        if not isinstance(each, Guarded) or path.startswith(("/auth/", "/sessions/delete")):
            continue
        told = ask(gate, token, each.method, path)
        assert told.status in {200, 403}
        if told.status == 403:
            answer = client.request(each.method, path, json={})
            assert answer.status_code in {403, 404}, (each.method, path)


@pytest.mark.parametrize(
    ("group", "method", "path", "status"),
    [
        ("User", "GET", "/cameras/5/", 200),
        ("User", "GET", "/cameras/5", 200),
        ("User", "POST", "/cameras/", 403),
        ("User", "POST", "/cameras/5/restart/", 403),
        ("Operator", "POST", "/cameras/5/restart/", 200),
        ("Operator", "POST", "/cards/humans/", 200),
        ("User", "PATCH", "/events/faces/7/", 200),
        ("Operator", "GET", "/audit-logs/", 403),
        ("Administrator", "GET", "/audit-logs/", 200),
        ("Operator", "DELETE", "/users/3/", 403),
        ("User", "GET", "/users/me/", 200),
    ],
)
def test_a_call_needs_the_permission_for_its_model(group, method, path, status, world, gate):
    assert ask(gate, enter(world, "alice", group), method, path).status == status


def test_a_no_names_the_permission_that_is_missing(world, gate):
    told = ask(gate, enter(world, "alice", "User"), "POST", "/cameras/")
    assert json.loads(told.body)["missing_permissions"] == ["ffsecurity.add_camera"]


class TestRolesThatChange:
    def change(self, world, path, body):
        client = world.client(headers={"Authorization": f"Token {enter(world)}"})
        answer = client.patch(path, json=body)
        assert answer.status_code == 200, answer.text

    def test_a_permission_that_was_taken_away_is_gone_with_the_next_call(self, world, gate):
        asked = call(enter(world, "alice", "Operator"), "POST", "/cameras/")
        assert [gate.answer(asked).status for _ in range(3)] == [200] * 3
        assert gate.quick(asked.target, asked.headers) is not None
        self.change(world, "/groups/2/", {"permissions": ["ffsecurity.view_camera"]})
        assert gate.quick(asked.target, asked.headers) is None
        assert gate.answer(asked).status == 403

    def test_a_right_to_one_object_counts_beside_the_permission(self, world, gate):
        token = enter(world, "alice", "Operator")
        one, another = "/watch-lists/1/", "/watch-lists/99/"
        assert ask(gate, token, "PATCH", one).status == 200
        self.change(world, "/permissions/watch-lists/1/", {"permissions": {"2": "view"}})
        assert ask(gate, token, "GET", one).status == 200
        assert ask(gate, token, "PATCH", one).status == 403
        assert ask(gate, token, "PATCH", another).status == 200
        self.change(world, "/permissions/watch-lists/1/", {"permissions": {"2": None}})
        assert ask(gate, token, "GET", one).status == 403
        root = enter(world)
        assert ask(gate, root, "PATCH", one).status == 200

    @pytest.mark.parametrize(
        "spelt", ["01", "+1", "%2B1", "%201", "1_", "0_1", "1.0", "1,", "-01", "--1", "1e0", "%31"]
    )
    def test_no_other_spelling_of_its_number_gets_around_it(self, world, gate, spelt):
        token = enter(world, "alice", "Operator")
        for kind in ("watch-lists", "camera-groups"):
            for number in ("1", "-1"):
                self.change(world, f"/permissions/{kind}/{number}/", {"permissions": {"2": None}})
            for method in ("GET", "PATCH", "DELETE"):
                assert ask(gate, token, method, f"/{kind}/{spelt}/").status == 403

    @pytest.mark.parametrize("spelt", ["99", "0", "-7", "purge"])
    def test_other_objects_follow_the_permission(self, world, gate, spelt):
        token = enter(world, "alice", "Operator")
        assert ask(gate, token, "GET", f"/watch-lists/{spelt}/").status == 200

    def test_a_no_names_the_object_and_what_it_would_take(self, world, gate):
        token = enter(world, "alice", "Operator")
        self.change(world, "/permissions/watch-lists/1/", {"permissions": {"2": None}})
        self.change(world, "/permissions/camera-groups/-1/", {"permissions": {"2": "view"}})
        for method, path, missing in [
            ("GET", "/watch-lists/1/", "Watch list(1) - view"),
            ("PATCH", "/watch-lists/1/", "Watch list(1) - edit"),
            ("PATCH", "/camera-groups/-1/", "Camera group(-1) - edit"),
        ]:
            told = ask(gate, token, method, path)
            assert json.loads(told.body)["missing_permissions"] == [missing]

    def test_the_same_holds_for_camera_groups(self, world, gate):
        token = enter(world, "alice", "Operator")
        self.change(world, "/permissions/camera-groups/-1/", {"permissions": {"2": None}})
        assert ask(gate, token, "GET", "/camera-groups/-1/").status == 403
        assert ask(gate, token, "GET", "/camera-groups/1/").status == 200


@pytest.mark.parametrize(
    "word", ["view_nothing", "auth.nothing", "view_watchlist:x", "view_camera:{id}", "view"]
)
def test_a_word_that_is_no_permission_means_nothing(word):
    assert GATE.read_need(word) is None


def test_permissions_of_other_applications_are_named_in_full():
    assert GATE.read_need("auth.add_group") is not None


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"authorization"]),
            st.binary(max_size=12) | st.text("TOKENtoken aB7 ", max_size=12).map(str.encode),
        ),
        max_size=1,
    )
)
def test_the_quick_look_never_disagrees_with_the_long_one(headers):
    desk = Desk(core=None, settings=Settings())  # type: ignore[arg-type] # not looked at
    quick = GATE.quick_token(desk, dict(headers))
    if quick is None:
        return
    try:
        found = find_dialects()["findface"].read_token(desk, Request("GET", "/", headers))
    except BadCredentialError:
        found = None
    assert quick == found
