"""The operator's own key for signing: where it is named, and what ``doctor`` says of it."""

import subprocess
from pathlib import Path

import pytest

from watchword.cli.doctor import Finding, Level, examine
from watchword.cli.overrides import Overrides, load


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "signing.pem"
    path.touch(mode=0o600)
    command = ["openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout"]
    path.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
    return path


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Return what is found when the key is named by the environment."""

    def look(key_file: Path | None) -> list[Finding]:
        if key_file is not None:
            monkeypatch.setenv("WATCHWORD_SIGNING_KEY_FILE", str(key_file))
        configuration = load(None, Overrides(f"sqlite:///{tmp_path}/none.db"))
        return [each for each in examine(configuration) if each.subject == "signing key"]

    return look


def test_a_good_key_is_named(found, key_file):
    assert found(key_file) == [Finding(Level.OK, "signing key", str(key_file))]


def test_a_key_that_others_may_read_is_broken(found, key_file):
    key_file.chmod(0o644)

    (finding,) = found(key_file)
    assert finding.level is Level.BROKEN
    assert "open to others" in finding.remark


def test_without_one_nothing_is_said(found):
    assert found(None) == []
