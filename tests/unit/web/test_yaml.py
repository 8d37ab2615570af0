"""YAML that any reader takes for the value that was written."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from watchword.web.yaml import encode_yaml

# What YAML's readers take at all: no control characters, no lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufeff"))
# Readers disagree on a number with an exponent and no dot; these need none.
NUMBERS = st.integers() | st.integers(-(10**6), 10**6).map(lambda eighths: eighths / 8)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20
)


def written(value) -> str:
    return encode_yaml(value).decode()


class TestForm:
    def test_an_object_has_a_line_for_each_key(self):
        assert written({"openapi": "3.0.3", "count": 2}) == 'openapi: "3.0.3"\ncount: 2\n'

    def test_what_belongs_to_a_key_is_indented_below_it(self):
        assert written({"info": {"tags": ["a", "b"]}}) == 'info:\n  tags:\n    - "a"\n    - "b"\n'

    def test_an_object_in_a_list_begins_beside_its_dash(self):
        assert written([{"a": 1, "b": 2}]) == "- a: 1\n  b: 2\n"

    def test_what_is_empty_stands_beside_its_key(self):
        assert written({"a": {}, "b": []}) == "a: {}\nb: []\n"

    @pytest.mark.parametrize("key", ["200", "yes", "No", "null", "/path", "a b", ""])
    def test_a_key_that_could_be_taken_for_something_else_is_quoted(self, key):
        assert written({key: 1}) == f'"{key}": 1\n'


class TestReaders:
    @given(VALUES)
    def test_any_value_is_read_back(self, value):
        assert yaml.safe_load(written(value)) == value
