"""Beginning work at once, and making a task of it only where it has to wait.

Most requests are answered from what is remembered and wait for nothing. Python 3.12 has this as
`asyncio.eager_task_factory`. Until it waits for the first time such work has no task of its own, so
it must not ask for one, as `asyncio.timeout` does.
"""

import asyncio
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

__all__ = ["begin"]


def begin(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]
) -> asyncio.Task[None] | None:
    """Run work as far as it gets without waiting; return the task of what is left, if anything."""
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return loop.create_task(_go_on(_Begun(work, waits_for)))


async def _go_on(begun: "_Begun") -> None:
    await begun


@dataclass(frozen=True, slots=True)
class _Begun:
    """Work that waits for something already."""

    work: Coroutine[Any, Any, None]
    waits_for: Any

    def __await__(self) -> Generator[Any, Any, None]:
        """Let the task wait for it, and hand all that it is told to the work."""
        waits_for = self.waits_for
        while True:
            try:
                told = yield waits_for
            except BaseException as error:  # noqa: BLE001 - cancelling is for the work to answer
                step = partial(self.work.throw, error)
            else:
                step = partial(self.work.send, told)
            try:
                waits_for = step()
            except StopIteration:
                return
