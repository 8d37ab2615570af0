"""From rows and an operator's wishes to people: names, flags, hashes, rights, and every fault."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.cli.importing.formats import FORMATS
from watchword.cli.importing.reading import make_reader
from watchword.cli.importing.rows import Row, fold_name
from watchword.cli.importing.sources import open_source
from watchword.cli.importing.wishes import Wishes, read_wishes
from watchword.config import FileError, TableError
from watchword.core.importing import Arrival
from watchword.core.subjects import LONGEST_LOGIN, Audience
from watchword.web.operation import Dialect

NOW = datetime(2025, 3, 4, tzinfo=UTC)
HASH = "pbkdf2_sha256$1000$salt$" + "A" * 43 + "="
DOOR = Audience("door")
USER = {DOOR: b'{"role": "user"}'}
CHIEF = {DOOR: b'{"role": "chief"}'}


def read_profile(table: Mapping[str, object]) -> bytes:
    if table.get("role") not in {"user", "chief", "ghost"}:
        raise TableError("role", "is no role")
    return json.dumps(dict(table)).encode()


def check_profile(_core: object, _table: object, document: bytes) -> None:
    if document == b'{"role": "ghost"}':
        raise TableError("role", "is gone")


@pytest.fixture
def dialects() -> Mapping[str, Dialect[Any]]:
    """Return dialects of the tests' own, so that no vendor is needed here."""
    unused: Any = None
    door: Dialect[Any] = Dialect(
        name="door",
        audience=DOOR,
        settings=unused,
        paths=unused,
        operations=(),
        policy=unused,
        read_profile=read_profile,
        read_token=unused,
        refuse=unused,
        weaknesses=unused,
        check_profile=check_profile,
        newcomer={"role": "user"},
    )
    gate = replace(door, name="gate", audience=Audience("gate"), check_profile=None, newcomer={})
    return {"door": door, "gate": gate}


@pytest.fixture
def wish(tmp_path: Path, dialects):
    def read(text: str = "", *flags: str) -> Wishes:
        path = tmp_path / "map.toml"
        path.write_text(text)
        return read_wishes(path, flags, dialects)

    return read


def read(name: str, values: Mapping[str, object], wishes: Wishes | None = None) -> Arrival:
    row = Row(2, {fold_name(key): value for key, value in values.items()})
    return make_reader(FORMATS[name], wishes or Wishes(USER), row, NOW).read(row)


def read_later(
    name: str, first: Mapping[str, object], values: Mapping[str, object], wishes: Any = None
) -> Arrival:
    rows = [Row(1, {fold_name(key): each for key, each in row.items()}) for row in (first, values)]
    return make_reader(FORMATS[name], wishes or Wishes(USER), rows[0], NOW).read(rows[1])


DJANGO = {
    "username": "bob",
    "password": HASH,
    "first_name": "Bob",
    "last_name": "Example",
    "email": "bob@acme.example",
    "is_active": "t",
    "is_superuser": "f",
    "groups": [],
}
ASPNET = {
    "UserName": "bob",
    "PasswordHash": HASH,
    "LockoutEnabled": "1",
    "LockoutEnd": None,
    "Roles": None,
}
PLAIN = {"login": "bob", "email": "bob@acme.example", "password_hash": HASH, "full_name": "Bob E."}

TABLES: Mapping[str, Mapping[str, object]] = {"django": DJANGO, "aspnet": ASPNET, "csv": PLAIN}


class TestDjango:
    def test_a_user_is_somebody_with_a_user_name(self):
        assert read("django", DJANGO) == Arrival(
            ("bob",), "Bob Example", password_hash=HASH, profiles=USER
        )

    @pytest.mark.parametrize("said", [False, "f", "False", "0", 0, "no"], ids=repr)
    def test_who_is_switched_off_is_switched_off(self, said):
        assert not read("django", {**DJANGO, "is_active": said}).active

    @pytest.mark.parametrize("hashed", ["!" + "x" * 40, "!", "", None])
    def test_a_password_that_nobody_has_is_none(self, hashed):
        assert read("django", {**DJANGO, "password": hashed}).password_hash is None

    def test_rights_over_there_are_none_here(self):
        chief = {**DJANGO, "is_superuser": True, "is_staff": True, "groups": ["Administrator"]}

        assert read("django", chief).profiles == USER


class TestAspnet:
    def test_a_user_is_somebody_with_a_user_name(self):
        assert read("aspnet", ASPNET) == Arrival(("bob",), password_hash=HASH, profiles=USER)

    @pytest.mark.parametrize(
        ("until", "active"),
        [
            ("9999-12-31 23:59:59.9999999 +00:00", False),
            ("9999-12-31T23:59:59.9999999-14:00", False),
            ("2125-01-01T00:00:00", False),
            ("2025-03-04 00:05:00 +00:00", True),
            ("2024-01-01 00:00:00 +00:00", True),
            ("", True),
            (None, True),
        ],
    )
    @pytest.mark.parametrize("column", ["LockoutEnd", "LockoutEndDateUtc", "lockout_end"])
    def test_who_is_locked_out_for_ever_is_switched_off(self, until, active, column):
        older = {name: value for name, value in ASPNET.items() if name != "LockoutEnd"}

        assert read("aspnet", {**older, column: until}).active is active

    def test_a_lock_that_is_not_in_force_is_none(self):
        unlocked = {**ASPNET, "LockoutEnabled": "0", "LockoutEnd": "9999-12-31"}

        assert read("aspnet", unlocked).active
        del unlocked["LockoutEnabled"]
        assert not read("aspnet", unlocked).active

    def test_a_column_of_ones_own_says_it_instead(self, wish):
        wishes = wish('[columns]\nactive = "Enabled"\n[profiles.door]\nrole = "user"\n')
        locked = {**ASPNET, "LockoutEnd": "9999-12-31", "Enabled": "true"}

        assert read("aspnet", locked, wishes).active


class TestPlain:
    @pytest.mark.parametrize("name", ["csv", "json"])
    def test_the_words_are_the_directory_files(self, name):
        assert read(name, {**PLAIN, "active": "false"}) == Arrival(
            ("bob", "bob@acme.example"), "Bob E.", active=False, password_hash=HASH, profiles=USER
        )

    def test_a_password_in_clear_is_not_read(self):
        with pytest.raises(TableError, match="password_hash: there is no such column"):
            read("csv", {"login": "bob", "password": "secret"})

    def test_a_row_may_have_more_or_less_than_the_first(self):
        less = {"login": "ann", "password_hash": None}

        assert not read_later("json", PLAIN, {**PLAIN, "active": False}).active
        assert read_later("json", PLAIN, less) == Arrival(("ann",), profiles=USER)

    def test_who_is_meant_is_said_by_one_column_in_all_of_a_file(self):
        first = {"username": "bob", "password_hash": HASH}

        assert read_later("json", first, {**first, "login": "x"}).logins == ("bob",)

    def test_a_further_login_may_be_empty_or_the_same(self):
        assert read("csv", {**PLAIN, "email": ""}).logins == ("bob",)
        assert read("csv", {**PLAIN, "email": "bob"}).logins == ("bob",)


class TestFaults:
    @pytest.mark.parametrize(
        ("values", "problem"),
        [
            ({"username": ""}, "username: is empty"),
            ({"username": None}, "username: is empty"),
            ({"username": "  "}, "username: not a login: '  '"),
            ({"username": "x" * (LONGEST_LOGIN + 1)}, "username: not a login"),
            ({"username": 7}, "username: expected text"),
            ({"username": "a\x00"}, "username: expected text"),
            ({"first_name": "\ud800"}, "first_name: expected text"),
            ({"is_active": ""}, "is_active: expected true or false"),
            ({"is_active": None}, "is_active: expected true or false"),
            ({"password": "md5$salt$0123"}, "password: password hash is not base64"),
            ({"password": "pbkdf2_sha256$9999999$s$" + "A" * 44}, "PBKDF2 cost out of bounds"),
            ({"password": "x" * 2_000}, "password: password hash is too long"),
        ],
    )
    def test_a_value_that_is_none_is_told_by_its_column(self, values, problem):
        with pytest.raises(TableError) as bad:
            read("django", {**DJANGO, **values})

        assert problem in str(bad.value)

    def test_a_hash_is_never_shown(self):
        with pytest.raises(TableError) as bad:
            read("django", {**DJANGO, "password": "plum-tree-88"})

        assert "plum-tree" not in str(bad.value)

    def test_a_day_that_is_none_is_told(self):
        with pytest.raises(TableError, match="LockoutEnd: expected a date and a time"):
            read("aspnet", {**ASPNET, "LockoutEnd": "never"})

    @pytest.mark.parametrize(
        ("name", "lacks"),
        [("django", "username"), ("django", "password"), ("aspnet", "UserName"), ("csv", "login")],
    )
    def test_a_column_without_which_nothing_goes_is_told(self, name, lacks):
        whole = TABLES[name]
        rest = {key: value for key, value in whole.items() if key not in {lacks, "email"}}

        with pytest.raises(TableError, match=f"{lacks}: there is no such column"):
            read(name, rest)

    def test_a_later_row_may_lack_what_is_needed(self):
        with pytest.raises(TableError, match="password_hash: there is no such column"):
            read_later("json", PLAIN, {"login": "ann"})
        with pytest.raises(TableError, match="login: is empty"):
            read_later("json", PLAIN, {"email": "ann", "password_hash": None})


WHERE = """
[profiles.door]
role = "user"
[[where]]
column = "{column}"
is = {wanted}
[where.profiles.door]
role = "chief"
"""


class TestWishes:
    def test_columns_may_have_other_names(self, wish):
        wishes = wish("""
            [columns]
            logins = ["mail", "nick"]
            full_name = ["title", "name"]
            password_hash = "secret"
            [profiles.door]
            role = "user"
        """)
        values = {"mail": "b@x", "nick": "bob", "title": "Dr", "name": "B", "secret": HASH}

        assert read("csv", values, wishes) == Arrival(
            ("b@x", "bob"), "Dr B", password_hash=HASH, profiles=USER
        )
        with pytest.raises(TableError, match="title: there is no such column"):
            read("csv", {"mail": "b@x", "nick": "bob", "name": "B", "secret": HASH}, wishes)

    @pytest.mark.parametrize(
        ("column", "wanted", "said", "profiles"),
        [
            ("is_superuser", "true", True, CHIEF),
            ("is_superuser", "true", "t", CHIEF),
            ("is_superuser", "true", 1, CHIEF),
            ("is_superuser", "true", "f", USER),
            ("is_superuser", "true", "maybe", USER),
            ("is_superuser", "true", None, USER),
            ("is_superuser", "false", "0", CHIEF),
            ("groups", '"Chiefs"', ["Users", "Chiefs"], CHIEF),
            ("groups", '"Chiefs"', ["Chief"], USER),
            ("groups", '"Chiefs"', "Users, Chiefs", CHIEF),
            ("groups", '"Chiefs"', "Users;Chiefs", CHIEF),
            ("groups", '"Chiefs"', "ExChiefs", USER),
            ("groups", '"a, b"', "a, b", CHIEF),
            ("groups", '"Chiefs"', None, USER),
            ("groups", '"None"', None, USER),
            ("level", "3", 3, CHIEF),
            ("level", "3", "3", CHIEF),
            ("level", "3", 4, USER),
        ],
        ids=repr,
    )
    def test_who_is_more_is_said_by_a_column(self, wish, column, wanted, said, profiles):
        wishes = wish(WHERE.format(column=column, wanted=wanted))

        assert read("django", {**DJANGO, column: said}, wishes).profiles == profiles

    def test_of_several_the_first_counts(self, wish):
        second = '[[where]]\ncolumn = "x"\nis = 1\n[where.profiles.door]\nrole = "ghost"\n'
        wishes = wish(WHERE.format(column="x", wanted="1") + second)

        assert read("django", {**DJANGO, "x": 1}, wishes).profiles == CHIEF

    def test_a_column_that_is_asked_must_be_there(self, wish):
        wishes = wish(WHERE.format(column="level", wanted="3"))

        with pytest.raises(TableError, match="level: there is no such column"):
            read("django", DJANGO, wishes)
        with pytest.raises(TableError, match="level: there is no such column"):
            read_later("django", {**DJANGO, "level": 3}, DJANGO, wishes)

    def test_flags_say_what_people_are(self, dialects):
        gate = Audience("gate")

        assert read_wishes(None, ("door",), dialects).profiles == USER
        assert read_wishes(None, ('door.role = "chief"',), dialects).profiles == CHIEF
        both = read_wishes(None, ("door", 'gate.role = "chief"'), dialects).profiles
        assert both == {**USER, gate: CHIEF[DOOR]}
        assert read_wishes(None, ('door.role = "chief"\ndoor.x = 1',), dialects).profiles == {
            DOOR: b'{"role": "chief", "x": 1}'
        }

    def test_flags_win_over_the_file(self, wish):
        assert wish('[profiles.door]\nrole = "user"', 'door.role = "chief"').profiles == CHIEF

    @pytest.mark.parametrize(
        ("flag", "problem"),
        [
            ("doors", "--profile: expected DIALECT or DIALECT.key = value: 'doors'"),
            ("door = 1", "--profile: expected DIALECT or DIALECT.key = value: 'door = 1'"),
            ("x.role = 1", "--profile x: there is no such dialect"),
            ("door.role = 1", "--profile door.role: is no role"),
            ("gate", "--profile gate.role: is no role"),
        ],
    )
    def test_a_flag_that_says_nothing_is_told(self, dialects, flag, problem):
        with pytest.raises(TableError) as bad:
            read_wishes(None, (flag,), dialects)

        assert str(bad.value) == problem

    def test_somebody_has_to_say_what_people_are(self, dialects, wish):
        with pytest.raises(TableError, match="say what the people are"):
            read_wishes(None, (), dialects)
        with pytest.raises(TableError, match="say what the people are"):
            wish("")

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("x = 1", "line 1: x: unknown key"),
            ("\n[columns]\nlogins = []", "line 3: columns.logins: at least one column is needed"),
            ("[columns]\nlogin = 1", "line 2: columns.login: unknown key"),
            ("[profiles.x]", "line 1: profiles.x: there is no such dialect"),
            ('[profiles.door]\nrole = "x"', "line 2: profiles.door.role: is no role"),
            ('[[where]]\ncolumn = "x"\nis = 1', "line 1: where[0].profiles: required key"),
            (
                WHERE.format(column="x", wanted="1").replace("chief", "thief"),
                "line 8: where[0].profiles.door.role: is no role",
            ),
        ],
    )
    def test_a_fault_of_the_file_is_named_with_its_line(self, wish, text, problem):
        with pytest.raises(FileError) as bad:
            wish(text)

        assert problem in bad.value.problem

    @pytest.mark.parametrize(("role", "at"), [("user", ""), ("chief", "where[0].")])
    def test_a_role_that_is_not_there_is_told(self, wish, dialects, role, at):
        wishes = wish(WHERE.format(column="x", wanted="1").replace(role, "ghost"))
        nobody: Any = None

        with pytest.raises(TableError) as bad:
            wishes.check(nobody, dialects)
        assert str(bad.value) == f"{at}profiles.door.role: is gone"
        Wishes({**USER, Audience("gate"): b"{}"}).check(nobody, dialects)


class TestTellingFormats:
    @pytest.mark.parametrize(
        ("text", "taken_for"),
        [
            ("id,password,username,is_active\n1,x,y,t\n", "users of Django (CSV)"),
            (
                "Id,UserName,PasswordHash,SecurityStamp\n1,x,y,z\n",
                "users of ASP.NET Identity (CSV)",
            ),
            ("login,password_hash\nbob,x\n", "people in CSV (CSV)"),
            ("login,password_hash\n", "people in CSV (CSV)"),
            ('[{"login": "x"}]', "people in JSON (JSON)"),
            ("[]", "people in JSON (JSON)"),
            (
                '[{"UserName": 1, "PasswordHash": 2, "SecurityStamp": 3}]',
                "users of ASP.NET Identity (JSON)",
            ),
            (
                '{"model": "a.b", "fields": {"username": 1, "password": 2, "is_active": 3}}',
                "users of Django (JSON)",
            ),
            (
                "--\n\nCOPY t (username, password, is_active) FROM stdin;\na\tb\tt\n\\.\n",
                "users of Django (a PostgreSQL dump)",
            ),
            ("COPY t (login, password_hash) FROM stdin;\na\tb\n\\.\n", "people in CSV"),
        ],
    )
    def test_columns_tell_whose_table_it_is(self, tmp_path, text, taken_for):
        path = tmp_path / "people"
        path.write_text(text)

        assert taken_for in open_source(path, None, Wishes(USER)).taken_for

    @pytest.mark.parametrize(
        "column",
        [
            "LockoutEnd",
            "LockoutEndDateUtc",
            "LockoutEnabled",
            "NormalizedUserName",
            "SecurityStamp",
        ],
    )
    def test_a_table_of_few_columns_is_told_by_any_that_is_its_own(self, tmp_path, column):
        path = tmp_path / "people"
        path.write_text(f"UserName,PasswordHash,{column}\nbob,x,\n")
        plain = tmp_path / "plain"
        plain.write_text("UserName,PasswordHash,Colour\nbob,x,\n")

        assert open_source(path, None, Wishes(USER)).format is FORMATS["aspnet"]
        assert open_source(plain, None, Wishes(USER)).format is FORMATS["csv"]

    def test_what_was_said_counts(self, tmp_path):
        path = tmp_path / "people"
        path.write_text("id,password,username,is_active\n1,x,y,t\n")

        assert open_source(path, "csv", Wishes(USER)).format is FORMATS["csv"]

    def test_a_named_column_tells_the_table_in_a_dump(self, tmp_path, wish):
        path = tmp_path / "people"
        path.write_text("--\nCOPY t (n, pw) FROM stdin;\na\tb\n\\.\n")
        wishes = wish('[columns]\npassword_hash = "pw"\n[profiles.door]\nrole = "user"')

        assert open_source(path, None, wishes).first == Row(3, {"n": "a", "pw": "b"})

    @pytest.mark.parametrize(
        ("asked", "content", "problem"),
        [
            ("json", "a,b\n", "line 1: this is CSV, not json"),
            ("csv", "[]", "line 1: this is JSON, not csv"),
            (None, "\ufeff \n", "line 1: the file is empty"),
        ],
    )
    def test_what_it_is_not_is_told(self, tmp_path, asked, content, problem):
        path = tmp_path / "people"
        path.write_text(content)

        with pytest.raises(FileError) as bad:
            open_source(path, asked, Wishes(USER))

        assert bad.value.problem == problem

    def test_it_has_to_be_a_file_that_can_be_read_twice(self, tmp_path):
        with pytest.raises(FileError, match="there is no such file"):
            open_source(tmp_path / "gone", None, Wishes(USER))
        with pytest.raises(FileError, match="is no file"):
            open_source(tmp_path, None, Wishes(USER))


anything = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
names = sorted({fold_name(key) for key in (*DJANGO, *ASPNET, *PLAIN)})


@given(
    st.sampled_from(sorted(FORMATS)),
    st.dictionaries(st.sampled_from(names), anything),
    st.dictionaries(st.sampled_from(names), anything | st.floats()),
)
def test_any_values_are_somebody_or_a_fault_with_its_column(name, first, values):
    said = ""
    try:
        reader = make_reader(FORMATS[name], Wishes(USER), Row(1, first), NOW)
        said = reader.read(Row(2, values)).logins[0]
    except TableError as error:
        said = error.key
    assert said
