"""A directory file: what it may say, and how each fault is named with line and key."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from watchword.cli.directory_file import DirectoryFile, read_directory_file
from watchword.config import FileError, TableError
from watchword.core.subjects import Audience
from watchword.web.operation import Dialect

LONGEST = 64
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$XlR0DY6cXIaUO0c8HPqLPlP8gVKOJ0gI0wGs1Rz4mSA"


def read_profile(table: Mapping[str, object]) -> bytes:
    if table != {"role": "good"}:
        raise TableError("role", "is no role")
    return b'{"role": "good"}'


@pytest.fixture
def dialects() -> Mapping[str, Dialect[Any]]:
    """Return one dialect of the tests' own, so that no vendor is needed here."""
    unused: Any = None
    door: Dialect[Any] = Dialect(
        name="door",
        audience=Audience("door"),
        settings=unused,
        paths=unused,
        operations=(),
        policy=unused,
        read_profile=read_profile,
        read_token=unused,
        refuse=unused,
        weaknesses=unused,
        seed=lambda _core, _table, _dry_run: [],
    )
    gate = replace(door, name="gate", audience=Audience("gate"), seed=None)
    return {"door": door, "gate": gate}


@pytest.fixture
def read(tmp_path: Path, dialects) -> Callable[[str], DirectoryFile]:
    def read_text(text: str) -> DirectoryFile:
        path = tmp_path / "directory.toml"
        path.write_text(text)
        return read_directory_file(path, dialects, LONGEST)

    return read_text


def test_a_whole_subject(read) -> None:
    subject = read(
        """
        [[tenants]]
        name = "Acme"
        [[subjects]]
        logins = ["a@acme.example", "a"]
        full_name = "A"
        tenant = "Acme"
        active = false
        service = true
        password = "plum"
        [subjects.door]
        role = "good"
        """
    ).subjects[0]
    assert subject.logins == ("a@acme.example", "a")
    assert (subject.full_name, subject.tenant) == ("A", "Acme")
    assert (subject.active, subject.service) == (False, True)
    assert subject.password == "plum"
    assert subject.profiles == {Audience("door"): b'{"role": "good"}'}


def test_a_dialects_own_table_is_handed_over_as_it_is(read) -> None:
    assert read('[[door.groups]]\nname = "G"\n').seeds == {"door": {"groups": [{"name": "G"}]}}


def test_a_password_from_the_environment(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PASSWORD", "plum")
    file = read('[[subjects]]\nlogins = ["a"]\npassword_env = "A_PASSWORD"\n')
    assert file.subjects[0].password == "plum"


def test_a_password_from_a_file_beside_the_directory_file(read, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("plum\n")
    file = read('[[subjects]]\nlogins = ["a"]\npassword_file = "a"\n')
    assert file.subjects[0].password == "plum"


def test_a_subject_may_have_no_password(read) -> None:
    subject = read('[[subjects]]\nlogins = ["a"]\n').subjects[0]
    assert (subject.password, subject.password_hash) == (None, None)


def test_a_hash_is_taken_as_it_is(read) -> None:
    subject = read(f'[[subjects]]\nlogins = ["a"]\npassword_hash = "{HASH}"\n').subjects[0]
    assert subject.password_hash == HASH


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1", "line 1: x: unknown key"),
        ("[gate]", "line 1: gate: unknown key"),
        ("door = 1", "line 1: door: expected a table"),
        ("tenants = 1", "line 1: tenants: expected [[tenants]]"),
        ("subjects = [1]", "line 1: subjects[0]: expected a table"),
        ("[[tenants]]\n", "line 1: tenants[0].name: required key is missing"),
        ('[[tenants]]\nname = "A"\nx = 1', "line 3: tenants[0].x: unknown key"),
        ("[[subjects]]\n", "line 1: subjects[0].logins: required key is missing"),
        ("[[subjects]]\nlogins = []", "line 2: subjects[0].logins: at least one login is needed"),
        ('[[subjects]]\nlogins = [" "]', "line 2: subjects[0].logins: not a login: ' '"),
        (
            '[[subjects]]\nlogins = ["a"]\nactive = "yes"',
            "line 3: subjects[0].active: Expected `bool`, got `str`",
        ),
        (
            '[[subjects]]\nlogins = ["a"]\npassword = ""',
            "line 3: subjects[0].password: is empty",
        ),
        (
            f'[[subjects]]\nlogins = ["a"]\npassword = "p"\npassword_hash = "{HASH}"',
            "line 4: subjects[0].password_hash: there is a password already",
        ),
        (
            f'[[subjects]]\nlogins = ["a"]\npassword_hash = "{HASH.replace("m=8", "m=99999999")}"',
            "line 3: subjects[0].password_hash: Argon2 memory above ceiling",
        ),
        (
            '[[subjects]]\nlogins = ["a"]\npassword_env = "NOBODY_SET_THIS"',
            "line 3: subjects[0].password_env: the environment has no NOBODY_SET_THIS",
        ),
        (
            '[[subjects]]\nlogins = ["a"]\n[[subjects]]\nlogins = ["b", "A"]',
            "line 4: subjects[1].logins: 'A' is another subject's",
        ),
        (
            '[[subjects]]\nlogins = ["a"]\ndoor = 1',
            "line 3: subjects[0].door: expected a table",
        ),
        (
            '[[subjects]]\nlogins = ["a", "b", "A"]',
            "line 2: subjects[0].logins: 'A' stands there twice",
        ),
        (
            '[[subjects]]\nlogins = ["a"]\nfull_name = "A\\u0000"',
            "line 3: subjects[0].full_name: has a NUL in it",
        ),
        (
            '[[subjects]]\nlogins = ["a"]\ntenant = "A\\u0000"',
            "line 3: subjects[0].tenant: has a NUL in it",
        ),
        (
            f'[[subjects]]\nlogins = ["a"]\npassword = "{"é" * 32}p"',
            "line 3: subjects[0].password: the password has more than 64 bytes",
        ),
        ('[[tenants]]\nname = " "', "line 2: tenants[0].name: is empty"),
        ('[[tenants]]\nname = "A\\u0000"', "line 2: tenants[0].name: has a NUL in it"),
        (
            '[[tenants]]\nname = "A"\n[[tenants]]\nname = "A"',
            "line 4: tenants[1].name: there is a tenant 'A' already",
        ),
        (
            '[[subjects]]\nlogins = ["a"]\n[subjects.door]\nrole = "bad"',
            "line 4: subjects[0].door.role: is no role",
        ),
    ],
)
def test_a_fault_names_its_line_and_key(read, text: str, problem: str) -> None:
    with pytest.raises(FileError) as caught:
        read(text)
    assert caught.value.problem == problem


@pytest.mark.parametrize("name", ["absent", ".", "a\\u0000"], ids=["absent", "folder", "NUL"])
def test_a_password_file_that_cannot_be_read(read, name: str) -> None:
    with pytest.raises(FileError, match=r"line 3: subjects\[0\].password_file: cannot read "):
        read(f'[[subjects]]\nlogins = ["a"]\npassword_file = "{name}"\n')


def test_a_password_file_that_is_empty(read, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("\n")
    with pytest.raises(FileError, match="is empty"):
        read('[[subjects]]\nlogins = ["a"]\npassword_file = "a"\n')


def test_broken_toml_names_the_line(read) -> None:
    with pytest.raises(FileError, match="line 2"):
        read("[[subjects]]\nlogins = a\n")


def test_a_file_that_is_not_there(tmp_path: Path, dialects) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_directory_file(tmp_path / "absent.toml", dialects, LONGEST)


def test_no_secret_shows_when_a_draft_is_printed(read) -> None:
    file = read('[[subjects]]\nlogins = ["a"]\npassword = "plum-tree"\n')
    assert "plum-tree" not in repr(file)
