"""Running something once in a process of its own.

What migrations and imports need of memory would stay with the server for its whole life.
"""

import logging
import os
import sys
from collections.abc import Callable

__all__ = ["run_apart"]

log = logging.getLogger(__name__)


def run_apart(work: Callable[[], int]) -> int:
    """Run ``work`` in a child process and return its exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = work()
            sys.stdout.flush()
        except Exception as error:
            # Told here or nowhere: nothing but a number leaves this process.
            log.critical("failed in a process of its own", exc_info=error)
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
