"""What a gateway is told of a caller survives the wire, whatever it is called."""

from dataclasses import replace
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from tests.support.house import SOUTH, House
from watchword.core.subjects import Tenant
from watchword.gate.answers import FIELDS, admit, answer, no_answer
from watchword.web.gating import Identity
from watchword.web.messages import Reply


def principal():
    house = House()
    try:
        house.add("alice")
        return house.use(house.enter())
    finally:
        house.close()


ALICE = principal()


def told(rendered):
    return {name.decode(): value.decode("ascii") for name, value in rendered.headers}


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_any_name_comes_back_as_it_was(login, roles):
    headers = told(admit(ALICE, Identity(login, tuple(roles))))
    assert unquote(headers["x-watchword-login"]) == login.encode("utf-8", "replace").decode()
    found = headers["x-watchword-roles"]
    expected = [role.encode("utf-8", "replace").decode() for role in roles]
    assert [unquote(each) for each in found.split(",") if each or roles] == expected
    assert found == found.strip()


def test_plain_names_stay_readable():
    headers = told(admit(ALICE, Identity("alice@acme.example", ("Team A (night)",))))
    assert headers["x-watchword-login"] == "alice@acme.example"
    assert headers["x-watchword-roles"] == "Team A (night)"


def test_the_tenant_is_the_cores_or_else_the_dialects():
    assert told(admit(ALICE, Identity("a", tenant="Group")))["x-watchword-tenant"] == "Group"
    tenant = Tenant(id=ALICE.subject.id, name="Acme", created_at=ALICE.subject.created_at)
    of_acme = replace(ALICE, tenant=tenant)
    assert told(admit(of_acme, Identity("a", tenant="Group")))["x-watchword-tenant"] == "Acme"


def test_every_field_is_there_even_of_nobody():
    for rendered in (admit(None), admit(ALICE, Identity("alice"))):
        assert {f"x-watchword-{field}".lower() for field in FIELDS} <= told(rendered).keys()
    assert told(admit(ALICE, Identity("alice")))["x-watchword-audience"] == SOUTH


def test_an_answer_is_the_reply_on_the_wire():
    rendered = answer(Reply(401, b"no", ((b"www-authenticate", b"Token"),)))
    assert rendered.whole == (
        b"HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Token\r\ncontent-length: 2\r\n\r\nno"
    )
    assert rendered.whole == rendered.head + rendered.body
    assert (b"www-authenticate", b"Token") in rendered.headers
    assert no_answer(404, "x").body == b"x\n"
