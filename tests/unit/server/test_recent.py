"""What was asked lately, by whom, and how."""

import pytest

from watchword.server.recent import Recent

HERE = "192.0.2.1"


def yes() -> None:
    """Answer nothing; it is only told apart from others."""


def no() -> None:
    """Answer nothing, either."""


def test_what_was_kept_is_found() -> None:
    recent = Recent()
    recent.keep(b"GET /", HERE, "http", yes)

    assert recent.find(b"GET /", HERE, "http") is yes


@pytest.mark.parametrize(
    ("data", "address", "scheme"),
    [
        (b"GET /a", HERE, "http"),
        (b"get /", HERE, "http"),
        (b"GET /", "192.0.2.11", "http"),
        (b"GET /", "", "http"),
        (b"GET /", HERE, "https"),
    ],
)
def test_nothing_else_is(data: bytes, address: str, scheme: str) -> None:
    recent = Recent()
    recent.keep(b"GET /", HERE, "http", yes)

    assert recent.find(data, address, scheme) is None


def test_it_keeps_what_was_kept_last() -> None:
    recent = Recent()
    for again in (yes, no):
        recent.keep(b"GET /", HERE, "http", again)

    assert recent.find(b"GET /", HERE, "http") is no


def test_the_oldest_goes_when_it_is_full() -> None:
    recent = Recent(2)
    for data in (b"1", b"2", b"3"):
        recent.keep(data, HERE, "http", yes)

    assert [recent.find(data, HERE, "http") for data in (b"1", b"2", b"3")] == [None, yes, yes]


def test_without_room_it_keeps_nothing() -> None:
    recent = Recent(0)
    recent.keep(b"GET /", HERE, "http", yes)

    assert recent.find(b"GET /", HERE, "http") is None


def test_no_bytes_of_a_request_are_kept() -> None:
    recent = Recent()
    recent.keep(b"GET / token-in-it", HERE, "http", yes)

    assert "token-in-it" not in repr(vars(recent))
