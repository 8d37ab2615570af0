"""Giving memory back.

The C library keeps the pages of what was freed: a worker that took one large body would look larger
for the rest of its days. Asked to, glibc gives back what its main arena keeps, but not what the
arenas of threads keep; so there is only the main one. What hashes under our own policy take is not
the C library's, and is given back by itself (`watchword.core.argon`).
"""

import ctypes
import gc
import re
import sys
from contextlib import suppress
from typing import Final

__all__ = ["clear_up", "collect_as_usual", "collect_seldom", "give_back", "use_one_arena"]

M_ARENA_MAX: Final = -8
"""glibc's number for this option, from ``malloc.h``."""


SELDOM: Final = 50_000
USUAL: Final = gc.get_threshold()


def collect_seldom() -> None:
    """Look for cyclic garbage seldom: what is imported stays, and a start makes little else."""
    gc.set_threshold(SELDOM)


def clear_up() -> None:
    """Forget what starting has left behind and nothing needs again, before workers inherit it."""
    re.purge()
    sys.path_importer_cache.clear()
    gc.collect()
    gc.freeze()


def collect_as_usual() -> None:
    """Take what there is now for granted, and look for cyclic garbage as usual from here on."""
    gc.collect()
    give_back()
    gc.freeze()
    gc.set_threshold(*USUAL)


def use_one_arena() -> None:
    """Let all threads allocate from the main arena. To be called before there are threads."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Give free pages back to the system. Does nothing where the C library cannot."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
