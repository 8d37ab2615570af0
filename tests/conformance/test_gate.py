"""The gate keeps one promise, on the server's own port, on TCP and on a Unix socket."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.drivers import DRIVERS, Driver, Gated
from tests.support.gateways import WAYS, Ask, asking, told_by_nginx
from tests.support.world import World
from watchword.config import Configuration, GateRule, GateTable
from watchword.core.errors import OverloadedError, StorageUnavailableError

PASSWORD = "correct horse"
GATED = {name: driver for name, driver in DRIVERS.items() if driver.gated is not None}


@pytest.fixture(params=sorted(GATED))
def driver(request: pytest.FixtureRequest) -> Driver:
    return DRIVERS[request.param]


@pytest.fixture
def world() -> Generator[World]:
    """Yield a world in which Alice stands at every door, and Bob with lesser rights."""
    world = World()
    profiles = {name: driver.profile for name, driver in GATED.items()}
    lesser = {name: calls_of(driver).lesser for name, driver in GATED.items()}
    world.add("alice@acme.example", "alice", profiles=profiles, tenant="Acme Bank")
    world.add("bob@acme.example", "bob", profiles=lesser)
    yield world
    world.close()


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ask(way: str, world: World, tmp_path: Path) -> Generator[Ask]:
    with asking(way, world, tmp_path) as ask:
        yield ask


def calls_of(driver: Driver) -> Gated:
    """Return the calls of a vendor."""
    assert driver.gated is not None
    return driver.gated


def enter(world: World, driver: Driver, name: str = "alice") -> str:
    """Log in and return the token."""
    with world.client() as client:
        login = driver.login_name.replace("alice", name)
        return driver.token(driver.login(client, login, PASSWORD))


def about(driver: Driver, call: tuple[str, str], token: str | None = None, **more: str):
    """Return the headers in which nginx asks about a call with a token."""
    presented = {} if token is None else calls_of(driver).headers(token)
    return told_by_nginx(*call) | dict(presented) | more


def same_as_at_the_door(world: World, driver: Driver, told, token: str | None) -> None:
    """Hold a refusal to what the vendor's own door says of such a token."""
    with world.client() as client:
        answer = driver.guarded(client, token, "alice")
    assert (told.status, told.body) == (answer.status_code, answer.content)
    for name in ("content-type", "www-authenticate"):
        assert told.headers.get(name) == answer.headers.get(name)


class TestWhoMayPass:
    def test_a_good_token_passes_and_is_told_of(self, driver, world, ask):
        token = enter(world, driver)
        told = ask(about(driver, calls_of(driver).allowed, token))
        assert (told.status, told.body) == (200, b"")
        assert told.headers["x-watchword-audience"] == driver.name
        assert told.headers["x-watchword-login"] == driver.login_name
        assert told.headers["x-watchword-tenant"] == "Acme Bank"
        assert told.headers["cache-control"] == "no-store"
        with world.storage.read() as transaction:
            subject = transaction.subjects.find_by_login("alice")
        assert told.headers["x-watchword-subject"] == str(subject.id)

    def test_asked_again_and_again_the_answer_is_the_same(self, driver, world, ask):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))
        first, *others = [ask(headers) for _ in range(5)]
        for other in others:
            assert (other.status, other.headers) == (first.status, first.headers)

    def test_without_a_token_the_vendor_says_no(self, driver, world, ask):
        told = ask(about(driver, calls_of(driver).allowed))
        same_as_at_the_door(world, driver, told, None)
        assert told.status == 401

    def test_an_unknown_token_is_refused_in_the_vendors_words(self, driver, world, ask):
        unknown = "0" * 128
        told = ask(about(driver, calls_of(driver).allowed, unknown))
        same_as_at_the_door(world, driver, told, unknown)
        assert told.status == 401

    def test_a_token_of_another_door_is_unknown(self, driver, world, ask):
        for other in GATED.values():
            token = enter(world, other)
            told = ask(about(driver, calls_of(driver).allowed, token))
            assert told.status == (200 if other is driver else 401)

    def test_anybody_may_make_an_open_call_and_nobody_is_told_of(self, driver, ask):
        told = ask(about(driver, calls_of(driver).open))
        assert told.status == 200
        assert {told.headers[f"x-watchword-{name}"] for name in ("subject", "roles")} == {""}

    def test_a_lesser_profile_is_refused_what_a_greater_may(self, driver, world, ask):
        alice, bob = enter(world, driver), enter(world, driver, "bob")
        for _ in range(3):
            assert ask(about(driver, calls_of(driver).denied, alice)).status == 200
            told = ask(about(driver, calls_of(driver).denied, bob))
            assert told.status in {401, 403}
            assert told.body

    def test_what_no_rule_is_about_is_refused_to_all(self, driver, world, ask):
        assert ask(about(driver, calls_of(driver).missing)).status == 401
        told = ask(about(driver, calls_of(driver).missing, enter(world, driver)))
        assert told.status == 403

    def test_the_query_is_no_part_of_the_path(self, driver, world, ask):
        method, path = calls_of(driver).allowed
        token = enter(world, driver)
        for query in ("?a=b", "?../../x", "?a=%2F%00"):
            assert ask(about(driver, (method, path + query), token)).status == 200

    def test_head_is_asked_for_as_get_is(self, driver, world, ask):
        method, path = calls_of(driver).allowed
        assert method == "GET"
        assert ask(about(driver, ("HEAD", path), enter(world, driver))).status == 200


class TestWhatIsTold:
    def test_only_what_back_ends_read_may_be_told(self, driver, way, world, tmp_path):
        token = enter(world, driver)
        table = GateTable(headers=("login", "subject", "login"))
        with asking(way, world, tmp_path, Configuration(gate=table)) as ask:
            for call in (calls_of(driver).allowed, calls_of(driver).open):
                told = ask(about(driver, call, token))
                ours = [name for name in told.headers if name.startswith("x-watchword-")]
                assert ours == ["x-watchword-login", "x-watchword-subject"]

    def test_nothing_may_be_told(self, driver, way, world, tmp_path):
        with asking(way, world, tmp_path, Configuration(gate=GateTable(headers=()))) as ask:
            told = ask(about(driver, calls_of(driver).allowed, enter(world, driver)))
        assert told.status == 200
        assert not any(name.startswith("x-watchword-") for name in told.headers)


class TestRevocation:
    def test_a_yes_ends_with_the_session(self, driver, world, ask):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))
        assert [ask(headers).status for _ in range(4)] == [200] * 4
        with world.storage.read() as transaction:
            subject = transaction.subjects.find_by_login("alice")
        world.core.directory.set_active(subject.id, active=False)
        assert ask(headers).status in {401, 403}

    def test_a_yes_ends_with_the_time_of_the_token(self, driver, world, ask):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))
        assert [ask(headers).status for _ in range(4)] == [200] * 4
        world.clock.advance(days=400)
        assert ask(headers).status == 401


class TestWhatGatewaysSay:
    def test_caddy_and_traefik_are_understood(self, driver, world, ask):
        method, path = calls_of(driver).allowed
        forwarded = {
            "X-Forwarded-Method": method,
            "X-Forwarded-Uri": path,
            "X-Forwarded-Host": "api.example",
            "X-Forwarded-For": "198.51.100.9, 192.0.2.7",
        }
        token = enter(world, driver)
        headers = forwarded | dict(calls_of(driver).headers(token))
        assert [ask(headers).status for _ in range(3)] == [200] * 3

    def test_envoy_is_understood(self, driver, world, ask):
        method, path = calls_of(driver).allowed
        headers = dict(calls_of(driver).headers(enter(world, driver)))
        for _ in range(3):
            told = ask(headers, f"/gate/verify{path}", method)
            assert told.status == 200
        method, path = calls_of(driver).missing
        assert ask(headers, f"/gate/verify{path}", method).status == 403

    @pytest.mark.parametrize("left_out", ["X-Original-Method", "X-Original-URI", "X-Original-Host"])
    def test_a_gateway_that_leaves_something_out_is_refused(self, driver, world, ask, left_out):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))
        del headers[left_out]
        told = ask(headers)
        assert (told.status, told.headers["content-type"]) == (403, "text/plain; charset=utf-8")

    @pytest.mark.parametrize(
        "added",
        [
            {"X-Forwarded-Uri": "/config.json"},
            {"X-Forwarded-Method": "GET"},
            {"X-HTTP-Method-Override": "DELETE"},
            {"X_HTTP_Method_Override": "DELETE"},
            {"X.Original_URL": "/admin"},
            {"X-Original-URL": "/admin"},
            {"X-Rewrite-URL": "/admin"},
            {"X-Watchword-Subject": "1"},
            {"x_watchword_roles": "ADMIN"},
            {"X.Watchword-Login": "root"},
        ],
        ids=lambda added: next(iter(added)),
    )
    def test_what_a_client_might_add_is_refused(self, driver, world, ask, added):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))
        assert [ask(headers).status for _ in range(3)] == [200] * 3
        assert ask(headers | added).status == 403

    def test_a_query_of_the_gateways_own_means_nothing(self, driver, world, ask):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))
        for _ in range(3):
            assert ask(headers, "/gate/verify?limit=1").status == 200

    def test_who_asks_for_a_refusal_is_never_let_through(self, driver, world, ask):
        token = enter(world, driver)
        for _ in range(3):
            told = ask(about(driver, calls_of(driver).allowed, token), "/gate/refusal")
            assert (told.status, told.headers["retry-after"]) == (503, "1")
            assert not any(name.startswith("x-watchword-") for name in told.headers)
        told = ask(about(driver, calls_of(driver).allowed), "/gate/refusal?a=b")
        same_as_at_the_door(world, driver, told, None)

    def test_the_verify_path_alone_says_nothing(self, driver, world, ask):
        headers = dict(calls_of(driver).headers(enter(world, driver)))
        assert ask(headers).status == 403
        assert ask(headers, "/gate/elsewhere").status == 404


class TestPaths:
    @pytest.mark.parametrize(
        "trick",
        ["/../x", "/./x", "//x", "/%2e%2e/x", "/%2fx", "/%5cx", "/\\x", "/;a=b", "/%3bx", "/%00",
         "/%252e", "/%zz", "/\u00ff", "/%c3%bc", "/x./y", "/x%20/y", "#x"],
    )  # fmt: skip
    def test_a_path_that_reads_in_two_ways_is_refused(self, driver, world, ask, trick):
        method, path = calls_of(driver).allowed
        token = enter(world, driver)
        assert ask(about(driver, (method, path.rstrip("/") + trick), token)).status == 403

    def test_letters_that_need_no_escape_may_have_one(self, driver, world, ask):
        method, path = calls_of(driver).allowed
        written = path.replace("e", "%65")
        assert ask(about(driver, (method, written), enter(world, driver))).status == 200


class TestTrouble:
    def test_without_storage_the_gate_is_closed(self, driver, world, ask, monkeypatch):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))

        def fail(*_: object) -> None:
            raise StorageUnavailableError

        monkeypatch.setattr(world.storage, "read", fail)
        told = ask(headers)
        assert told.status == 503
        assert told.headers["retry-after"] == "1"

    def test_when_too_much_waits_the_gate_says_so(self, driver, world, ask, monkeypatch):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))

        async def refuse(_work: object) -> None:
            raise OverloadedError(world.core.policy.lockout.first_lock)

        monkeypatch.setattr(world.lanes.store, "run", refuse)
        told = ask(headers)
        assert (told.status, told.headers["retry-after"]) == (503, "30")

    def test_a_fault_of_ours_is_a_no(self, driver, world, ask, monkeypatch):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))

        def fail(*_: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(world.core.access, "_load", fail)
        assert ask(headers).status == 500

    def test_a_body_that_is_too_long_is_refused(self, driver, world, ask):
        headers = about(driver, calls_of(driver).allowed, enter(world, driver))
        assert ask(headers, body=b"x" * 65_536).status == 200
        assert ask(headers, body=b"x" * 65_537).status == 413


class TestOperatorsRules:
    def test_a_rule_of_an_operator_opens_and_closes(self, driver, way, world, tmp_path):
        closed, opened = calls_of(driver).allowed[1], calls_of(driver).missing[1]
        rules = (
            GateRule(driver.name, closed, "nobody", ("GET",)),
            GateRule(driver.name, opened.rstrip("/") + "/{id}/**", "authenticated"),
        )
        token = enter(world, driver)
        with asking(way, world, tmp_path, Configuration(gate=GateTable(rules=rules))) as ask:
            assert ask(about(driver, ("GET", closed), token)).status == 403
            beyond = ("PUT", opened.rstrip("/") + "/7/and/so/on")
            assert ask(about(driver, beyond, token)).status == 200
            assert ask(about(driver, beyond)).status == 401
            assert ask(about(driver, ("PUT", opened), token)).status == 403

    def test_without_a_rule_any_good_token_may_do_where_that_is_said(
        self, driver, way, world, tmp_path
    ):
        configuration = Configuration(gate=GateTable(default="allow-authenticated"))
        with asking(way, world, tmp_path, configuration) as ask:
            assert ask(about(driver, calls_of(driver).missing)).status == 401
            token = enter(world, driver)
            for _ in range(3):
                assert ask(about(driver, calls_of(driver).missing, token)).status == 200

    def test_a_slash_at_the_end_leaves_no_rule_behind(self, driver, way, world, tmp_path):
        """Where any good token may do without a rule, a back-end may overlook the slash."""
        method, path = calls_of(driver).denied
        turned = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        configuration = Configuration(gate=GateTable(default="allow-authenticated"))
        alice, bob = enter(world, driver), enter(world, driver, "bob")
        with asking(way, world, tmp_path, configuration) as ask:
            assert ask(about(driver, calls_of(driver).missing, bob)).status == 200
            for each in (path, turned):
                assert ask(about(driver, (method, each), alice)).status == 200
                assert ask(about(driver, (method, each), bob)).status in {401, 403}
