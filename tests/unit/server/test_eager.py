"""Work that begins before there is a task for it."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pytest

from watchword.server.eager import begin


class Notes:
    """What work noted as it went."""

    def __init__(self) -> None:
        self.told: list[object] = []

    async def waits_for_nothing(self) -> None:
        self.told.append("done")

    async def waits(self, *for_what: asyncio.Future[object]) -> None:
        self.told.append(asyncio.current_task())
        for each in for_what:
            try:
                self.told.append(await each)
            except (ZeroDivisionError, asyncio.CancelledError) as error:
                self.told.append(type(error))
                raise

    async def gives_way(self) -> None:
        for number in range(3):
            self.told.append(number)
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            await asyncio.sleep(0)
            self.told.append(asyncio.current_task() is not None)

    async def fails(self) -> None:
        raise ZeroDivisionError


@pytest.fixture
def notes() -> Notes:
    return Notes()


def futures(count: int) -> list[asyncio.Future[object]]:
    return [asyncio.get_running_loop().create_future() for _ in range(count)]


def started(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = begin(asyncio.get_running_loop(), work)
    assert task is not None
    return task


def test_what_waits_for_nothing_is_done_at_once_and_has_no_task(notes: Notes) -> None:
    async def scene() -> None:
        assert begin(asyncio.get_running_loop(), notes.waits_for_nothing()) is None
        assert notes.told == ["done"]

    asyncio.run(scene())


def test_what_waits_goes_on_as_a_task_with_what_it_waited_for(notes: Notes) -> None:
    async def scene() -> None:
        one, two = futures(2)
        task = started(notes.waits(one, two))
        assert notes.told == [asyncio.current_task()]
        one.set_result(1)
        await asyncio.sleep(0)
        two.set_result(2)
        await task
        assert notes.told[1:] == [1, 2]

    asyncio.run(scene())


def test_from_then_on_it_may_ask_for_its_task(notes: Notes) -> None:
    async def scene() -> None:
        await started(notes.gives_way())

    asyncio.run(scene())
    assert notes.told == [0, 1, 2, True]


def test_what_it_waited_for_may_fail(notes: Notes) -> None:
    async def scene() -> None:
        [one] = futures(1)
        task = started(notes.waits(one))
        one.set_exception(ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await task

    asyncio.run(scene())
    assert notes.told[1:] == [ZeroDivisionError]


def test_it_may_be_cancelled(notes: Notes) -> None:
    async def scene() -> None:
        [one] = futures(1)
        task = started(notes.waits(one))
        await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert one.cancelled()

    asyncio.run(scene())
    assert notes.told[1:] == [asyncio.CancelledError]


def test_what_fails_at_once_fails_here(notes: Notes) -> None:
    async def scene() -> None:
        with pytest.raises(ZeroDivisionError):
            begin(asyncio.get_running_loop(), notes.fails())

    asyncio.run(scene())
