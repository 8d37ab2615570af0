"""What a run wrote becomes tables and a picture, and only a whole run does."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bench.contest import CONTEST, GROUPS
from bench.figures import Figures, Sample
from bench.once import ONCE
from bench.pages import bars_page, figures_page, machine_page
from bench.plot import CHECKS, LOGINS
from bench.publish import PartialRunError, publish
from bench.report import Row

FIGURES = Figures(1_234.5, rate=10.0, p50_ms=1.0, p99_ms=2.0, spread=1.1, rounds=3)


@pytest.fixture
def result() -> dict[str, Any]:
    """Return what a whole run writes, every operation as dear as every other."""
    sample = asdict(Sample(100, 1.0, 0.5, p50=0.001, p99=0.004))
    machine = {
        "cpu": "Some CPU",
        "cores": 2,
        "kernel": "6.1",
        "load_before": 0.5,
        "python": "3.11.2 (main)",
        "nginx": "nginx version: nginx/1.22.1",
        "packages": {"watchword": "0.1.0"},
        "peers": {"knox": {"django-rest-knox": "5.1.0", "django": "5.2"}},
    }
    return {
        "measured_at": "2026-11-22T12:00:00Z",
        "whole": True,
        "machine": machine,
        "rows": [asdict(Row("one", FIGURES, of_nginx=0.25, ratio="3 x nginx"))],
        "weighed": {"note_here_us": 7.0, "note_there_us": 8.0, "session_bytes": 1_000.0},
        "missing": ["Keystone: login (cannot be installed: no network)"],
        "samples": {entry.key: [sample] for entry in CONTEST},
    }


def test_a_whole_run_becomes_the_pages_that_the_documentation_includes(
    result: dict[str, Any], tmp_path: Path
) -> None:
    publish(result, tmp_path)

    names = {"bars.md", "capacity.md", "figures.md", "machine.md", "plot.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert "| one | 1,234.5 | 10 | 1.00 | 2.00 | 25.0% | 3 x nginx |" in read(tmp_path, "figures")
    assert "| knox | django-rest-knox 5.1.0, django 5.2 |" in read(tmp_path, "machine")
    assert "**100,000,000 sessions** take 100 GB" in read(tmp_path, "capacity")
    assert "Not measured: Keystone: login (cannot be installed" in read(tmp_path, "bars")


@pytest.mark.parametrize(("load", "told"), [(1.0, False), (1.1, True)])
def test_a_machine_with_other_work_to_do_is_told(
    result: dict[str, Any], *, load: float, told: bool
) -> None:
    page = machine_page("2026", {**result["machine"], "load_before": load})

    assert ("other work" in page) is told


def test_the_same_figures_make_the_same_bytes(result: dict[str, Any], tmp_path: Path) -> None:
    for folder in ("one", "other"):
        publish(result, tmp_path / folder)

    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_a_run_that_left_something_out_is_not_published(
    result: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(PartialRunError):
        publish({**result, "whole": False}, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_without_a_postgresql_there_is_nothing_to_reckon_with(
    result: dict[str, Any], tmp_path: Path
) -> None:
    samples = {key: taken for key, taken in result["samples"].items() if key != "there-cold"}

    with pytest.raises(PartialRunError, match="there-cold"):
        publish({**result, "samples": samples}, tmp_path)


def test_rows_are_told_once_as_figures_and_bars_once_as_bars() -> None:
    rows = [
        Row("held", FIGURES, ratio="2 x peer", bar="≥ 3 x", passed=False),
        Row("held, p99", ratio="2.00 ms", bar="≤ 3 ms", passed=True),
        Row("told", figure="1 s"),
        Row("both", figure="9 ms", ratio="in 1 s", bar="≤ 20 ms", passed=True),
    ]

    assert [line.split(" | ")[0][2:] for line in figures_page(rows).splitlines()[2:]] == [
        "held",
        "told",
    ]
    assert bars_page(rows, []).splitlines()[2:] == [
        "| held | ≥ 3 x | 2 x peer | MISSED |",
        "| held, p99 | ≤ 3 ms | 2.00 ms | met |",
        "| both | ≤ 20 ms | 9 ms, in 1 s | met |",
    ]


def test_the_picture_shows_what_is_measured() -> None:
    assert {*CHECKS, *LOGINS} <= {entry.key for entry in CONTEST}


def test_no_group_of_rounds_is_one_that_is_measured_once() -> None:
    assert not GROUPS.keys() & ONCE.keys()


def read(folder: Path, name: str) -> str:
    return (folder / f"{name}.md").read_text()
