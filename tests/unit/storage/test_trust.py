"""The file that says until when a host may believe what it remembers."""

import time
from pathlib import Path

import pytest

from watchword.core.ports import NOBODY, Instant, NodeId
from watchword.storage import shared_file
from watchword.storage.trust import TrustFile, host_clock

SECOND = 1_000_000_000


class Clock:
    """A clock that a test turns."""

    now = Instant(100 * SECOND)

    def __call__(self) -> Instant:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trust(tmp_path: Path, clock: Clock) -> TrustFile:
    return TrustFile.beside(tmp_path / "x-stamps", clock)


class TestTrust:
    def test_begins_with_none(self, trust: TrustFile) -> None:
        assert not trust.trusted()
        assert trust.node == NOBODY

    def test_lasts_until_its_time(self, trust: TrustFile, clock: Clock) -> None:
        trust.extend(Instant(101 * SECOND))
        assert trust.trusted()

        clock.now = Instant(101 * SECOND - 1)
        assert trust.trusted()
        clock.now = Instant(101 * SECOND)
        assert not trust.trusted()

    def test_ends_when_another_stay_begins(self, trust: TrustFile) -> None:
        trust.extend(Instant(101 * SECOND))

        trust.begin(NodeId(7))

        assert not trust.trusted()
        assert trust.node == 7

    def test_is_the_same_for_every_process_of_the_host(
        self, trust: TrustFile, tmp_path: Path, clock: Clock
    ) -> None:
        other = TrustFile.beside(tmp_path / "x-stamps", clock)
        trusted = other.trusted
        trust.begin(NodeId(2**63 - 1))
        trust.extend(Instant(101 * SECOND))

        assert trusted()
        assert other.node == 2**63 - 1

    def test_ends_with_the_life_of_the_machine(
        self, trust: TrustFile, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The clock begins anew, so a time from before may be far ahead."""
        trust.begin(NodeId(7))
        trust.extend(Instant(10**6 * SECOND))
        other_boot = tmp_path / "boot_id"
        other_boot.write_text("0e3c4b3e-2f8f-4b0e-9a55-0d5b9b2c7a11\n")
        monkeypatch.setattr(shared_file, "BOOT_ID", other_boot)

        after = TrustFile.beside(tmp_path / "x-stamps", clock)

        assert not after.trusted()
        assert after.node == NOBODY

    def test_works_where_the_system_does_not_number_its_lives(
        self, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shared_file, "BOOT_ID", tmp_path / "none")
        trust = TrustFile.beside(tmp_path / "y-stamps", clock)
        trust.extend(Instant(101 * SECOND))

        assert TrustFile.beside(tmp_path / "y-stamps", clock).trusted()

    def test_is_a_file_of_its_owner_alone(self, trust: TrustFile, tmp_path: Path) -> None:
        del trust
        (tmp_path / "x-stamps-trust").chmod(0o644)

        with pytest.raises(ValueError, match="open to others"):
            TrustFile.beside(tmp_path / "x-stamps")


class TestWhoWritesToIt:
    def test_is_one_at_a_time(self, trust: TrustFile, tmp_path: Path) -> None:
        other = TrustFile.beside(tmp_path / "x-stamps")

        assert trust.hold()
        assert trust.hold()
        assert not other.hold()

    def test_is_the_next_when_the_first_has_gone(self, trust: TrustFile, tmp_path: Path) -> None:
        other = TrustFile.beside(tmp_path / "x-stamps")
        trust.hold()
        trust.close()

        assert other.hold()


def test_the_hosts_clock_goes_on_as_time_does() -> None:
    before, there = time.monotonic_ns(), host_clock()
    time.sleep(0.01)

    assert host_clock() - there >= 10_000_000
    assert host_clock() - there <= 2 * (time.monotonic_ns() - before) + SECOND
