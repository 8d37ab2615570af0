"""What a good login is answered with (wire contract IDscan 1.2, 1.3 and 1.5; seed 001)."""

import base64
import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

import msgspec
import pytest

from tests.wire.idscan.calls import ask, cookies_of, log_in, opened, token_of

NAME = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
ROLE = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
DATE = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"


@pytest.fixture
def answer(client):
    return log_in(client)


def test_the_headers_of_a_token_keep_it_out_of_caches(answer) -> None:
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.headers["cache-control"] == "no-cache, no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["expires"] == "-1"
    assert answer.headers["content-length"] == str(len(answer.content))


def test_the_body_is_one_line_of_valid_json_in_utf_8_without_a_last_comma(answer) -> None:
    assert answer.content == msgspec.json.encode(msgspec.json.decode(answer.content))
    assert answer.content.endswith(b'GMT"}')


def test_the_keys_come_in_the_documented_order_with_expires_last(answer) -> None:
    assert list(answer.json()) == [
        "access_token",
        "token_type",
        "expires_in",
        "BranchCode",
        NAME,
        "FullName",
        "AbbeyServiceCentre",
        "JourneyId",
        "IdleSessionTimeout",
        ROLE,
        "memberOf",
        "tenant",
        ".issued",
        ".expires",
    ]


def test_every_value_but_expires_in_is_text(answer) -> None:
    others = {key: value for key, value in answer.json().items() if not isinstance(value, str)}

    assert others == {"expires_in": 35_999}


def test_the_token_is_576_characters_of_base64url_without_padding(answer) -> None:
    token = answer.json()["access_token"]

    assert re.fullmatch(r"[A-Za-z0-9_-]{576}", token)
    assert len(base64.urlsafe_b64decode(token)) == 432


def test_dates_are_rfc_1123_and_exactly_ten_hours_apart(answer, world) -> None:
    issued, expires = answer.json()[".issued"], answer.json()[".expires"]

    assert re.fullmatch(DATE, issued)
    assert re.fullmatch(DATE, expires)
    assert parsedate_to_datetime(issued) == world.clock.time.replace(microsecond=0)
    assert parsedate_to_datetime(expires) - parsedate_to_datetime(issued) == timedelta(hours=10)


def test_the_profile_is_told_as_text() -> None:
    profile = {
        "role": "User",
        "groups": ["Users", "Domain Users", "IEOSAdmins"],
        "branch_code": "0042",
        "journey_id": "b1",
        "abbey_service_centre": "north",
    }
    with opened(profile) as world, world.client() as client:
        told = log_in(client, area="scanning").json()

    assert (told[NAME], told["FullName"], told[ROLE]) == ("Alice", "Alice Example", "User")
    assert told["memberOf"] == "Users,Domain Users,IEOSAdmins"
    assert (told["BranchCode"], told["JourneyId"]) == ("0042", "b1")
    assert told["AbbeyServiceCentre"] == "north"


def test_what_a_subject_does_not_have_is_empty_text(answer) -> None:
    names = ("BranchCode", "AbbeyServiceCentre", "JourneyId", "memberOf", "tenant")

    assert [answer.json()[name] for name in names] == [""] * 5


def test_the_tenant_is_told_by_name(world, client) -> None:
    world.add("bob", password="b", profiles={"idscan": {"role": "User"}}, tenant="IDscan")

    told = log_in(client, username="bob", password="b", area="scanning").json()

    assert told["tenant"] == "IDscan"


@pytest.mark.parametrize("absent", ["Username", "Role", "Token", "refresh_token"])
def test_names_of_the_results_table_that_are_no_keys_do_not_occur(answer, absent) -> None:
    assert absent not in answer.json()


def test_both_cookies_are_set_and_the_token_is_hidden_from_scripts(answer) -> None:
    cookies = cookies_of(answer)

    assert cookies["token"] == [
        answer.json()["access_token"],
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
    ]
    assert cookies["csrftoken"][1:] == ["Path=/", "SameSite=Lax"]


def test_the_csrf_cookie_is_percent_encoded_base64(answer) -> None:
    value = cookies_of(answer)["csrftoken"][0]

    assert re.fullmatch(r"([A-Za-z0-9]|%2B|%2F|%3D)+", value)
    assert len(base64.b64decode(unquote(value), validate=True)) == 32


def test_cookies_are_secure_over_https(world) -> None:
    with world.client(base_url="https://testserver") as client:
        cookies = cookies_of(log_in(client))

    assert all("Secure" in attributes for attributes in cookies.values())


def test_several_tokens_are_good_at_once(client) -> None:
    first, second = token_of(client), token_of(client)

    assert first != second
    assert [ask(client, authorization=each).status_code for each in (first, second)] == [200, 200]


def test_a_token_is_good_at_its_last_instant_and_not_after(world, client) -> None:
    token = token_of(client)

    world.clock.advance(hours=10)
    assert ask(client, authorization=token).status_code == 200
    world.clock.advance(microseconds=1)
    assert ask(client, authorization=token).status_code == 401


@pytest.mark.parametrize("hours", [1, 12, 720])
def test_the_lifetime_is_a_setting_in_hours(hours) -> None:
    with opened(lifetime_hours=hours) as world, world.client() as client:
        told = log_in(client).json()
        assert told["expires_in"] == hours * 3_600 - 1
        issued, expires = (parsedate_to_datetime(told[key]) for key in (".issued", ".expires"))
        assert expires - issued == timedelta(hours=hours)
        world.clock.advance(hours=hours, seconds=1)
        assert ask(client, authorization=told["access_token"]).status_code == 401


def test_the_idle_timeout_is_told_and_not_enforced(world, client) -> None:
    answer = log_in(client)
    assert answer.json()["IdleSessionTimeout"] == "15"
    world.clock.advance(hours=9)
    assert ask(client, authorization=answer.json()["access_token"]).status_code == 200


def test_the_idle_timeout_can_be_enforced_up_to_the_end_that_was_told() -> None:
    with (
        opened(enforce_idle_timeout=True, idle_timeout_minutes=20, lifetime_hours=1) as world,
        world.client() as client,
    ):
        told = log_in(client).json()
        assert (told["IdleSessionTimeout"], told["expires_in"]) == ("20", 3_599)
        for _ in range(3):
            assert ask(client, authorization=told["access_token"]).status_code == 200
            world.core.access.flush()
            world.clock.advance(minutes=20)
        assert ask(client, authorization=told["access_token"]).status_code == 200
        world.clock.advance(microseconds=1)
        assert ask(client, authorization=told["access_token"]).status_code == 401


def test_an_idle_session_ends_where_that_is_enforced() -> None:
    with opened(enforce_idle_timeout=True) as world, world.client() as client:
        token = token_of(client)
        world.clock.advance(minutes=15, microseconds=1)
        assert ask(client, authorization=token).status_code == 401
