"""The example configurations say what the code does."""

import tomllib

import msgspec
import pytest

from tests.support.checkout import ROOT
from watchword.bootstrap import open_dialects
from watchword.config import Configuration, read_configuration, read_table
from watchword.core.faces import Tier


def test_the_example_configuration_is_every_default() -> None:
    assert read_configuration(ROOT / "examples/watchword.toml") == Configuration()


def test_the_example_configuration_leaves_no_setting_out() -> None:
    written = tomllib.loads((ROOT / "examples/watchword.toml").read_text())
    expected = msgspec.to_builtins(Configuration())
    del expected["dialects"]
    assert {name: set(table) for name, table in written.items()} == {
        name: set(table) for name, table in expected.items()
    }


class TestTheHardenedConfiguration:
    @pytest.fixture
    def hardened(self) -> Configuration:
        return read_configuration(ROOT / "examples/hardened.toml")

    def test_nothing_in_it_is_weak(self, hardened: Configuration) -> None:
        opened = open_dialects(hardened).values()
        weak = [sentence for each in opened for sentence in each.dialect.weaknesses(each.settings)]

        assert weak == []
        assert Tier.CHALLENGE in hardened.face.policy().require

    def test_every_line_of_it_is_against_a_weakness(self, hardened: Configuration) -> None:
        for name, each in open_dialects(hardened).items():
            written = hardened.dialects.get(name, {})
            for key in written:
                rest = {other: value for other, value in written.items() if other != key}
                without = read_table(each.dialect.settings, rest, f"dialects.{name}")
                assert without != each.settings, key
                assert each.dialect.weaknesses(without) or key == "session_ttl", key
