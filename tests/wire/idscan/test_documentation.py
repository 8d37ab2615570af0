"""``docs/dialects/idscan.md`` tells of every fact which test holds it, and such a test exists."""

import ast
import re
from typing import Final

from tests.support.checkout import ROOT

PAGE: Final = ROOT / "docs/dialects/idscan.md"
FOLDERS: Final = (
    "tests/wire/idscan",
    "tests/unit/dialects/idscan",
    "tests/conformance",
    "tests/e2e",
)
MARKS: Final = ("documented", "observed", "inferred", "chosen")


def facts() -> list[list[str]]:
    """Return the cells of every line of the page's tables of facts."""
    lines = PAGE.read_text().splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in lines
        if line.startswith("| ")
    ]
    return [row for row in rows if row[0] != "fact" and len(row) == 3]


def known_tests() -> set[str]:
    """Return the name of every test that could hold a fact of this wire."""
    return {
        node.name
        for folder in FOLDERS
        for path in (ROOT / folder).glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_fact_says_where_it_comes_from() -> None:
    assert len(facts()) > 50
    assert [row for row in facts() if not row[1].startswith(MARKS) or "(" not in row[1]] == []


def test_every_fact_names_tests_that_exist() -> None:
    known = known_tests()
    named = {row[0]: re.findall(r"`(test_\w+)`", row[2]) for row in facts()}

    assert [fact for fact, tests in named.items() if not tests] == []
    assert {test for tests in named.values() for test in tests} - known == set()


def test_every_wire_test_holds_a_fact_of_the_page() -> None:
    page = PAGE.read_text()
    excused = {"test_documentation.py"}
    own = {
        node.name
        for path in (ROOT / "tests/wire/idscan").glob("test_*.py")
        if path.name not in excused
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }

    assert sorted(name for name in own if f"`{name}`" not in page) == []
