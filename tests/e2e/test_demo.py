"""The demonstration: made on this machine, with passwords of its own."""

from pathlib import Path

from watchword.cli.demo import make_demo
from watchword.cli.directory_file import read_directory_file
from watchword.config import PasswordsTable
from watchword.dialects import find_dialects


def test_the_demonstration_directory_is_good(tmp_path: Path) -> None:
    make_demo(tmp_path)
    longest = PasswordsTable().longest
    read = read_directory_file(tmp_path / "demo.toml", find_dialects(), longest)
    assert [draft.logins[1] for draft in read.subjects] == ["alice", "station"]


def test_a_demonstration_keeps_its_passwords(tmp_path: Path) -> None:
    assert make_demo(tmp_path) == make_demo(tmp_path)


def test_two_demonstrations_have_different_passwords(tmp_path: Path) -> None:
    first, second = make_demo(tmp_path / "a"), make_demo(tmp_path / "b")
    assert not set(first.values()) & set(second.values())


def test_its_files_are_for_their_owner_only(tmp_path: Path) -> None:
    make_demo(tmp_path / "demo")
    assert (tmp_path / "demo/passwords").stat().st_mode & 0o077 == 0
    assert (tmp_path / "demo/passwords/alice").stat().st_mode & 0o077 == 0
