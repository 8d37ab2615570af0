"""``docs/dialects/findface.md`` tells of every fact which test holds it, and such a test exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.support.checkout import ROOT

PAGE: Final = ROOT / "docs/dialects/findface.md"
HERE: Final = ROOT / "tests/wire/findface"
MARKS: Final = ("documented (", "observed (", "inferred (", "chosen (")
EXCUSED: Final = {
    "test_every_request_has_its_response",
    "test_a_difference_would_be_found",
}
"""Tests that hold our own tests to something."""


def facts() -> list[list[str]]:
    """Return the cells of every line of the page's tables of facts."""
    _, *tables = PAGE.read_text().split("| fact | source | test |\n|---|---|---|\n")
    lines = [line for table in tables for line in table.partition("\n\n")[0].splitlines()]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def names_in(path: Path) -> Iterator[str]:
    """Yield the names of a file's tests."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name


def known() -> set[str]:
    """Return the names of all tests of this wire but those of its page."""
    paths = [path for path in HERE.glob("test_*.py") if path != Path(__file__)]
    return {name for path in paths for name in names_in(path)}


def named() -> set[str]:
    """Return the names of all tests that the page names."""
    return {name for row in facts() for name in re.findall(r"`(test_\w+)`", row[2])}


def test_every_fact_has_a_source_and_a_test() -> None:
    assert len(facts()) > 60
    assert [row for row in facts() if len(row) != 3 or not row[1].startswith(MARKS)] == []
    assert [row[0] for row in facts() if "`test_" not in row[2]] == []


def test_every_test_that_a_fact_names_exists() -> None:
    assert named() - known() == set()


def test_every_test_holds_a_fact() -> None:
    assert known() - named() - EXCUSED == set()
