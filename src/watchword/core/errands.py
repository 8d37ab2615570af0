"""Running jobs when they are due, again and again until they are done.

Rules of this file:

1. At least once: a process that dies leaves its job to whoever looks after the lease is over. So
   who does a job must be able to do it twice, and in less time than the lease.
2. No job is given up. One that fails waits longer each time, and shows in the audit trail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchword.core.audit import Entry
from watchword.core.jobs import Job
from watchword.core.ports import Clock, Storage
from watchword.core.revocation import record

__all__ = ["Errands", "NotYetError", "Outcome", "Work"]

Work = Callable[[bytes], None]
"""Does a job of one kind; it is handed the job's document."""

LEASE: Final = timedelta(minutes=5)
FIRST_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(hours=1)
DOUBLINGS: Final = 11
"""After as many the longest pause is reached, whatever the first one is."""
PATIENCE: Final = 5
"""Every so many failures are told to the audit trail."""


@dataclass(eq=False)
class NotYetError(Exception):
    """Raised by who does a job: what it waits for is not there yet. No failure."""

    look_again_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went with a job. ``error`` is what it failed with, None if it did not."""

    job: Job
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Errands:
    """Runs jobs. Any number of processes may do so at once."""

    storage: Storage
    clock: Clock

    def run_next(self, works: Mapping[str, Work]) -> Outcome | None:
        """Run the job that has been due for longest; None if there is none of these kinds."""
        with self.storage.write() as transaction:
            taken = transaction.jobs.take(works.keys(), self.clock(), LEASE, 1)
        return self._run(taken[0], works[taken[0].kind]) if taken else None

    def _run(self, job: Job, work: Work) -> Outcome:
        try:
            work(job.document)
        except NotYetError as reason:
            self._put_off(job, reason.look_again_at)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job is tried again
            self._put_off(job, self.clock() + _pause_after(job.attempts), error)
            return Outcome(job, error)
        else:
            with self.storage.write() as transaction:
                transaction.jobs.done(job.id)
        return Outcome(job)

    def _put_off(self, job: Job, due_at: datetime, error: Exception | None = None) -> None:
        with self.storage.write() as transaction:
            transaction.jobs.retry(job.id, due_at)
            if error is not None and job.attempts % PATIENCE == 0:
                record(transaction, _entry(job, error, self.clock()))


def _pause_after(attempts: int) -> timedelta:
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(attempts - 1, DOUBLINGS)))


def _entry(job: Job, error: Exception, now: datetime) -> Entry:
    """Return the audit entry for a job that keeps failing. What the error says may be a secret."""
    details = {"job": str(job.id), "kind": job.kind, "attempts": str(job.attempts)}
    return Entry(now, "job.run", "failed", details={**details, "error": type(error).__name__})
