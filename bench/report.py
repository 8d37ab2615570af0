"""The table for people, and its rows for programs. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bench.entry import Entry
from bench.figures import MICRO, Figures
from bench.processes import Memory
from bench.weights import Weights

__all__ = ["HEADINGS", "Row", "memory_rows", "start_rows", "table", "timed_rows", "weight_rows"]

HEADINGS: Final = (
    "operation",
    "CPU µs",
    "req/s",
    "p50 ms",
    "p99 ms",
    "of nginx",
    "ratio",
    "bar",
    "verdict",
)
LONGEST_START: Final = 1.0
MOST_MEMORY: Final = 60_000_000
MEGA: Final = 1e6


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``passed`` is None where there is no bar."""

    title: str
    figures: Figures | None = None
    figure: str = ""
    of_nginx: float | None = None
    ratio: str = ""
    bar: str = ""
    passed: bool | None = None

    @property
    def verdict(self) -> str:
        """The bar's outcome in a word."""
        return {None: "", True: "met", False: "MISSED"}[self.passed]

    def cells(self) -> Sequence[str]:
        """Return what stands under each heading."""
        nginx = "" if self.of_nginx is None else f"{self.of_nginx:.1%}"
        return (self.title, *self._measured(), nginx, self.ratio, self.bar, self.verdict)

    def _measured(self) -> Sequence[str]:
        found = self.figures
        if found is None:
            return (self.figure, "", "", "")
        return (
            f"{found.cpu_us:,.1f}",
            f"{found.rate:,.0f}",
            f"{found.p50_ms:.2f}",
            f"{found.p99_ms:.2f}",
        )


def timed_rows(entries: Sequence[Entry], measured: Mapping[str, Figures]) -> list[Row]:
    """Return a row for each entry that was measured."""
    nginx = measured.get("nginx")
    rows = [row for entry in entries if entry.key in measured for row in _rows(entry, measured)]
    return [replace(row, of_nginx=_share(row.figures, nginx)) for row in rows]


def _rows(entry: Entry, measured: Mapping[str, Figures]) -> Iterator[Row]:
    yield _row(entry, measured)
    for bar in entry.bars:
        found = bar.judge(measured[entry.key], measured)
        if found is not None:
            title = f"{entry.title}, {bar.label}"
            yield Row(title, ratio=found.figure, bar=found.bar, passed=found.passed)


def _share(ours: Figures | None, nginx: Figures | None) -> float | None:
    """Return how much of nginx's speed this is, by CPU time, where nginx was measured too."""
    return None if ours is None or nginx is None else nginx.cpu_us / ours.cpu_us


def _row(entry: Entry, measured: Mapping[str, Figures]) -> Row:
    ours = measured[entry.key]
    if entry.against is None:
        per_second = MICRO / ours.cpu_us
        bar, passed = _held(per_second, entry.at_least, "/s of CPU")
        return Row(entry.title, ours, ratio=f"{per_second:,.0f}/s of CPU", bar=bar, passed=passed)
    theirs = measured.get(entry.against)
    if theirs is None:
        return Row(entry.title, ours)
    ratio = theirs.cpu_us / ours.cpu_us
    bar, passed = _held(ratio, entry.at_least, " x")
    return Row(entry.title, ours, ratio=f"{ratio:.3g} x {entry.against}", bar=bar, passed=passed)


def _held(value: float, at_least: float | None, unit: str) -> tuple[str, bool | None]:
    if at_least is None:
        return "", None
    return f"≥ {at_least:g}{unit}", value >= at_least


def start_rows(seconds: float, cpu_seconds: float) -> list[Row]:
    """Return the rows of the start; the bar is on what a person waits."""
    passed = seconds <= LONGEST_START
    bar = f"≤ {LONGEST_START:g} s"
    return [
        Row("start to first login", figure=f"{seconds:.2f} s", bar=bar, passed=passed),
        Row("start to first login, CPU time", figure=f"{cpu_seconds:.2f} s"),
    ]


def memory_rows(worker: Memory, supervisor: Memory) -> list[Row]:
    """Return the rows of the memory; the bar is on what counts most, the resident size."""
    bar = f"≤ {MOST_MEMORY / MEGA:g} MB"
    return [
        Row(
            "idle worker, resident",
            figure=_mega(worker["rss"]),
            bar=bar,
            passed=worker["rss"] <= MOST_MEMORY,
        ),
        Row("idle worker, its share (PSS)", figure=_mega(worker["pss"])),
        Row("idle supervisor, resident", figure=_mega(supervisor["rss"])),
        Row("idle supervisor, its share (PSS)", figure=_mega(supervisor["pss"])),
    ]


def weight_rows(weights: Weights) -> list[Row]:
    """Return the rows of what a session weighs."""
    return [
        Row("a session on PostgreSQL, with its indexes", figure=f"{weights.bytes:,.0f} B"),
        Row(
            "noting a use on PostgreSQL, the worker's part",
            figure=f"{weights.touch_here_us:.1f} µs",
        ),
        Row(
            "noting a use on PostgreSQL, its own part",
            figure=f"{weights.touch_there_us:.1f} µs",
        ),
    ]


def _mega(size: int) -> str:
    return f"{size / MEGA:.1f} MB"


def table(rows: Sequence[Row]) -> str:
    """Return the rows under their headings, columns aligned."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(cells, widths) for cells in (lines[0], rule, *lines[1:]))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Numbers stand to the right, words to the left."""
    sides = "<>>>>><<<"
    parts = (
        f"{cell:{side}{width}}" for cell, side, width in zip(cells, sides, widths, strict=True)
    )
    return "  ".join(parts).rstrip()
