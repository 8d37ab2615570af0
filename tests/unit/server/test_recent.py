"""What was asked lately, by whom, and how."""

import pytest

from watchword.server.recent import LONGEST, MARKS, Name, Recent, name_of

HERE = "192.0.2.1"


def yes() -> None:
    """Answer nothing; it is only told apart from others."""


def no() -> None:
    """Answer nothing, either."""


def name(data: bytes, address: str = HERE, scheme: str = "http") -> Name:
    found = name_of(data, address, scheme)
    assert found is not None
    return found


class TestNames:
    def test_the_same_from_the_same_have_one(self) -> None:
        assert name(b"GET /") == name(b"GET /")

    @pytest.mark.parametrize(
        ("data", "address", "scheme"),
        [
            (b"GET /a", HERE, "http"),
            (b"GET /", "192.0.2.11", "http"),
            (b"GET /", "", "http"),
            (b"GET /", HERE, "https"),
        ],
    )
    def test_nothing_else_has_it(self, data: bytes, address: str, scheme: str) -> None:
        assert name(data, address, scheme) != name(b"GET /")

    @pytest.mark.parametrize(
        "data", [b"", b"get /", b"GET", b"HEAD /", b"POST /", b"GET /" + b"x" * (LONGEST - 4)]
    )
    def test_what_is_never_kept_has_none(self, data: bytes) -> None:
        assert name_of(data, HERE, "http") is None

    def test_the_longest_that_is_kept_has_one(self) -> None:
        assert name(b"GET /" + b"x" * (LONGEST - 5))

    def test_no_bytes_of_a_request_are_in_it(self) -> None:
        assert b"token" not in name(b"GET / token")[0]


class TestKeeping:
    def test_what_was_kept_is_found(self) -> None:
        recent = Recent()
        recent.keep(name(b"GET /"), yes)

        assert recent.find(name(b"GET /")) is yes
        assert recent.find(name(b"GET /a")) is None

    def test_it_keeps_what_was_kept_last(self) -> None:
        recent = Recent()
        for again in (yes, no):
            recent.keep(name(b"GET /"), again)

        assert recent.find(name(b"GET /")) is no

    def test_the_oldest_goes_when_it_is_full(self) -> None:
        recent, names = Recent(2), [name(b"GET /%d" % number) for number in range(3)]
        for each in names:
            recent.keep(each, yes)

        assert [recent.find(each) for each in names] == [None, yes, yes]

    def test_without_room_it_keeps_nothing(self) -> None:
        recent = Recent(0)
        recent.keep(name(b"GET /"), yes)

        assert recent.find(name(b"GET /")) is None


class TestMarks:
    def test_what_comes_for_the_first_time_did_not_come_before(self) -> None:
        recent = Recent()

        assert not recent.came_before(b"GET /")
        assert recent.came_before(b"GET /")
        assert not recent.came_before(b"GET /a")

    def test_a_mark_gives_way_to_a_later_one(self) -> None:
        recent = Recent()
        recent.came_before(b"GET /")
        for number in range(20 * MARKS):
            recent.came_before(b"GET /%d" % number)

        assert not recent.came_before(b"GET /")

    def test_what_is_kept_needs_none(self) -> None:
        recent, kept = Recent(), name(b"GET /")
        recent.keep(kept, yes)
        for number in range(20 * MARKS):
            recent.came_before(b"GET /%d" % number)

        assert recent.find(kept) is yes
