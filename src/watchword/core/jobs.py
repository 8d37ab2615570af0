"""Work to be done later, at least once, that outlives a restart. Records only."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

__all__ = ["Job", "JobId"]

JobId = NewType("JobId", int)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    ``kind`` names who does it (``oz.purge-company``), ``document`` is JSON that only that one
    reads. ``id`` 0 means *not stored yet*. ``attempts`` counts how often the job was taken; its
    ``due_at`` is then the end of the lease, when it may be taken again.
    """

    kind: str
    document: bytes
    due_at: datetime
    id: JobId = JobId(0)
    attempts: int = 0
