"""Tables of stamps: what revocation relies on."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from watchword.core.errors import StorageUnavailableError
from watchword.core.ports import Stamps
from watchword.core.revocation import ALL, CHANGES, SLOTS
from watchword.storage import stamps as stamps_module
from watchword.storage.stamps import LocalStamps, SharedStamps

SLOT = 17


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stamps"


@pytest.fixture
def shared(path: Path) -> Generator[SharedStamps]:
    stamps = SharedStamps(path)
    yield stamps
    stamps.close()


@pytest.fixture(params=["local", "shared"])
def stamps(request: pytest.FixtureRequest, path: Path) -> Generator[Stamps]:
    if request.param == "local":
        yield LocalStamps()
        return
    shared = SharedStamps(path)
    yield shared
    shared.close()


class TestAnyTable:
    def test_it_has_all_slots_and_none_is_nothing(self, stamps: Stamps) -> None:
        assert len(stamps.table) == SLOTS
        assert 0 not in list(stamps.table)

    def test_a_renewal_changes_the_slots_that_are_meant_and_the_first(self, stamps: Stamps) -> None:
        before = list(stamps.table)

        stamps.renew([SLOT, SLOT + 1])

        changed = {slot for slot in range(SLOTS) if stamps.table[slot] != before[slot]}
        assert changed == {CHANGES, SLOT, SLOT + 1}

    def test_a_renewal_of_nothing_changes_the_first_slot_only(self, stamps: Stamps) -> None:
        before = list(stamps.table)

        stamps.renew([])

        assert stamps.table[CHANGES] != before[CHANGES]
        assert list(stamps.table)[ALL:] == before[ALL:]

    def test_a_slot_never_has_the_same_number_again(self, stamps: Stamps) -> None:
        seen = {stamps.table[SLOT]}

        for _ in range(1_000):
            stamps.renew([SLOT])
            seen.add(stamps.table[SLOT])

        assert len(seen) == 1_001
        assert all(0 < number < 2**64 for number in seen)

    def test_the_first_slot_changes_before_the_others(
        self, stamps: Stamps, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rule 2 of revocation: a loader between the two steps must see that something changes."""
        seen: list[tuple[int, int]] = []

        def fresh() -> int:
            seen.append((stamps.table[CHANGES], stamps.table[SLOT]))
            return len(seen)

        before = stamps.table[CHANGES], stamps.table[SLOT]
        monkeypatch.setattr(stamps_module, "_fresh", fresh)

        stamps.renew([SLOT])

        assert seen == [before, (1, before[1])]
        assert (stamps.table[CHANGES], stamps.table[SLOT]) == (1, 2)


class TestSharedTable:
    def test_everybody_sees_a_renewal_at_once(self, shared: SharedStamps, path: Path) -> None:
        other = SharedStamps(path)

        shared.renew([SLOT])

        assert list(other.table) == list(shared.table)
        other.close()

    def test_another_process_sees_a_renewal(self, shared: SharedStamps, path: Path) -> None:
        before = shared.table[SLOT]
        program = (
            "import sys, pathlib\n"
            "from watchword.storage.stamps import SharedStamps\n"
            f"SharedStamps(pathlib.Path(sys.argv[1])).renew([{SLOT}])"
        )

        subprocess.run([sys.executable, "-c", program, str(path)], check=True)

        assert shared.table[SLOT] != before

    def test_numbers_outlive_the_processes(self, path: Path) -> None:
        first = SharedStamps(path)
        numbers = list(first.table)
        first.close()

        second = SharedStamps(path)

        assert list(second.table) == numbers
        second.close()

    def test_the_file_is_its_owners_alone(self, shared: SharedStamps, path: Path) -> None:
        assert shared.is_shared()
        assert path.stat().st_mode & 0o777 == 0o600
        assert [each.name for each in path.parent.iterdir()] == [path.name]

    def test_processes_that_start_at_once_share_one_table(self, path: Path) -> None:
        opened: list[SharedStamps] = []
        start = threading.Barrier(8)

        def open_table() -> None:
            start.wait()
            opened.append(SharedStamps(path))

        threads = [threading.Thread(target=open_table) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        opened[0].renew([SLOT])
        assert len({stamps.table[SLOT] for stamps in opened}) == 1
        for stamps in opened:
            stamps.close()

    @pytest.mark.parametrize("size", [0, 1, SLOTS * 8 - 1, SLOTS * 8 + 1])
    def test_a_file_of_another_size_is_refused(self, path: Path, size: int) -> None:
        path.write_bytes(bytes(size))
        path.chmod(0o600)

        with pytest.raises(ValueError, match="not what it should be"):
            SharedStamps(path)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
    def test_a_file_that_others_can_open_is_refused(self, path: Path, mode: int) -> None:
        path.write_bytes(bytes(SLOTS * 8))
        path.chmod(mode)

        with pytest.raises(ValueError, match="open to others"):
            SharedStamps(path)

    def test_a_folder_of_another_user_is_refused(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a folder for everybody's files, somebody else may have made ours."""
        monkeypatch.setattr("os.getuid", lambda: 12_345)
        if path.parent.stat().st_uid == 0:
            os.chown(path.parent, 54_321, -1)

        with pytest.raises(ValueError, match="belongs to another user"):
            SharedStamps.open(path)

    def test_its_folder_is_made_for_its_user_alone(self, path: Path) -> None:
        inner = path.parent / "made" / path.name

        SharedStamps.open(inner).close()

        assert stat.S_IMODE(inner.parent.stat().st_mode) == 0o700

    def test_no_host_is_waited_for_by_one_that_is_alone(self, shared: SharedStamps) -> None:
        shared.await_others(7)

        assert shared.trusted is None

    def test_a_link_to_a_file_is_refused(self, shared: SharedStamps, path: Path) -> None:
        link = path.with_name("link")
        link.symlink_to(path)

        with pytest.raises(OSError, match="link"):
            SharedStamps(link)
        assert shared.is_shared()

    def test_no_renewal_is_answered_after_the_file_was_taken_away(
        self, shared: SharedStamps, path: Path
    ) -> None:
        """A worker that starts now would find another table, and never see the renewal."""
        path.unlink()
        assert not shared.is_shared()
        with pytest.raises(StorageUnavailableError):
            shared.renew([SLOT])

        other = SharedStamps(path)

        with pytest.raises(StorageUnavailableError):
            shared.renew([SLOT])
        other.close()

    def test_a_file_that_cannot_be_linked_leaves_nothing_behind(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(Path, "hardlink_to", refuse)

        with pytest.raises(PermissionError):
            SharedStamps(path)
        assert list(path.parent.iterdir()) == []
