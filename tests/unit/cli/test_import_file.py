"""Importing a file: the check, the plan, what is left out, and that it may be done again."""

import base64
import csv
import hashlib
import io
import json
import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.drivers import DRIVERS
from watchword.bootstrap import migrate_store
from watchword.cli.apply import opened_core
from watchword.cli.import_command import ImportFlags, import_
from watchword.cli.importing import run
from watchword.cli.main import app
from watchword.cli.plans import WORTH_A_BAR, shown
from watchword.config import Configuration, DatabaseTable
from watchword.core.core import Core
from watchword.core.importing import Importing
from watchword.core.seeding import SubjectDraft
from watchword.core.subjects import Subject

DOOR = next(iter(DRIVERS.values()))
PROFILE = tuple(f"{DOOR.name}.{key} = {json.dumps(each)}" for key, each in DOOR.profile.items())
FLAGS = ImportFlags(profile=PROFILE)


def django(password: str) -> str:
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", 10)
    return f"pbkdf2_sha256$10$salt${base64.b64encode(made).decode()}"


HASH = django("plum-tree-88")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database; SQLite's is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/watchword.db"
    url: str = request.getfixturevalue("postgres_url")
    migrate_store(url)
    return url


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/watchword.db"


@pytest.fixture
def people(tmp_path: Path) -> Callable[[Iterable[Mapping[str, object]]], Path]:
    """Return what writes people into a CSV file."""

    def write(rows: Iterable[Mapping[str, object]]) -> Path:
        text = io.StringIO()
        writer = csv.DictWriter(text, ("login", "email", "full_name", "active", "password_hash"))
        writer.writeheader()
        writer.writerows({"active": "true", "password_hash": HASH, **row} for row in rows)
        path = tmp_path / "people.csv"
        path.write_text(text.getvalue())
        return path

    return write


@contextmanager
def looking(url: str) -> Generator[Core]:
    with opened_core(Configuration(database=DatabaseTable(url=url))) as core:
        yield core


def find(url: str, login: str) -> Subject | None:
    with looking(url) as core, core.storage.read() as transaction:
        return transaction.subjects.find_by_login(login)


def count(url: str) -> int:
    with looking(url) as core, core.storage.read() as transaction:
        return len(transaction.subjects.list_page(0, 10_000))


def crowd(size: int) -> list[dict[str, object]]:
    return [{"login": f"person{number}"} for number in range(size)]


class TestAWholeFile:
    def test_comes_in_and_a_second_time_there_is_nothing_to_do(self, url, people, capsys):
        path = people([{"login": "bob", "full_name": "Bob"}, {"login": "ann", "active": "false"}])

        assert import_(path, flags=FLAGS, database=url) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"{path}: taken for people in CSV (CSV)",
            "+ subject bob",
            "+ subject ann",
            "2 to create, 0 to update, 0 to keep",
        ]
        assert import_(path, flags=FLAGS, database=url) == 0
        assert capsys.readouterr().out.splitlines()[1:] == [
            "nothing to do: 0 to create, 0 to update, 2 to keep"
        ]
        bob, ann = find(url, "bob"), find(url, "ann")
        assert bob is not None
        assert ann is not None
        assert (bob.full_name, bob.active, ann.active) == ("Bob", True, False)

    def test_changes_only_what_changed_over_there(self, sqlite, people, capsys):
        import_(people([{"login": "bob"}, {"login": "ann"}]), flags=FLAGS, database=sqlite)
        capsys.readouterr()
        newer = people([{"login": "bob"}, {"login": "ann", "password_hash": django("other")}])

        assert import_(newer, flags=FLAGS, database=sqlite) == 0
        assert capsys.readouterr().out.splitlines()[1:] == [
            "~ subject ann (password)",
            "0 to create, 1 to update, 1 to keep",
        ]

    def test_is_written_in_units_of_many(self, url, people, monkeypatch):
        sizes: list[int] = []
        take = Importing.take

        def taking(self: Importing, arrivals: Any, *args: Any, dry_run: bool) -> Any:
            sizes.append(0 if dry_run else len(arrivals))
            return take(self, arrivals, *args, dry_run=dry_run)

        monkeypatch.setattr(Importing, "take", taking)

        assert import_(people(crowd(run.UNIT + 5)), flags=FLAGS, database=url) == 0
        assert [size for size in sizes if size] == [run.UNIT, 5]
        assert count(url) == run.UNIT + 5

    @pytest.mark.parametrize("name", ["", " "])
    def test_goes_to_no_tenant_without_a_name(self, sqlite, people, capsys, name):
        flags = ImportFlags(profile=PROFILE, tenant=name)

        assert import_(people([{"login": "bob"}]), flags=flags, database=sqlite) == 2
        assert capsys.readouterr() == ("", "watchword: --tenant: is empty\n")

    def test_goes_to_a_tenant_that_is_made(self, sqlite, people, capsys):
        flags = ImportFlags(profile=PROFILE, tenant="Acme Bank")
        path = people([{"login": "bob"}])

        assert import_(path, flags=flags, database=sqlite) == 0
        assert capsys.readouterr().out.splitlines()[1:3] == [
            "+ tenant Acme Bank",
            "+ subject bob",
        ]
        assert import_(path, flags=flags, database=sqlite) == 0
        assert "nothing to do" in capsys.readouterr().out
        bob = find(sqlite, "bob")
        assert bob is not None
        assert bob.tenant_id is not None
        import_(people([{"login": "ann"}]), flags=flags, database=sqlite)
        assert "+ tenant" not in capsys.readouterr().out

    def test_tells_who_comes_without_a_password(self, sqlite, people, capsys):
        import_(people([{"login": "bob", "password_hash": ""}]), flags=FLAGS, database=sqlite)

        assert capsys.readouterr().out.endswith("0 to keep, 1 without a password\n")

    def test_with_nobody_in_it_is_nothing_to_do(self, sqlite, people, capsys):
        assert import_(people([]), flags=FLAGS, database=sqlite) == 0
        assert "nothing to do" in capsys.readouterr().out

    def test_is_shown_such_as_no_terminal_obeys_it(self, sqlite, people, capsys):
        import_(people([{"login": "bob\x1b[2J"}]), flags=FLAGS, database=sqlite)

        assert "+ subject bob\\x1b[2J\n" in capsys.readouterr().out


class TestFlags:
    def test_a_variable_holds_one_profile_with_its_spaces(self, sqlite, people, monkeypatch):
        path = people([{"login": "bob"}])
        monkeypatch.setenv("WATCHWORD_PROFILE", "\n".join(PROFILE))
        monkeypatch.setenv("WATCHWORD_DATABASE_URL", sqlite)

        assert app(["import", str(path)], result_action="return_value") == 0
        assert find(sqlite, "bob") is not None

    def test_a_format_that_nobody_knows_is_refused(self, people, capsys):
        with pytest.raises(SystemExit) as left:
            app(["import", str(people([])), "--format", "xml"])

        assert left.value.code != 0
        assert "xml" in capsys.readouterr().err


class TestADryRun:
    def test_prints_the_plan_and_makes_nothing(self, sqlite, people, tmp_path, capsys):
        flags = ImportFlags(profile=PROFILE, dry_run=True, tenant="Acme")

        assert import_(people([{"login": "bob"}]), flags=flags, database=sqlite) == 0
        assert capsys.readouterr().out.splitlines()[1:] == [
            "+ subject bob",
            "1 to create, 0 to update, 0 to keep",
        ]
        assert not (tmp_path / "watchword.db").exists()


BAD = [
    {"login": "bob"},
    {"login": "ann", "password_hash": "md5$salt$0123"},
    {"login": "joe", "password_hash": f"pbkdf2_sha256$999999999$s${'A' * 43}="},
    {"login": "BOB"},
    {"login": "", "email": "x@acme.example"},
    {"login": "x" * 400},
    {"login": "root", "email": "taken@acme.example"},
    {"login": "kim", "active": "perhaps"},
]
REASONS = [
    "line 3, row 2: password_hash: password hash is not base64",
    "line 4, row 3: password_hash: PBKDF2 cost out of bounds",
    "line 5, row 4: BOB: row 1 has its login",
    "line 6, row 5: login: is empty",
    f"line 7, row 6: login: not a login: '{'x' * 400}'",
    "line 9, row 8: active: expected true or false",
    "line 8, row 7: root: one of its logins is somebody else's",
]


class TestBadRows:
    def test_each_is_told_and_nobody_comes_in(self, sqlite, people, tmp_path, capsys):
        path = people([row for row in BAD if row["login"] != "root"])

        assert import_(path, flags=FLAGS, database=sqlite) == 2
        told = capsys.readouterr()
        told_lines = told.err.splitlines()
        assert len(told_lines) == len(REASONS)
        assert told_lines[-1] == (
            f"watchword: {path}: 6 of 7 rows cannot come in, so nothing was changed;"
            " --skip-bad imports the others"
        )
        assert told.out.splitlines() == [f"{path}: taken for people in CSV (CSV)"]
        assert not (tmp_path / "watchword.db").exists()

    def test_each_is_told_and_the_others_come_in_if_that_is_wanted(self, url, people, capsys):
        import_(people([{"login": "taken@acme.example"}]), flags=FLAGS, database=url)
        capsys.readouterr()
        flags = ImportFlags(profile=PROFILE, skip_bad=True)
        path = people(BAD)

        assert import_(path, flags=flags, database=url) == 0
        told = capsys.readouterr()
        assert told.err.splitlines() == REASONS
        assert told.out.splitlines()[1:] == [
            "+ subject bob",
            "1 to create, 0 to update, 0 to keep, 7 left out",
        ]
        assert import_(path, flags=flags, database=url) == 0
        assert "nothing to do: 0 to create, 0 to update, 1 to keep, 7 left out" in (
            capsys.readouterr().out
        )

    def test_two_that_mean_one_account_by_different_logins_are_told(self, sqlite, people, capsys):
        import_(people([{"login": "bob", "email": "b@acme.example"}]), flags=FLAGS, database=sqlite)
        capsys.readouterr()
        path = people([{"login": "bob"}, {"login": "b@acme.example"}])

        assert import_(path, flags=FLAGS, database=sqlite) == 2
        assert "line 3, row 2: b@acme.example: row 1 means the same account" in (
            capsys.readouterr().err
        )

    def test_rows_that_cannot_be_read_are_told_too(self, sqlite, tmp_path, capsys):
        path = tmp_path / "people.csv"
        path.write_text(f"login,password_hash\nbob,{HASH}\nann\n")

        assert import_(path, flags=FLAGS, database=sqlite) == 2
        assert "line 3, row 2: has 1 columns, and the header 2" in capsys.readouterr().err

    @pytest.mark.parametrize("content", ["[1, 2]", "login,password_hash\nbob\n"])
    def test_a_file_of_bad_rows_only_has_nobody(self, sqlite, tmp_path, content):
        path = tmp_path / "people"
        path.write_text(content)

        assert import_(path, flags=FLAGS, database=sqlite) == 2

    @pytest.mark.parametrize(("skip_bad", "code"), [(False, 2), (True, 0)])
    def test_who_lost_a_login_meanwhile_is_told(
        self, sqlite, people, monkeypatch, capsys, skip_bad, code
    ):
        """Somebody takes a login after all rows were checked and before this one is written."""
        with opened_core(Configuration(database=DatabaseTable(url=sqlite)), make=True):
            pass
        take = Importing.take

        def taking(self: Importing, arrivals: Any, *args: Any, dry_run: bool) -> Any:
            if not dry_run:
                self.seeding.put_subject(SubjectDraft(("b@acme.example",)))
            return take(self, arrivals, *args, dry_run=dry_run)

        monkeypatch.setattr(Importing, "take", taking)
        flags = ImportFlags(profile=PROFILE, skip_bad=skip_bad)
        path = people([{"login": "bob", "email": "b@acme.example"}, {"login": "ann"}])

        assert import_(path, flags=flags, database=sqlite) == code
        told = capsys.readouterr()
        assert "line 2, row 1: bob: one of its logins is somebody else's" in told.err
        assert "1 to create, 0 to update, 0 to keep, 1 left out" in told.out
        assert ("lost a login" in told.err) is not skip_bad
        assert find(sqlite, "ann") is not None


class TestABadFile:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("", "line 1: the file is empty"),
            ("login\nbob\n", "line 2: password_hash: there is no such column"),
            ('login,password_hash\n"bob', "line 2: unexpected end of data"),
            ('[{"login": }]', "line 1: Expecting value"),
        ],
    )
    def test_is_told_with_its_line_and_column(self, sqlite, tmp_path, capsys, content, problem):
        path = tmp_path / "people"
        path.write_text(content)

        assert import_(path, flags=FLAGS, database=sqlite) == 2
        assert capsys.readouterr().err == f"watchword: {path}: {problem}\n"
        assert not (tmp_path / "watchword.db").exists()

    def test_may_be_the_map_as_well(self, sqlite, people, tmp_path, capsys):
        wishes = tmp_path / "map.toml"
        wishes.write_text("[columns]\nlogin = 1\n")
        flags = ImportFlags(map=wishes)

        assert import_(people([]), flags=flags, database=sqlite) == 2
        assert (
            capsys.readouterr().err == f"watchword: {wishes}: line 2: columns.login: unknown key\n"
        )

    def test_is_a_map_that_says_nothing_too(self, sqlite, people, capsys):
        assert import_(people([{"login": "bob"}]), database=sqlite) == 2
        assert "say what the people are at a door" in capsys.readouterr().err

    def test_a_map_that_is_good_is_followed(self, sqlite, people, tmp_path):
        wishes = tmp_path / "map.toml"
        table = "\n".join(f"{key} = {json.dumps(each)}" for key, each in DOOR.profile.items())
        wishes.write_text(f'[columns]\nlogins = ["email"]\n[profiles.{DOOR.name}]\n{table}\n')
        path = people([{"login": "bob", "email": "b@acme.example"}])

        assert import_(path, flags=ImportFlags(map=wishes), database=sqlite) == 0
        found = find(sqlite, "b@acme.example")
        assert found is not None
        assert found.logins == ("b@acme.example",)


class TestAnInterruption:
    @pytest.mark.parametrize("units", [0, 1, 2])
    def test_is_made_good_by_importing_again(self, sqlite, people, monkeypatch, capsys, units):
        path = people(crowd(3 * run.UNIT))
        take, taken = Importing.take, [0]

        def dying(self: Importing, arrivals: Any, *args: Any, dry_run: bool) -> Any:
            if not dry_run and taken[0] == units:
                raise KeyboardInterrupt
            taken[0] += not dry_run
            return take(self, arrivals, *args, dry_run=dry_run)

        monkeypatch.setattr(Importing, "take", dying)
        with pytest.raises(KeyboardInterrupt):
            import_(path, flags=FLAGS, database=sqlite)
        monkeypatch.setattr(Importing, "take", take)
        assert count(sqlite) == units * run.UNIT
        capsys.readouterr()

        assert import_(path, flags=FLAGS, database=sqlite) == 0
        left, there = (3 - units) * run.UNIT, units * run.UNIT
        assert f"{left} to create, 0 to update, {there} to keep" in capsys.readouterr().out
        assert count(sqlite) == 3 * run.UNIT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestProgress:
    def test_is_shown_on_a_terminal_where_there_is_much_to_do(self, monkeypatch):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)

        assert list(shown(range(WORTH_A_BAR), "counting", WORTH_A_BAR)) == [*range(WORTH_A_BAR)]
        assert "counting" in terminal.getvalue()

    @pytest.mark.parametrize(("total", "there"), [(WORTH_A_BAR - 1, True), (None, False)])
    def test_is_not_shown_elsewhere(self, monkeypatch, total, there):
        terminal = Terminal() if there else io.StringIO()
        monkeypatch.setattr(sys, "stderr", terminal)

        assert list(shown([1, 2], "counting", total)) == [1, 2]
        assert terminal.getvalue() == ""

    def test_of_an_import_goes_to_stderr(self, sqlite, people, monkeypatch, capsys):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)

        assert import_(people(crowd(2_000)), flags=FLAGS, database=sqlite) == 0
        assert "checking" in terminal.getvalue()
        assert "importing" in terminal.getvalue()
        assert "2000 to create" in capsys.readouterr().out


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([b"", b"[", b'{"login":"a","password_hash":', b"login,password_hash\n", b"--"]),
    st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
    st.booleans(),
)
def test_any_bytes_are_a_plan_or_refused(tmp_path, capsys, beginning, content, skip_bad):
    path = tmp_path / "any"
    path.write_bytes(beginning + content)
    flags = ImportFlags(profile=PROFILE, skip_bad=skip_bad, dry_run=True)

    code = import_(path, flags=flags, database=f"sqlite:///{tmp_path}/none.db")

    told = capsys.readouterr()
    assert code in {0, 2}
    assert ("to keep" in told.out) is (code == 0)
    assert ("watchword: " in told.err) is (code == 2)
