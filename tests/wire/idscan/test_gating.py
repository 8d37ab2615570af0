"""IDscan at a gate: areas, permissions, cookies, tenants of groups."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.gateways import gate_of, told_by_nginx
from tests.support.world import World
from watchword.dialects import find_dialects
from watchword.dialects.idscan.gating import GATE
from watchword.dialects.idscan.settings import Settings
from watchword.gate.gate import Call
from watchword.web.errors import BadCredentialError
from watchword.web.messages import Request
from watchword.web.operation import Desk

BASE = "/idscanenterprisesvc"


@pytest.fixture
def make():
    """Return what makes a world with these settings, and its gate."""
    worlds = []

    def made(**settings):
        world = World({"idscan": settings})
        worlds.append(world)
        return world, gate_of(world)

    yield made
    for world in worlds:
        world.close()


def enter(world, area="investigation", login="alice", **profile):
    """Put a user with this profile, log in to an area, and return the answer."""
    world.add(login, profiles={"idscan": {"role": "SuperAdministrator", **profile}})
    form = {"grant_type": "password", "username": login, "password": "correct horse", "area": area}
    return world.client().post(f"{BASE}/token", data=form)


def ask(gate, method, path, **headers):
    """Return the gate's answer to a call, asked twice: the second time it may remember."""
    told = told_by_nginx(method, BASE + path)
    raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    raw += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    call = Call(b"GET", b"/gate/verify", raw)
    first, second = gate.answer(call), gate.recall(call) or gate.answer(call)
    assert first.whole == second.whole
    return first


def test_each_area_opens_its_own_calls(make):
    world, gate = make()
    scan = enter(world, "scanning").json()["access_token"]
    look = enter(world, login="bob").json()["access_token"]
    for token, method, path, status in [
        (scan, "POST", "/journey/upload", 200),
        (scan, "GET", "/Journey/Get?journeyID=1", 401),
        (look, "POST", "/journey/upload", 401),
        (look, "GET", "/JOURNEY/get?journeyID=1", 200),
        (look, "DELETE", "/entrymanagement/deleteentrybyref?entryRef=1", 200),
        (look, "POST", "/Configuration/Update", 200),
    ]:
        assert ask(gate, method, path, authorization=token).status == status, path


def test_the_wrong_area_is_told_as_the_settings_have_it(make):
    world, gate = make(wrong_area_status=403)
    token = enter(world, "scanning").json()["access_token"]
    told = ask(gate, "GET", "/Journey/Get", authorization=token)
    assert (told.status, list(json.loads(told.body))) == (403, ["Message"])


def test_a_role_without_the_permission_is_refused(make):
    world, gate = make()
    token = enter(world, role="Investigator").json()["access_token"]
    assert ask(gate, "GET", "/Journey/Get", authorization=token).status == 200
    assert ask(gate, "GET", "/Configuration/GetAll", authorization=token).status == 401


class TestCookies:
    def test_the_cookie_is_as_good_as_the_header(self, make):
        world, gate = make()
        token = enter(world).json()["access_token"]
        assert ask(gate, "GET", "/Journey/Get", cookie=f"a=b; token= {token}").status == 200

    def test_a_change_that_rides_on_a_cookie_alone_needs_the_other_token(self, make):
        world, gate = make()
        entered = enter(world)
        cookie = f"token={entered.json()['access_token']}"
        csrf = entered.cookies["csrftoken"].replace("%2B", "+").replace("%2F", "/")
        csrf = csrf.replace("%3D", "=")
        path = "/Configuration/Update"
        assert ask(gate, "POST", path, cookie=cookie).status == 403
        assert ask(gate, "POST", path, cookie=cookie, x_csrftoken=csrf).status == 200
        assert ask(gate, "POST", path, cookie=cookie, x_csrftoken="x").status == 403


class TestWhatIsTold:
    def test_the_role_and_the_areas_of_the_token(self, make):
        world, gate = make()
        token = enter(world, "scanning").json()["access_token"]
        headers = dict(ask(gate, "POST", "/journey/upload", authorization=token).headers)
        assert headers[b"x-watchword-roles"] == b"SuperAdministrator"
        assert headers[b"x-watchword-scopes"] == b"scanning"
        assert headers[b"x-watchword-login"] == b"alice"

    def test_the_tenant_that_a_group_stands_for(self, make):
        world, gate = make(group_tenants={"acme-users": "Acme"})
        world.core.seeding.put_tenant("Acme")
        token = enter(world, groups=["Acme-Users"]).json()["access_token"]
        told = ask(gate, "GET", "/Journey/Get", authorization=token)
        assert dict(told.headers)[b"x-watchword-tenant"] == b"Acme"

    def test_of_a_tenant_in_deletion_nobody_passes(self, make):
        world, gate = make(group_tenants={"acme-users": "Acme"})
        world.core.seeding.put_tenant("Acme")
        token = enter(world, groups=["Acme-Users"]).json()["access_token"]
        assert ask(gate, "GET", "/Journey/Get", authorization=token).status == 200
        with world.storage.write() as transaction:
            tenant = transaction.tenants.find_by_name("Acme")
            transaction.tenants.replace(replace(tenant, in_deletion=True))
        assert ask(gate, "GET", "/Journey/Get", authorization=token).status == 401


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"authorization", b"cookie"]),
            st.binary(max_size=12) | st.text("aB7-_ ", max_size=9).map(str.encode),
        ),
        unique_by=lambda pair: pair[0],
    ),
    st.booleans(),
)
def test_the_quick_look_never_disagrees_with_the_long_one(headers, bearer):
    desk = Desk(core=None, settings=Settings(accept_bearer_prefix=bearer))  # type: ignore[arg-type] # not looked at
    quick = GATE.quick_token(desk, dict(headers))
    if quick is None:
        return
    try:
        found = find_dialects()["idscan"].read_token(desk, Request("GET", "/", headers))
    except BadCredentialError:
        found = None
    assert quick == found
