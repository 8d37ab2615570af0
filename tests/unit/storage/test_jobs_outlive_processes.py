"""A job that a process takes with it into its grave comes back when the lease is over."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from tests.support.world import START
from watchword.core.jobs import Job
from watchword.storage.sql import migrate, open_storage

LEASE = timedelta(minutes=5)

PROGRAM = f"""
import os, signal, sys
from datetime import datetime, timedelta
from watchword.storage.sql import open_storage

with open_storage(sys.argv[1]).write() as transaction:
    now = datetime.fromisoformat("{START.isoformat()}")
    taken = transaction.jobs.take(["purge"], now, timedelta(minutes=5), 1)
    assert taken
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_job_taken_by_a_process_that_is_killed_is_taken_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/watchword.db"
    migrate(url)
    storage = open_storage(url)
    with storage.write() as transaction:
        job = transaction.jobs.add(Job("purge", b"all of it", START))

    died = subprocess.run([sys.executable, "-c", PROGRAM, url], env=os.environ, check=False)

    assert died.returncode == -signal.SIGKILL
    with storage.write() as transaction:
        assert transaction.jobs.take(["purge"], START + LEASE / 2, LEASE, 1) == []
        [again] = transaction.jobs.take(["purge"], START + LEASE, LEASE, 1)
    assert (again.id, again.document, again.attempts) == (job.id, b"all of it", 2)
    storage.close()
