"""What figures are held to, beside the one ratio that stands on each line. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bench.figures import Figures

__all__ = ["AsCheap", "Bar", "ByClock", "Judgement", "Tail", "Within"]

Measured = Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a bar found: the figure that it is held to, the bar in words, and the outcome."""

    figure: str
    bar: str
    passed: bool


class Bar(Protocol):
    """Something that figures are held to."""

    @property
    def label(self) -> str:
        """What it looks at, in the words that follow the operation's title."""
        ...

    def judge(self, ours: Figures, measured: Measured) -> Judgement | None:
        """Judge; None where what it is held against was not measured."""
        ...


@dataclass(frozen=True, slots=True)
class AsCheap:
    """So many times as cheap, in CPU time, as the cheapest of several entries."""

    against: tuple[str, ...]
    times: float
    label: str = "beside every peer"

    def judge(self, ours: Figures, measured: Measured) -> Judgement | None:
        """Judge beside those that were measured; None if there is none."""
        theirs = {key: measured[key].cpu_us for key in self.against if key in measured}
        if not theirs:
            return None
        cheapest = min(theirs, key=theirs.__getitem__)
        ratio = theirs[cheapest] / ours.cpu_us
        figure = f"{ratio:.3g} x {cheapest}, the cheapest of {len(theirs)}"
        return Judgement(figure, f"≥ {self.times:g} x", ratio >= self.times)


@dataclass(frozen=True, slots=True)
class ByClock:
    """For what waits for a disk: so many times as many in a second on the clock."""

    against: str
    times: float
    label: str = "on the clock"

    def judge(self, ours: Figures, measured: Measured) -> Judgement | None:
        """Judge by the rates."""
        theirs = measured.get(self.against)
        if theirs is None:
            return None
        ratio = ours.rate / theirs.rate
        figure = f"{ours.rate:,.0f}/s, {ratio:.3g} x {self.against}"
        return Judgement(figure, f"≥ {self.times:g} x", ratio >= self.times)


@dataclass(frozen=True, slots=True)
class Tail:
    """So many milliseconds at most, for all but one answer in a hundred."""

    most_ms: float
    label: str = "p99"

    def judge(self, ours: Figures, measured: Measured) -> Judgement | None:
        """Judge by the 99th percentile, whatever else was measured."""
        del measured
        bar = f"≤ {self.most_ms:g} ms"
        return Judgement(f"{ours.p99_ms:.2f} ms", bar, ours.p99_ms <= self.most_ms)


@dataclass(frozen=True, slots=True)
class Within:
    """As dear as another entry, in CPU time, within so many per cent either way."""

    against: str
    percent: float
    label: str = "beside an empty store"

    def judge(self, ours: Figures, measured: Measured) -> Judgement | None:
        """Judge by how much dearer it is."""
        theirs = measured.get(self.against)
        if theirs is None:
            return None
        more = (ours.cpu_us - theirs.cpu_us) * 100
        bar = f"within {self.percent:g} % of {self.against}"
        passed = abs(more) <= self.percent * theirs.cpu_us
        return Judgement(f"{more / theirs.cpu_us:+.1f} %", bar, passed)
