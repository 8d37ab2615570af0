"""What the doctor says of the nodes on one database."""

from pathlib import Path

import psycopg
import pytest

from watchword.bootstrap import migrate_store
from watchword.cli.doctor import Finding, Level, examine
from watchword.config import Configuration, DatabaseTable, ServerTable

pytestmark = pytest.mark.once


@pytest.fixture
def configuration(postgres_url: str, tmp_path: Path) -> Configuration:
    migrate_store(postgres_url)
    return Configuration(
        database=DatabaseTable(url=postgres_url), server=ServerTable(data=str(tmp_path))
    )


def enter(url: str, name: str, seconds_ago: int) -> None:
    """Put a node on the roll that was heard of so long ago."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO nodes (id, name, beats, confirmed, seen_at)"
            " SELECT hashtext(%(name)s), %(name)s, 1, 0,"
            " (extract(epoch FROM clock_timestamp()) - %(ago)s) * 1000000",
            {"name": name, "ago": seconds_ago},
        )


def said(configuration: Configuration) -> list[Finding]:
    return [each for each in examine(configuration) if each.subject.startswith("node ")]


def test_it_tells_of_each_node_on_the_roll(configuration, postgres_url):
    enter(postgres_url, "north", 0)
    enter(postgres_url, "south", 60)

    north, south = said(configuration)

    assert (north.level, north.subject) == (Level.OK, "node north")
    assert "heard of" in north.remark
    assert (south.level, south.subject) == (Level.WEAK, "node south")
    assert "it is gone, or hangs" in south.remark


def test_it_tells_of_none_where_nobody_serves(configuration):
    assert said(configuration) == []


def test_it_tells_of_none_on_sqlite(tmp_path):
    url = f"sqlite:///{tmp_path / 'w.db'}"
    migrate_store(url)

    assert said(Configuration(database=DatabaseTable(url=url))) == []
