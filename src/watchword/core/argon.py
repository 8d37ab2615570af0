"""Argon2id with the parameters of our own policy, in memory that is kept for the next hash.

By itself the library has each hash allocate and free its memory, and how many of its pages have to
be mapped anew is left to the C library. Here they stay until they are asked back, and are large
ones where the system has such: a hash goes all over its memory, and looking up where thousands of
small pages lie takes a twentieth of its time (decision 0157).
"""

import base64
import ctypes
import hmac
import mmap
from collections import deque
from contextlib import suppress
from typing import Any, Final, cast

from argon2 import low_level
from argon2.exceptions import HashingError

from watchword.core.policy import PasswordPolicy

__all__ = ["HASH_BYTES", "Argon"]

HASH_BYTES: Final = 32
LARGE_PAGE: Final = 2 * 1_024 * 1_024

_library: Final = cast("Any", low_level)
_ffi: Final = _library.ffi
_VERSION: Final[int] = _library.ARGON2_VERSION
_ARGON2ID: Final[int] = _library.Type.ID.value
_Allocate: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
_Free: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t)


class Argon:
    """Makes and checks hashes under one policy, in any number of threads."""

    def __init__(self, policy: PasswordPolicy) -> None:
        """Take no memory yet: that is done by the first hash."""
        self._policy = policy
        self._spare: deque[_Block] = deque()
        self.prefix: Final = (
            f"$argon2id$v={_VERSION}$m={policy.memory_kib},t={policy.passes},p={policy.lanes}$"
        )
        """How the hashes begin that can be checked here, and no others."""

    def hash(self, secret: bytes, salt: bytes) -> str:
        """Return the encoded hash of a password. Raises ``HashingError``."""
        return self.encode(salt, self._digest(secret, salt, HASH_BYTES))

    def fits(self, secret: bytes, encoded: str) -> bool:
        """Say whether a password fits a hash that begins with the prefix.

        Raises ``ValueError`` for a hash that cannot be read, ``HashingError`` for one that is none.
        """
        salt, expected = map(_decode, encoded.removeprefix(self.prefix).split("$"))
        return hmac.compare_digest(self._digest(secret, salt, len(expected)), expected)

    def encode(self, salt: bytes, digest: bytes) -> str:
        """Return the encoded hash of which these are the parts."""
        parts = (base64.b64encode(part).rstrip(b"=").decode() for part in (salt, digest))
        return self.prefix + "$".join(parts)

    def give_back(self) -> None:
        """Give the memory back to the system, but for what is in use at this moment."""
        self._spare.clear()

    def _digest(self, secret: bytes, salt: bytes, length: int) -> bytes:
        policy, digest = self._policy, bytearray(length)
        parameters: dict[str, Any] = {
            "version": _VERSION,
            "out": _ffi.from_buffer("uint8_t[]", digest),
            "outlen": length,
            "pwd": _ffi.from_buffer("uint8_t[]", secret),
            "pwdlen": len(secret),
            "salt": _ffi.from_buffer("uint8_t[]", salt),
            "saltlen": len(salt),
            "t_cost": policy.passes,
            "m_cost": policy.memory_kib,
            "lanes": policy.lanes,
            "threads": policy.lanes,
        }
        block = self._take()
        context = _ffi.new("argon2_context *", parameters | block.lent)
        code = low_level.core(context, _ARGON2ID)
        self._spare.append(block)
        if code:
            raise HashingError(low_level.error_to_str(code))
        return bytes(digest)

    def _take(self) -> "_Block":
        """Return a block that nobody else has: one that is spare, or a new one."""
        with suppress(IndexError):
            return self._spare.pop()
        return _Block(self._policy.memory_kib * 1_024)


class _Block:
    """The memory of one hash at a time, and the two functions by which the library is lent it.

    It ends with the last reference to it, and waits for no collector: nothing in it refers back.
    """

    def __init__(self, size: int) -> None:
        # One more than it fills, since it is to begin where one begins.
        length = (-(-size // LARGE_PAGE) + 1) * LARGE_PAGE
        pages = mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        with suppress(AttributeError, OSError):
            pages.madvise(mmap.MADV_HUGEPAGE)
        self._pages = _ffi.from_buffer(pages)
        begin = int(_ffi.cast("uintptr_t", self._pages))
        begin += -begin % LARGE_PAGE

        def lend(place: int, wanted: int) -> int:
            # A place that stays empty is the library's sign that there is no memory.
            if wanted <= size:
                ctypes.c_void_p.from_address(place).value = begin
            return 0

        self.lent: dict[str, Any] = {}
        # Where a system allows no functions to be made, the library is left to allocate.
        with suppress(MemoryError):
            self._functions = _Allocate(lend), _Free(_keep)
            allocate, free = (ctypes.cast(each, ctypes.c_void_p).value for each in self._functions)
            self.lent["allocate_cbk"] = _ffi.cast("allocate_fptr", allocate)
            self.lent["free_cbk"] = _ffi.cast("deallocate_fptr", free)


def _keep(_place: int, _size: int) -> None:
    """Leave the block as it is; the library has wiped it."""


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
