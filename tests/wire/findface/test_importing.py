"""People of a Django who are imported for this door, and what they are here."""

import json
from pathlib import Path

import pytest

from watchword.cli.apply import opened_core
from watchword.cli.import_command import ImportFlags, import_
from watchword.config import Configuration, DatabaseTable
from watchword.dialects.findface import DIALECT
from watchword.dialects.findface.profile import AUDIENCE, Profile, parse, read

ROLES = """
[profiles.findface]
primary_group = "User"
[[where]]
column = "is_superuser"
is = true
[where.profiles.findface]
primary_group = "{role}"
"""


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Return what Django dumps of a superuser who is staff and in a group."""
    fields = {
        "username": "root",
        "password": "!",
        "is_superuser": True,
        "is_staff": True,
        "is_active": True,
        "groups": [["Administrator"]],
    }
    path = tmp_path / "users.json"
    path.write_text(json.dumps([{"model": "auth.user", "pk": 1, "fields": fields}]))
    return path


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/watchword.db"


def profile_of_root(database: str) -> Profile:
    configuration = Configuration(database=DatabaseTable(database))
    with opened_core(configuration) as core, core.storage.read() as transaction:
        standing = transaction.standings.find_by_login("root", AUDIENCE)
    assert standing is not None
    assert standing.profile is not None
    return parse(standing.profile.document)


def test_the_least_that_somebody_can_be_is_a_user():
    assert parse(read(DIALECT.newcomer)) == Profile("User")


def test_a_superuser_over_there_is_a_user_here_unless_somebody_says_otherwise(people, database):
    assert import_(people, flags=ImportFlags(profile=("findface",)), database=database) == 0
    assert profile_of_root(database) == Profile("User")


def test_a_superuser_is_what_a_map_says(people, database, tmp_path):
    wishes = tmp_path / "roles.toml"
    wishes.write_text(ROLES.format(role="Administrator"))

    assert import_(people, flags=ImportFlags(map=wishes), database=database) == 0
    assert profile_of_root(database) == Profile("Administrator")


def test_a_role_that_is_not_there_is_told_by_its_line(people, database, tmp_path, capsys):
    wishes = tmp_path / "roles.toml"
    wishes.write_text(ROLES.format(role="Guards"))

    assert import_(people, flags=ImportFlags(map=wishes), database=database) == 2
    assert (
        "line 8: where[0].profiles.findface.primary_group: no group is named 'Guards'"
        in capsys.readouterr().err
    )
    assert not (tmp_path / "watchword.db").exists()
