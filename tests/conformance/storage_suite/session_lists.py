"""What every storage keeps of lists of sessions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conformance.storage_suite.records import (
    HOUR,
    HUGE,
    MICROSECOND,
    NORTH,
    SOUTH,
    START,
    Suite,
    add_subject,
    open_session,
)
from watchword.core.networks import parse_network
from watchword.core.ports import Storage
from watchword.core.session_lists import (
    ListedSession,
    SessionOrder,
    SessionSearch,
    SessionState,
    place_of,
)
from watchword.core.sessions import Device, EndReason, Session, SessionFilter, SessionId, Touch
from watchword.core.subjects import Subject
from watchword.core.tokens import TokenRecord, Use, digest

__all__ = ["SessionListConformance"]

MINUTE = timedelta(minutes=1)


def ask(storage: Storage, **fields: Any) -> Sequence[ListedSession]:
    """Search with as little said as a test needs."""
    usual: dict[str, Any] = {"audience": NORTH, "now": START, "fresh_since": START}
    with storage.read() as transaction:
        return transaction.session_lists.search(SessionSearch(**(usual | fields)))


def ids(found: Sequence[ListedSession]) -> list[SessionId]:
    """Return the ids of what was found."""
    return [each.session.id for each in found]


def add(storage: Storage, subject: Subject, secret: str = "", **fields: Any) -> Session:
    """Store a session with a token."""
    with storage.write() as transaction:
        return open_session(transaction, subject, secret, **fields)


def end(storage: Storage, reason: EndReason, **which: Any) -> None:
    """End sessions in a unit of its own."""
    with storage.write() as transaction:
        transaction.sessions.end(SessionFilter(**which), START, reason)


class Crowd:
    """Seven sessions that differ in everything."""

    def __init__(self, storage: Storage) -> None:
        self.zoe = add_subject(storage, "zoe@acme.example", "Zoe")
        self.adam = add_subject(storage, "adam@acme.example")
        rows: list[tuple[Subject, dict[str, Any]]] = [
            (self.zoe, {"device": Device("a"), "address": "10.0.0.1"}),
            (self.adam, {"device": Device("b", mobile=True), "address": "10.0.1.1"}),
            (self.zoe, {"device": Device("b"), "address": "2001:db8::5"}),
            (self.adam, {"device": Device(), "address": "not an address"}),
            (self.zoe, {"device": Device("c", mobile=True), "address": "::ffff:10.0.0.2"}),
            (self.adam, {"device": Device("a"), "address": ""}),
            (self.zoe, {"device": Device("a"), "address": "10.0.0.1"}),
        ]
        seen = [5, 1, 6, 2, 4, 3, 7]
        self.sessions = [
            add(
                storage,
                subject,
                f"secret {place}",
                opened_at=START + place // 2 * MINUTE,
                seen_at=START + seen[place] * MINUTE,
                **fields,
            )
            for place, (subject, fields) in enumerate(rows)
        ]
        end(storage, EndReason.BLOCKED, device_key="c")

    def named(self, places: Sequence[int]) -> list[SessionId]:
        """Return the ids of sessions by their places."""
        return [self.sessions[place].id for place in places]


# In ascending order. Session 4 was ended by a block.
ORDERS: dict[SessionOrder, list[int]] = {
    SessionOrder.OPENED: [0, 1, 2, 3, 4, 5, 6],
    SessionOrder.SEEN: [1, 3, 5, 4, 0, 2, 6],
    SessionOrder.MOBILE: [0, 2, 3, 5, 6, 1, 4],
    SessionOrder.STATE: [4, 1, 3, 5, 0, 2, 6],
    SessionOrder.OWNER: [0, 2, 4, 6, 1, 3, 5],
}


class SessionListConformance(Suite):
    """Sessions as lists show them."""

    def test_a_listed_session_comes_with_its_owner_and_its_token(self, storage: Storage) -> None:
        subject = add_subject(storage, "zoë@acme.example", "Zoë")
        session = add(storage, subject, "secret", device=Device("D", mobile=True))

        [found] = ask(storage)

        assert found == ListedSession(session, subject.number, "Zoë", digest("secret"))

    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("order", SessionOrder)
    @pytest.mark.parametrize("limit", [1, 2, 3, 10])
    def test_pages_of_any_size_make_up_the_whole_list_in_order(
        self, storage: Storage, order: SessionOrder, *, descending: bool, limit: int
    ) -> None:
        crowd = Crowd(storage)
        pages: list[SessionId] = []
        after = None
        while found := ask(storage, order=order, descending=descending, after=after, limit=limit):
            pages += ids(found)
            after = place_of(found[-1], order)

        expected = crowd.named(ORDERS[order])
        assert pages == (expected[::-1] if descending else expected)

    @pytest.mark.parametrize("order", SessionOrder)
    @pytest.mark.parametrize(
        ("asked", "meant"),
        [
            ({"device_keys": ("a",)}, {0, 5, 6}),
            ({"device_keys": ("a", "c", "nowhere")}, {0, 4, 5, 6}),
            ({"device_keys": ("nowhere",)}, set()),
            ({"owner_names": ("Zoe",)}, {0, 2, 4, 6}),
            ({"owner_names": ("zoe", "adam@acme.example")}, {1, 3, 5}),
            ({"mobile": True}, {1, 4}),
            ({"mobile": False}, {0, 2, 3, 5, 6}),
            ({"networks": (parse_network("10.0.0.0/24"),)}, {0, 4, 6}),
            (
                {"networks": (parse_network("10.0.0.1"), parse_network("2001:db8::/32"))},
                {0, 2, 6},
            ),
            ({"networks": (parse_network("0.0.0.0/0"),)}, {0, 1, 4, 6}),
            ({"opened_from": START + MINUTE}, {2, 3, 4, 5, 6}),
            ({"opened_from": START + MINUTE + MICROSECOND}, {4, 5, 6}),
            ({"opened_to": START + MINUTE}, {0, 1, 2, 3}),
            ({"opened_from": START + MINUTE, "opened_to": START + MINUTE}, {2, 3}),
            ({"digests": (digest("secret 3"), digest("secret 4"), digest("none"))}, {3, 4}),
            ({"digests": ()}, set()),
            ({"owner_names": ()}, set()),
            ({"states": frozenset()}, set()),
            ({"states": frozenset({SessionState.BLOCKED})}, {4}),
            ({"states": frozenset({SessionState.ONLINE})}, {0, 2, 6}),
            ({"states": frozenset({SessionState.OFFLINE})}, {1, 3, 5}),
            ({"states": frozenset({SessionState.OFFLINE, SessionState.BLOCKED})}, {1, 3, 4, 5}),
            ({"device_keys": ("a",), "owner_names": ("Zoe",), "mobile": False}, {0, 6}),
            ({"device_keys": ("c",), "states": frozenset({SessionState.ONLINE})}, set()),
            ({"device_keys": ("b",), "mobile": True, "opened_to": START}, {1}),
            ({"audience": SOUTH}, set()),
        ],
    )
    def test_a_search_means_what_passes_every_condition(
        self, storage: Storage, order: SessionOrder, asked: dict[str, Any], meant: set[int]
    ) -> None:
        crowd = Crowd(storage)

        found = ask(storage, order=order, fresh_since=START + 5 * MINUTE, **asked)

        expected = crowd.named([place for place in ORDERS[order] if place in meant])
        assert ids(found) == expected[::-1]

    def test_owners_are_known_by_id_and_by_number(self, storage: Storage) -> None:
        crowd = Crowd(storage)
        meant = crowd.named([5, 3, 1])

        assert ids(ask(storage, subject_id=crowd.adam.id)) == meant
        assert ids(ask(storage, owner_numbers=(crowd.adam.number, HUGE))) == meant
        assert ids(ask(storage, owner_numbers=(-1,), subject_id=crowd.adam.id)) == []

    def test_an_owner_with_another_name_is_sorted_by_it(self, storage: Storage) -> None:
        crowd = Crowd(storage)
        with storage.write() as transaction:
            renamed = replace(crowd.adam, logins=("z@acme.example", "zz"))
            transaction.subjects.replace(renamed)

        found = ask(storage, order=SessionOrder.OWNER, limit=1)

        assert [(each.owner_name, each.session.id) for each in found] == [
            ("zz", crowd.sessions[5].id)
        ]
        assert ids(ask(storage, owner_names=("adam@acme.example",))) == []

    @pytest.mark.parametrize("reason", EndReason)
    def test_of_the_ended_only_the_blocked_are_listed(
        self, storage: Storage, reason: EndReason
    ) -> None:
        subject = add_subject(storage)
        ended, living = (add(storage, subject, device=Device(key)) for key in ("x", "y"))

        end(storage, reason, device_key="x")

        shown = [living.id, ended.id] if reason is EndReason.BLOCKED else [living.id]
        assert ids(ask(storage)) == shown

    @pytest.mark.parametrize("many", [1, 2, 65])
    def test_any_number_that_ends_at_once_is_listed_no_longer(
        self, storage: Storage, many: int
    ) -> None:
        subject = add_subject(storage)
        living = add(storage, subject, device=Device("y"))
        for _ in range(many):
            add(storage, subject, device=Device("x"))

        end(storage, EndReason.DISPLACED, subject_id=subject.id, device_key="x")

        assert ids(ask(storage)) == [living.id]

    def test_a_blocked_session_is_shown_until_it_is_dropped(self, storage: Storage) -> None:
        subject = add_subject(storage)
        blocked, living = (add(storage, subject, device=Device(key)) for key in ("x", "y"))
        end(storage, EndReason.BLOCKED, device_key="x")

        with storage.write() as transaction:
            transaction.session_lists.drop([blocked.id, living.id, SessionId(HUGE)])

        assert ids(ask(storage)) == [living.id]

    def test_a_session_that_came_blocked_is_shown_and_one_that_came_ended_is_not(
        self, storage: Storage
    ) -> None:
        subject = add_subject(storage)
        blocked = add(storage, subject, ended_at=START, end_reason=EndReason.BLOCKED)
        add(storage, subject, ended_at=START, end_reason=EndReason.LEFT)

        assert ids(ask(storage)) == [blocked.id]

    def test_a_session_is_shown_to_its_last_instant(self, storage: Storage) -> None:
        session = add(storage, add_subject(storage))

        assert ids(ask(storage, now=START + HOUR)) == [session.id]
        assert ids(ask(storage, now=START + HOUR + MICROSECOND)) == []

    def test_a_touch_shows_at_once(self, storage: Storage) -> None:
        session = add(storage, add_subject(storage))
        blocked = add(storage, add_subject(storage), device=Device("x"))
        end(storage, EndReason.BLOCKED, device_key="x")
        with storage.write() as transaction:
            touches = [
                Touch(each.id, START + HOUR, START + 2 * HOUR) for each in (session, blocked)
            ]
            transaction.sessions.touch(touches)

        online = frozenset({SessionState.ONLINE})
        found = ask(storage, now=START + 2 * HOUR, fresh_since=START + HOUR, states=online)

        assert [(each.session.id, each.session.seen_at) for each in found] == [
            (session.id, START + HOUR)
        ]
        assert ids(ask(storage, now=START + 2 * HOUR)) == [session.id]

    def test_what_goes_is_no_longer_shown(self, storage: Storage) -> None:
        gone, purged = add_subject(storage), add_subject(storage)
        add(storage, gone)
        add(storage, purged, expires_at=START)
        with storage.write() as transaction:
            transaction.subjects.remove(gone.id)
            transaction.tokens.purge(START + MICROSECOND, 10)

        assert ids(ask(storage)) == []

    def test_a_refresh_token_adds_no_line(self, storage: Storage) -> None:
        session = add(storage, add_subject(storage), "access")
        with storage.write() as transaction:
            transaction.tokens.add(TokenRecord(digest("refresh"), session.id, Use.REFRESH))

        assert [each.digest for each in ask(storage)] == [digest("access")]
