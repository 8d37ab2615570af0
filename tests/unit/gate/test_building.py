"""What may be said of signed statements in the settings."""

import pytest

from watchword.bootstrap import check_gate, open_dialects
from watchword.config import Configuration, TableError, read_table
from watchword.gate.answers import FIELDS


def checked(**table) -> None:
    configuration = read_table(Configuration, {"gate": {"signed_identity": table}})
    check_gate(configuration, open_dialects(configuration))


def test_as_it_comes_nothing_is_wrong():
    checked()
    checked(enabled=True)


@pytest.mark.parametrize("enabled", [True, False])
def test_a_back_end_of_a_dialect_that_is_not_served_is_an_error(enabled):
    with pytest.raises(TableError) as caught:
        checked(enabled=enabled, audiences={"nowhere": "x"})
    assert caught.value.key == "gate.signed_identity.audiences.nowhere"


def test_a_header_that_says_something_else_is_an_error():
    with pytest.raises(TableError) as caught:
        checked(header="X-Watchword-LOGIN")
    assert caught.value.key == "gate.signed_identity.header"


def test_the_settings_know_every_field_that_there_is():
    assert Configuration().gate.headers == FIELDS


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("header", "Authorization"),
        ("header", "X-Watchword-"),
        ("header", "X-Watchword-A\r\nB"),
        ("header", "X-Watchword-A\n"),
        ("seconds", 9),
        ("seconds", 3_601),
        ("issuer", 7),
        ("audiences", ["oz"]),
        ("odd", 1),
    ],
)
def test_what_is_no_such_setting_is_an_error(key, value):
    with pytest.raises(TableError) as caught:
        checked(**{key: value})
    assert caught.value.key == f"gate.signed_identity.{key}"
