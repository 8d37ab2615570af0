"""A table of marks in a file that all processes of this host have mapped into their memory.

Rules of this file:

1. The table has one size, whoever comes. A key has one cell in each of four rows; its mark is the
   least of these, and only those that lag behind are moved (a count-min sketch with conservative
   update). Keys that share cells can make a mark lie too far ahead, never too little, and a key
   suffers only if all four of its cells are shared with others that are at *their* limits.
2. Where the cells of a key lie nobody can tell who does not know the file's own random salt, and
   they lie elsewhere every ten minutes: whoever shares them with a nuisance is soon rid of it.
   While marks from before can still lie ahead, the cells from before count as well.
3. Whoever moves a mark holds the file's lock for as long as that takes, which is microseconds. The
   kernel takes it back from a process that dies. One that is stopped in between holds up each of
   the others once, for half a second; they then go on without it, and may lose a call that they
   let through at the very same moment.
"""

import fcntl
import hashlib
import mmap
import os
import secrets
import struct
import threading
import time
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from watchword.core.rates import MINUTE, MOST_AHEAD, Rate, move, push
from watchword.storage.shared_file import boot_of_host, create_whole, open_own

__all__ = ["SharedMeter", "spread"]

Cells: TypeAlias = tuple[int, int, int, int]

ROWS: Final = 4
COLUMNS: Final = 65_536
HEADER: Final = struct.Struct("8s16s16s24x")
"""What the file is, its salt, and since which start of the host its marks are."""
MAGIC: Final = b"wwmeter1"
FILE_BYTES: Final = HEADER.size + ROWS * COLUMNS * 8
SALT_BYTES: Final = 16
TURN: Final = 10 * MINUTE

PLACES: Final = 4_096
"""Keys whose cells are at hand."""
EXCLUSIVELY: Final = fcntl.LOCK_EX | fcntl.LOCK_NB
TRIES: Final = 5_000
"""How often the lock is tried: for half a second, and then once each time until it is free."""
PAUSE_SECONDS: Final = 0.0001


class SharedMeter:
    """The marks of one host. Every worker must be given the same path, on a local file system.

    The lock belongs to an opened file, so a process opens its own and none uses its parent's.
    """

    def __init__(
        self,
        path: Path,
        ticks: Callable[[], int] = time.monotonic_ns,
        boot: bytes | None = None,
        place: Callable[[bytes, bytes, int], Cells] | None = None,
    ) -> None:
        """Map the file at ``path``; the first process to come makes it.

        ``ticks`` begins anew with the host, so marks from before its last start (``boot``) go.
        ``place`` is how keys are spread over the table, for tests in which they shall collide.
        Raises ``ValueError`` for a file that is none of ours or that others may change, and
        ``OSError`` where no file can be made or mapped.
        """
        self.ticks = ticks
        boot = boot_of_host() if boot is None else boot
        if not path.exists():
            create_whole(path, partial(_fill, boot))
        self._descriptor = open_own(path, FILE_BYTES, MAGIC)
        self._map = mmap.mmap(self._descriptor, FILE_BYTES)
        # Cells lie anywhere; reading ahead of them would bring the whole table into memory.
        self._map.madvise(mmap.MADV_RANDOM)
        self._cells = memoryview(self._map)[HEADER.size :].cast("q")
        self._alone = threading.Lock()
        self._patience = TRIES
        self._lock()
        try:
            self._salt = self._begin(boot)
        finally:
            self._unlock()
        self._place = lru_cache(PLACES)(partial(place or spread, self._salt))

    @property
    def home(self) -> str:
        """A name for this host's table, the same for all who have mapped it."""
        return hashlib.sha256(b"home" + self._salt).hexdigest()[:16]

    def take(self, key: bytes, rate: Rate, count: int = 1) -> int:
        """Let so many through and return 0, or let none through and return how long to wait."""
        self._lock()
        try:
            now = self.ticks()
            turn, spent = divmod(now, TURN)
            cells = self._place(key, turn)
            before = self._place(key, turn - 1) if spent < MOST_AHEAD else cells
            moved, wait = move(self._read(cells, before), rate, now, count)
            if not wait:
                self._write(cells, moved, now)
                if before is not cells:
                    self._write(before, moved, now)
            return wait
        finally:
            self._unlock()

    def keep_up(self, *, leading: bool) -> None:
        """Do nothing: there is nobody to talk to."""

    def charge(self, key: bytes, rate: Rate, count: int) -> None:
        """Count what was let through elsewhere: it cannot be refused any more."""
        self._lock()
        try:
            now = self.ticks()
            turn = now // TURN
            cells, before = self._place(key, turn), self._place(key, turn - 1)
            mark = self._read(cells, before if now % TURN < MOST_AHEAD else cells)
            self._write(cells, push(mark, rate, now, count), now)
        finally:
            self._unlock()

    def close(self) -> None:
        """Let go of the file; the meter must not be used any more."""
        self._cells.release()
        self._map.close()
        os.close(self._descriptor)

    def _read(self, cells: Cells, before: Cells) -> int:
        table = self._cells
        mark = min(table[cells[0]], table[cells[1]], table[cells[2]], table[cells[3]])
        return mark if before is cells else max(mark, min(table[each] for each in before))

    def _write(self, cells: Cells, mark: int, now: int) -> None:
        """Move what lags behind, and what is further ahead than can be: it is from another time."""
        table, most = self._cells, now + MOST_AHEAD
        for each in cells:
            if not mark <= table[each] <= most:
                table[each] = mark

    def _begin(self, boot: bytes) -> bytes:
        """Return the salt, with the table empty if it is from before the host was started."""
        magic, salt, since = HEADER.unpack_from(self._map)
        if since != boot:
            self._map[HEADER.size :] = bytes(FILE_BYTES - HEADER.size)
            HEADER.pack_into(self._map, 0, magic, salt, boot)
        return bytes(salt)

    def _lock(self) -> None:
        self._alone.acquire()
        for _ in range(self._patience):
            try:
                fcntl.flock(self._descriptor, EXCLUSIVELY)
            except OSError:
                time.sleep(PAUSE_SECONDS)
            else:
                self._patience = TRIES
                return
        self._patience = 1

    def _unlock(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._alone.release()


def spread(salt: bytes, key: bytes, turn: int) -> Cells:
    """Return the cells of a key for ten minutes: sixteen bits of a keyed digest each."""
    seed = turn.to_bytes(8, "big", signed=True) + key
    spots = struct.unpack("4H", hashlib.blake2b(seed, digest_size=8, key=salt).digest())
    first, second, third, fourth = (row * COLUMNS + spot for row, spot in enumerate(spots))
    return first, second, third, fourth


def _fill(boot: bytes, file: BinaryIO) -> None:
    file.write(HEADER.pack(MAGIC, secrets.token_bytes(SALT_BYTES), boot))
    file.truncate(FILE_BYTES)
