"""The tables that the documentation includes, from a run's results. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.capacity import CHECKS, LIFETIMES, MIXES, SESSIONS, Costs, Logins, Mix, Need
from bench.report import Row

__all__ = ["bars_page", "capacity_page", "figures_page", "machine_page"]

GIGA: Final = 1e9
QUIET: Final = 1.0
BUSY: Final = """
**The machine had other work to do** while this was measured. CPU times are higher than on one that
has none, this server's more than others': what it does once a second is shared by fewer requests.
Rates, and times to an answer, are those of a crowded machine, and the bars that look at the clock
say little more than that it was one.
"""


def figures_page(rows: Sequence[Row]) -> str:
    """Return every row that was measured."""
    headings = ("operation", "CPU µs", "req/s", "p50 ms", "p99 ms", "of nginx", "ratio")
    lines = [row.cells()[:7] for row in rows if row.figures is not None or row.passed is None]
    return _table(headings, lines, "lrrrrrl")


def bars_page(rows: Sequence[Row], missing: Sequence[str]) -> str:
    """Return every bar, and whether it is met; and what could not be measured."""
    headings = ("operation", "bar", "measured", "")
    lines = [
        (row.title, row.bar, ", ".join(filter(None, (row.figure, row.ratio))), row.verdict)
        for row in rows
        if row.passed is not None
    ]
    absent = "".join(f"\nNot measured: {each}\n" for each in missing)
    return _table(headings, lines, "llll") + absent


def machine_page(measured_at: str, machine: Mapping[str, Any]) -> str:
    """Return where and with what it was measured, out of what `bench.machine.facts` found."""
    python = machine["python"].split(maxsplit=1)[0]
    lines = [
        ("measured", measured_at),
        ("processor", f"{machine['cpu']}, {machine['cores']} cores"),
        ("kernel", f"Linux {machine['kernel']}"),
        ("load when it began", f"{machine['load_before']:.2f}"),
        ("Python", python),
        ("nginx", machine["nginx"].rpartition("/")[2]),
        ("this server", _versions(machine["packages"])),
    ]
    lines += [(peer, _versions(packages)) for peer, packages in machine["peers"].items()]
    return _table(("", ""), lines, "ll") + (BUSY if machine["load_before"] > QUIET else "")


def capacity_page(costs: Costs) -> str:
    """Return what checks and sessions take."""
    parts = [
        _prices(costs),
        *(_checks(mix, costs) for mix in MIXES),
        _sessions(costs),
    ]
    return "\n".join(parts)


def _prices(costs: Costs) -> str:
    lines = [
        ("a request that came before, byte for byte, at the gate's own port", costs.again, 0.0),
        ("the same by a dialect's route", costs.again_route, 0.0),
        ("another request with a token that is remembered, at the gate", costs.hit, 0.0),
        ("the same by a dialect's route", costs.hit_route, 0.0),
        ("a token looked up", costs.look_here, costs.look_there),
        ("a note that a session was used", costs.note_here, costs.note_there),
        ("a login by a remembered machine account", costs.login_here, costs.login_there),
        ("a password's hash", costs.hash, 0.0),
    ]
    cells = [(title, f"{here:,.1f}", f"{there:,.1f}") for title, here, there in lines]
    return _table(("CPU µs", "worker", "PostgreSQL"), cells, "lrr")


def _checks(mix: Mix, costs: Costs) -> str:
    headings = ("checks a second", "worker cores", "nodes of 16 cores", "PostgreSQL cores")
    lines = []
    for checks in CHECKS:
        need = Need.of(checks, mix, costs)
        there = f"{need.postgres_cores:,.1f}" + ("" if need.fits else ": more than one")
        lines.append((f"{checks:,}", f"{need.cores:,.1f}", f"{need.nodes:,}", there))
    return f"**Of all checks, {mix.title}:**\n\n" + _table(headings, lines, "rrrr")


def _sessions(costs: Costs) -> str:
    headings = ("a session lives", "logins a second", "worker cores", "PostgreSQL cores")
    lines = []
    for title, seconds in LIFETIMES.items():
        logins = Logins.of(SESSIONS, seconds, costs)
        cells = (logins.per_second, logins.hash_cores, logins.postgres_cores)
        lines.append((title, *(f"{cell:,.1f}" for cell in cells)))
    size = SESSIONS * costs.session_bytes / GIGA
    return (
        f"**{SESSIONS:,} sessions** take {size:,.0f} GB on PostgreSQL with their indexes, "
        f"{costs.session_bytes:,.0f} bytes each. To keep as many alive:\n\n"
        + _table(headings, lines, "lrrr")
    )


def _versions(packages: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages.items())


def _table(headings: Sequence[str], lines: Sequence[Sequence[str]], sides: str) -> str:
    """Return a Markdown table; ``l`` is a column whose cells stand to the left."""
    rule = ["---" if side == "l" else "--:" for side in sides]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (headings, rule, *lines))
