"""The example files say what the code does."""

import tomllib

import msgspec

from tests.support.checkout import ROOT
from watchword.cli.demo import make_demo
from watchword.cli.directory_file import read_directory_file
from watchword.config import Configuration, read_configuration
from watchword.dialects import find_dialects


def test_the_example_configuration_is_every_default() -> None:
    assert read_configuration(ROOT / "examples/watchword.toml") == Configuration()


def test_the_example_configuration_leaves_no_setting_out() -> None:
    written = tomllib.loads((ROOT / "examples/watchword.toml").read_text())
    expected = msgspec.to_builtins(Configuration())
    del expected["dialects"]
    assert {name: set(table) for name, table in written.items()} == {
        name: set(table) for name, table in expected.items()
    }


def test_the_demonstration_directory_is_good(tmp_path) -> None:
    make_demo(tmp_path)
    read = read_directory_file(tmp_path / "demo.toml", find_dialects())
    assert [draft.logins[1] for draft in read.subjects] == ["alice", "station"]


def test_a_demonstration_keeps_its_passwords(tmp_path) -> None:
    assert make_demo(tmp_path) == make_demo(tmp_path)


def test_two_demonstrations_have_different_passwords(tmp_path) -> None:
    first, second = make_demo(tmp_path / "a"), make_demo(tmp_path / "b")
    assert not set(first.values()) & set(second.values())
