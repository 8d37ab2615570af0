"""A command that looks something up is told that there is no database, and makes none."""

from pathlib import Path

import pytest

from watchword.cli.main import app


@pytest.mark.parametrize(
    "command",
    [
        "recover-admin --login alice",
        "rotate-signing-key",
        "service-token issue --login station",
        "service-token list",
        "service-token reissue --login station",
        "service-token revoke 00000000-0000-0000-0000-000000000000",
    ],
)
def test_nothing_is_made_where_nothing_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    assert app(command, result_action="return_value") == 1
    assert capsys.readouterr() == ("", "watchword: there is no database: watchword.db\n")
    assert list(tmp_path.iterdir()) == []


def test_applying_a_file_makes_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "directory.toml").write_text('[[tenants]]\nname = "Acme Bank"\n')

    assert app("apply directory.toml --dry-run", result_action="return_value") == 0
    assert not (tmp_path / "watchword.db").exists()
    assert app("apply directory.toml", result_action="return_value") == 0
    assert (tmp_path / "watchword.db").exists()
