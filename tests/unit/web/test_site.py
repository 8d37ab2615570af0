"""From a connection to a reply: doors, bodies, tokens, lanes, and every way in which they fail."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from tests.support.house import POLICY, SOUTH, House
from watchword.core.errors import CoreError, OverloadedError
from watchword.core.sessions import EndReason
from watchword.core.shelf import ColdError
from watchword.web import site as site_module
from watchword.web.door import Door
from watchword.web.errors import BodyTooLargeError, UnexpectedError, WebError
from watchword.web.lanes import Lanes, Room, ThreadLane
from watchword.web.live import Live
from watchword.web.messages import Reply
from watchword.web.operation import (
    ANY_METHOD,
    Desk,
    Dialect,
    Guarded,
    Lane,
    LongerError,
    Open,
    PathRules,
)
from watchword.web.sending import AT_ONCE
from watchword.web.site import Site


class Settings(msgspec.Struct, frozen=True):
    """How long a body of the large operation may be."""

    large: int = 200_000


def echo(_desk, request):
    told = {b"x-parameters": dict(request.parameters), b"x-arrived": request.arrived}
    return Reply(200, request.body, [(name, repr(each).encode()) for name, each in told.items()])


def whoami(_desk, request, principal):
    return Reply(200, f"{principal.subject.name} {len(request.body)}".encode())


def length(_desk, request):
    return Reply(200, str(len(request.body)).encode())


def large(settings):
    return settings.large


def fault(_desk, _request):
    raise ZeroDivisionError


def documents(desk, _request):
    return Reply(200, b",".join(desk.core.shelf.recall(SOUTH, "role").values()))


def never_warm(_desk, _request):
    raise ColdError(fault_without_arguments)


def longer(_desk, _request):
    def finish():
        return Reply(200, threading.current_thread().name.encode())

    raise LongerError(finish)


def longer_on(lane):
    """Return an endpoint that is finished on a thread of this lane."""

    def begin(_desk, _request):
        raise LongerError(lambda: Reply(200, threading.current_thread().name.encode()), lane)

    return begin


def cold_and_longer(lane):
    """Return an endpoint that has to be warmed, and then finished on a thread of this lane."""
    warm: list[str] = []

    def begin(_desk, _request):
        if not warm:
            raise ColdError(lambda: warm.append(threading.current_thread().name))
        told = f"{warm[0]} {threading.current_thread().name}"
        raise LongerError(
            lambda: Reply(200, f"{told} {threading.current_thread().name}".encode()), lane
        )

    return begin


def fault_without_arguments():
    raise ZeroDivisionError


def refuse(_desk, _request, error):
    """Answer with the name of what was raised, and what it says."""
    status = {BodyTooLargeError: 413, UnexpectedError: 500, OverloadedError: 503}
    return Reply(status.get(type(error), 400), type(error).__name__.encode())


def read_token(_desk, request):
    return request.credential(b"x-token")


def dialect(name="plain", prefix="/plain/", operations=None):
    return Dialect(
        name=name,
        audience=SOUTH,
        settings=Settings,
        paths=PathRules(prefix),
        operations=operations
        or (
            Open("GET", "/plain/page", lambda _d, r: Reply(200, r.path.encode()), Lane.LOOP),
            Open(ANY_METHOD, "/plain/any", lambda _d, r: Reply(200, r.method.encode()), Lane.LOOP),
            Open("POST", "/plain/echo", echo, Lane.STORE, longest_body=10),
            Open("POST", "/plain/echo/{name}", echo, Lane.LOGIN),
            Guarded("POST", "/plain/me", whoami, Lane.LOOP),
            Open("GET", "/plain/fault", fault, Lane.STORE),
            Open("GET", "/plain/documents", documents, Lane.LOOP),
            Open("GET", "/plain/cold", never_warm, Lane.LOOP),
            Open("GET", "/plain/longer", longer, Lane.LOOP),
            Open("GET", "/plain/longer/cold", cold_and_longer(Lane.BULK), Lane.LOOP),
            Open("GET", "/plain/longer/login", longer_on(Lane.LOGIN), Lane.LOOP),
            Open("GET", "/plain/longer/bulk", longer_on(Lane.BULK), Lane.LOOP),
            Open("GET", "/plain/longer/faces", longer_on(Lane.FACE), Lane.LOOP),
            Guarded("POST", "/plain/large", whoami, Lane.BULK, longest_body=large),
            Open("POST", "/plain/large/open", length, Lane.BULK, longest_body=300_000),
            Open("POST", "/plain/closed", length, Lane.BULK, longest_body=300_000, first=fault),
        ),
        policy=lambda _settings: POLICY.audiences[SOUTH],
        read_profile=lambda _table: b"{}",
        read_token=read_token,
        refuse=refuse,
        weaknesses=lambda _settings: (),
    )


@dataclass
class Exchange:
    """One request as a server hands it over, and what came back."""

    site: Site
    method: str = "GET"
    path: str = "/plain/page"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    scheme: str = "http"
    client: tuple[str, int] | None = ("192.0.2.7", 1)
    sent: list[dict[str, Any]] = field(default_factory=list)
    extensions: dict[str, Any] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None

    def run(self) -> "Exchange":
        asyncio.run(self.site(self._scope(), self._receive, self._send))
        return self

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def body(self):
        return self.sent[1]["body"]

    def header(self, name):
        return dict(self.sent[0]["headers"])[name]

    def _scope(self) -> dict[str, Any]:
        return {
            "type": "http",
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "query_string": b"a=b",
            "scheme": self.scheme,
            "client": self.client,
            "extensions": self.extensions,
        }

    async def _receive(self) -> dict[str, Any]:
        self.meanwhile()
        if not self.messages:
            await asyncio.sleep(60)
        return self.messages.pop(0)

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(dict(message))


def chunk(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


DISCONNECT = {"type": "http.disconnect"}


@pytest.fixture
def house_with_alice() -> Generator[House]:
    house = House()
    house.add("alice")
    yield house
    house.close()


@pytest.fixture
def lanes() -> Generator[Lanes]:
    store, login, bulk = (ThreadLane(name, 2, 4) for name in ("store", "login", "bulk"))
    lanes = Lanes(store, login, bulk, Room(150_000))
    yield lanes
    lanes.close()


@pytest.fixture
def observed() -> list[tuple[str, str, int]]:
    return []


@pytest.fixture
def site(house_with_alice, lanes, observed) -> Site:
    door = Door(dialect(), Desk(house_with_alice.core, Settings()))
    live = Live(house_with_alice.core, lanes)
    return Site([door], lanes, rest, lambda *seen: observed.append(seen), live)


async def rest(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b"rest"})


class TestReply:
    def test_it_has_the_endpoints_status_body_and_length(self, site):
        answer = Exchange(site).run()

        assert (answer.status, answer.body) == (200, b"/plain/page")
        assert answer.header(b"content-length") == b"11"

    def test_head_is_get_without_the_body(self, site):
        answer = Exchange(site, "HEAD").run()

        assert (answer.status, answer.body) == (200, b"")
        assert answer.header(b"content-length") == b"11"

    def test_a_refusal_of_a_head_has_no_body_either(self, site):
        answer = Exchange(site, "HEAD", "/plain/nothing").run()

        assert (answer.status, answer.body) == (400, b"")
        assert answer.header(b"content-length") == b"17"

    def test_each_answer_is_observed_under_the_path_of_its_operation(self, site, observed):
        for method, path in [
            ("GET", "/plain/page/"),
            ("POST", "/plain/echo/alice"),
            ("GET", "/plain/nothing"),
            ("GET", "/plain/echo"),
            ("GET", "/plain/fault"),
        ]:
            Exchange(site, method, path).run()

        assert observed == [
            ("plain", "/plain/page", 200),
            ("plain", "/plain/echo/{name}", 200),
            ("plain", "unknown", 400),
            ("plain", "unknown", 400),
            ("plain", "/plain/fault", 500),
        ]

    @pytest.mark.parametrize("takes", [True, False])
    def test_a_server_that_takes_answers_whole_is_asked_to_first(self, site, takes):
        told = []

        def at_once(*answer):
            told.append(answer)
            return takes

        for method in ("GET", "HEAD"):
            exchange = Exchange(site, method, extensions={AT_ONCE: at_once}).run()
            assert bool(exchange.sent) is not takes

        length = [(b"content-length", b"11")]
        assert told == [(200, length, b"/plain/page"), (200, length, b"")]

    def test_any_method_is_any_method(self, site):
        assert Exchange(site, "BREW", "/plain/any").run().body == b"BREW"


class TestDoors:
    def test_what_no_door_claims_goes_to_the_rest(self, site):
        assert Exchange(site, path="/elsewhere").run().status == 299

    def test_what_is_no_request_goes_to_the_rest(self, site):
        sent = []

        async def send(message):
            sent.append(message)

        asyncio.run(site({"type": "lifespan"}, None, send))

        assert sent[0]["status"] == 299

    def test_everything_below_a_prefix_is_the_doors(self, site):
        assert Exchange(site, path="/plain/nothing").run().body == b"RouteUnknownError"

    def test_a_method_that_no_operation_has_is_told(self, site):
        answer = Exchange(site, "DELETE", "/plain/page").run()

        assert answer.body == b"MethodNotAllowedError"

    @pytest.mark.parametrize(
        ("hosts", "body"),
        [
            ([b"b.example"], b"bound"),
            ([b"B.Example:8420"], b"bound"),
            ([b"a.example"], b"free"),
            ([], b"free"),
            ([b"b.example", b"b.example"], b"free"),
            ([b"\xff"], b"free"),
        ],
    )
    def test_a_door_that_is_bound_to_a_host_opens_there_alone(
        self, house_with_alice, lanes, hosts, body
    ):
        def door(text, host=""):
            page: Open[Settings] = Open(
                "GET", "/plain/page", lambda _d, _r: Reply(200, text), Lane.LOOP
            )
            desk = Desk(house_with_alice.core, Settings())
            return Door(dialect(operations=(page,)), desk, host)

        doors, live = (
            [door(b"bound", "b.example"), door(b"free")],
            Live(house_with_alice.core, lanes),
        )
        site = Site(doors, lanes, rest, lambda *_: None, live)

        answer = Exchange(site, headers=[(b"host", host) for host in hosts]).run()

        assert answer.body == body


class TestBody:
    def post(self, site, *messages, path="/plain/echo", **headers):
        named = [(key.replace("_", "-").encode(), text.encode()) for key, text in headers.items()]
        return Exchange(site, "POST", path, named, list(messages)).run()

    def test_it_is_read_to_its_end(self, site):
        answer = self.post(
            site, chunk(b"ab", more=True), chunk(b"", more=True), chunk(b"c"), content_length="3"
        )

        assert answer.body == b"abc"

    def test_it_has_arrived_when_the_last_of_it_is_here(self, site):
        chunked, handed = [(b"transfer-encoding", b"chunked")], []
        exchange = Exchange(site, "POST", "/plain/echo", chunked)
        exchange.messages += [chunk(b"a", more=True), chunk(b"b")]
        exchange.meanwhile = lambda: handed.append(time.monotonic())

        arrived = float(exchange.run().header(b"x-arrived"))

        assert handed[1] <= arrived <= time.monotonic()

    def test_a_message_without_a_body_is_an_empty_one(self, site):
        assert self.post(site, {"type": "http.request"}, content_length="0").body == b""

    def test_without_a_length_or_chunks_nothing_is_waited_for(self, site):
        assert self.post(site).body == b""

    def test_chunks_need_no_length(self, site):
        assert self.post(site, chunk(b"abc"), transfer_encoding="chunked").body == b"abc"

    def test_the_longest_body_fits(self, site):
        assert self.post(site, chunk(b"x" * 10), content_length="10").status == 200

    @pytest.mark.parametrize("declared", ["11", "-1", "x", "", "1e1", "\u00b2", "9" * 5_000])
    def test_a_length_that_is_too_long_or_no_length_is_refused_unread(self, site, declared):
        answer = self.post(site, content_length=declared)

        assert (answer.status, answer.body) == (413, b"BodyTooLargeError")

    @pytest.mark.parametrize("headers", [{"content_length": "3"}, {"transfer_encoding": "chunked"}])
    def test_a_body_that_is_longer_than_it_said_is_refused_as_soon_as_it_is(self, site, headers):
        answer = self.post(site, chunk(b"x" * 6, more=True), chunk(b"x" * 5, more=True), **headers)

        assert (answer.status, answer.body) == (413, b"BodyTooLargeError")

    def test_a_client_that_goes_away_is_an_unreadable_body(self, site):
        answer = self.post(site, chunk(b"x", more=True), DISCONNECT, content_length="3")

        assert answer.body == b"UnreadableBodyError"

    def test_a_body_that_never_ends_is_unreadable(self, site, monkeypatch):
        monkeypatch.setattr(site_module, "BODY_SECONDS", 0.01)

        answer = self.post(site, chunk(b"x", more=True), content_length="3")

        assert answer.body == b"UnreadableBodyError"

    def test_the_paths_names_come_with_it(self, site):
        answer = self.post(site, chunk(b"abc"), path="/plain/echo/al", content_length="3")

        assert answer.header(b"x-parameters") == b"{'name': 'al'}"
        assert answer.body == b"abc"


class TestGuard:
    def me(self, site, *tokens, messages=()):
        headers = [(b"x-token", token.encode()) for token in tokens]
        if messages:
            headers.append((b"transfer-encoding", b"chunked"))
        return Exchange(site, "POST", "/plain/me", headers, list(messages)).run()

    def test_a_token_opens_at_the_first_look_and_at_later_ones(self, site, house_with_alice):
        token = house_with_alice.enter().token.secret

        assert [self.me(site, token).body for _ in range(3)] == [b"alice 0"] * 3

    def test_the_body_comes_with_it(self, site, house_with_alice):
        token = house_with_alice.enter().token.secret

        assert self.me(site, token, messages=[chunk(b"abc")]).body == b"alice 3"

    @pytest.mark.parametrize(
        ("tokens", "refusal"),
        [
            ((), b"TokenMissingError"),
            (("",), b"TokenMissingError"),
            (("x",), b"TokenUnknownError"),
            (("x", "x"), b"BadCredentialError"),
            (("x" * 9_000,), b"BadCredentialError"),
        ],
    )
    def test_anything_else_is_refused(self, site, tokens, refusal):
        assert self.me(site, *tokens).body == refusal

    def test_nothing_is_read_from_a_stranger_however_little_it_is(self, site):
        answer = self.me(site, "x", messages=[chunk(b"x")])

        assert (answer.body, len(answer.messages)) == (b"TokenUnknownError", 1)

    def test_a_body_that_is_longer_than_it_may_be_is_refused(self, site, house_with_alice):
        token = house_with_alice.enter().token.secret

        assert self.me(site, token, messages=[chunk(b"x" * 70_000)]).body == b"BodyTooLargeError"


def send(site, path="/plain/large", token="", size=100_000, meanwhile=lambda: None):
    """Send a large body in pieces; something happens before each."""
    headers = [(b"content-length", str(size).encode()), (b"x-token", token.encode())]
    pieces = [chunk(b"x" * 50_000, more=True) for _ in range(size // 50_000)]
    pieces[-1]["more_body"] = False
    return Exchange(site, "POST", path, headers, pieces, meanwhile=meanwhile).run()


class TestLargeBodies:
    def test_one_is_read_to_its_end(self, site, house_with_alice):
        token = house_with_alice.enter().token.secret

        assert send(site, token=token).body == b"alice 100000"
        assert send(site, "/plain/large/open").body == b"100000"

    def test_how_long_it_may_be_can_be_a_setting(self, site, house_with_alice):
        token = house_with_alice.enter().token.secret

        assert send(site, token=token, size=250_000).body == b"BodyTooLargeError"
        assert send(site, "/plain/large/open", size=250_000).body == b"250000"

    @pytest.mark.parametrize(
        ("token", "refusal"), [("", b"TokenMissingError"), ("x", b"TokenUnknownError")]
    )
    @pytest.mark.parametrize("size", [100_000, 250_000])
    def test_nothing_is_read_from_a_stranger(self, site, token, refusal, size):
        answer = send(site, token=token, size=size)

        assert (answer.body, len(answer.messages)) == (refusal, size // 50_000)

    @pytest.mark.parametrize("size", [50_000, 300_000, 900_000])
    def test_nothing_is_read_that_an_operation_refuses_at_first(self, site, size):
        answer = send(site, "/plain/closed", size=size)

        assert (answer.body, len(answer.messages)) == (b"UnexpectedError", size // 50_000)

    def test_a_token_that_dies_meanwhile_is_good_no_more(self, site, house_with_alice):
        admitted = house_with_alice.enter()
        revocation = house_with_alice.core.revocation

        answer = send(
            site,
            token=admitted.token.secret,
            meanwhile=lambda: revocation.end_session(admitted.session, EndReason.LEFT),
        )

        assert (answer.body, answer.messages) == (b"TokenUnknownError", [])

    def test_without_room_nothing_is_read(self, site, lanes):
        with lanes.room.taken(90_000):
            refused = send(site, "/plain/large/open")
            assert (refused.body, len(refused.messages)) == (b"OverloadedError", 2)
            assert send(site, "/plain/large/open", size=50_000).body == b"50000"

        assert send(site, "/plain/large/open").body == b"100000"

    def test_a_body_holds_its_room_until_it_is_answered(self, site, lanes):
        refused = []

        def look():
            with pytest.raises(OverloadedError), lanes.room.taken(60_000):
                pass
            refused.append(60_000)

        assert send(site, "/plain/large/open", meanwhile=look).body == b"100000"
        assert refused == [60_000] * 2
        with lanes.room.taken(150_000):
            pass


class TestLanes:
    def test_cold_work_is_run_again_on_a_thread_and_is_warm_from_then_on(
        self, site, house_with_alice
    ):
        house_with_alice.core.shelf.put(SOUTH, "role", {"a": b"1", "b": b"2"})

        answers = [Exchange(site, path="/plain/documents").run().body for _ in range(2)]

        assert answers == [b"1,2", b"1,2"]
        assert house_with_alice.core.shelf.recall(SOUTH, "role") == {"a": b"1", "b": b"2"}

    def test_what_turns_out_to_take_longer_is_finished_on_a_thread(self, site):
        assert Exchange(site, path="/plain/longer").run().body.startswith(b"store")

    def test_so_is_what_turns_out_to_when_it_was_warmed(self, site):
        told = Exchange(site, path="/plain/longer/cold").run().body.decode().split()

        assert [name.partition("_")[0] for name in told] == ["store", "store", "bulk"]

    @pytest.mark.parametrize("lane", ["login", "bulk", "faces"])
    def test_it_says_on_which(self, site, lane):
        body = Exchange(site, path=f"/plain/longer/{lane}").run().body
        assert body.startswith(lane.encode())

    def test_a_full_lane_is_told_in_the_vendors_shape(self, house_with_alice):
        store, login, bulk = (ThreadLane(name, 1, -1) for name in ("store", "login", "bulk"))
        full = Lanes(store, login, bulk)
        door = Door(dialect(), Desk(house_with_alice.core, Settings()))
        live = Live(house_with_alice.core, full)
        site = Site([door], full, rest, lambda *_: None, live)

        for path in ("/plain/echo", "/plain/echo/x", "/plain/large/open"):
            assert Exchange(site, "POST", path).run().body == b"OverloadedError"
        assert Exchange(site, path="/plain/longer").run().body == b"OverloadedError"
        full.close()


class TestFault:
    @pytest.mark.parametrize("path", ["/plain/fault", "/plain/cold"])
    def test_a_fault_of_ours_is_logged_and_told_as_nothing_more(self, site, path, caplog):
        answer = Exchange(site, path=path).run()

        assert (answer.status, answer.body) == (500, b"UnexpectedError")
        [entry] = caplog.records
        facts = vars(entry)
        assert (entry.message, facts["dialect"], facts["path"]) == ("fault", "plain", path)
        assert isinstance(entry.exc_info[1], ZeroDivisionError)

    def test_a_refusal_is_not_logged_as_a_fault(self, site, caplog):
        Exchange(site, path="/plain/nothing").run()

        assert caplog.records == []

    def test_both_layers_refusals_are_told_as_they_are(self, site):
        door = site.doors[0]
        for error in (OverloadedError, WebError, CoreError):
            raised = error.__new__(error)
            assert door.refuse(None, raised).body == error.__name__.encode()


class TestRequest:
    def seen(self, site, **scope):
        seen = []

        def note(_desk, request):
            seen.append(request)
            return Reply(200)

        page: Open[Settings] = Open("GET", "/plain/page", note, Lane.LOOP)
        door = Door(dialect(operations=(page,)), site.doors[0].desk)
        page_alone = Site([door], site.lanes, rest, lambda *_: None, site.live)
        Exchange(page_alone, **scope).run()
        return seen[0]

    def test_it_tells_where_it_came_from_and_how(self, site):
        request = self.seen(site, scheme="https", headers=[(b"a", b"1")])

        assert (request.address, request.secure, request.query) == ("192.0.2.7", True, b"a=b")
        assert request.header(b"a") == "1"

    def test_a_client_on_a_unix_socket_has_no_address(self, site):
        request = self.seen(site, client=None)

        assert (request.address, request.secure) == ("", False)
