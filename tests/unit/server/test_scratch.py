"""What a killed server leaves in the folder for temporary files is cleared away by the next."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from watchword.server.scratch import metrics_folder

HOLD = """
import sys
from watchword.server.scratch import metrics_folder
with metrics_folder() as folder:
    (folder / "counter_1.db").write_bytes(b"1")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def hold() -> tuple[subprocess.Popen[str], Path]:
    """Return a process that has a folder, and the folder, which is not young any more."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    age(folder)
    return process, folder


def age(path: Path) -> None:
    os.utime(path, (time.time() - 61, time.time() - 61))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_is_there_for_as_long_as_it_is_needed(temporary: Path) -> None:
    with metrics_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0
        assert names(temporary) == {folder.name}
    assert names(temporary) == set()


def test_what_a_killed_server_left_is_cleared_away(temporary: Path) -> None:
    process, left = hold()
    process.kill()
    process.communicate()
    assert (left / "counter_1.db").exists()

    with metrics_folder() as folder:
        assert names(temporary) == {folder.name}


def test_what_another_server_needs_stays() -> None:
    process, needed = hold()
    with metrics_folder():
        assert (needed / "counter_1.db").exists()
    process.communicate()


def test_what_was_made_just_now_stays(temporary: Path) -> None:
    (temporary / "watchword-metrics-young").mkdir()
    with metrics_folder() as folder:
        assert names(temporary) == {folder.name, "watchword-metrics-young"}


def test_a_link_is_not_followed(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    age(elsewhere)
    (temporary / "watchword-metrics-link").symlink_to(elsewhere)

    with metrics_folder():
        assert (elsewhere / "kept").exists()
