"""Counters for Prometheus, summed over all workers. Label sets are closed: names, never values.

``PROMETHEUS_MULTIPROC_DIR`` must be set before this module is imported; the supervisor does so.
"""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = ["DIRECTORY_VARIABLE", "Metrics"]

DIRECTORY_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


class Metrics:
    """The counters of one worker, and the view over all of them."""

    def __init__(self) -> None:
        """Make the counters."""
        self._requests = Counter(
            "watchword_requests",
            "Requests answered, by dialect, operation (its path in the table) and status.",
            ["dialect", "operation", "status"],
            registry=None,
        )
        self._bound: dict[tuple[str, str, int], Counter] = {}

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

    def exposition(self) -> bytes:
        """Return the sum over all workers in Prometheus' text format."""
        registry = CollectorRegistry()
        MultiProcessCollector(  # type: ignore[no-untyped-call] # the library has no types here
            registry, os.environ[DIRECTORY_VARIABLE]
        )
        return generate_latest(registry)
