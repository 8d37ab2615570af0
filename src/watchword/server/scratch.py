"""Where the workers of one server put their metrics together while it runs.

A folder of its own for each server, locked for as long as any of its processes lives, so that what
a killed server has left behind can be told from what another one needs.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

__all__ = ["metrics_folder"]

PREFIX: Final = "watchword-metrics-"
YOUNG_SECONDS: Final = 60.0
"""A folder that was made just now may not have been locked yet."""


@contextmanager
def metrics_folder() -> Generator[Path]:
    """Yield an empty folder that is gone afterwards; clear away those of servers that are gone."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # Somebody else's, or gone meanwhile.
        with suppress(OSError):
            _remove_if_left(path)
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as made:
        lock = os.open(made, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(made)
        finally:
            os.close(lock)


def _remove_if_left(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if time.time() - os.fstat(folder).st_mtime < YOUNG_SECONDS:
            return
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(folder)
