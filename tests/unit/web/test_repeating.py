"""What came before is answered again: what is found out anew, what is left to the long way."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from typing import Any

import pytest

from tests.support.house import POLICY, SOUTH, House
from watchword.core.errors import NotFoundError, TooManyRequestsError
from watchword.core.limits import ADMITTED, REFUSED, Limits
from watchword.core.rates import MINUTE, LimitPolicy, Traffic, per_minute
from watchword.core.sessions import EndReason
from watchword.core.shelf import ColdError
from watchword.core.subjects import Subject
from watchword.storage.memory.meter import MemoryMeter
from watchword.web.door import Door
from watchword.web.lanes import Lanes, ThreadLane
from watchword.web.live import Live
from watchword.web.messages import Reply
from watchword.web.operation import Desk, Dialect, Guarded, Lane, LongerError, Open, PathRules
from watchword.web.repeating import AGAIN, Again
from watchword.web.site import Site

Headers = Sequence[tuple[bytes, bytes]]


class Raised:
    """What the endpoint raises the next time, if anything; and what it was told."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.requests = list[Any]()

    def __call__(self, _desk: Any, request: Any, principal: Any = None) -> Reply:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        text = f"{'nobody' if principal is None else principal.subject.name} {request.query!r}"
        return Reply(200, text.encode(), [(b"x-page", b"yes")])


def refuse(_desk: Any, _request: Any, error: Exception) -> Reply:
    return Reply(429 if isinstance(error, TooManyRequestsError) else 400, _name(error))


def _name(error: Exception) -> bytes:
    return type(error).__name__.encode()


class Place:
    """A door, from which a test's calls come out."""

    def __init__(self, **rates: int) -> None:
        self.house = House()
        self.alice: Subject = self.house.add("alice")
        self.lanes = Lanes(ThreadLane("store", 2, 8), ThreadLane("login", 2, 8))
        self.page = Raised()
        self.observed = list[tuple[str, str, int]]()
        self.now = 100 * MINUTE
        found = {Traffic(name): per_minute(60, burst) for name, burst in rates.items()}
        meter = MemoryMeter(lambda: self.now)
        self.limits = Limits(meter, LimitPolicy(found), self.house.clock) if rates else None
        live = Live(self.house.core, self.lanes)
        door = Door(self._dialect(), Desk(self.house.core, None))
        self.site = Site(
            [door], self.lanes, _rest, lambda *seen: self.observed.append(seen), live, self.limits
        )

    def _dialect(self) -> Dialect[None]:
        return Dialect(
            name="x",
            audience=SOUTH,
            settings=type(None),
            paths=PathRules("/x/"),
            operations=(
                Guarded("GET", "/x/page", self.page, Lane.LOOP),
                Guarded("POST", "/x/page", self.page, Lane.LOOP),
                Guarded("GET", "/x/stored", self.page, Lane.STORE),
                Open("GET", "/x/open", self.page, Lane.LOOP),
            ),
            policy=lambda _settings: POLICY.audiences[SOUTH],
            read_profile=lambda _table: b"{}",
            read_token=lambda _desk, request: request.header(b"x-token"),
            refuse=refuse,
            weaknesses=lambda _settings: (),
        )

    def ask(
        self, token: str = "", path: str = "/x/page", method: str = "GET", headers: Headers = ()
    ) -> tuple[tuple[int, bytes], Again | None]:
        """Ask the long way. Returns the status and the body, and what was given to be kept."""
        kept, sent = list[Again](), list[dict[str, Any]]()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"12345"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "query_string": b"a=b",
            "headers": [*headers, (b"x-token", token.encode())], "scheme": "http",
            "client": ("192.0.2.7", 1), "extensions": {AGAIN: kept.append},
        }  # fmt: skip
        asyncio.run(self.site(scope, receive, send))
        return (sent[0]["status"], sent[1]["body"]), kept[0] if kept else None

    def kept(self, token: str, headers: Headers = ()) -> Again:
        _, again = self.ask(token, headers=headers)
        assert again is not None
        return again

    def enter(self) -> str:
        return self.house.enter().token.secret

    def close(self) -> None:
        self.lanes.close()
        self.house.close()


async def _rest(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError


@pytest.fixture
def open_place() -> Generator[Callable[..., Place]]:
    places = list[Place]()

    def make(**rates: int) -> Place:
        places.append(Place(**rates))
        return places[-1]

    yield make
    for each in places:
        each.close()


@pytest.fixture
def place(open_place: Callable[..., Place]) -> Place:
    return open_place()


class TestOffer:
    def test_a_guarded_request_that_the_loop_answers_can_be_answered_again(self, place) -> None:
        answer, again = place.ask(place.enter())

        assert answer == (200, b"alice b'a=b'")
        assert again() == Reply(200, answer[1], [(b"x-page", b"yes")])

    @pytest.mark.parametrize(
        ("path", "method", "headers"),
        [
            ("/x/stored", "GET", []),
            ("/x/open", "GET", []),
            ("/x/page", "POST", []),
            ("/x/page", "HEAD", []),
            ("/x/page", "GET", [(b"content-length", b"5")]),
            ("/x/page", "GET", [(b"content-length", b"0")]),
            ("/x/page", "GET", [(b"transfer-encoding", b"chunked")]),
        ],
    )
    def test_nothing_else_can(self, place, path, method, headers) -> None:
        (status, _), again = place.ask(place.enter(), path, method, headers)

        assert (status, again) == (200, None)

    def test_nor_can_what_was_refused(self, place) -> None:
        assert place.ask("nobody's") == ((400, b"TokenUnknownError"), None)
        place.page.error = NotFoundError("page")
        assert place.ask(place.enter()) == ((400, b"NotFoundError"), None)

    def test_a_server_that_keeps_nothing_is_offered_nothing(self, place) -> None:
        async def send(message: Any) -> None:
            assert message["type"].startswith("http.response.")

        scope = {"type": "http", "method": "GET", "path": "/x/page", "query_string": b""}
        scope |= {"headers": [(b"x-token", place.enter().encode())], "scheme": "http"}
        asyncio.run(place.site(scope, None, send))

        assert place.observed == [("x", "/x/page", 200)]

    def test_no_secret_is_kept(self, place) -> None:
        secret = place.enter()
        beside = [
            (b"authorization", b"Basic Zm9v"), (b"cookie", b"a=Zm9v"), (b"x-too", secret.encode()),
            (b"accept-language", b"ru"), (b"proxy-authorization", b"Zm9v"),
        ]  # fmt: skip
        place.kept(secret, beside)()

        assert place.page.requests[-1].headers == ((b"accept-language", b"ru"),)


class TestAnew:
    """What is found out each time."""

    def test_whether_the_token_is_good(self, place) -> None:
        admitted = place.house.enter()
        again = place.kept(admitted.token.secret)
        assert again() is not None

        place.house.core.revocation.end_session(admitted.session, EndReason.LEFT)

        assert again() is None
        assert place.ask(admitted.token.secret) == ((400, b"TokenUnknownError"), None)

    def test_what_the_answer_is(self, place) -> None:
        again = place.kept(place.enter())
        place.page.error = NotFoundError("page")

        assert again() == Reply(400, b"NotFoundError")

    def test_a_fault_of_ours_is_logged_and_told_as_nothing_more(self, place, caplog) -> None:
        again = place.kept(place.enter())
        place.page.error = ZeroDivisionError()

        assert again() == Reply(400, b"UnexpectedError")
        assert [each.message for each in caplog.records] == ["fault"]

    def test_each_answer_is_observed(self, place) -> None:
        again = place.kept(place.enter())
        again()
        place.page.error = NotFoundError("page")
        again()

        assert place.observed == [("x", "/x/page", status) for status in (200, 200, 400)]

    @pytest.mark.parametrize("error", [ColdError(lambda: None), LongerError(lambda: Reply(200))])
    def test_what_has_to_block_is_left_to_the_long_way(self, open_place, error) -> None:
        place = open_place(call=100)
        again = place.kept(place.enter())
        before = dict(place.limits.counts)
        place.page.error = error

        assert again() is None
        assert (dict(place.limits.counts), len(place.observed)) == (before, 1)


class TestLimits:
    def test_a_call_counts_as_it_does_on_the_long_way(self, open_place) -> None:
        place = open_place(call=5)
        again = place.kept(place.enter())

        assert [again().status for _ in range(6)] == [200] * 4 + [429] * 2
        assert place.limits.counts == {("call", ADMITTED): 5, ("call", REFUSED): 2}

    def test_what_is_refused_counts_too(self, open_place) -> None:
        place = open_place(call=5)
        again = place.kept(place.enter())
        place.page.error = NotFoundError("page")

        assert [again().status for _ in range(6)] == [400] * 4 + [429] * 2

    def test_both_ways_have_one_limit(self, open_place) -> None:
        place = open_place(call=6)
        secret = place.enter()
        again = place.kept(secret)
        told = [status for _ in range(3) for status in (again().status, place.ask(secret)[0][0])]

        assert told == [200] * 5 + [429]
