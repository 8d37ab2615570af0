"""Directory files with roles, applied as an operator does."""

from pathlib import Path

import pytest

from watchword.cli.apply import apply_file
from watchword.config import Configuration, DatabaseTable, FileError

GOOD = """
[[findface.groups]]
name = "Guards"
permissions = ["ffsecurity.view_camera"]

[[subjects]]
logins = ["bob"]
[subjects.findface]
primary_group = "Guards"
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """Return a configuration with a database of its own."""
    return Configuration(database=DatabaseTable(f"sqlite:///{tmp_path}/watchword.db"))


def apply(configuration: Configuration, tmp_path: Path, text: str, *, dry_run: bool = False):
    """Apply a file with this text and return the lines of the plan."""
    path = tmp_path / "directory.toml"
    path.write_text(text)
    return list(apply_file(configuration, path, dry_run=dry_run).lines())


def test_a_role_and_its_user_come_in_one_file(configuration, tmp_path):
    lines = apply(configuration, tmp_path, GOOD)

    assert {"+ findface group Guards", "+ subject bob"} <= set(lines)


def test_a_dry_run_knows_the_roles_that_it_would_make(configuration, tmp_path):
    lines = apply(configuration, tmp_path, GOOD, dry_run=True)

    assert "+ findface group Guards" in lines


def test_applying_again_plans_nothing(configuration, tmp_path):
    apply(configuration, tmp_path, GOOD)

    assert not [line for line in apply(configuration, tmp_path, GOOD) if line[0] in "+~-"]


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ('primary_group = "Guards"', 'primary_group = "Nobodies"', 9, "subjects[0].findface"),
        ('name = "Guards"', 'name = "Administrator"', 3, "findface.groups[0].name"),
        ("ffsecurity.view_camera", "ffsecurity.fly", 4, "findface.groups[0].permissions"),
    ],
)
def test_a_fault_names_its_line_and_nothing_is_changed(
    configuration, tmp_path, old, new, line, key
):
    text = '[[tenants]]\nname = "Acme"\n' + GOOD.replace(old, new)

    with pytest.raises(FileError) as refused:
        apply(configuration, tmp_path, text)

    assert f"line {line + 2}: {key}" in refused.value.problem
    assert "+ tenant Acme" in apply(configuration, tmp_path, text.replace(new, old))
