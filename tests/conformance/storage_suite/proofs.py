"""What every storage keeps of sessions that wait for a second factor."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from tests.conformance.storage_suite.records import (
    ELSEWHERE,
    HOUR,
    HUGE,
    MICROSECOND,
    NORTH,
    START,
    Suite,
    add_subject,
    make_session,
)
from watchword.core.ports import Storage
from watchword.core.session_lists import ListedSession, SessionOrder, SessionSearch
from watchword.core.sessions import Device, EndReason, Session, SessionFilter, SessionId
from watchword.core.subjects import Subject
from watchword.core.tokens import TokenRecord, Use, digest

__all__ = ["ProofConformance"]


def add(
    storage: Storage, secret: str, use: Use = Use.PROOF, subject: Subject | None = None, **more: Any
) -> Session:
    """Store a session with a token of some use."""
    subject = subject or add_subject(storage)
    with storage.write() as transaction:
        session = transaction.sessions.add(make_session(subject, **more))
        transaction.tokens.add(TokenRecord(digest(secret), session.id, use))
    return session


def use_of(storage: Storage, secret: str) -> Use | None:
    """Return what a token is good for."""
    with storage.read() as transaction:
        found = transaction.standings.find_by_token(digest(secret))
    return None if found is None else found[2].use


def listed(storage: Storage, **fields: Any) -> Sequence[ListedSession]:
    """Search with as little said as a test needs."""
    usual: dict[str, Any] = {"audience": NORTH, "now": START, "fresh_since": START}
    with storage.read() as transaction:
        return transaction.session_lists.search(SessionSearch(**(usual | fields)))


class ProofConformance(Suite):
    """Proofs are redeemed once, listed as what they are, and swept away."""

    def test_a_proof_is_redeemed_once(self, storage: Storage) -> None:
        add(storage, "proof")

        with storage.write() as transaction:
            assert transaction.tokens.redeem(digest("proof"))
            assert not transaction.tokens.redeem(digest("proof"))

        with storage.write() as transaction:
            assert not transaction.tokens.redeem(digest("proof"))
        assert use_of(storage, "proof") is Use.ACCESS

    @pytest.mark.parametrize("use", [Use.ACCESS, Use.REFRESH])
    def test_nothing_else_is_redeemed(self, storage: Storage, use: Use) -> None:
        add(storage, "token", use)

        with storage.write() as transaction:
            assert not transaction.tokens.redeem(digest("token"))
            assert not transaction.tokens.redeem(digest("nothing"))

        assert use_of(storage, "token") is use

    def test_what_is_undone_was_not_redeemed(self, storage: Storage) -> None:
        add(storage, "proof")

        with suppress(KeyError), storage.write() as transaction:
            assert transaction.tokens.redeem(digest("proof"))
            raise KeyError

        assert use_of(storage, "proof") is Use.PROOF

    def test_a_living_session_can_be_prolonged(self, storage: Storage) -> None:
        session = add(storage, "proof")
        ends = START + timedelta(days=180) + MICROSECOND

        with storage.write() as transaction:
            transaction.sessions.prolong(session.id, ends.astimezone(ELSEWHERE), ends)

        with storage.read() as transaction:
            found = transaction.sessions.find(session.id)
        assert found is not None
        assert (found.expires_at, found.deadline) == (ends, ends)
        assert [each.session for each in listed(storage, now=ends)] == [found]

    def test_it_keeps_a_later_end_and_may_lose_its_deadline(self, storage: Storage) -> None:
        session = add(storage, "proof", deadline=START + 2 * HOUR)

        with storage.write() as transaction:
            transaction.sessions.prolong(session.id, START, None)

        with storage.read() as transaction:
            found = transaction.sessions.find(session.id)
        assert found is not None
        assert (found.expires_at, found.deadline) == (START + HOUR, None)

    def test_what_has_ended_is_not_prolonged(self, storage: Storage) -> None:
        session = add(storage, "proof", device=Device("phone"))
        which = SessionFilter(id=session.id)

        with storage.write() as transaction:
            transaction.sessions.end(which, START, EndReason.BLOCKED)
            transaction.sessions.prolong(session.id, START + 9 * HOUR, None)
            transaction.sessions.prolong(SessionId(HUGE), START, None)

        with storage.read() as transaction:
            found = transaction.sessions.find(session.id)
        assert found is not None
        assert found.expires_at == START + HOUR
        assert listed(storage, now=START + 2 * HOUR) == []

    def test_a_list_tells_which_wait(self, storage: Storage) -> None:
        add(storage, "waits")
        add(storage, "lives", Use.ACCESS)
        add(storage, "refresh", Use.REFRESH)
        add(storage, "redeemed")
        with storage.write() as transaction:
            transaction.tokens.redeem(digest("redeemed"))

        found = {each.digest: each.active for each in listed(storage)}

        assert found == {
            digest("waits"): False,
            digest("lives"): True,
            digest("redeemed"): True,
        }

    @pytest.mark.parametrize("order", SessionOrder)
    @pytest.mark.parametrize("descending", [False, True])
    def test_a_list_may_ask_for_either(
        self, storage: Storage, order: SessionOrder, *, descending: bool
    ) -> None:
        alice, bob = add_subject(storage, "alice"), add_subject(storage, "bob")
        for number, subject in enumerate([alice, bob, alice, bob]):
            use = Use.PROOF if number % 2 else Use.ACCESS
            opened_at = START + number * MICROSECOND
            add(storage, str(number), use, subject, opened_at=opened_at, seen_at=opened_at)
        asked: dict[str, Any] = {"order": order, "descending": descending}

        for wanted in (True, False):
            whole = [each for each in listed(storage, **asked) if each.active is wanted]

            assert [*listed(storage, **asked, active=wanted)] == whole
            assert len(whole) == 2
            assert [*listed(storage, **asked, active=wanted, subject_id=bob.id)] == [
                each for each in whole if each.owner_name == "bob"
            ]

    def test_lost_proofs_are_purged_and_nothing_else(self, storage: Storage) -> None:
        limit = START + HOUR
        add(storage, "lost", expires_at=limit - MICROSECOND)
        add(storage, "just expired", expires_at=limit)
        add(storage, "expired session", Use.ACCESS, expires_at=START)
        add(storage, "redeemed", expires_at=START)
        with storage.write() as transaction:
            transaction.tokens.redeem(digest("redeemed"))
            assert transaction.tokens.purge_proofs(limit, 10) == 1
            assert transaction.tokens.purge_proofs(limit, 10) == 0

        assert use_of(storage, "lost") is None
        for kept in ("just expired", "expired session", "redeemed"):
            assert use_of(storage, kept) is not None

    def test_purging_them_stops_at_its_limit(self, storage: Storage) -> None:
        for number in range(4):
            add(storage, str(number), expires_at=START)

        with storage.write() as transaction:
            counts = [transaction.tokens.purge_proofs(START + HOUR, 3) for _ in range(3)]

        assert counts == [3, 1, 0]
