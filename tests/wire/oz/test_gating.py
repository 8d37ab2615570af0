"""Oz at a gate: which role passes where, analyses by the body, and what a back-end is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.gateways import gate_of, told_by_nginx
from tests.support.world import World
from watchword.dialects import find_dialects
from watchword.dialects.oz.gating import GATE
from watchword.dialects.oz.profile import UserType
from watchword.dialects.oz.settings import Settings
from watchword.gate.gate import Call
from watchword.web.errors import BadCredentialError
from watchword.web.messages import Request
from watchword.web.operation import Desk, Guarded

FOLDER = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
ANALYSES = f"/api/folders/{FOLDER}/analyses/"


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()


@pytest.fixture
def gate(world):
    return gate_of(world)


def enter(world, login="alice@acme.example", **profile):
    """Put a user of a company with this profile, log in, and return the token."""
    company = {} if profile["user_type"] in {"ADMIN", "OPERATOR"} else {"tenant": "Acme"}
    world.add(login, profiles={"oz": profile}, **company)
    body = {"credentials": {"email": login, "password": "correct horse"}}
    return world.client().post("/api/authorize/auth", json=body).json()["access_token"]


def ask(gate, token, method, path, body=None, media=b"application/json"):
    """Return the gate's answer to a call."""
    headers = told_by_nginx(method, path) | {"X-Forensic-Access-Token": token}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return gate.answer(Call(b"GET", b"/gate/verify", [*raw, (b"content-type", media)], sent))


def starting(*kinds):
    return {"analyses": [{"type": kind} for kind in kinds]}


@pytest.mark.parametrize("role", sorted(UserType))
def test_the_gate_refuses_no_role_what_our_own_door_does_not(role, world, gate):
    token = enter(world, user_type=role)
    client = world.client()
    for each in find_dialects()["oz"].operations:
        path = each.path
        for name in ("user", "company", "folder", "media", "analyse", "collection", "person"):
            path = path.replace(f"{{{name}_id}}", FOLDER)
        offered = each.when(world.opened["oz"].settings)
        if not isinstance(each, Guarded) or "{" in path or not offered:
            continue
        told = ask(gate, token, each.method, path)
        assert told.status in {200, 403}
        if told.status == 403:
            headers = {"X-Forensic-Access-Token": token}
            answer = client.request(each.method, path, headers=headers, json={})
            assert answer.status_code in {403, 501}, path


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("ADMIN", "PATCH", f"/api/analyses/{FOLDER}", 403),
        ("OPERATOR", "PATCH", f"/api/analyses/{FOLDER}", 200),
        ("OPERATOR", "POST", "/api/folders/", 403),
        ("OPERATOR", "GET", "/api/authorize/session_token", 403),
        ("CLIENT", "DELETE", f"/api/folders/{FOLDER}", 403),
        ("CLIENT_ADMIN", "DELETE", f"/api/folders/{FOLDER}", 200),
        ("CLIENT_SERVICE", "POST", f"/api/folders/{FOLDER}/media/", 200),
        ("CLIENT", "POST", "/api/companies/", 403),
        ("CLIENT", "GET", f"/api/collections/{FOLDER}/persons/{FOLDER}/images/", 403),
    ],
)
def test_the_matrix_is_kept(role, method, path, status, world, gate):
    assert ask(gate, enter(world, user_type=role), method, path).status == status


class TestAnalyses:
    @pytest.fixture
    def token(self, world):
        return enter(world, user_type="CLIENT", can_start_analysis_biometry=False)

    def test_a_flag_that_is_off_stops_that_kind_alone(self, gate, token):
        assert ask(gate, token, "POST", ANALYSES, starting("quality")).status == 200
        told = ask(gate, token, "POST", ANALYSES, starting("quality", "BIOMETRY"))
        assert (told.status, json.loads(told.body)["error_code"]) == (403, 9)

    def test_each_body_is_judged_anew(self, gate, token):
        for _ in range(3):
            assert ask(gate, token, "POST", ANALYSES, starting("quality")).status == 200
            assert ask(gate, token, "POST", ANALYSES, starting("biometry")).status == 403

    def test_a_new_folder_may_bring_its_analyses(self, gate, token):
        assert ask(gate, token, "POST", "/api/folders/", {"folder:meta_data": {}}).status == 200
        assert ask(gate, token, "POST", "/api/folders/", starting("quality")).status == 200
        assert ask(gate, token, "POST", "/api/folders/", starting("biometry")).status == 403

    def test_a_form_is_judged_by_its_payload(self, gate, token):
        payload = json.dumps(starting("biometry"))
        form = (
            f'--b\r\ncontent-disposition: form-data; name="payload"\r\n\r\n{payload}\r\n--b--\r\n'
        ).encode()
        media = b"multipart/form-data; boundary=b"
        assert ask(gate, token, "POST", "/api/folders/", form, media).status == 403

    def test_a_body_that_cannot_be_read_is_refused_as_the_vendor_does(self, gate, token):
        told = ask(gate, token, "POST", ANALYSES, b"nonsense")
        assert (told.status, json.loads(told.body)["error_code"]) == (400, 3)

    def test_a_sealed_container_is_left_to_the_back_end(self, gate, token):
        sealed = b"application/octet-stream"
        assert ask(gate, token, "POST", "/api/folders/", b"sealed", sealed).status == 200

    def test_without_the_body_the_back_end_is_told_which_kinds(self, gate, token):
        headers = dict(ask(gate, token, "POST", ANALYSES).headers)
        assert headers[b"x-watchword-roles"] == b"CLIENT"
        assert headers[b"x-watchword-scopes"].split(b",") == [
            b"can_start_analysis_collection",
            b"can_start_analysis_documents",
            b"can_start_analysis_quality",
        ]

    def test_who_may_start_none_is_refused_without_the_body(self, world, gate):
        flags = dict.fromkeys(
            (f"can_start_analysis_{k}" for k in ("biometry", "collection", "documents", "quality")),
            False,
        )
        token = enter(world, user_type="CLIENT", **flags)
        assert ask(gate, token, "POST", ANALYSES).status == 403

    def test_an_operator_starts_none(self, world, gate):
        token = enter(world, user_type="OPERATOR")
        told = ask(gate, token, "GET", "/api/folders/")
        assert dict(told.headers)[b"x-watchword-scopes"] == b""


def test_an_administrator_may_start_all_whatever_its_flags_say(world, gate):
    token = enter(world, user_type="ADMIN", can_start_analysis_biometry=False)
    assert ask(gate, token, "POST", ANALYSES, starting("biometry")).status == 200


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"x-forensic-access-token", b"x-forensics-access-token", b"a"]),
            st.binary(max_size=12) | st.just(b"a" * 9_000),
        ),
        unique_by=lambda pair: pair[0],
    ),
    st.booleans(),
)
def test_the_quick_look_never_disagrees_with_the_long_one(headers, both):
    desk = Desk(core=None, settings=Settings(accept_forensics_header=both))  # type: ignore[arg-type] # not looked at
    quick = GATE.quick_token(desk, dict(headers))
    if quick is None:
        return
    try:
        found = find_dialects()["oz"].read_token(desk, Request("GET", "/", headers))
    except BadCredentialError:
        found = None
    assert quick == found
