"""Flags win over the file, and are held to the same bounds as its keys."""

from pathlib import Path

import pytest

from watchword.cli.overrides import Overrides, load
from watchword.config import TableError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "watchword.toml"
    path.write_text('[server]\nport = 1\ntrusted_proxies = ["10.0.0.0/8"]\n')
    return path


def test_what_is_not_given_is_the_files(config: Path) -> None:
    server = load(config, Overrides(workers=3)).server

    assert (server.port, server.workers) == (1, 3)
    assert server.trusted_proxies == ("10.0.0.0/8",)


def test_what_is_given_wins(config: Path) -> None:
    given = Overrides("sqlite:///x.db", "::1", 2, 3, Path("d.toml"))
    read = load(config, given)

    assert read.database.url == "sqlite:///x.db"
    assert (read.server.host, read.server.port) == ("::1", 2)
    assert (read.server.workers, read.server.directory) == (3, "d.toml")


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (Overrides(port=65_536), "server.port"),
        (Overrides(port=-1), "server.port"),
        (Overrides(workers=0), "server.workers"),
        (Overrides(database="mysql://host/name"), "database"),
    ],
)
def test_what_no_file_may_say_no_flag_may_either(given: Overrides, key: str) -> None:
    with pytest.raises(TableError) as refused:
        load(None, given)

    assert refused.value.key == key
