"""Shutting a process off from everything, before it reads what strangers have sent.

Photos and clips are parsed by large C libraries. Whoever finds a hole in one of them gets a process
that can open no file, reach nobody over TCP, holds no secret, has little memory, and a few seconds.
Of what a kernel does not offer the rest is done all the same.
"""

import ctypes
import os
import platform
import resource
import signal
from contextlib import suppress
from typing import Final

__all__ = ["ADDRESS_SPACE", "LOWEST_PRIORITY", "deadline", "shut_off"]

LOWEST_PRIORITY: Final = 19
"""As for hashing: who is let through already does not wait for who wants to come in."""
ADDRESS_SPACE: Final = 1 << 30
"""Bytes. Measured: 0.43 of these are in use while a clip of 1920 pixels is read."""
OPEN_FILES: Final = 64

NO_NEW_PRIVILEGES: Final = 38
NOT_DUMPABLE: Final = 4
CREATE_RULESET: Final = 444
RESTRICT_SELF: Final = 446
"""The system calls of Landlock; newer calls have one number on all machines but Alpha."""
ABI_VERSION: Final = 1
FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights to files each version knows, all of which are taken away."""
TCP: Final = 0b11
TCP_SINCE: Final = 4


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64))


def shut_off() -> int:
    """Give up everything that decoding needs not. Returns the version of Landlock, or 0 without."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, LOWEST_PRIORITY)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    # Nothing is written, and a crash leaves no image of a face on a disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(NOT_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return _forbid_files(libc) if platform.system() == "Linux" else 0


def deadline(seconds: float) -> None:
    """End this process once it has computed for so long, whatever it is at; 0 takes that back."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _forbid_files(libc: ctypes.CDLL) -> int:
    """Allow no path to be opened and no TCP port to be used. What is open already stays open."""
    version = int(libc.syscall(CREATE_RULESET, None, 0, ABI_VERSION))
    if version < 1:
        return 0
    rights = (1 << FILE_RIGHTS.get(version, FILE_RIGHTS[5])) - 1
    ruleset = _Ruleset(rights, TCP if version >= TCP_SINCE else 0)
    size = ctypes.sizeof(ruleset) if version >= TCP_SINCE else ctypes.sizeof(ctypes.c_uint64)
    handle = int(libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), size, 0))
    if handle < 0:
        return 0
    try:
        return version if libc.syscall(RESTRICT_SELF, handle, 0) == 0 else 0
    finally:
        os.close(handle)
