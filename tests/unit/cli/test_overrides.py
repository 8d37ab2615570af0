"""Flags win over the file, and are held to the same bounds as its keys."""

from pathlib import Path

import pytest

from watchword.cli.commands import check
from watchword.cli.faults import BAD_FILE
from watchword.cli.overrides import Overrides, load
from watchword.config import FileError, TableError


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
    ("text", "told"),
    [
        ("x = 1", "line 1: x: unknown key"),
        ('[server]\nhost = "a"\nport = "b"', "line 3: server.port: Expected `int`, got `str`"),
        ('\n[server]\ntrusted_proxies = ["b"]', "line 2: server: trusted_proxies: 'b' does not"),
        ("[limits.login]\nper_minute = -1", "line 2: limits.login.per_minute: Expected `int` >= 0"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_line(
    config: Path, text: str, told: str
) -> None:
    config.write_text(text)

    with pytest.raises(FileError) as refused:
        load(config, Overrides(port=1))

    assert str(refused.value).startswith(f"{config}: {told}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[dialects.nobody]\nx = 1", "line 1: dialects.nobody: unknown key"),
        (
            '[[gate.rules]]\ndialect = "nobody"\npath = "/"\nneed = "x"',
            "line 2: gate.rules[0].dialect: ",
        ),
    ],
)
def test_so_is_what_only_others_can_find_wrong(
    config: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    config.write_text(text)

    assert check(config=config) == BAD_FILE
    assert capsys.readouterr().err.startswith(f"watchword: {config}: {told}")


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
