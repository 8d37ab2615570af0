"""What ``doctor`` says of the limits."""

from pathlib import Path

import pytest

from watchword.cli.doctor import Finding, Level, examine
from watchword.cli.overrides import Overrides, load


@pytest.fixture
def found(tmp_path: Path):
    """Return what is found of limits."""

    def look(table: str = "") -> list[Finding]:
        file = tmp_path / "watchword.toml"
        file.write_text(table)
        configuration = load(file, Overrides(f"sqlite:///{tmp_path}/none.db"))
        return [each for each in examine(configuration) if each.subject == "limits"]

    return look


def test_as_it_comes_everything_is_limited_and_nobody_is_trusted_to_tell_sources_apart(found):
    told = "1200 logins a minute and source; who comes by a proxy is the proxy"

    assert found() == [Finding(Level.OK, "limits", told)]


def test_where_a_proxy_is_trusted_it_is_not_the_source(found):
    [finding] = found('[server]\ntrusted_proxies = ["10.0.0.1"]\n[limits]\nlogin.per_minute = 9\n')

    assert finding == Finding(Level.OK, "limits", "9 logins a minute and source")


def test_classes_without_a_limit_are_named(found):
    [finding] = found("[limits]\nlogin.per_minute = 0\ncall.per_minute = 0\n")

    assert finding == Finding(Level.WEAK, "limits", "login, call: anybody may ask without end")


@pytest.mark.parametrize("everybody", ["0.0.0.0/0", "::/0"])
def test_everybody_is_nobody_to_exempt(found, everybody):
    _, finding = found(f'[limits]\nexempt = ["10.0.0.0/8", "{everybody}"]\n')

    assert finding == Finding(Level.WEAK, "limits", f"exempt: {everybody} is everybody")
