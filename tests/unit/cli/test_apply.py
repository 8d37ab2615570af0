"""Applying a directory file, as the command does it."""

from pathlib import Path

import pytest

from watchword.cli.apply import apply_file, opened_core
from watchword.config import Configuration, DatabaseTable, FileError

# Those with a password take tens of milliseconds to prepare, those without take none.
NAMES = [f"{kind}-{number}" for number in range(4) for kind in ("slow", "quick")]


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """Return a configuration with a database of its own."""
    return Configuration(database=DatabaseTable(f"sqlite:///{tmp_path}/watchword.db"))


def draft(name: str) -> str:
    password = f'password = "the password of {name}"' if name.startswith("slow") else ""
    return f'[[subjects]]\nlogins = ["{name}"]\n{password}\n'


def apply(configuration: Configuration, path: Path, *names: str) -> list[str]:
    """Apply a file with these subjects and return the lines of the plan."""
    path.write_text("".join(map(draft, names)))
    return list(apply_file(configuration, path).lines())


def test_subjects_are_numbered_in_the_order_of_the_file(
    configuration: Configuration, tmp_path: Path
) -> None:
    lines = apply(configuration, tmp_path / "directory.toml", *NAMES)

    assert lines[:-1] == [f"+ subject {name}" for name in NAMES]
    with opened_core(configuration) as core, core.storage.read() as transaction:
        found = transaction.subjects.list_page(0, 100)
        assert [subject.logins[0] for subject in found] == NAMES
        assert [subject.number for subject in found] == list(range(1, len(NAMES) + 1))


def test_what_only_the_database_can_tell_names_its_subject(
    configuration: Configuration, tmp_path: Path
) -> None:
    path = tmp_path / "directory.toml"
    apply(configuration, path, "alice", "bob")
    path.write_text('[[subjects]]\nlogins = ["carol"]\n[[subjects]]\nlogins = ["alice", "bob"]\n')

    told = r"line 4: subjects\[1\].logins: 'alice': its logins are several subjects'"
    with pytest.raises(FileError, match=told):
        apply_file(configuration, path)


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "in earnest"])
class TestATenantThatNobodyHasHeardOf:
    def test_is_named_with_its_line_before_anything_is_changed(
        self, configuration: Configuration, tmp_path: Path, *, dry_run: bool
    ) -> None:
        path = tmp_path / "directory.toml"
        path.write_text(draft("quick-1") + draft("quick-2") + 'tenant = "Acme"\n')

        with pytest.raises(FileError, match=r"line 7: subjects\[1\].tenant: .* 'Acme'"):
            apply_file(configuration, path, dry_run=dry_run)

        with opened_core(configuration, make=True) as core, core.storage.read() as transaction:
            assert list(transaction.subjects.list_page(0, 100)) == []

    def test_is_another_than_one_in_the_file_or_in_the_database(
        self, configuration: Configuration, tmp_path: Path, *, dry_run: bool
    ) -> None:
        path = tmp_path / "directory.toml"
        path.write_text('[[tenants]]\nname = "Acme"\n')
        apply_file(configuration, path)
        path.write_text(
            '[[tenants]]\nname = "Other"\n'
            + draft("quick-1")
            + 'tenant = "Acme"\n'
            + draft("quick-2")
            + 'tenant = "Other"\n'
        )

        plan = apply_file(configuration, path, dry_run=dry_run)

        assert [change.kind.value for change in plan.changes] == ["create"] * 3
