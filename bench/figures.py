"""Samples, their medians, and the bars that they are held against. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

__all__ = ["MICRO", "Figures", "Sample", "percentile", "summarize"]

MICRO: Final = 1e6


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one operation. Times are in seconds, CPU time is the server's."""

    requests: int
    seconds: float
    cpu_seconds: float
    p50: float
    p99: float

    @property
    def cpu_us(self) -> float:
        """CPU time of one request, in microseconds."""
        return self.cpu_seconds / self.requests * MICRO

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the rounds of one operation; ``spread`` is the widest sample over the least."""

    cpu_us: float
    rate: float
    p50_ms: float
    p99_ms: float
    spread: float
    rounds: int


def percentile(values: Sequence[int], percent: float) -> int:
    """Return the smallest value that at least so many percent of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summarize(samples: Sequence[Sample]) -> Figures:
    """Return the medians of the samples of one operation."""
    costs = [sample.cpu_us for sample in samples]
    return Figures(
        cpu_us=median(costs),
        rate=median(sample.rate for sample in samples),
        p50_ms=median(sample.p50 for sample in samples) * 1e3,
        p99_ms=median(sample.p99 for sample in samples) * 1e3,
        spread=max(costs) / min(costs) if min(costs) else math.inf,
        rounds=len(samples),
    )
