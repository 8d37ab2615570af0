"""The dialect's page keeps up with the tests and with the package: no row points nowhere."""

import re

import msgspec

from tests.support.checkout import ROOT
from tests.wire.oz.people import ROLES
from watchword.dialects import oz
from watchword.dialects.oz.profile import Profile
from watchword.dialects.oz.rights import FLAGGED, MATRIX

PAGE = (ROOT / "docs/dialects/oz.md").read_text()
SOURCES = ("tests/wire/oz/test_*.py", "tests/conformance/test_dialects.py")
MARKS = ("documented", "observed", "inferred", "chosen")


def rows(heading):
    """Return the cells of the table rows below a heading, without the table's own head."""
    _, _, below = PAGE.partition(f"\n{heading}\n")
    section = re.split(r"^#+ ", below, maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def facts():
    sections = (
        "Requests",
        "Answers",
        "Errors",
        "Sessions",
        "Service tokens",
        "Session token",
        "Description and page",
        "Devices",
        "Users",
        "Folders and media",
        "Analyses",
        "Collections",
    )
    return [row for section in sections for row in rows(f"### {section}")]


def test_every_fact_names_a_test_that_exists():
    text = "".join(path.read_text() for source in SOURCES for path in ROOT.glob(source))
    existing = set(re.findall(r"def (test_\w+)", text))
    named = {name for row in facts() for name in re.findall(r"test_\w+", row[2])}

    assert len(named) > 50
    assert named - existing == set()


def test_every_fact_says_where_it_comes_from():
    unmarked = [row for row in facts() if not any(mark in row[1] for mark in MARKS)]

    assert unmarked == []


def test_the_words_are_those_of_the_package():
    table = re.split(r"^=+ +=+\n", oz.__doc__ or "", flags=re.MULTILINE)[2]
    own = [re.split(r" {2,}", line.replace("``", "`")) for line in table.splitlines()]

    assert own == rows("## Words")


def test_every_key_of_the_directory_file_is_explained():
    explained = re.findall(r"`(\w+)`", "".join(row[0] for row in rows("## In the directory file")))

    assert sorted(explained) == sorted(field.name for field in msgspec.structs.fields(Profile))


def test_the_matrix_is_that_of_the_code():
    told = {
        (row[0].strip("`"), role): cell
        for row in rows("## Rights")
        for role, cell in zip(ROLES, row[1:7], strict=True)
    }
    coded = {
        (action.value, role.value): reach.value + "*" * ((action, role) in FLAGGED)
        for (action, role), reach in MATRIX.items()
    }

    assert told == coded
