"""What every storage keeps of work that waits, and of content that is referred to."""

from datetime import timedelta

import pytest

from tests.conformance.storage_suite.records import ELSEWHERE, HOUR, HUGE, MICROSECOND, START, Suite
from watchword.core.blobs import BlobId
from watchword.core.errors import AlreadyExistsError
from watchword.core.jobs import Job, JobId
from watchword.core.ports import Storage

__all__ = ["BlobConformance", "JobConformance"]

LEASE = timedelta(minutes=5)


def add(storage: Storage, *jobs: Job) -> list[Job]:
    with storage.write() as transaction:
        return [transaction.jobs.add(job) for job in jobs]


def take(storage: Storage, *kinds: str, now=START, limit=10) -> list[Job]:
    with storage.write() as transaction:
        return list(transaction.jobs.take(kinds, now, LEASE, limit))


class JobConformance(Suite):
    """Work that waits."""

    def test_a_job_comes_back_as_it_was_added(self, storage: Storage) -> None:
        [added] = add(storage, Job("purge", b'{"\xc3\xa4":1}', START.astimezone(ELSEWHERE)))

        [taken] = take(storage, "purge")

        assert taken == Job("purge", b'{"\xc3\xa4":1}', START + LEASE, added.id, 1)
        assert taken.due_at.utcoffset() == timedelta(0)

    def test_jobs_are_taken_when_they_are_due_and_the_longest_due_first(
        self, storage: Storage
    ) -> None:
        add(
            storage,
            Job("a", b"third", START),
            Job("a", b"first", START - HOUR),
            Job("a", b"later", START + MICROSECOND),
            Job("a", b"fourth", START),
            Job("a", b"second", START - MICROSECOND),
        )

        assert [job.document for job in take(storage, "a", limit=3)] == [
            b"first",
            b"second",
            b"third",
        ]
        assert [job.document for job in take(storage, "a")] == [b"fourth"]

    def test_only_the_kinds_that_are_asked_for_are_taken(self, storage: Storage) -> None:
        add(storage, *(Job(kind, b"", START) for kind in ("a", "b", "c")))

        assert [job.kind for job in take(storage, "a", "c", "d")] == ["a", "c"]
        assert take(storage) == []
        assert [job.kind for job in take(storage, "b")] == ["b"]

    def test_nobody_else_gets_a_job_until_its_lease_is_over(self, storage: Storage) -> None:
        """Whoever took it may have died: then it is taken again, and the attempts count."""
        add(storage, Job("a", b"", START))
        assert len(take(storage, "a")) == 1

        assert take(storage, "a", now=START + LEASE - MICROSECOND) == []
        [again] = take(storage, "a", now=START + LEASE)

        assert again.attempts == 2

    def test_a_job_that_is_done_is_gone(self, storage: Storage) -> None:
        one, two = add(storage, Job("a", b"1", START), Job("a", b"2", START))
        with storage.write() as transaction:
            transaction.jobs.done(one.id)
            transaction.jobs.done(one.id)
            transaction.jobs.done(JobId(HUGE))

        assert [job.id for job in take(storage, "a")] == [two.id]

    def test_a_job_that_is_put_off_keeps_its_attempts(self, storage: Storage) -> None:
        [job] = add(storage, Job("a", b"", START))
        take(storage, "a")
        with storage.write() as transaction:
            transaction.jobs.retry(job.id, START + HOUR)
            transaction.jobs.retry(JobId(HUGE), START)

        assert take(storage, "a", now=START + HOUR - MICROSECOND) == []
        assert [job.attempts for job in take(storage, "a", now=START + HOUR)] == [2]


class BlobConformance(Suite):
    """The ledger of content."""

    @pytest.mark.parametrize("many", [0, 1, 64, 65])
    def test_what_was_noted_is_known(self, storage: Storage, many: int) -> None:
        blob_ids = [BlobId(f"{number:032x}") for number in range(many)]
        with storage.write() as transaction:
            for blob_id in blob_ids:
                transaction.blobs.add(blob_id)

        with storage.read() as transaction:
            assert transaction.blobs.known([*blob_ids, BlobId("unknown")]) == set(blob_ids)

    def test_a_blob_has_one_owner(self, storage: Storage) -> None:
        with storage.write() as transaction:
            transaction.blobs.add(BlobId("one"))
            with pytest.raises(AlreadyExistsError):
                transaction.blobs.add(BlobId("one"))

    def test_a_blob_is_forgotten_once_and_for_all(self, storage: Storage) -> None:
        with storage.write() as transaction:
            transaction.blobs.add(BlobId("one"))
            transaction.blobs.remove(BlobId("one"))
            transaction.blobs.remove(BlobId("one"))
            assert transaction.blobs.known([BlobId("one")]) == frozenset()
