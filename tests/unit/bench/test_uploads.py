"""What nginx is given to keep is flushed as an upload is."""

import os
from pathlib import Path

import pytest

from bench.uploads import FILES, puts, synced_puts


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of what is flushed from here on."""
    names: list[str] = []
    flush = os.fsync

    def fsync(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


def test_each_answer_flushes_a_file_and_its_folder(tmp_path: Path, flushed: list[str]) -> None:
    (tmp_path / "put").mkdir()
    for number in range(FILES):
        (tmp_path / "put" / str(number)).touch()
    learn = synced_puts(tmp_path).learn
    assert learn

    for _ in range(FILES + 1):
        learn(b"")

    assert flushed == [name for n in (*range(FILES), 0) for name in (str(n), "put")]


def test_each_file_is_written_in_turn() -> None:
    requests = puts().requests
    heads = [next(requests).partition(b" HTTP")[0] for _ in range(FILES + 1)]

    assert heads == [b"PUT /put/%d" % n for n in (*range(FILES), 0)]
