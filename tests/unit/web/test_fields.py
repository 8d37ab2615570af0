"""Reading JSON bodies: which field is wrong, and how."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.web.errors import BadFieldError, FieldFault, UnreadableBodyError
from watchword.web.fields import DEEPEST, Fields, read_object

BODY = Fields(
    {"text": "abc", "flag": True, "number": 1, "null": None, "inner": {"text": 1}, "list": []}
)


def fault(call, *arguments, **options):
    with pytest.raises(BadFieldError) as refused:
        call(*arguments, **options)
    error = refused.value
    return error.path, error.fault, error.expected, error.found


class TestFields:
    def test_what_is_right_is_given_back(self):
        assert BODY.text("text") == "abc"
        assert BODY.text("text", longest=3) == "abc"
        assert BODY.flag("flag", default=False) is True
        assert BODY.flag("missing", default=True) is True
        assert BODY.required("null") is None
        assert BODY.nested("inner").required("text") == 1

    def test_what_is_missing_is_told_with_its_path(self):
        missing = ("missing", FieldFault.MISSING, "", "")

        assert fault(BODY.required, "missing") == missing
        assert fault(BODY.text, "missing") == missing
        assert fault(BODY.nested, "missing") == missing

    @pytest.mark.parametrize(("read", "expected"), [(BODY.text, "string"), (BODY.nested, "object")])
    def test_what_has_the_wrong_type_is_told_with_the_right_one(self, read, expected):
        assert fault(read, "number") == ("number", FieldFault.WRONG_TYPE, expected, "int")
        assert fault(read, "list") == ("list", FieldFault.WRONG_TYPE, expected, "list")
        assert fault(read, "null") == ("null", FieldFault.NULL, expected, "NoneType")

    @pytest.mark.parametrize("key", ["number", "text", "list"])
    def test_only_a_boolean_is_a_flag(self, key):
        found = type(BODY.values[key]).__name__

        assert fault(BODY.flag, key, default=True) == (
            key,
            FieldFault.WRONG_TYPE,
            "boolean",
            found,
        )

    def test_a_null_is_no_default(self):
        assert fault(BODY.flag, "null", default=True)[1] is FieldFault.NULL

    def test_what_is_too_long_is_told_with_the_limit(self):
        assert fault(BODY.text, "text", longest=2) == ("text", FieldFault.TOO_LONG, "2", "")

    def test_a_nested_fault_is_told_with_the_whole_path(self):
        inner = BODY.nested("inner")

        assert fault(inner.text, "text")[0] == "inner.text"
        assert Fields({"c": {}}, "a.b").nested("c").at("d") == "a.b.c.d"


class TestReading:
    def test_an_object_is_read(self):
        assert read_object(b'{"a": {"b": [1, "\\u00e9"]}}').values == {"a": {"b": [1, "é"]}}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" ",
            b"{",
            b"{'a': 1}",
            b'{"a": NaN}',
            b'{"a": 1e999}',
            b'{"a": ' + b"9" * 5_000 + b"}",
            b'{"a": "\xff"}',
            b'{"a": "\\ud800"}',
            b"\xef\xbb\xbf{}",
            b"{} {}",
            b"[" * 100_000,
            b'{"a":' * 100_000,
        ],
    )
    def test_what_is_no_json_is_unreadable(self, body):
        with pytest.raises(UnreadableBodyError) as refused:
            read_object(body)

        assert not refused.value.structured

    @pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"true"])
    def test_what_is_no_object_is_told_as_such(self, body):
        with pytest.raises(UnreadableBodyError) as refused:
            read_object(body)

        assert refused.value.structured

    @pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")])
    def test_it_may_nest_so_deep_and_no_deeper(self, opening, closing):
        def nested(depth):
            inner = opening * (depth - 1) + "1" + closing * (depth - 1)
            return f'{{"a":{inner}}}'.encode()

        read_object(nested(DEEPEST))
        with pytest.raises(UnreadableBodyError):
            read_object(nested(DEEPEST + 1))

    @given(st.binary(max_size=200))
    def test_no_bytes_make_reading_fail_in_another_way(self, body):
        try:
            read = read_object(body)
        except UnreadableBodyError:
            return
        assert json.loads(body) == read.values
