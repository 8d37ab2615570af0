"""What ``doctor`` says of the audit trail, and of one that somebody has laid hands on."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from watchword.cli.apply import apply_file
from watchword.cli.doctor import Finding, Level, examine
from watchword.config import Configuration, DatabaseTable


@pytest.fixture
def after(tmp_path: Path) -> Callable[[str], Finding]:
    """Return what is found of a trail of five links after a statement."""
    configuration = Configuration(database=DatabaseTable(f"sqlite:///{tmp_path}/watchword.db"))
    directory = tmp_path / "directory.toml"
    logins = ("ann", "bob", "cas", "dan", "eve")
    directory.write_text("".join(f'[[subjects]]\nlogins = ["{each}"]\n' for each in logins))
    apply_file(configuration, directory)

    def look(statement: str) -> Finding:
        with sqlite3.connect(tmp_path / "watchword.db") as database:
            database.execute(statement)
        database.close()
        [found] = [each for each in examine(configuration) if each.subject == "audit"]
        return found

    return look


def test_a_whole_chain_is_told_with_its_head(after) -> None:
    found = after("SELECT 1")

    assert found.level is Level.OK
    assert found.remark.startswith("5 links, head ")


@pytest.mark.parametrize(
    ("statement", "serial"),
    [
        ("UPDATE audit SET result = 'denied' WHERE serial = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE serial = 5", 5),
        ("UPDATE audit SET login = 'mallory' WHERE serial = 1", 1),
        ("DELETE FROM audit WHERE serial = 2", 3),
        ("UPDATE audit SET serial = 9 WHERE serial = 4", 5),
    ],
    ids=["result", "time", "login", "removed", "moved"],
)
def test_an_edited_a_removed_and_a_moved_link_are_told(after, statement: str, serial: int) -> None:
    assert after(statement) == Finding(
        Level.BROKEN, "audit", f"the chain breaks at serial {serial}"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET at = 9223372036854775807 WHERE serial = 4",
        "UPDATE audit SET at = 'never' WHERE serial = 4",
        "UPDATE audit SET details = '{' WHERE serial = 4",
        "UPDATE audit SET details = '1' WHERE serial = 4",
        "UPDATE audit SET address = x'ff' WHERE serial = 4",
        "UPDATE audit SET subject_id = x'01' WHERE serial = 4",
    ],
)
def test_so_is_one_that_cannot_be_read_any_more(after, statement: str) -> None:
    told = "the chain breaks after serial 3: the next link cannot be read"

    assert after(statement) == Finding(Level.BROKEN, "audit", told)
