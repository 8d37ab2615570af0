"""The limits at the doors: what is counted as what, and before what."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient, WebSocketDenialResponse

from tests.support.house import POLICY, SOUTH, House
from tests.support.storages import FailingStorage
from watchword.core.errors import TooManyRequestsError
from watchword.core.limits import REFUSED, Limits
from watchword.core.rates import MINUTE, LimitPolicy, Traffic, per_minute
from watchword.storage.memory import MemoryStorage
from watchword.storage.memory.meter import MemoryMeter
from watchword.web.door import Door
from watchword.web.feeds import Feed
from watchword.web.lanes import Lanes, ThreadLane
from watchword.web.live import Live
from watchword.web.messages import Reply
from watchword.web.operation import Desk, Dialect, Guarded, Lane, Open, PathRules, traffic_of
from watchword.web.site import Site


def greet(_desk, _request, _principal=None):
    return Reply(200, b"hello")


def large(_settings):
    return 100


LOGIN = Open("POST", "/x/login", greet, Lane.LOGIN, first=lambda _desk, _request: None)
RENEW = Open("POST", "/x/renew", greet, Lane.STORE, traffic=Traffic.REFRESH)
PAGE = Open("GET", "/x/page", greet, Lane.LOOP)
CALL = Guarded("GET", "/x/call", greet, Lane.LOOP)
SAY = Guarded("POST", "/x/say", greet, Lane.LOGIN)
UPLOAD = Guarded("POST", "/x/upload", greet, Lane.BULK, longest_body=65_537)
UPLOAD_AS_SET = Guarded("PUT", "/x/upload", greet, Lane.BULK, longest_body=large)
FACE = Guarded("POST", "/x/face", greet, Lane.BULK, longest_body=99_999, traffic=Traffic.FACE)
FEED = Feed("/x/live", str, bool, str, "ended")


def refuse(_desk, _request, error):
    headers = []
    if isinstance(error, TooManyRequestsError):
        headers.append((b"retry-after", str(error.retry_after.total_seconds()).encode()))
    return Reply(429 if headers else 400, type(error).__name__.encode(), headers)


DIALECT = Dialect(
    name="x",
    audience=SOUTH,
    settings=type(None),
    paths=PathRules("/x/"),
    operations=(LOGIN, RENEW, PAGE, CALL, SAY, UPLOAD, UPLOAD_AS_SET, FACE),
    policy=lambda _settings: POLICY.audiences[SOUTH],
    read_profile=lambda _table: b"{}",
    read_token=lambda _desk, request: request.header(b"x-token"),
    refuse=refuse,
    weaknesses=lambda _settings: (),
    feeds=(FEED,),
)


class Place:
    """A door behind limits, from which a test's calls come out."""

    def __init__(self):
        self.storage = FailingStorage(MemoryStorage())
        self.house = House(storage=self.storage)
        self.house.add("alice")
        self.lanes = Lanes(ThreadLane("store", 2, 8), ThreadLane("login", 2, 8))
        self.now = 100 * MINUTE
        self.limits = None
        self.site: Any = None
        self.client: Any = None

    def limited(self, **rates):
        """Let so many of each kind of traffic through at once, and one more each second."""
        found = {Traffic(name): per_minute(60, burst) for name, burst in rates.items()}
        meter = MemoryMeter(lambda: self.now)
        self.limits = Limits(meter, LimitPolicy(found), self.house.clock)
        live = Live(self.house.core, self.lanes)
        door = Door(DIALECT, Desk(self.house.core, None))
        self.site = Site([door], self.lanes, Starlette(), lambda *_: None, live, self.limits)
        self.client = TestClient(self.site, client=("192.0.2.7", 1))
        return self

    def call(self, path="/x/call", method="GET", token="", **more):
        answer = self.client.request(method, path, headers={"x-token": token}, **more)
        return answer.text

    def send_unread(self, path, token=""):
        """Return the answer to a request with a body, of which nothing may be asked for."""
        sent = []

        async def receive():
            raise AssertionError

        async def send(message):
            sent.append(message)

        headers = [(b"content-length", b"5"), (b"x-token", token.encode())]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
        scope |= {"query_string": b"", "scheme": "http", "client": ("192.0.2.7", 1)}
        asyncio.run(self.site(scope, receive, send))
        return sent[1]["body"]

    def enter(self):
        return self.house.enter().token.secret

    def close(self):
        self.lanes.close()
        self.house.close()


@pytest.fixture
def place():
    place = Place()
    yield place
    place.close()


@pytest.mark.parametrize(
    ("operation", "traffic"),
    [
        (LOGIN, Traffic.LOGIN),
        (RENEW, Traffic.REFRESH),
        (PAGE, Traffic.OPEN),
        (CALL, Traffic.CALL),
        (SAY, Traffic.CALL),
        (UPLOAD, Traffic.UPLOAD),
        (UPLOAD_AS_SET, Traffic.UPLOAD),
        (FACE, Traffic.FACE),
    ],
    ids=lambda each: f"{each.method} {each.path}" if hasattr(each, "path") else each,
)
def test_an_operation_counts_as_what_it_is_or_says(operation, traffic):
    assert traffic_of(operation) is traffic


class TestBySource:
    def test_whoever_asks_too_often_is_refused_by_the_door_and_told_for_how_long(self, place):
        place.limited(login=1)
        place.call("/x/login", "POST")

        answer = place.client.post("/x/login")

        assert (answer.status_code, answer.text) == (429, "TooManyRequestsError")
        assert answer.headers["retry-after"] == "1.0"
        place.now += MINUTE // 60
        assert place.call("/x/login", "POST") == "hello"

    def test_before_anything_is_read(self, place):
        place.limited(login=1)
        place.call("/x/login", "POST")

        assert place.send_unread("/x/login") == b"TooManyRequestsError"

    def test_tokens_that_nobody_knows_are_counted_before_the_storage_is_asked(self, place):
        place.limited(token=1)
        assert place.call(token="wrong") == "TokenUnknownError"

        place.storage.down = True
        assert place.call(token="another") == "TooManyRequestsError"

    def test_a_token_that_is_known_is_not_counted_with_them(self, place):
        place.limited(token=1)
        token = place.enter()

        assert [place.call(token=token) for _ in range(5)] == ["hello"] * 5
        assert place.call(token="wrong") == "TooManyRequestsError"
        assert place.call(token=token) == "hello"

    def test_a_call_without_a_token_costs_nothing_and_is_not_counted(self, place):
        place.limited(token=1, call=1)

        assert [place.call() for _ in range(3)] == ["TokenMissingError"] * 3

    def test_what_anybody_may_call_is_counted_together(self, place):
        place.limited(open=1)
        place.call("/x/page")

        assert place.call("/x/page") == "TooManyRequestsError"
        assert place.call("/x/renew", "POST") == "hello"

    def test_an_unknown_path_and_a_wrong_method_are_not_counted(self, place):
        """They cost less than counting them would."""
        place.limited(open=1)
        place.call("/x/page")

        assert place.call("/x/nothing") == "RouteUnknownError"
        assert place.call("/x/page", "DELETE") == "MethodNotAllowedError"

    def test_opening_a_connection_that_stays_counts_as_well(self, place):
        place.limited(open=1)
        place.call("/x/page")

        with pytest.raises(WebSocketDenialResponse) as denied, place.client as client:
            client.websocket_connect("/x/live").__enter__()
        assert denied.value.status_code == 429


class TestBySession:
    def test_each_session_has_its_own_limit(self, place):
        place.limited(call=1)
        one, other = place.enter(), place.enter()

        assert [place.call(token=one) for _ in range(2)] == ["hello", "TooManyRequestsError"]
        assert place.call(token=other) == "hello"

    def test_uploads_are_counted_apart_and_before_they_are_read(self, place):
        place.limited(call=9, upload=1)
        token = place.enter()
        assert place.call("/x/upload", "POST", token, content=b"1") == "hello"

        assert place.send_unread("/x/upload", token) == b"TooManyRequestsError"
        assert place.call(token=token) == "hello"

    def test_a_small_body_is_not_read_either(self, place):
        place.limited(call=1)
        token = place.enter()
        assert place.call("/x/say", "POST", token, content=b"1") == "hello"

        assert place.send_unread("/x/say", token) == b"TooManyRequestsError"

    def test_a_call_counts_once_though_its_token_is_looked_at_twice(self, place):
        place.limited(call=2)
        token = place.enter()

        answers = [place.call("/x/say", "POST", token, content=b"1") for _ in range(3)]
        assert answers == ["hello", "hello", "TooManyRequestsError"]


class TestWithoutLimits:
    def test_everybody_may_ask_as_often_as_they_like(self, place):
        place.limited()
        token = place.enter()

        assert {place.call("/x/login", "POST") for _ in range(50)} == {"hello"}
        assert {place.call(token=token) for _ in range(50)} == {"hello"}
        assert not [
            count for (_, result), count in place.limits.counts.items() if result == REFUSED
        ]
