"""What every storage keeps of sessions and tokens."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

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
    make_session,
    make_subject,
    make_tenant,
    open_session,
)
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.networks import parse_network
from watchword.core.ports import Storage
from watchword.core.sessions import (
    Device,
    EndReason,
    ServiceTokenId,
    Session,
    SessionFilter,
    SessionId,
    Touch,
)
from watchword.core.subjects import Subject
from watchword.core.tokens import TokenRecord, Use, digest

__all__ = ["SessionConformance", "TokenConformance"]

LATER = START + timedelta(minutes=5)
ROBOT = ServiceTokenId(UUID(int=7))


def add(storage: Storage, **fields: Any) -> Session:
    """Store a session of a subject of its own."""
    return _add_for(storage, add_subject(storage), **fields)


def find(storage: Storage, session: Session) -> Session | None:
    """Look for a session."""
    with storage.read() as transaction:
        return transaction.sessions.find(session.id)


def end(
    storage: Storage, which: SessionFilter, reason: EndReason = EndReason.REVOKED
) -> list[SessionId]:
    """End sessions in a unit of its own."""
    with storage.write() as transaction:
        return list(transaction.sessions.end(which, LATER, reason))


class SessionConformance(Suite):
    """Logins on devices."""

    @pytest.mark.parametrize("mobile", [False, True])
    def test_a_session_comes_back_as_it_was_added(self, storage: Storage, mobile: object) -> None:
        session = make_session(
            add_subject(storage),
            seen_at=START + MICROSECOND,
            family=SessionId(41),
            predecessor=SessionId(42),
            deadline=START + timedelta(days=365 * 40),
            scopes=frozenset({"b c", "ä", 'q"'}),
            device=Device("D-№1", bool(mobile), b'{"k":"\xc3\xa4"}'),
            address="2001:db8::1",
            ended_at=LATER,
            end_reason=EndReason.PASSWORD_CHANGED,
            service_token=ROBOT,
            networks=(parse_network("10.1.0.0/16"), parse_network("2001:db8::7")),
            nonce=bytes(range(256)),
        )

        with storage.write() as transaction:
            added = transaction.sessions.add(session)

        assert added == replace(session, id=added.id)
        assert find(storage, added) == added

    def test_a_session_with_nothing_special_comes_back_too(self, storage: Storage) -> None:
        session = add(storage)

        assert find(storage, session) == session
        assert session.family == session.id

    def test_ids_rise_and_are_never_given_out_again(self, storage: Storage) -> None:
        first, second = add(storage), add(storage)
        with storage.write() as transaction:
            transaction.tokens.purge(START + 2 * HOUR, 10)

        third = add(storage)

        assert 0 < first.id < second.id < third.id

    def test_nobody_has_no_session(self, storage: Storage) -> None:
        with storage.write() as transaction:
            with pytest.raises(NotFoundError, match="subject"):
                transaction.sessions.add(make_session(make_subject()))
            assert list(transaction.sessions.list_living(SessionFilter(), START, 10)) == []

    @pytest.mark.parametrize("number", [0, -1, 12345, HUGE, -HUGE])
    def test_a_session_that_is_not_there_is_none(self, storage: Storage, number: int) -> None:
        add(storage)
        session_id = SessionId(number)

        with storage.write() as transaction:
            assert transaction.sessions.find(session_id) is None
            assert transaction.sessions.find_successor(session_id) is None
            which = SessionFilter(id=session_id)
            assert list(transaction.sessions.end(which, START, EndReason.LEFT)) == []
            with pytest.raises(NotFoundError, match="session"):
                transaction.sessions.settle(session_id)

    def test_the_living_successor_is_found_until_it_is_settled(self, storage: Storage) -> None:
        first = add(storage)
        ended = add(storage, predecessor=first.id)
        end(storage, SessionFilter(id=ended.id))
        living = add(storage, predecessor=first.id)

        with storage.write() as transaction:
            assert transaction.sessions.find_successor(first.id) == living
            assert transaction.sessions.find_successor(living.id) is None

            transaction.sessions.settle(living.id)

        with storage.read() as transaction:
            assert transaction.sessions.find_successor(first.id) is None
            settled = replace(living, predecessor=None)
            assert transaction.sessions.find(living.id) == settled

    def test_the_first_end_is_kept(self, storage: Storage) -> None:
        session = add(storage)

        assert end(storage, SessionFilter(id=session.id), EndReason.LEFT) == [session.id]
        assert end(storage, SessionFilter(id=session.id)) == []

        ended = replace(session, ended_at=LATER, end_reason=EndReason.LEFT)
        assert find(storage, session) == ended

    def test_an_expired_session_is_ended_too(self, storage: Storage) -> None:
        """Where the policy grants a grace, it could still be refreshed."""
        session = add(storage, expires_at=START - HOUR)

        assert end(storage, SessionFilter(id=session.id)) == [session.id]

    @pytest.mark.parametrize(
        ("asked", "meant"),
        [
            ({}, [0, 1, 2, 3, 4]),
            ({"id": 1}, [1]),
            ({"family": 0}, [0, 1]),
            ({"family": 1}, []),
            ({"subject_id": "alice"}, [0, 1, 2]),
            ({"tenant_id": "acme"}, [0, 1, 2, 3]),
            ({"audience": SOUTH}, [1, 4]),
            ({"device_key": "phone"}, [2, 3]),
            ({"device_key": ""}, [0, 1]),
            ({"other_than": 2}, [0, 1, 3, 4]),
            ({"subject_id": "alice", "other_than": 0}, [1, 2]),
            ({"tenant_id": "acme", "device_key": "phone", "audience": NORTH}, [2, 3]),
            ({"subject_id": "alice", "audience": SOUTH, "device_key": "phone"}, []),
            ({"id": 0, "other_than": 0}, []),
            ({"of_service": True}, [1, 4]),
            ({"of_service": False}, [0, 2, 3]),
            ({"subject_id": "alice", "of_service": True}, [1]),
            ({"service_token": "robot"}, [4]),
            ({"service_token": "nobody"}, []),
        ],
    )
    def test_a_filter_means_what_matches_all_its_fields(
        self, storage: Storage, asked: dict[str, Any], meant: list[int]
    ) -> None:
        names, sessions = _crowd(storage)
        fields: dict[str, Any] = {
            key: sessions[value].id if type(value) is int else names.get(value, value)
            for key, value in asked.items()
        }
        which = SessionFilter(**fields)

        with storage.read() as transaction:
            listed = transaction.sessions.list_living(which, START, 10)
        ended = end(storage, which)

        assert list(listed) == [sessions[place] for place in meant]
        assert ended == [sessions[place].id for place in meant]
        with storage.read() as transaction:
            left = transaction.sessions.list_living(SessionFilter(), START, 10)
        assert [each.id for each in left] == [
            each.id for place, each in enumerate(sessions) if place not in meant
        ]

    def test_device_keys_of_any_length_are_told_apart(self, storage: Storage) -> None:
        """They come from outside; an index of a database may have a limit."""
        keys = ["x" * 100_000 + end for end in ("a", "b")]
        one, _ = (add(storage, device=Device(key)) for key in keys)

        assert end(storage, SessionFilter(device_key=keys[0])) == [one.id]

    def test_living_sessions_are_listed_in_order_and_to_a_limit(self, storage: Storage) -> None:
        sessions = [add(storage) for _ in range(4)]
        end(storage, SessionFilter(id=sessions[1].id))

        with storage.read() as transaction:
            listed = transaction.sessions.list_living(SessionFilter(), START, 2)

        assert list(listed) == [sessions[0], sessions[2]]

    def test_a_session_lives_to_the_last_instant(self, storage: Storage) -> None:
        session = add(storage)

        with storage.read() as transaction:
            list_living = transaction.sessions.list_living
            assert list(list_living(SessionFilter(), session.expires_at, 2)) == [session]
            after = session.expires_at + MICROSECOND
            assert list(list_living(SessionFilter(), after, 2)) == []

    def test_a_touch_moves_times_forward_only(self, storage: Storage) -> None:
        session = add(storage)
        steps = [
            (LATER, START + 2 * HOUR),
            (START, START + 3 * HOUR),
            (LATER + HOUR, START),
            (START, START),
        ]

        for seen_at, expires_at in steps:
            with storage.write() as transaction:
                transaction.sessions.touch([Touch(session.id, seen_at, expires_at)])

        moved = replace(session, seen_at=LATER + HOUR, expires_at=START + 3 * HOUR)
        assert find(storage, session) == moved

    def test_many_touches_are_noted_at_once(self, storage: Storage) -> None:
        sessions = [add(storage) for _ in range(20)]
        touches = [Touch(each.id, LATER, START + 2 * HOUR) for each in sessions]

        with storage.write() as transaction:
            transaction.sessions.touch([*touches, Touch(SessionId(HUGE), LATER, LATER)])
            transaction.sessions.touch([])

        with storage.read() as transaction:
            listed = transaction.sessions.list_living(SessionFilter(), START + 2 * HOUR, 30)
        assert [(each.id, each.seen_at) for each in listed] == [
            (each.id, LATER) for each in sessions
        ]

    def test_an_ended_session_is_not_touched(self, storage: Storage) -> None:
        session = add(storage)
        end(storage, SessionFilter(id=session.id))
        ended = find(storage, session)

        with storage.write() as transaction:
            touch = Touch(session.id, START + HOUR, START + 9 * HOUR)
            transaction.sessions.touch([touch])

        assert find(storage, session) == ended


class TokenConformance(Suite):
    """Digests of issued tokens."""

    def test_a_token_leads_to_its_session(self, storage: Storage) -> None:
        session = add(storage)
        records = [TokenRecord(digest(use), session.id, use) for use in Use]

        with storage.write() as transaction:
            for each in records:
                transaction.tokens.add(each)

        with storage.read() as transaction:
            for each in records:
                found = transaction.standings.find_by_token(each.digest)
                assert found is not None
                assert found[1:] == (session, each)

    def test_a_digest_is_taken_once(self, storage: Storage) -> None:
        first, second = add(storage), add(storage)
        name = digest("secret")

        with storage.write() as transaction:
            transaction.tokens.add(TokenRecord(name, first.id, Use.ACCESS))
            with pytest.raises(AlreadyExistsError) as refusal:
                transaction.tokens.add(TokenRecord(name, second.id, Use.REFRESH))

        assert (refusal.value.kind, refusal.value.field) == ("token", "digest")
        with storage.read() as transaction:
            found = transaction.standings.find_by_token(name)
        assert found is not None
        assert found[1] == first

    @pytest.mark.parametrize("number", [0, 12345, HUGE])
    def test_a_token_without_a_session_is_refused(self, storage: Storage, number: int) -> None:
        with storage.write() as transaction, pytest.raises(NotFoundError, match="session"):
            transaction.tokens.add(TokenRecord(digest("x"), SessionId(number), Use.ACCESS))

    def test_purging_takes_what_is_over_for_long_enough(self, storage: Storage) -> None:
        limit = START + HOUR
        early = limit - MICROSECOND
        later = limit + HOUR
        _add_with_token(storage, "expired", expires_at=early)
        _add_with_token(storage, "just expired", expires_at=limit)
        _add_with_token(storage, "ended", expires_at=later, ended_at=early)
        _add_with_token(storage, "just ended", expires_at=later, ended_at=limit)
        _add_with_token(storage, "both", expires_at=early, ended_at=early)

        with storage.write() as transaction:
            assert transaction.tokens.purge(limit, 10) == 3
            assert transaction.tokens.purge(limit, 10) == 0

        with storage.read() as transaction:
            find_by_token = transaction.standings.find_by_token
            for secret in ("expired", "ended", "both"):
                assert find_by_token(digest(secret)) is None
            for secret in ("just expired", "just ended"):
                assert find_by_token(digest(secret)) is not None

    def test_purging_stops_at_its_limit(self, storage: Storage) -> None:
        for ended_at in (None, START, None, START):
            add(storage, expires_at=START, ended_at=ended_at)

        with storage.write() as transaction:
            counts = [transaction.tokens.purge(LATER, 3) for _ in range(3)]

        assert counts == [3, 1, 0]


def _add_with_token(storage: Storage, secret: str, **fields: Any) -> None:
    subject = add_subject(storage)
    with storage.write() as transaction:
        open_session(transaction, subject, secret, **fields)


def _crowd(storage: Storage) -> tuple[dict[str, UUID], list[Session]]:
    """Store sessions that differ. Returns the ids behind two names, and the sessions."""
    acme = make_tenant()
    with storage.write() as transaction:
        transaction.tenants.add(acme)
    alice, bob = (add_subject(storage, tenant_id=acme.id) for _ in range(2))
    carol = add_subject(storage)
    first = _add_for(storage, alice)
    sessions = [
        first,
        _add_for(
            storage, alice, audience=SOUTH, family=first.id, service_token=ServiceTokenId(uuid4())
        ),
        _add_for(storage, alice, device=Device("phone")),
        _add_for(storage, bob, device=Device("phone")),
        _add_for(storage, carol, audience=SOUTH, device=Device("tablet"), service_token=ROBOT),
    ]
    names = {"alice": alice.id, "acme": acme.id, "robot": ROBOT, "nobody": uuid4()}
    return names, sessions


def _add_for(storage: Storage, subject: Subject, **fields: Any) -> Session:
    with storage.write() as transaction:
        return transaction.sessions.add(make_session(subject, **fields))
