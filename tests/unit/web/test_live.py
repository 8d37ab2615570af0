"""Connections that stay open: who may, what bounds them, and who is told that it is over."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.house import SOUTH, House
from tests.support.storages import FailingStorage, WatchedStorage
from watchword.core.errors import OverloadedError
from watchword.core.sessions import EndReason
from watchword.web import live as live_module
from watchword.web.errors import UnreadableBodyError
from watchword.web.feeds import Feed
from watchword.web.lanes import Bounds, Lanes, ThreadLane
from watchword.web.live import Live

SOON = timedelta(milliseconds=40)
"""Between two pings here."""
LATER = timedelta(minutes=1)


def read(text: str) -> tuple[str, str]:
    kind, _, rest = text.partition(" ")
    if kind not in {"token", "pong", "other"}:
        raise UnreadableBodyError
    return kind, rest


def read_token(text: str) -> str:
    kind, secret = read(text)
    if kind != "token":
        raise UnreadableBodyError
    return secret


FEED = Feed(
    "/feed",
    read_token,
    lambda text: read(text)[0] == "pong",
    lambda now: f"ping {now.isoformat()}",
    "ended",
    SOON,
    LATER,
)


@dataclass
class Caller:
    """One client, on this side of the bytes. ``closed`` is the code that it was closed with."""

    live: Live
    feed: Feed = FEED
    heard: list[str] = field(default_factory=list)
    closed: int | None = None
    deaf: bool = False

    def __post_init__(self) -> None:
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Event()
        self.task = asyncio.create_task(
            self.live.serve(self.feed, SOUTH, "", self._sent.get, self._take)
        )

    def say(self, text: str) -> None:
        self._sent.put_nowait({"type": "websocket.receive", "text": text})

    def say_bytes(self, data: bytes) -> None:
        self._sent.put_nowait({"type": "websocket.receive", "bytes": data})

    def hang_up(self) -> None:
        self._sent.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def until(self, holds: Callable[[], bool], seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def pinged(self, times: int = 1) -> None:
        await self.until(lambda: len(self.heard) >= times)

    async def ended(self) -> tuple[list[str], int | None]:
        """Wait for the end. Returns what was heard beside pings, and the code."""
        async with asyncio.timeout(5):
            await self.task
        return [each for each in self.heard if not each.startswith("ping")], self.closed

    async def _take(self, message: Any) -> None:
        if self.deaf:
            raise ConnectionResetError
        if message["type"] == "websocket.send":
            self.heard.append(message["text"])
        elif message["type"] == "websocket.close":
            self.closed = message["code"]
        self._news.set()


@pytest.fixture
def alice(house):
    return house.add("alice")


@pytest.fixture
def house() -> Generator[House]:
    house = House()
    yield house
    house.close()


@pytest.fixture
def admitted(house, alice):
    assert alice.active
    return house.enter()


@pytest.fixture
def lanes() -> Generator[Lanes]:
    lanes = Lanes(ThreadLane("store", 2, 64), ThreadLane("login", 1, 1))
    yield lanes
    lanes.close()


@pytest.fixture
def live(house, lanes) -> Live:
    return Live(house.core, lanes)


def bounded(house, lanes, **bounds) -> Live:
    return Live(house.core, replace(lanes, live=Bounds(**bounds)))


async def come_in(live, admitted, feed=FEED) -> Caller:
    """Connect, show a token and wait for the first ping."""
    caller = Caller(live, feed)
    caller.say(f"token {admitted.token.secret}")
    await caller.pinged()
    return caller


def play(scene: Callable[[], Awaitable[Any]]) -> Any:
    """Run a scene to its end."""
    return asyncio.run(_awaiting(scene))


async def _awaiting(scene: Callable[[], Awaitable[Any]]) -> Any:
    return await scene()


class TestWhoMayStay:
    def test_who_shows_a_good_token_is_asked_whether_it_is_there(self, house, live, admitted):
        async def scene():
            caller = await come_in(live, admitted)
            caller.hang_up()
            await caller.ended()
            return caller.heard[0]

        assert play(scene) == f"ping {house.clock().isoformat()}"

    @pytest.mark.parametrize("secret", ["", "x", "\x00", "x" * 9_000])
    def test_who_shows_a_bad_one_is_told_and_closed(self, live, secret):
        async def scene():
            caller = Caller(live)
            caller.say(f"token {secret}")
            return await caller.ended()

        assert play(scene) == (["ended"], 1008)

    def test_who_shows_none_in_time_is_closed(self, house, lanes):
        live = bounded(house, lanes, opening_seconds=0.05)

        assert play(lambda: Caller(live).ended()) == ([], 1008)

    def test_who_was_switched_off_is_told(self, house, live, alice, admitted):
        house.core.directory.set_active(alice.id, active=False)

        async def scene():
            caller = Caller(live)
            caller.say(f"token {admitted.token.secret}")
            return await caller.ended()

        assert play(scene) == (["ended"], 1008)

    def test_when_the_storage_does_not_answer_it_is_told_to_come_back(self, house, lanes, admitted):
        storage = FailingStorage(house.storage)
        live = Live(house.worker(storage=storage), lanes)

        async def scene():
            caller = Caller(live)
            caller.say(f"token {admitted.token.secret}")
            return await caller.ended()

        with storage.outage():
            assert play(scene) == ([], 1013)

    def test_when_the_lane_is_full_it_is_told_so_too(self, house, admitted):
        full = Lanes(ThreadLane("store", 1, -1), ThreadLane("login", 1, 1))
        live = Live(house.core, full)

        async def scene():
            caller = Caller(live)
            caller.say(f"token {admitted.token.secret}")
            return await caller.ended()

        assert play(scene) == ([], 1013)
        full.close()


class TestFrames:
    @pytest.mark.parametrize("first", ["pong", "nonsense", "", "other"])
    def test_a_first_frame_that_shows_no_token_is_closed_as_malformed(self, live, first):
        async def scene():
            caller = Caller(live)
            caller.say(first)
            return await caller.ended()

        assert play(scene) == ([], 1007)

    @given(st.text(max_size=50))
    def test_any_first_frame_comes_to_an_end(self, text):
        house, lanes = House(), Lanes(ThreadLane("store", 1, 8), ThreadLane("login", 1, 1))

        async def scene():
            caller = Caller(Live(house.core, lanes))
            caller.say(text)
            return await caller.ended()

        assert play(scene) in ([(["ended"], 1008), ([], 1007)])
        lanes.close()
        house.close()

    def test_binary_ones_are_not_supported(self, live):
        async def scene():
            caller = Caller(live)
            caller.say_bytes(b"token")
            return await caller.ended()

        assert play(scene) == ([], 1003)

    def test_a_malformed_one_later_is_closed_too(self, live, admitted):
        async def scene():
            caller = await come_in(live, admitted)
            caller.say("nonsense")
            return await caller.ended()

        assert play(scene) == ([], 1007)

    def test_those_about_something_else_mean_nothing(self, live, admitted):
        async def scene():
            caller = await come_in(live, admitted)
            caller.say("other")
            caller.say("pong")
            await caller.pinged(2)
            caller.hang_up()
            return await caller.ended()

        assert play(scene) == ([], None)

    def test_a_fault_of_ours_is_logged_once_and_closed(self, live, admitted, caplog):
        def fault(_text: str) -> bool:
            raise ZeroDivisionError

        async def scene():
            caller = await come_in(live, admitted, replace(FEED, is_pong=fault))
            caller.say("pong")
            return await caller.ended()

        assert play(scene) == ([], 1011)
        [entry] = caplog.records
        assert (entry.message, vars(entry)["path"]) == ("fault", "/feed")


class TestBounds:
    def test_there_are_so_many_connections(self, house, lanes, admitted):
        live = bounded(house, lanes, connections=2)

        async def scene():
            callers = [await come_in(live, admitted) for _ in range(2)]
            with pytest.raises(OverloadedError):
                live.require_room()
            callers[0].hang_up()
            await callers[0].ended()
            live.require_room()

        play(scene)

    def test_so_many_of_them_without_a_token(self, house, lanes, admitted):
        live = bounded(house, lanes, strangers=2, opening_seconds=0.3)

        async def scene():
            inside = await come_in(live, admitted)
            strangers = [Caller(live) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(OverloadedError):
                live.require_room()
            for stranger in strangers:
                await stranger.ended()
            live.require_room()
            inside.hang_up()

        play(scene)

    def test_so_many_of_one_session(self, house, lanes, admitted):
        live = bounded(house, lanes, of_session=1)
        other = house.enter()

        async def scene():
            first = await come_in(live, admitted)
            second = Caller(live)
            second.say(f"token {admitted.token.secret}")
            refused = await second.ended()
            await come_in(live, other)
            first.hang_up()
            await first.ended()
            await come_in(live, admitted)
            return refused

        assert play(scene) == ([], 1013)

    def test_so_many_frames_between_two_pings(self, house, lanes, admitted):
        live = bounded(house, lanes, frames=5)
        slow = replace(FEED, ping_every=LATER)

        async def scene():
            caller = await come_in(live, admitted, slow)
            for _ in range(6):
                caller.say("pong")
            return await caller.ended()

        assert play(scene) == ([], 1008)

    def test_a_ping_begins_the_count_anew(self, house, lanes, admitted):
        live = bounded(house, lanes, frames=2)

        async def scene():
            caller = await come_in(live, admitted)
            for ping in range(2, 6):
                caller.say("pong")
                await caller.pinged(ping)
            caller.hang_up()
            return await caller.ended()

        assert play(scene) == ([], None)


class TestAnEndIsTold:
    def end(self, house, admitted):
        house.core.revocation.end_session(admitted.session, EndReason.REVOKED)

    def test_within_a_second(self, house, live, admitted):
        quiet = replace(FEED, ping_every=LATER)

        async def scene():
            callers = [await come_in(live, admitted, quiet) for _ in range(3)]
            begun = time.monotonic()
            self.end(house, admitted)
            ends = [await caller.ended() for caller in callers]
            return ends, time.monotonic() - begun

        ends, seconds = play(scene)
        assert ends == [(["ended"], 1008)] * 3
        assert seconds < 1

    def test_to_the_connections_of_another_worker(self, house, lanes, admitted):
        other = Live(house.worker(), lanes)

        async def scene():
            caller = await come_in(other, admitted)
            self.end(house, admitted)
            return await caller.ended()

        assert play(scene) == (["ended"], 1008)

    def test_to_nobody_else(self, house, live, admitted):
        kept = house.enter()

        async def scene():
            told, left = await come_in(live, admitted), await come_in(live, kept)
            self.end(house, admitted)
            await told.ended()
            left.say("pong")
            await left.pinged(len(left.heard) + 1)
            left.hang_up()
            return await left.ended()

        assert play(scene) == ([], None)

    def test_when_it_expires(self, house, live, admitted):
        async def scene():
            caller = await come_in(live, admitted)
            house.clock.advance(days=2)
            return await caller.ended()

        assert play(scene) == (["ended"], 1008)

    def test_to_who_is_being_spoken_to(self, house, live, admitted):
        async def scene():
            caller = await come_in(live, admitted)
            self.end(house, admitted)
            while caller.closed is None:
                caller.say("pong")
                await asyncio.sleep(0.001)
            return await caller.ended()

        assert play(scene) == (["ended"], 1008)

    def test_as_soon_as_the_storage_answers_again(self, house, lanes, admitted):
        storage = FailingStorage(house.storage)
        live = Live(house.worker(storage=storage), lanes)

        async def scene():
            caller = await come_in(live, admitted)
            self.end(house, admitted)
            with storage.outage():
                await asyncio.sleep(2 * live_module.LOOK_SECONDS)
                assert caller.closed is None
            return await caller.ended()

        assert play(scene) == (["ended"], 1008)

    def test_a_fault_while_looking_is_logged_and_the_next_look_tells(
        self, house, live, admitted, caplog, monkeypatch
    ):
        looked = []

        def ask_again(stirred):
            looked.append(stirred)
            if len(looked) == 1:
                raise ZeroDivisionError
            return list(stirred)

        async def scene():
            caller = await come_in(live, admitted)
            monkeypatch.setattr(type(house.core.watching), "ask_again", lambda _, s: ask_again(s))
            self.end(house, admitted)
            return await caller.ended()

        assert play(scene) == (["ended"], 1008)
        assert [entry.message for entry in caplog.records] == ["look failed"]

    def test_many_are_looked_at_in_batches(self, house, lanes, admitted, monkeypatch):
        monkeypatch.setattr(live_module, "BATCH", 2)
        live = bounded(house, lanes, of_session=9)

        async def scene():
            callers = [await come_in(live, admitted) for _ in range(5)]
            self.end(house, admitted)
            return [await caller.ended() for caller in callers]

        assert play(scene) == [(["ended"], 1008)] * 5


class TestPresence:
    def seen_at(self, house, admitted):
        house.core.access.flush()
        with house.storage.read() as transaction:
            return transaction.sessions.find(admitted.session.id).seen_at

    def test_an_answer_is_noted_as_a_use(self, house, live, admitted):
        async def scene():
            caller = await come_in(live, admitted)
            house.clock.advance(seconds=20)
            caller.say("pong")
            await caller.pinged(len(caller.heard) + 1)
            caller.hang_up()
            await caller.ended()

        play(scene)

        assert self.seen_at(house, admitted) == house.clock()

    def test_to_be_connected_is_none(self, house, live, admitted):
        async def scene():
            caller = await come_in(live, admitted)
            house.clock.advance(seconds=20)
            caller.say("other")
            await caller.pinged(len(caller.heard) + 1)
            caller.hang_up()
            await caller.ended()

        play(scene)

        assert self.seen_at(house, admitted) == admitted.session.seen_at

    def test_who_does_not_answer_is_closed_after_a_while(self, live, admitted):
        async def scene():
            caller = await come_in(live, admitted, replace(FEED, gone_after=3 * SOON))
            return await caller.ended()

        assert play(scene) == ([], 1008)

    def test_no_answer_is_a_unit_of_work(self, house, lanes, admitted):
        units: list[str] = []
        worker = house.worker(storage=WatchedStorage(house.storage, units.append))
        live = Live(worker, lanes)

        async def scene():
            caller = await come_in(live, admitted)
            units.clear()
            for ping in range(2, 8):
                caller.say("pong")
                await caller.pinged(ping)
            caller.hang_up()
            await caller.ended()

        play(scene)
        assert units == []
        worker.access.flush()
        assert units == ["written"]


class TestNobodyIsThere:
    def test_who_hangs_up_leaves_nothing_behind(self, house, lanes, admitted):
        live = bounded(house, lanes, connections=1, of_session=1)

        async def scene():
            for _ in range(3):
                live.require_room()
                caller = await come_in(live, admitted)
                caller.hang_up()
                await caller.ended()
            await asyncio.sleep(2 * live_module.LOOK_SECONDS)
            return len(asyncio.all_tasks())

        assert play(scene) == 1

    def test_who_hangs_up_without_a_word_too(self, house, lanes):
        live = bounded(house, lanes, strangers=1)

        async def scene():
            caller = Caller(live)
            caller.hang_up()
            ended = await caller.ended()
            live.require_room()
            return ended, len(asyncio.all_tasks())

        assert play(scene) == (([], None), 1)

    def test_who_cannot_be_reached_any_more_is_let_go(self, live, admitted):
        async def scene():
            caller = await come_in(live, admitted)
            caller.deaf = True
            caller.say("nonsense")
            return await caller.ended()

        assert play(scene) == ([], None)

    def test_nor_is_one_that_breaks_off_at_a_ping(self, live, admitted, caplog):
        async def scene():
            caller = await come_in(live, admitted)
            caller.deaf = True
            return await caller.ended()

        assert play(scene) == ([], None)
        assert caplog.records == []
