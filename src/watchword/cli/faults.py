"""Turning what can go wrong in a command into a line on standard error and an exit code."""

import sys
from collections.abc import Callable

from watchword.config import FileError, TableError
from watchword.core.errors import CoreError, NotFoundError, StorageUnavailableError
from watchword.server.errors import StartError

__all__ = ["BAD_FILE", "FAILED", "answering"]

FAILED = 1
BAD_FILE = 2


def answering(work: Callable[[], int]) -> int:
    """Run a command's work and return its exit code, whatever happened."""
    try:
        return work()
    except (FileError, TableError) as error:
        return _say(str(error), BAD_FILE)
    except (StartError, CoreError, ValueError, OSError) as error:
        return _say(_tell(error), FAILED)


def _tell(error: Exception) -> str:
    match error:
        case StorageUnavailableError():
            return f"the database does not answer: {error.__cause__ or 'no reason given'}"
        case NotFoundError():
            return f"there is no such {error.kind}"
        case CoreError():
            return f"{type(error).__name__}: {error}"
        case OSError(strerror=str(why)):
            # A folder that nobody may write in, a disk that is full.
            return why if error.filename is None else f"{error.filename}: {why}"
        case _:
            return str(error)


def _say(problem: str, code: int) -> int:
    sys.stderr.write(f"watchword: {problem}\n")
    return code
