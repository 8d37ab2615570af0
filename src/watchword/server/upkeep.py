"""What runs beside the requests, and the pages that are nobody's wire: health and metrics."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from watchword.core.core import Core
from watchword.core.errands import Work
from watchword.core.errors import (
    OverloadedError,
    RosterUnavailableError,
    StorageUnavailableError,
)
from watchword.core.limits import Limits
from watchword.core.vouching import AHEAD
from watchword.server.gatehouse import Gatehouse
from watchword.server.memory import give_back
from watchword.server.metrics import Metrics
from watchword.web.lanes import ERRANDS, Lanes, ThreadLane

__all__ = ["Upkeep"]

FLUSH_SECONDS: Final = 1.0
KEEP_KEYS_SECONDS: Final = int(AHEAD.total_seconds()) // 2
"""How long others may keep the published keys: a new one signs only after twice as long."""
PURGE_SECONDS: Final = 600.0
SWEEP_SECONDS: Final = 3_600.0
TIDY_SECONDS: Final = 60.0
ERRAND_SECONDS: Final = 1.0
TRIM_SECONDS: Final = 15.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """One worker's chores.

    ``lifeline`` is a pipe that the supervisor holds open: its end means that the supervisor is
    gone. ``ready`` is called when the worker takes requests. ``works`` are who does which kind of
    job, None in a worker that does none and clears nothing away. ``gate`` is opened with the rest.
    ``limits`` are kept up to date with other hosts, the audit log, and the metrics.
    """

    core: Core
    lanes: Lanes
    metrics: Metrics
    ping: Callable[[], None]
    tidy: Callable[[], object]
    lifeline: int
    ready: Callable[[], None]
    works: Mapping[str, Work] | None
    gate: Gatehouse | None = None
    limits: Limits | None = None

    def app(self) -> Starlette:
        """Return the application behind the doors."""
        routes = [
            Route("/healthz", self._healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", self._metrics),
            Route("/.well-known/jwks.json", self._keys),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    async def _healthz(self, _: Request) -> Response:
        """Say that this worker answers at all."""
        return PlainTextResponse("ok\n")

    async def _readyz(self, _: Request) -> Response:
        """Say whether the storage answers."""
        try:
            await self.lanes.store.run(self.ping)
        except (StorageUnavailableError, OverloadedError):
            return PlainTextResponse("storage unavailable\n", 503, {"retry-after": "1"})
        return PlainTextResponse("ready\n")

    async def _metrics(self, _: Request) -> Response:
        try:
            text = await self.lanes.store.run(self.metrics.exposition)
        except OverloadedError:
            return PlainTextResponse("overloaded\n", 503, {"retry-after": "1"})
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _keys(self, _: Request) -> Response:
        """Publish the keys by which signed statements can be verified."""
        try:
            keys = await self.lanes.store.run(self.core.vouching.published)
        except (StorageUnavailableError, OverloadedError):
            return PlainTextResponse("storage unavailable\n", 503, {"retry-after": "1"})
        body = {"keys": [dict(key) for key in keys]}
        return JSONResponse(body, headers={"cache-control": f"public, max-age={KEEP_KEYS_SECONDS}"})

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        loop = asyncio.get_running_loop()
        loop.add_reader(self.lifeline, self._stop_with_the_supervisor)
        chores = [
            asyncio.create_task(self._every(FLUSH_SECONDS, self.core.access.flush)),
            asyncio.create_task(self._every(TRIM_SECONDS, self._give_back)),
        ]
        if self.works is not None:
            chores += self._follow_the_roster()
            chores += [
                asyncio.create_task(self._every(PURGE_SECONDS, self._purge)),
                asyncio.create_task(self._every(SWEEP_SECONDS, self._sweep)),
                asyncio.create_task(self._every(TIDY_SECONDS, self.tidy)),
                *(asyncio.create_task(self._run_errands(self.works, n)) for n in range(ERRANDS)),
            ]
        if self.limits is not None:
            keeping = partial(self._keep_limits, self.limits)
            chores.append(asyncio.create_task(self._every(FLUSH_SECONDS, keeping)))
        if self.gate is not None:
            chores.append(asyncio.create_task(self._every(FLUSH_SECONDS, self.gate.flush)))
            await self.gate.open()
        self.ready()
        yield
        if self.gate is not None:
            await self.gate.close()
        for chore in chores:
            chore.cancel()
            with suppress(asyncio.CancelledError):
                await chore
        if self.limits is not None:
            with suppress(StorageUnavailableError, OverloadedError):
                await self.lanes.store.run(partial(self._keep_limits, self.limits))

    def _follow_the_roster(self) -> Iterator[asyncio.Task[None]]:
        """Begin to make copies follow their people, where there is a roster.

        That waits for somebody else's server, so not on the lane of what asks the storage.
        """
        enlisting, every = self.core.enlisting, self.core.policy.roster.refresh_every
        if enlisting.is_on:
            chore = self._every(every.total_seconds(), enlisting.refresh, self.lanes.bulk)
            yield asyncio.create_task(chore)

    async def _every(
        self, seconds: float, chore: Callable[[], object], lane: ThreadLane | None = None
    ) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await (lane or self.lanes.store).run(chore)
            except (StorageUnavailableError, RosterUnavailableError, OverloadedError) as error:
                log.warning("chore postponed", extra=_reason(error))
            except Exception as error:
                # One fault would otherwise end this chore for as long as the worker lives.
                log.critical("chore failed", exc_info=error)

    async def _run_errands(self, works: Mapping[str, Work], place: int) -> None:
        """Do one job after another; look again after a while if there is none.

        Several do so in turns: each looks less often, but together as often as one would.
        """
        await asyncio.sleep(place * ERRAND_SECONDS)
        while works:
            try:
                idle = not await self.lanes.errands.run(lambda: self._run_errand(works))
            except StorageUnavailableError as error:
                log.warning("jobs postponed", extra=_reason(error))
                idle = True
            except Exception as error:
                # Not the job's own fault, which is told below: this one would end all jobs.
                log.critical("jobs failed", exc_info=error)
                idle = True
            if idle:
                await asyncio.sleep(ERRANDS * ERRAND_SECONDS)

    def _run_errand(self, works: Mapping[str, Work]) -> bool:
        outcome = self.core.errands.run_next(works)
        if outcome is not None and outcome.error is not None:
            what = {"job": outcome.job.kind, "attempts": outcome.job.attempts}
            log.error("job failed", extra=what, exc_info=outcome.error)
        return outcome is not None

    def _keep_limits(self, limits: Limits) -> None:
        self.metrics.tell_limits(limits.counts)
        limits.keep_up(self.core.storage, leading=self.works is not None)

    def _give_back(self) -> None:
        self.core.passwords.give_back()
        give_back()

    def _sweep(self) -> None:
        if swept := self.core.sweep():
            log.info("swept what nobody refers to", extra={"blobs": swept})

    def _purge(self) -> None:
        while any(self.core.purge().values()):
            log.info("purged a batch")

    def _stop_with_the_supervisor(self) -> None:
        """Stop as if told to: a worker without a supervisor would never be replaced."""
        asyncio.get_running_loop().remove_reader(self.lifeline)
        os.kill(os.getpid(), signal.SIGTERM)


def _reason(error: Exception) -> Mapping[str, str]:
    """Return what the log is told of somebody who does not answer: who, and in whose words why."""
    return {"reason": type(error).__name__, "cause": str(error.__cause__ or "")}
