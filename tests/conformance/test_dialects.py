"""What all vendors' doors must share, stated once and run on each of them."""

from collections.abc import Generator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.support.drivers import DRIVERS, Driver
from tests.support.world import World

PASSWORD = "correct horse"


@pytest.fixture(params=sorted(DRIVERS))
def driver(request: pytest.FixtureRequest) -> Driver:
    return DRIVERS[request.param]


@pytest.fixture
def world(driver: Driver) -> Generator[World]:
    """Yield a world in which one subject stands at every door."""
    world = World()
    profiles = {name: each.profile for name, each in DRIVERS.items()}
    logins = ("alice@acme.example", "alice")
    world.add(*logins, password=PASSWORD, profiles=profiles, service=driver.machine)
    yield world
    world.close()


@pytest.fixture
def client(world: World) -> Generator[TestClient]:
    with world.client() as client:
        yield client


@pytest.fixture
def token(driver: Driver, client: TestClient) -> str:
    """Return a token that was just issued."""
    answer = driver.login(client, driver.login_name, PASSWORD)
    assert answer.status_code == 200, answer.text
    return driver.token(answer)


def _id(world: World):
    with world.storage.read() as transaction:
        subject = transaction.subjects.find_by_login("alice")
    assert subject is not None
    return subject.id


class TestLogin:
    def test_a_good_password_opens_the_door(self, driver, client, token):
        assert driver.guarded(client, token, "alice").status_code == 200

    def test_the_login_is_found_in_any_case(self, driver, client):
        assert driver.login(client, driver.login_name.title(), PASSWORD).status_code == 200

    def test_an_unknown_login_looks_like_a_wrong_password(self, driver, client):
        wrong = driver.login(client, driver.login_name, "wrong")
        unknown = driver.login(client, "nobody@acme.example", "wrong")
        assert driver.shaped(wrong)
        assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
        assert _lasting(wrong) == _lasting(unknown)

    @pytest.mark.parametrize("password", ["", "\u00e9" * 5_000, "x" * 20_000])
    def test_an_odd_password_looks_like_a_wrong_one(self, driver, client, password):
        wrong = driver.login(client, driver.login_name, "wrong")
        odd = driver.login(client, driver.login_name, password)
        assert (odd.status_code, odd.content) == (wrong.status_code, wrong.content)

    def test_a_disabled_subject_looks_like_a_wrong_password(self, driver, client, world):
        wrong = driver.login(client, driver.login_name, "wrong")
        world.core.directory.set_active(_id(world), active=False)
        disabled = driver.login(client, driver.login_name, PASSWORD)
        assert (disabled.status_code, disabled.content) == (wrong.status_code, wrong.content)

    def test_without_a_profile_here_there_is_no_entry(self, driver, client, world):
        world.add("bob@acme.example", "bob", password=PASSWORD, profiles={})
        wrong = driver.login(client, driver.login_name, "wrong")
        absent = driver.login(client, driver.login_name.replace("alice", "bob"), PASSWORD)
        assert (absent.status_code, absent.content) == (wrong.status_code, wrong.content)

    def test_a_lock_looks_like_a_wrong_password_and_holds_off_the_right_one(self, driver, client):
        answers = [driver.login(client, driver.login_name, "wrong") for _ in range(8)]
        locked = driver.login(client, driver.login_name, PASSWORD)
        assert {(a.status_code, a.content) for a in answers} == {
            (locked.status_code, locked.content)
        }

    def test_a_lock_ends_by_itself(self, driver, client, world):
        for _ in range(5):
            driver.login(client, driver.login_name, "wrong")
        world.clock.advance(minutes=16)
        assert driver.login(client, driver.login_name, PASSWORD).status_code == 200

    def test_no_answer_to_a_login_may_be_stored(self, driver, client):
        for password in (PASSWORD, "wrong"):
            answer = driver.login(client, driver.login_name, password)
            assert "no-store" in answer.headers["cache-control"]

    def test_a_tenant_in_deletion_looks_like_a_wrong_password_but_where_it_is_told(
        self, driver, client, world
    ):
        world.add(
            "carol@acme.example",
            "carol",
            password=PASSWORD,
            tenant="Acme",
            service=driver.machine,
            profiles={driver.name: driver.profile},
        )
        _close_tenant(world, "Acme")
        carol = driver.login_name.replace("alice", "carol")
        wrong = driver.login(client, driver.login_name, "wrong")
        guessed = driver.login(client, carol, "wrong")
        closed = driver.login(client, carol, PASSWORD)
        assert (guessed.status_code, guessed.content) == (wrong.status_code, wrong.content)
        if driver.closed is None:
            assert (closed.status_code, closed.content) == (wrong.status_code, wrong.content)
        else:
            assert closed.status_code == driver.closed
            assert driver.shaped(closed)


class TestTokens:
    def test_no_token_is_refused(self, driver, client):
        answer = driver.guarded(client, None, "alice")
        assert answer.status_code == 401
        assert driver.shaped(answer)

    @pytest.mark.parametrize(
        "change",
        [str.swapcase, lambda t: t[:-1], lambda t: t + "0"],
        ids=["other case", "shorter", "longer"],
    )
    def test_a_changed_token_is_refused(self, driver, client, token, change):
        answer = driver.guarded(client, change(token), "alice")
        assert answer.status_code == 401
        assert driver.shaped(answer)

    def test_another_vendors_token_is_refused(self, driver, client, token):
        for other in DRIVERS.values():
            if other is not driver:
                answer = other.guarded(client, token, "alice")
                assert answer.status_code == 401
                assert other.shaped(answer)

    def test_logging_out_kills_this_token_and_no_other(self, driver, client, token):
        if driver.leave is None:
            pytest.skip(f"{driver.name} documents no logout")
        second = driver.token(driver.login(client, driver.login_name, PASSWORD))
        assert driver.leave(client, second).status_code in {200, 204}
        assert driver.guarded(client, second, "alice").status_code == 401
        assert driver.guarded(client, token, "alice").status_code == 200

    def test_disabling_the_subject_ends_every_session_now(self, driver, client, world, token):
        assert driver.guarded(client, token, "alice").status_code == 200
        world.core.directory.set_active(_id(world), active=False)
        answer = driver.guarded(client, token, "alice")
        assert answer.status_code in {401, 403}
        assert driver.shaped(answer)

    def test_enabling_it_again_revives_no_session(self, driver, client, world, token):
        world.core.directory.set_active(_id(world), active=False)
        world.core.directory.set_active(_id(world), active=True)
        assert driver.guarded(client, token, "alice").status_code == 401

    def test_a_new_password_ends_every_session(self, driver, client, world, token):
        assert driver.guarded(client, token, "alice").status_code == 200
        world.core.directory.set_password(_id(world), "another one")
        assert driver.guarded(client, token, "alice").status_code == 401

    def test_removing_the_subject_ends_every_session(self, driver, client, world, token):
        assert driver.guarded(client, token, "alice").status_code == 200
        world.core.directory.remove_subject(_id(world))
        assert driver.guarded(client, token, "alice").status_code == 401

    def test_a_session_ends_with_its_time(self, driver, client, world, token):
        world.clock.advance(days=181)
        assert driver.guarded(client, token, "alice").status_code == 401

    def test_a_token_in_the_query_is_ignored(self, driver, client, token):
        for name in ("token", "access_token", "authorization"):
            asked = driver.guarded(client, None, "alice").request
            answer = client.request(asked.method, f"{asked.url}?{name}={token}")
            assert answer.status_code == 401


class TestBodies:
    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 5_000, b"a=b&" * 99]
    )
    def test_a_malformed_body_is_answered_in_the_vendors_shape(self, driver, client, body):
        answer = driver.send_body(client, body)
        assert 400 <= answer.status_code < 500
        assert driver.shaped(answer)

    def test_an_oversized_body_is_answered_in_the_vendors_shape(self, driver, client):
        answer = driver.send_body(client, b" " * 2_000_000)
        assert 400 <= answer.status_code < 500
        assert driver.shaped(answer)


def _lasting(answer):
    return {name: value for name, value in answer.headers.items() if name not in {"x-uuid", "date"}}


def _close_tenant(world: World, name: str) -> None:
    with world.storage.write() as transaction:
        tenant = transaction.tenants.find_by_name(name)
        assert tenant is not None
        transaction.tenants.replace(replace(tenant, in_deletion=True))
