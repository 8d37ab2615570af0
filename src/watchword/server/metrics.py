"""Counters for Prometheus, summed over all workers. Label sets are closed: names, never values.

``PROMETHEUS_MULTIPROC_DIR`` must be set before this module is imported; the supervisor does so.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from prometheus_client.metrics import Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

__all__ = ["DIRECTORY_VARIABLE", "Metrics"]

DIRECTORY_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

FILE_BYTES: Final = 262_144
"""Room for a thousand and more series; the library would begin with a megabyte of nothing."""
WAIT_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 3)

log = logging.getLogger(__name__)


class Metrics:
    """The counters of one worker, and the view over all of them."""

    def __init__(self) -> None:
        """Make the counters. Raises ``OSError`` where there is no room for them on the disk."""
        _hold_room("counter")
        self._requests = Counter(
            "watchword_requests",
            "Requests answered, by dialect, operation (its path in the table) and status.",
            ["dialect", "operation", "status"],
            registry=None,
        )
        self._bound: dict[tuple[str, str, int], Counter] = {}
        self.limits = Counter(
            "watchword_limits",
            "Calls that were counted for a limit, by its class and whether they were let through.",
            ["class", "result"],
            registry=None,
        )
        self._told: dict[tuple[str, str], int] = {}
        self._waits: tuple[Histogram, Counter] | None = None
        self.trusted: Callable[[], bool] | None = None
        """Says whether this host has heard of everything; None where no other host can be."""

    def observe(self, dialect: str, operation: str, status: int) -> None:
        """Count one answer."""
        self.count(dialect, operation, status, 1)

    def count(self, dialect: str, operation: str, status: int, answers: int) -> None:
        """Count several answers."""
        key = (dialect, operation, status)
        counter = self._bound.get(key)
        if counter is None:
            counter = self._requests.labels(dialect, operation, str(status))
            self._bound[key] = counter
        counter.inc(answers)

    def waited(self, seconds: float, missing: Sequence[str]) -> None:
        """Count one wait of a revoker for other nodes, and those that it waited for in vain."""
        if missing:
            told = {"seconds": round(seconds, 3), "nodes": ", ".join(missing)}
            log.warning("waited until silent nodes have lost their trust", extra=told)
        if self._waits is None:
            # Made when they are needed: each takes memory in every worker.
            self._waits = _make_waits()
        waits, unconfirmed = self._waits
        waits.observe(seconds)
        unconfirmed.inc(bool(missing))

    def tell_limits(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Take in what became of calls that were counted; ``counts`` only ever grow."""
        for key, count in list(counts.items()):
            fresh = count - self._told.get(key, 0)
            if fresh:
                self.limits.labels(*key).inc(fresh)
                self._told[key] = count

    def exposition(self) -> bytes:
        """Return the sum over all workers in Prometheus' text format."""
        # Late: it comes with servers and a client of its own, for a worker that is asked (0153).
        from prometheus_client.exposition import generate_latest

        registry = CollectorRegistry()
        if self.trusted is not None:
            registry.register(_Trusted(self.trusted))
        MultiProcessCollector(  # type: ignore[no-untyped-call] # the library has no types here
            registry, os.environ[DIRECTORY_VARIABLE]
        )
        return generate_latest(registry)


class _Trusted(Collector):
    """A number that is the same whichever worker is asked."""

    def __init__(self, trusted: Callable[[], bool]) -> None:
        self._trusted = trusted

    def collect(self) -> Iterator[Metric]:
        text = "Whether this host has heard of all that other nodes changed: 1, else 0."
        yield GaugeMetricFamily("watchword_trusted", text, value=self._trusted())


def _hold_room(kind: str) -> None:
    """Have the disk keep room for what this process counts, before the library maps the file.

    Into a hole of a full disk nobody could write: the kernel would end whoever tried.
    """
    folder = os.environ.get(DIRECTORY_VARIABLE)
    if folder is not None:
        with Path(folder, f"{kind}_{os.getpid()}.db").open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, FILE_BYTES)


def _make_waits() -> tuple[Histogram, Counter]:
    _hold_room("histogram")
    waits = Histogram(
        "watchword_revocation_wait_seconds",
        "How long revoking calls waited for other nodes.",
        buckets=WAIT_SECONDS,
        registry=None,
    )
    unconfirmed = Counter(
        "watchword_revocations_unconfirmed",
        "Revoking calls that waited until nodes which did not confirm had lost their trust.",
        registry=None,
    )
    return waits, unconfirmed
