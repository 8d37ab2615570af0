"""Who is calling, in a signed statement: verified by a library that is not ours, at every door."""

from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import jwt
import pytest
from jwt.types import Options

from tests.support.drivers import DRIVERS, Driver
from tests.support.gateways import WAYS, Ask, asking, gate_of, told_by_nginx
from tests.support.world import World
from watchword.config import Configuration, GateTable, SignedIdentityTable
from watchword.core.errors import StorageUnavailableError
from watchword.core.policy import AccessPolicy
from watchword.core.shelf import ColdError
from watchword.core.signing import Algorithm
from watchword.core.vouching import AHEAD, PEN_LIFE
from watchword.gate.asking import VERIFY
from watchword.gate.gate import Call, Gate

GATED = {name: driver for name, driver in DRIVERS.items() if driver.gated is not None}
HEADER = "x-watchword-identity"
LIFE = timedelta(seconds=60)
OVERRULED: Options = {"verify_exp": False, "verify_iat": False}
"""The world's clock is not PyJWT's: times are looked at by themselves."""

Opened = Callable[..., Ask]


@pytest.fixture(params=sorted(GATED))
def driver(request: pytest.FixtureRequest) -> Driver:
    return DRIVERS[request.param]


@pytest.fixture
def world(driver: Driver) -> Generator[World]:
    world = World()
    world.add(
        "alice@acme.example", "alice", profiles={driver.name: driver.profile}, tenant="Zürich, AG"
    )
    yield world
    world.close()


def settings(**table) -> Configuration:
    signed = SignedIdentityTable(**{"enabled": True, **table})
    return Configuration(gate=GateTable(signed_identity=signed))


def enter(world, driver) -> str:
    with world.client() as client:
        return str(driver.token(driver.login(client, driver.login_name, "correct horse")))


def about(driver, call, token=None, **more):
    presented = {} if token is None else driver.gated.headers(token)
    return told_by_nginx(*call) | dict(presented) | more


def raw(headers):
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def read(world, statement, audience, issuer="watchword"):
    """Verify a statement as a back-end would, with what is published, and return what it says."""
    keys = {key["kid"]: key for key in world.core.vouching.published()}
    key = jwt.PyJWK(dict(keys[jwt.get_unverified_header(statement)["kid"]]))
    return jwt.decode(
        statement, key, algorithms=["ES256"], audience=audience, issuer=issuer, options=OVERRULED
    )


@pytest.fixture(params=WAYS)
def ask(request, world, tmp_path: Path) -> Generator[Ask]:
    with asking(request.param, world, tmp_path, settings()) as ask:
        yield ask


class TestWhatItSays:
    def test_it_says_what_the_headers_say(self, driver, world, ask):
        told = ask(about(driver, driver.gated.allowed, enter(world, driver)))

        said = read(world, told.headers[HEADER], f"{driver.name}-back-end")
        shown = {name: told.headers[f"x-watchword-{name}"] for name in ("subject", "session")}
        assert (said["sub"], said["sid"]) == (shown["subject"], shown["session"])
        for name in ("login", "tenant", "audience"):
            assert said[name] == unquote(told.headers[f"x-watchword-{name}"])
        for name in ("roles", "scopes"):
            listed = told.headers[f"x-watchword-{name}"]
            assert said[name] == [unquote(each) for each in listed.split(",") if each]
        assert said["tenant"] == "Zürich, AG"
        assert said["exp"] - said["iat"] == LIFE.total_seconds()
        assert said["iat"] == int(world.clock().timestamp())

    def test_nobody_is_told_of_by_an_empty_one(self, driver, ask):
        told = ask(about(driver, driver.gated.open))

        assert (told.status, told.headers[HEADER]) == (200, "")

    def test_a_no_has_none(self, driver, world, ask):
        token = enter(world, driver)
        for told in (
            ask(about(driver, driver.gated.allowed)),
            ask(about(driver, driver.gated.missing, token)),
            ask(about(driver, driver.gated.allowed, token), "/gate/refusal"),
        ):
            assert told.status in {401, 403, 503}
            assert HEADER not in told.headers

    @pytest.mark.parametrize(
        "name", ["X-Watchword-Identity", "x_watchword_identity", "X.Watchword.Identity"]
    )
    def test_one_that_a_client_sends_is_refused(self, driver, world, ask, name):
        token = enter(world, driver)
        statement = ask(about(driver, driver.gated.allowed, token)).headers[HEADER]

        told = ask(about(driver, driver.gated.allowed, token, **{name: statement}))
        assert told.status == 403

    def test_it_is_there_only_where_it_is_wanted(self, driver, world, tmp_path):
        with asking("tcp", world, tmp_path) as ask:
            told = ask(about(driver, driver.gated.allowed, enter(world, driver)))

        assert told.status == 200
        assert HEADER not in told.headers


class TestSettings:
    @pytest.fixture
    def told(self, world, driver, tmp_path):
        def asked(**table):
            with asking("tcp", world, tmp_path, settings(**table)) as ask:
                return ask(about(driver, driver.gated.allowed, enter(world, driver)))

        return asked

    def test_each_back_end_may_have_a_name_of_its_own(self, driver, world, told):
        answer = told(audiences={driver.name: "urn:acme:records"})

        assert read(world, answer.headers[HEADER], "urn:acme:records")["sub"]
        with pytest.raises(jwt.InvalidAudienceError):
            read(world, answer.headers[HEADER], f"{driver.name}-back-end")

    def test_the_issuer_has_the_name_that_it_is_given(self, driver, world, told):
        answer = told(issuer="https://id.acme.example")

        audience = f"{driver.name}-back-end"
        assert read(world, answer.headers[HEADER], audience, "https://id.acme.example")
        with pytest.raises(jwt.InvalidIssuerError):
            read(world, answer.headers[HEADER], audience)

    def test_the_header_has_the_name_that_it_is_given(self, told):
        answer = told(header="X-Watchword-Assertion")

        assert answer.headers["x-watchword-assertion"]
        assert HEADER not in answer.headers

    def test_it_lives_for_as_long_as_is_said(self, driver, world, told):
        said = read(world, told(seconds=10).headers[HEADER], f"{driver.name}-back-end")

        assert said["exp"] - said["iat"] == 10


class TestRenewal:
    """The gate is asked in this thread: `recall` and `known` are what a listener asks."""

    @pytest.fixture
    def gate(self, world) -> Gate:
        return gate_of(world, settings())

    @pytest.fixture
    def call(self, world, driver) -> Call:
        asked = about(driver, driver.gated.allowed, enter(world, driver))
        return Call(b"GET", VERIFY, raw(asked))

    @staticmethod
    def statement(answer) -> str:
        return str(dict(answer.headers)[HEADER.encode()], "ascii")

    def test_whoever_gets_one_can_use_it_for_half_its_life(self, world, gate, call):
        for _ in range(200):
            answer = gate.quick(VERIFY, call.headers) or gate.recall(call) or gate.answer(call)
            said = jwt.decode(self.statement(answer), options={"verify_signature": False})
            left = said["exp"] - world.clock().timestamp()
            assert LIFE.total_seconds() / 2 - 1 <= left <= LIFE.total_seconds()
            world.clock.advance(seconds=1.7)

    def test_in_its_first_half_the_same_goes_out_again(self, world, gate, call):
        first = gate.answer(call)
        world.clock.advance(seconds=29)

        assert gate.quick(VERIFY, call.headers, b"head") is first
        assert gate.known(b"head") is first
        assert gate.recall(call) is first

    def test_in_its_second_half_another_is_made_and_requests_stay_known(self, world, gate, call):
        first = gate.answer(call)
        assert gate.quick(VERIFY, call.headers, b"head") is first
        world.clock.advance(seconds=30)

        assert gate.known(b"head") is None
        assert gate.quick(VERIFY, call.headers) is None
        second = gate.recall(call) or gate.answer(call)
        assert self.statement(second) != self.statement(first)
        assert gate.known(b"head") is second

    def test_whoever_is_looked_up_anew_gets_the_same_again(self, world, call):
        """Principals are looked up again every half a minute: no reason to sign again."""
        gate = gate_of(world, settings(seconds=300))
        first = gate.answer(call)
        world.clock.advance(seconds=AccessPolicy().lease.total_seconds() + 1)
        assert gate.recall(call) is None
        second = gate.answer(call)

        assert second is not first
        assert self.statement(second) == self.statement(first)

    def test_none_goes_out_after_the_end_of_its_session(self, world, gate, call):
        gate.answer(call)
        gate.quick(VERIFY, call.headers, b"head")
        with world.storage.read() as transaction:
            subject = transaction.subjects.find_by_login("alice")
        world.core.directory.set_active(subject.id, active=False)

        assert gate.known(b"head") is None
        assert gate.answer(call).status in {401, 403}

    def test_another_key_is_taken_up_within_a_minute(self, world, gate, call):
        def kid():
            answer = gate.recall(call) or gate.answer(call)
            return jwt.get_unverified_header(self.statement(answer))["kid"]

        first = kid()
        fresh = world.core.vouching.rotate(Algorithm.ES256)
        world.clock.advance(seconds=AHEAD.total_seconds() - 31)
        assert kid() == first
        world.clock.advance(seconds=31 + PEN_LIFE.total_seconds())
        assert kid() == fresh != first

    def test_every_one_verifies_with_keys_that_were_kept_for_five_minutes(self, world, gate, call):
        gate.answer(call)
        kept = [(world.clock(), world.core.vouching.published())]
        for minute in range(40):
            if minute in {3, 9, 25}:
                world.core.vouching.rotate(Algorithm.ES256)
            answer = gate.recall(call) or gate.answer(call)
            kid = jwt.get_unverified_header(self.statement(answer))["kid"]
            for at, keys in kept:
                if world.clock() - at <= AHEAD / 2:
                    assert kid in {key["kid"] for key in keys}
            kept.append((world.clock(), world.core.vouching.published()))
            world.clock.advance(minutes=1)
            world.core.access.flush()


class TestTrouble:
    def test_where_it_cannot_be_signed_nobody_passes(self, world, driver, tmp_path, monkeypatch):
        def fail(*_):
            raise StorageUnavailableError

        token = enter(world, driver)
        monkeypatch.setattr(type(world.core.vouching), "pen", fail)
        with asking("tcp", world, tmp_path, settings()) as ask:
            told = ask(about(driver, driver.gated.allowed, token))

        assert (told.status, told.headers["retry-after"]) == (503, "1")
        assert HEADER not in told.headers

    def test_what_cannot_be_looked_up_is_a_no_and_not_a_silence(
        self, world, driver, tmp_path, monkeypatch
    ):
        """Whatever must be read first, `ColdError.warm` may fail: the gateway is answered then."""

        def fail():
            raise StorageUnavailableError

        def cold(*_, **_more):
            raise ColdError(fail)

        token = enter(world, driver)
        monkeypatch.setattr(Gate, "_judge", cold)
        with asking("tcp", world, tmp_path) as ask:
            assert ask(about(driver, driver.gated.allowed, token)).status == 503
