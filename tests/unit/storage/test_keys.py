"""The file of the master key: made once, read by its owner alone, refused when it is not good."""

import threading
from pathlib import Path

import pytest

from watchword.storage.keys import make_master_key, read_master_key


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "master.key"


def test_a_key_that_was_made_is_read_again_and_again(path: Path) -> None:
    make_master_key(path)

    key = read_master_key(path)

    assert len(key) == 32
    assert read_master_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_no_two_keys_are_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_master_key(tmp_path / name)

    assert read_master_key(tmp_path / "one") != read_master_key(tmp_path / "two")


def test_whoever_comes_second_finds_the_first_ones(path: Path) -> None:
    """Several workers, or nodes on one folder, start at the same moment."""
    read: list[bytes] = []

    def start() -> None:
        make_master_key(path)
        read.append(read_master_key(path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(read) == 8
    assert len(set(read)) == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("written", [b"%s", b"  %s\r\n", b"%s\n"])
def test_a_key_may_come_from_other_tools(path: Path, written: bytes) -> None:
    path.write_bytes(written % (b"Ab" * 32))
    path.chmod(0o600)

    assert read_master_key(path) == b"\xab" * 32


@pytest.mark.parametrize(
    "content", [b"", b"ab" * 31, b"ab" * 33, b"zz" * 32, bytes(32), b"\xff" * 64]
)
def test_what_is_no_key_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        read_master_key(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_is_open_to_others_is_refused(path: Path, mode: int) -> None:
    make_master_key(path)
    path.chmod(mode)

    with pytest.raises(ValueError, match="chmod 600"):
        read_master_key(path)


def test_a_key_that_is_not_there_is_told(path: Path) -> None:
    with pytest.raises(ValueError, match=r"master\.key: No such file"):
        read_master_key(path)
