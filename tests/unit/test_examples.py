"""The example configuration says what the code does."""

import tomllib

import msgspec

from tests.support.checkout import ROOT
from watchword.config import Configuration, read_configuration


def test_the_example_configuration_is_every_default() -> None:
    assert read_configuration(ROOT / "examples/watchword.toml") == Configuration()


def test_the_example_configuration_leaves_no_setting_out() -> None:
    written = tomllib.loads((ROOT / "examples/watchword.toml").read_text())
    expected = msgspec.to_builtins(Configuration())
    del expected["dialects"]
    assert {name: set(table) for name, table in written.items()} == {
        name: set(table) for name, table in expected.items()
    }
