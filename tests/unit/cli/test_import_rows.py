"""What is read out of files of people, and how each fault of a file is named with its line."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.cli.importing.copy_rows import read_copy
from watchword.cli.importing.csv_rows import read_csv
from watchword.cli.importing.json_rows import PIECE, read_json
from watchword.cli.importing.rows import LONGEST_ROW, Fault, Row
from watchword.config import FileError

HASHES = frozenset({"password", "passwordhash"})
COPY = "COPY public.auth_user (id, username, password) FROM stdin;\n"


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "people"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def values_of(rows: Iterable[Row | Fault]) -> Mapping[str, object]:
    """Return the values of the only row."""
    [row] = rows
    assert isinstance(row, Row)
    return row.values


def problem_of(rows: Any) -> str:
    with pytest.raises(FileError) as bad:
        list(rows)
    return bad.value.problem


class TestCsv:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_the_header_tells_the_separator(self, file, separator):
        text = "User_Name,Password Hash\nbob,x\n\nann,y\n".replace(",", separator)

        assert list(read_csv(file(text))) == [
            Row(2, {"username": "bob", "passwordhash": "x"}),
            Row(4, {"username": "ann", "passwordhash": "y"}),
        ]

    def test_a_byte_order_mark_belongs_to_no_name(self, file):
        assert list(read_csv(file(b"\xef\xbb\xbflogin\r\nb\xc3\xb6b\r\n"))) == [
            Row(2, {"login": "böb"})
        ]

    def test_a_row_may_go_on_over_lines(self, file):
        rows = list(read_csv(file('login,note\nbob,"a\nb"\nann,c\n')))

        assert rows == [
            Row(2, {"login": "bob", "note": "a\nb"}),
            Row(4, {"login": "ann", "note": "c"}),
        ]

    def test_what_databases_write_for_nothing_is_nothing(self, file):
        values = values_of(read_csv(file("a,b,c\nNULL,\\N,\n")))

        assert values == {"a": None, "b": None, "c": ""}

    def test_a_row_of_another_width_is_a_fault_of_its_own(self, file):
        assert list(read_csv(file("a,b\n1\n1,2\n"))) == [
            Fault(2, "has 1 columns, and the header 2"),
            Row(3, {"a": "1", "b": "2"}),
        ]

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("user_name,UserName\n", "line 1: there are two columns 'UserName'"),
            ('a\n"b\n', "line 2: unexpected end of data"),
            ('a\nb\n"c"d\n', "line 3: ',' expected after '\"'"),
            (b"a\nb\n\xff\n", "line 3: is not UTF-8"),
            ("a\n" + "x" * (LONGEST_ROW + 1), "line 2: is longer than 1048576 bytes"),
            ("a\n" + "x" * 200_000, "line 2: field larger than field limit (131072)"),
        ],
    )
    def test_what_no_row_can_be_read_out_of_is_named_with_its_line(self, file, content, problem):
        assert problem_of(read_csv(file(content))) == problem

    def test_a_file_that_is_gone_is_told(self, tmp_path):
        assert problem_of(read_csv(tmp_path / "gone")) == "No such file or directory"


class TestCopy:
    def test_rows_stand_between_copy_and_the_end(self, file):
        dump = f"-- a dump\nSET x = 1;\n{COPY}1\tbob\tx$y\n2\t\\N\t\n\\.\n3\tnot\tread\n"

        assert list(read_copy(file(dump), HASHES)) == [
            Row(4, {"id": "1", "username": "bob", "password": "x$y"}),
            Row(5, {"id": "2", "username": None, "password": ""}),
        ]

    def test_other_tables_are_passed_over(self, file):
        other = 'COPY public."auth_group" ("id", name) FROM stdin;\n1\tOperators\n\\.\n'

        values = values_of(read_copy(file(f"{other}{COPY}1\tbob\tx\n\\.\n"), HASHES))

        assert values["username"] == "bob"

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            (r"a\tb", "a\tb"),
            (r"a\nb\r\b\f\v", "a\nb\r\b\f\v"),
            (r"a\\b", "a\\b"),
            (r"\101\x42\x9", "AB\t"),
            (r"\N ", "N "),
            (r"\q", "q"),
        ],
    )
    def test_what_was_escaped_is_what_it_was(self, file, written, meant):
        values = values_of(read_copy(file(f"{COPY}1\t{written}\tx\n\\.\n"), HASHES))

        assert values["username"] == meant

    def test_a_row_of_another_width_is_a_fault_of_its_own(self, file):
        [fault] = read_copy(file(f"{COPY}1\tbob\n\\.\n"), HASHES)

        assert fault == Fault(2, "has 2 columns, and the table 3")

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ("-- a dump\n", "line 1: has no table of people with passwords"),
            (f"{COPY}1\tbob\tx\n", "line 2: ends within its table"),
            ("COPY t (password, Password) FROM stdin;\n", "two columns 'Password'"),
        ],
    )
    def test_what_no_row_can_be_read_out_of_is_named_with_its_line(self, file, content, problem):
        assert problem in problem_of(read_copy(file(content), HASHES))


def user(**fields: object) -> dict[str, object]:
    return {"model": "auth.user", "pk": 1, "fields": {"username": "bob", "password": "x", **fields}}


class TestJson:
    @pytest.mark.parametrize(
        "text",
        [
            '[\n{"Login": "bob"},\n {"login": "ann"}]\n',
            '\ufeff\n{"login": "bob"}\n{"login": "ann"}',
        ],
    )
    def test_a_list_of_objects_or_an_object_a_line(self, file, text):
        assert list(read_json(file(text))) == [
            Row(2, {"login": "bob"}),
            Row(3, {"login": "ann"}),
        ]

    def test_an_empty_list_has_nobody(self, file):
        assert list(read_json(file(" [ ] "))) == []

    def test_objects_are_whole_wherever_the_pieces_end(self, file):
        people = [{"login": f"ä{index}" * (index % 7)} for index in range(3 * PIECE // 20)]

        rows = list(read_json(file(json.dumps(people, ensure_ascii=False, indent=1))))

        assert [row.values for row in rows if isinstance(row, Row)] == people
        assert rows[2].line == 8

    @pytest.mark.parametrize(
        ("text", "faults"),
        [
            ('[1, {"a": 2}]', [Fault(1, "expected an object"), Row(1, {"a": 2})]),
            ('[{"a_b": 1, "AB": 2}]', [Fault(1, "there are two values 'AB'")]),
            ('[{"a": 1, "b": 2, "a": 1}]', [Fault(1, "there are two values 'a'")]),
            (
                '[{"model": "auth.user", "fields": {"password": "x", "password": "y"}}]',
                [Fault(1, "fields: there are two values 'password'")],
            ),
        ],
    )
    def test_a_row_that_is_nobody_is_a_fault_of_its_own(self, file, text, faults):
        assert list(read_json(file(text))) == faults

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            ('[\n{"a": 1},\n{"a" 2}]', "line 3: Expecting ':' delimiter"),
            ('[{"a": 1}\n{"a": 2}]', "line 2: expected , or ]"),
            ('[{"a": 1},\n]', "line 2: Expecting value"),
            ('[{"a": 1}', "line 1: expected , or ]"),
            ("[", "line 1: Expecting value"),
            ("[]\n[]", "line 2: there is something behind the list"),
            ("[" + "9" * 5_000 + "]", "line 1: is no description of a person"),
            ("[" * 100_000, "line 1: is no description of a person"),
            (b'[{"a":\n "\xff"}]', "line 2: is not UTF-8"),
            (b'[{"a": "b"}]\n\xc3', "line 2: is not UTF-8"),
            ('[{"a": "' + "x" * 1_200_000, "line 1: is longer than 1048576 characters"),
        ],
    )
    def test_what_no_row_can_be_read_out_of_is_named_with_its_line(self, file, content, problem):
        assert problem_of(read_json(file(content))) == problem

    def test_a_file_that_is_gone_is_told(self, tmp_path):
        assert problem_of(read_json(tmp_path / "gone")) == "No such file or directory"


GROUP = {"model": "auth.group", "pk": 7, "fields": {"name": "Operators", "permissions": []}}


class TestDjangoDump:
    def rows(self, file, *records, **options):
        return list(read_json(file(json.dumps(records)), **options))

    def test_a_user_is_a_row_with_the_names_of_its_groups(self, file):
        [row] = self.rows(file, GROUP, user(groups=[7, 8]))

        assert row.values["username"] == "bob"
        assert row.values["groups"] == ["Operators", "8"]

    def test_groups_may_be_meant_by_natural_keys(self, file):
        [row] = self.rows(file, user(groups=[["Operators"], ["a", "b"]]))

        assert row.values["groups"] == ["Operators", "a.b"]

    @pytest.mark.parametrize("fields", [{}, {"groups": None}, {"groups": 3}])
    def test_a_user_may_have_no_groups(self, file, fields):
        [row] = self.rows(file, user(**fields))

        assert row.values.get("groups") == fields.get("groups")

    def test_records_of_anything_else_are_passed_over(self, file):
        session = {"model": "sessions.session", "pk": "x", "fields": {"session_data": "y"}}

        assert self.rows(file, session, GROUP) == []

    def test_a_record_without_fields_is_a_fault(self, file):
        assert self.rows(file, {"model": "auth.user", "fields": 1}) == [
            Fault(1, "fields: expected an object")
        ]

    def test_a_file_that_is_no_dump_may_have_such_names(self, file):
        [row] = self.rows(file, {"model": "T", "fields": "x", "login": "bob"}, dumped=False)

        assert row.values == {"model": "T", "fields": "x", "login": "bob"}


READERS = (read_csv, read_json, lambda path: read_copy(path, HASHES))


@given(st.binary() | st.text().map(str.encode), st.sampled_from([b"", b"[", b"{", COPY.encode()]))
def test_any_bytes_are_rows_or_one_fault(tmp_path_factory, content, beginning):
    path = tmp_path_factory.getbasetemp() / "any-people"
    path.write_bytes(beginning + content)
    for read in READERS:
        rows: list[Row | Fault] = []
        with suppress(FileError):
            rows += read(path)
        assert all(isinstance(row, Row | Fault) for row in rows)
