"""Every vault keeps what it is given; the one in files keeps it from everybody else."""

import hashlib
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import FixedClock
from watchword.core.blobs import BlobId
from watchword.core.errors import NotFoundError, StorageUnavailableError
from watchword.core.ports import Vault
from watchword.storage.late import LateVault
from watchword.storage.memory import MemoryVault
from watchword.storage.vault import FileVault

CONTENT = b"a photograph of somebody" * 100
MASTER = bytes(range(32))
NOBODY = BlobId("0" * 32)


class VaultConformance:
    """What every vault promises."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock()

    @pytest.fixture
    def vault(self) -> Any:
        """Return an empty vault."""
        raise NotImplementedError

    @pytest.mark.parametrize("content", [CONTENT, b"", bytes(1_000_000)])
    def test_content_comes_back_with_what_was_told_of_it(
        self, vault: Vault, content: bytes
    ) -> None:
        key = vault.new_key()

        blob = vault.put(key, content)

        assert vault.get(key, blob.id) == content
        assert (blob.size, blob.sha256) == (len(content), hashlib.sha256(content).hexdigest())

    def test_the_same_content_twice_is_two_blobs(self, vault: Vault) -> None:
        key = vault.new_key()
        one, two = vault.put(key, CONTENT), vault.put(key, CONTENT)

        vault.remove(one.id)

        assert vault.get(key, two.id) == CONTENT

    def test_another_key_opens_nothing(self, vault: Vault) -> None:
        blob = vault.put(vault.new_key(), CONTENT)

        with pytest.raises(ValueError, match="key"):
            vault.get(vault.new_key(), blob.id)

    @pytest.mark.parametrize("key", [b"", b"x" * 60])
    def test_what_was_never_a_key_is_none(self, vault: Vault, key: bytes) -> None:
        blob = vault.put(vault.new_key(), CONTENT)

        with pytest.raises(ValueError, match="key"):
            vault.put(key, CONTENT)
        with pytest.raises(ValueError, match="key"):
            vault.get(key, blob.id)

    def test_what_is_not_there_is_not_there_whatever_the_key(self, vault: Vault) -> None:
        """As after a master key that was lost for good, and a folder that was put away."""
        with pytest.raises(NotFoundError, match="blob"):
            vault.get(b"x" * 60, NOBODY)

    def test_what_was_removed_is_gone(self, vault: Vault) -> None:
        key = vault.new_key()
        blob = vault.put(key, CONTENT)
        vault.remove(blob.id)
        vault.remove(blob.id)

        with pytest.raises(NotFoundError, match="blob"):
            vault.get(key, blob.id)

    @pytest.mark.parametrize("blob_id", [NOBODY, "", "../../etc/passwd", "f" * 33, "F" * 32])
    def test_what_was_never_put_is_not_there(self, vault: Vault, blob_id: BlobId) -> None:
        vault.remove(blob_id)
        with pytest.raises(NotFoundError, match="blob"):
            vault.get(vault.new_key(), blob_id)

    def test_what_is_older_is_listed(self, vault: Vault, clock: FixedClock) -> None:
        key, start = vault.new_key(), clock()
        early = vault.put(key, CONTENT)
        clock.advance(hours=1)
        late = vault.put(key, CONTENT)

        assert list(vault.list_older(start)) == []
        assert list(vault.list_older(clock())) == [early.id]
        assert set(vault.list_older(clock() + timedelta(seconds=1))) == {early.id, late.id}


class TestInMemory(VaultConformance):
    @pytest.fixture
    def vault(self, clock: FixedClock) -> Vault:
        return MemoryVault(clock)


class TestInFiles(VaultConformance):
    @pytest.fixture
    def vault(self, folder: Path, clock: FixedClock) -> Vault:
        return FileVault(folder, MASTER, clock)


class TestOpenedLate(VaultConformance):
    @pytest.fixture
    def vault(self, folder: Path, clock: FixedClock) -> Vault:
        return LateVault(lambda: FileVault(folder, MASTER, clock), folder.exists)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "vault"


@pytest.fixture
def files(folder: Path) -> FileVault:
    return FileVault(folder, MASTER, lambda: datetime.now(UTC))


def held(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_another_process_finds_what_was_put(files, folder):
    key = files.new_key()
    blob = files.put(key, CONTENT)

    assert FileVault(folder, MASTER, lambda: datetime.now(UTC)).get(key, blob.id) == CONTENT


def test_another_master_key_opens_nothing(files, folder):
    key = files.new_key()
    blob = files.put(key, CONTENT)
    stranger = FileVault(folder, bytes(32), lambda: datetime.now(UTC))

    with pytest.raises(ValueError, match="another key"):
        stranger.get(key, blob.id)


def test_nothing_lies_in_clear_and_nobody_else_may_look(files, folder):
    key = files.new_key()
    files.put(key, CONTENT)

    [path] = held(folder)
    assert b"photograph" not in path.read_bytes()
    assert b"photograph" not in key
    assert path.stat().st_mode & 0o077 == 0
    assert {each.stat().st_mode & 0o077 for each in [folder, path.parent]} == {0}


def test_a_removed_blob_and_a_destroyed_key_leave_nothing_to_read(files, folder):
    """The bytes of one are gone. Those of the other are noise to whoever holds the master key."""
    key, lost = files.new_key(), files.new_key()
    removed, orphaned = files.put(key, CONTENT), files.put(lost, CONTENT)
    del lost
    files.remove(removed.id)

    [path] = held(folder)
    assert path.name == orphaned.id
    assert b"photograph" not in path.read_bytes()
    with pytest.raises(ValueError, match="another key"):
        files.get(key, orphaned.id)


def test_tampering_and_swapping_are_noticed(files, folder):
    key = files.new_key()
    one, two = files.put(key, CONTENT), files.put(key, b"another")
    first, second = (folder / blob.id[:2] / blob.id for blob in (one, two))

    first.write_bytes(second.read_bytes())
    with pytest.raises(ValueError, match="damaged"):
        files.get(key, one.id)
    for damage in (b"", second.read_bytes()[:-1], second.read_bytes()[:5]):
        second.write_bytes(damage)
        with pytest.raises(ValueError, match="damaged"):
            files.get(key, two.id)


def test_a_failure_to_write_leaves_nothing_behind(files, folder, monkeypatch):
    def fail(_descriptor: int, _times: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("watchword.storage.vault.os.utime", fail)
        with pytest.raises(StorageUnavailableError) as told:
            files.put(files.new_key(), CONTENT)

    assert "No space left" in str(told.value.__cause__)
    assert held(folder) == []


def test_a_disk_that_fails_is_a_storage_that_does_not_answer(files, folder):
    key = files.new_key()
    blob = files.put(key, CONTENT)
    [place] = [path for path in folder.rglob("*") if path.is_file()]
    place.unlink()
    place.mkdir()

    with pytest.raises(StorageUnavailableError):
        files.get(key, blob.id)
    with pytest.raises(StorageUnavailableError):
        files.remove(blob.id)


def test_a_folder_that_cannot_be_made_is_a_storage_that_does_not_answer(tmp_path):
    (tmp_path / "vault").write_text("in the way")

    with pytest.raises(StorageUnavailableError):
        FileVault(tmp_path / "vault" / "below", bytes(32), lambda: datetime.now(UTC))


def test_strangers_in_the_folder_are_left_alone(files, folder):
    (folder / "note.txt").write_text("mine")
    (folder / "ab").mkdir()
    (folder / "ab" / "note.txt").write_text("mine")

    assert list(files.list_older(datetime.now(UTC) + timedelta(days=1))) == []


@pytest.fixture
def victim(folder: Path) -> tuple[int, bytes]:
    """Return a process that puts content for ever, and its key."""
    vault = FileVault(folder, MASTER, lambda: datetime.now(UTC))
    key = vault.new_key()
    pid = os.fork()
    if pid == 0:  # pragma: no cover - it is killed before it could say what it covered
        while True:
            vault.put(key, os.urandom(3_000_000))
    return pid, key


@pytest.mark.parametrize("milliseconds", [20, 55, 90])
def test_what_a_killed_process_leaves_is_whole_or_opens_to_nobody_and_is_swept(
    victim: tuple[int, bytes], folder: Path, milliseconds: int
) -> None:
    pid, key = victim
    while not held(folder):
        time.sleep(0.001)
    time.sleep(milliseconds / 1_000)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

    vault = FileVault(folder, MASTER, lambda: datetime.now(UTC))
    parts = 0
    for path in held(folder):
        try:
            assert len(vault.get(key, BlobId(path.name))) == 3_000_000
        except ValueError:
            parts += 1
    assert parts <= 1
    for blob_id in vault.list_older(datetime.now(UTC) + timedelta(days=1)):
        vault.remove(blob_id)
    assert held(folder) == []


def test_a_part_of_a_file_opens_to_nobody_and_is_listed(files, folder):
    key = files.new_key()
    blob = files.put(key, CONTENT)
    [path] = held(folder)
    whole = path.read_bytes()
    for length in (0, 5, 12, 28, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="damaged"):
            files.get(key, blob.id)

    assert list(files.list_older(datetime.now(UTC) + timedelta(days=1))) == [blob.id]


def test_what_was_put_is_flushed_with_its_folder_before_anybody_is_told(files, folder, monkeypatch):
    flushed = []
    real = os.fsync

    def flush(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        flushed.append((path, path.stat().st_size if path.is_file() else None))
        real(descriptor)

    key = files.new_key()
    files.put(key, CONTENT)  # makes a folder, or not, as chance has it
    monkeypatch.setattr("watchword.storage.vault.os.fsync", flush)
    blob = files.put(key, CONTENT)

    place = (folder / blob.id[:2]).resolve()
    whole = (place / blob.id).stat().st_size
    assert flushed[-2:] == [(place / blob.id, whole), (place, None)]


def test_a_vault_that_nobody_uses_is_not_opened(folder):
    def refuse() -> Vault:
        raise AssertionError

    assert list(LateVault(refuse, folder.exists).list_older(datetime.now(UTC))) == []


def test_a_vault_is_opened_once_it_can_be(folder):
    attempts = []

    def open_it() -> Vault:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("no key yet")
        return FileVault(folder, MASTER, lambda: datetime.now(UTC))

    vault = LateVault(open_it, folder.exists)
    with pytest.raises(ValueError, match="no key yet"):
        vault.new_key()
    vault.put(vault.new_key(), CONTENT)
    assert len(attempts) == 2
