"""What every storage promises when several threads, processes or hosts are at it."""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import pytest

from tests.conformance.storage_suite.records import (
    HOUR,
    START,
    add_subject,
    make_session,
    make_tenant,
    record,
)
from tests.support.faces import ScriptedEngine, clip_of, enrol
from tests.support.house import ADDRESS, NORTH, PASSWORD, POLICY, SOUTH, House, entering
from watchword.core.admission import Admitted
from watchword.core.audit import find_break
from watchword.core.challenges import Challenge, ChallengeFault
from watchword.core.core import Core
from watchword.core.errors import (
    AlreadyExistsError,
    ChallengeRefusedError,
    CoreError,
    InvalidCredentialsError,
    OverloadedError,
    TooManyAttemptsError,
)
from watchword.core.faces import Factors
from watchword.core.grants import FaceGrant, PasswordGrant, Visit
from watchword.core.lockout import Attempts
from watchword.core.policy import ChallengePolicy
from watchword.core.ports import Storage
from watchword.core.sessions import Device, EndReason, Session, SessionFilter, SessionId, Touch
from watchword.core.subjects import TenantId

__all__ = ["ConcurrencyConformance"]

P = TypeVar("P")
T = TypeVar("T")

THREADS = 8
TIMES = 10


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Run works in as many threads, all starting at the same moment."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


class ConcurrencyConformance:
    """Units of work at the same time."""

    @pytest.fixture
    def storages(self) -> Any:
        """Return the empty storage as several processes see it."""
        raise NotImplementedError

    def test_a_reader_does_not_wait_for_a_writer(self, storages: Sequence[Storage]) -> None:
        writer = storages[0]

        for reader in storages:
            with writer.write() as transaction, ThreadPoolExecutor(1) as pool:
                transaction.documents.put(NORTH, "kind", "key", b"")
                seen = pool.submit(_look, reader).result(timeout=5)
                assert seen is None
            assert _look(reader) == b""
            with writer.write() as transaction:
                transaction.documents.remove(NORTH, "kind", "key")

    def test_a_writer_does_not_wait_for_a_reader(self, storages: Sequence[Storage]) -> None:
        for writer in storages:
            with storages[0].read() as transaction, ThreadPoolExecutor(1) as pool:
                assert transaction.documents.find(NORTH, "kind", "key") is None
                pool.submit(_put, writer).result(timeout=5)
                assert transaction.documents.find(NORTH, "kind", "key") is None
            with writer.write() as transaction:
                transaction.documents.remove(NORTH, "kind", "key")

    def test_no_change_is_lost(self, storages: Sequence[Storage]) -> None:
        """Each unit looks, adds one, and stores: what a count of failures does."""

        def count(storage: Storage) -> None:
            for _ in range(TIMES):
                with storage.write() as transaction:
                    before = transaction.attempts.find(["key"])
                    failures = before["key"].failures if before else 0
                    transaction.attempts.put([Attempts("key", failures + 1, START)])

        at_once(_each(storages, count))

        with storages[0].read() as transaction:
            assert transaction.attempts.find(["key"])["key"].failures == THREADS * TIMES

    def test_a_unit_that_is_undone_takes_nobody_along(self, storages: Sequence[Storage]) -> None:
        def write(storage: Storage, name: str, *, keep: bool) -> None:
            with suppress(KeyError), storage.write() as transaction:
                transaction.documents.put(NORTH, "kind", name, b"")
                if not keep:
                    raise KeyError
                with suppress(AlreadyExistsError):
                    transaction.tenants.add(make_tenant(id=TenantId(UUID(int=1))))

        works = [
            partial(write, storage, f"{number} {keep}", keep=keep)
            for number, storage in enumerate([*storages] * THREADS)
            for keep in (True, False)
        ]
        at_once(works)

        with storages[0].read() as transaction:
            kept = dict(transaction.documents.list_of(NORTH, "kind"))
        assert set(kept) == {f"{number} True" for number in range(THREADS * len(storages))}

    def test_who_has_left_a_unit_is_seen_by_all(self, storages: Sequence[Storage]) -> None:
        def write(storage: Storage, name: str) -> list[bytes | None]:
            with storage.write() as transaction:
                transaction.documents.put(NORTH, "kind", name, name.encode())
            return [_look(each, name) for each in storages]

        names = [str(number) for number in range(THREADS)]
        places = [storages[number % len(storages)] for number in range(THREADS)]
        works = [partial(write, *each) for each in zip(places, names, strict=True)]

        for name, seen in zip(names, at_once(works), strict=True):
            assert seen == [name.encode()] * len(storages)

    def test_one_of_many_gets_a_login(self, storages: Sequence[Storage]) -> None:
        def add(storage: Storage) -> bool:
            try:
                add_subject(storage, "Alice")
            except AlreadyExistsError:
                return False
            return True

        assert at_once(_each(storages, add)).count(True) == 1

    def test_numbers_are_given_out_once(self, storages: Sequence[Storage]) -> None:
        subject = add_subject(storages[0])

        def add(storage: Storage) -> list[SessionId]:
            ids = []
            for _ in range(TIMES):
                with storage.write() as transaction:
                    ids.append(transaction.sessions.add(make_session(subject)).id)
            return ids

        given = [number for numbers in at_once(_each(storages, add)) for number in numbers]

        assert len(set(given)) == THREADS * TIMES

    def test_the_audit_chain_never_forks(self, storages: Sequence[Storage]) -> None:
        def append(storage: Storage) -> None:
            for _ in range(TIMES):
                with storage.write() as transaction:
                    record(transaction)

        at_once(_each(storages, append))

        with storages[0].read() as transaction:
            links = [link for _, link in transaction.audit.list_page(0, 1_000)]
        assert len(links) == THREADS * TIMES
        assert find_break(links) is None

    def test_a_session_that_was_ended_stays_ended(self, storages: Sequence[Storage]) -> None:
        subject = add_subject(storages[0])
        with storages[0].write() as transaction:
            session = transaction.sessions.add(make_session(subject))

        def use(storage: Storage) -> None:
            for step in range(TIMES):
                with storage.write() as transaction:
                    seen_at = START + step * HOUR
                    transaction.sessions.touch([Touch(session.id, seen_at, seen_at)])

        def end(storage: Storage) -> int:
            with storage.write() as transaction:
                which = SessionFilter(subject_id=subject.id)
                return len(transaction.sessions.end(which, START, EndReason.LEFT))

        works: list[Callable[[], object]] = [*_each(storages, use), *_each(storages, end)[:2]]
        *_, one, two = at_once(works)

        assert {one, two} == {0, 1}
        with storages[0].read() as transaction:
            assert list(transaction.sessions.list_living(SessionFilter(), START, 2)) == []

    def test_parallel_refreshes_give_one_successor(self, storages: Sequence[Storage]) -> None:
        with _workers(storages) as (house, workers):
            first = house.enter()
            assert first.refresh is not None
            refresh = first.refresh.secret

            def renew(worker: Core) -> tuple[int, str]:
                admitted = worker.renewal.renew(first.token.secret, refresh, SOUTH)
                return admitted.session.id, admitted.token.secret

            given = at_once(_each(workers, renew))

            assert len(set(given)) == 1
            assert house.results("renew") == ["renewed"]

    def test_parallel_failures_all_count(self, storages: Sequence[Storage]) -> None:
        with _workers(storages) as (house, workers):
            visit = Visit(SOUTH, address=ADDRESS)

            def guess(worker: Core) -> type[CoreError]:
                with pytest.raises(CoreError) as refusal:
                    worker.login.admit(PasswordGrant("alice", "wrong"), visit)
                return refusal.type

            heard = at_once(_each(workers, guess))

            free = house.policy.lockout.free_failures
            assert house.results().count("wrong-password") == free
            assert house.results().count("locked") == THREADS - free
            assert heard.count(InvalidCredentialsError) == free
            assert heard.count(TooManyAttemptsError) == THREADS - free

    def test_of_several_who_redeem_a_proof_one_is_let_in(self, storages: Sequence[Storage]) -> None:
        both = entering(SOUTH, Factors.BOTH)
        engine = ScriptedEngine()
        with _workers(storages, policy=both, engine=engine) as (house, workers):
            enrol(house.core, SOUTH, house.standing().subject)
            visit = Visit(SOUTH, device=Device("phone"), address=ADDRESS)
            clip = FaceGrant(clip_of(house.standing().subject))
            proof = house.core.recognition.admit(clip, visit).token.secret

            def redeem(worker: Core) -> type[object]:
                try:
                    return type(worker.login.admit(PasswordGrant("alice", PASSWORD, proof), visit))
                except (InvalidCredentialsError, TooManyAttemptsError) as refusal:
                    return type(refusal)

            heard = at_once(_each(workers, redeem))

            assert heard.count(Admitted) == 1
            assert house.results().count("admitted") == 1
            assert set(house.results()) <= {"admitted", "proof-replayed", "locked"}

    def test_of_several_who_meet_a_challenge_one_is_given_its_acts(
        self, storages: Sequence[Storage]
    ) -> None:
        with _workers(storages, engine=ScriptedEngine()) as (house, workers):
            visit = Visit(SOUTH, device=Device("phone"), address=ADDRESS)
            posed = house.core.challenging.pose(visit)

            def redeem(worker: Core) -> object:
                try:
                    return worker.challenging.redeem(posed.nonce, visit)
                except ChallengeRefusedError as refusal:
                    return refusal.fault

            heard = at_once(_each(workers, redeem))

            assert heard.count(posed.acts) == 1
            assert heard.count(ChallengeFault.REPLAYED) == THREADS - 1

    def test_parallel_challenges_stay_within_the_bound(self, storages: Sequence[Storage]) -> None:
        bounded = replace(POLICY, challenges=ChallengePolicy(of_source=THREADS // 2))
        with _workers(storages, policy=bounded) as (_, workers):
            visit = Visit(SOUTH, device=Device("phone"), address=ADDRESS)

            def pose(worker: Core) -> type[object]:
                try:
                    return type(worker.challenging.pose(visit))
                except OverloadedError as refusal:
                    return type(refusal)

            heard = at_once(_each(workers, pose))

            assert heard.count(Challenge) == THREADS // 2
            assert heard.count(OverloadedError) == THREADS // 2

    def test_parallel_logins_leave_one_session_on_a_device(
        self, storages: Sequence[Storage]
    ) -> None:
        with _workers(storages) as (_, workers):
            visit = Visit(NORTH, device=Device("phone"), address=ADDRESS)

            def enter(worker: Core) -> Session:
                return worker.login.admit(PasswordGrant("alice", PASSWORD), visit).session

            entered = at_once(_each(workers, enter))

            which = SessionFilter(device_key="phone")
            with storages[0].read() as transaction:
                living = list(transaction.sessions.list_living(which, START, 10))
            assert living == [max(entered, key=lambda session: session.id)]


@contextmanager
def _workers(
    storages: Sequence[Storage], **house_of: Any
) -> Generator[tuple[House, Sequence[Core]]]:
    """Build a house with a worker for each storage, and a subject in it."""
    house = House(storage=storages[0], **house_of)
    workers = [house.worker(storage=storage) for storage in storages]
    house.add("alice")
    yield house, workers
    house.close()


def _each(places: Sequence[P], work: Callable[[P], T]) -> list[Callable[[], T]]:
    """Deal a work out over storages or workers, for as many threads as a test has."""
    return [partial(work, places[number % len(places)]) for number in range(THREADS)]


def _look(storage: Storage, key: str = "key") -> bytes | None:
    with storage.read() as transaction:
        return transaction.documents.find(NORTH, "kind", key)


def _put(storage: Storage) -> None:
    with storage.write() as transaction:
        transaction.documents.put(NORTH, "kind", "key", b"")
