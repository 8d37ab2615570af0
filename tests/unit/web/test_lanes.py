"""Threads behind a bound: what runs, what waits and what is turned away."""

import asyncio
import threading

import pytest

from watchword.core.errors import OverloadedError
from watchword.web.lanes import Lanes, Room, ThreadLane


@pytest.fixture
def lane():
    lane = ThreadLane("lane", threads=1, queue=1)
    yield lane
    lane.close()


def test_work_runs_on_a_thread_of_the_lane(lane):
    name = asyncio.run(lane.run(lambda: threading.current_thread().name))

    assert name.startswith("lane")


def test_what_the_work_raises_is_raised_and_its_place_is_free_again(lane):
    async def many():
        for _ in range(5):
            with pytest.raises(ZeroDivisionError):
                await lane.run(lambda: 1 / 0)
        return await lane.run(lambda: "again")

    assert asyncio.run(many()) == "again"


def test_beyond_the_queue_work_is_turned_away_at_once(lane):
    async def crowd():
        gate = threading.Event()
        held = [asyncio.ensure_future(lane.run(lambda: gate.wait(10))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError) as refused:
            await lane.run(lambda: None)
        gate.set()
        assert await asyncio.gather(*held) == [True, True]
        assert await lane.run(lambda: "again") == "again"
        return refused.value.retry_after.total_seconds()

    assert asyncio.run(crowd()) > 0


def test_one_lane_does_not_wait_for_the_other():
    lanes = Lanes(ThreadLane("store", 1, 0), ThreadLane("login", 1, 0))

    async def busy():
        gate = threading.Event()
        login = asyncio.ensure_future(lanes.login.run(lambda: gate.wait(10)))
        await asyncio.sleep(0)
        assert await lanes.store.run(lambda: 42) == 42
        gate.set()
        assert await login

    asyncio.run(busy())
    lanes.close()


def test_a_closed_lane_takes_no_work(lane):
    lane.close()

    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(lane.run(lambda: None))


def test_what_is_abandoned_is_not_waited_for(lane):
    gate = threading.Event()

    async def leave():
        held = asyncio.ensure_future(lane.run(lambda: gate.wait(10)))
        waiting = asyncio.ensure_future(lane.run(lambda: "never"))
        await asyncio.sleep(0.01)
        lane.abandon()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not held.done()
        gate.set()
        return await held

    assert asyncio.run(leave())


class TestRoom:
    def test_it_is_shared_and_given_back(self):
        room = Room(10)
        with room.taken(6), room.taken(4):
            pass
        with room.taken(10):
            pass

    def test_what_does_not_fit_beside_the_others_is_told_to_come_back(self):
        room = Room(10)
        with room.taken(6):
            with pytest.raises(OverloadedError) as refused, room.taken(5):
                pass
            with room.taken(4):
                pass

        assert refused.value.retry_after.total_seconds() > 0

    def test_what_is_larger_than_all_there_is_is_let_in_alone(self):
        room = Room(10)
        with room.taken(11), pytest.raises(OverloadedError), room.taken(1):
            pass
        with room.taken(1), pytest.raises(OverloadedError), room.taken(11):
            pass
        with room.taken(10):
            pass

    def test_a_fault_gives_it_back(self):
        room = Room(10)
        with pytest.raises(ZeroDivisionError), room.taken(10):
            raise ZeroDivisionError
        with room.taken(10):
            pass
