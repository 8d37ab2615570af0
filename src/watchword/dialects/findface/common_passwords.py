"""The vendor's list of common passwords, of which fingerprints are kept (decision 0409).

The file beside this one is made by ``scripts/make-common-passwords``: the beginnings of the SHA-256
hashes of all that are long enough to be taken otherwise, in order. A password that is on no list is
taken for one that is once in a hundred million times.
"""

import hashlib
from bisect import bisect_left
from pathlib import Path
from typing import Final

__all__ = ["FINGERPRINTS", "WIDTH", "fingerprint", "is_listed"]

FINGERPRINTS: Final = Path(__file__).with_name("common_passwords.bin")
WIDTH: Final = 5
"""Bytes of a fingerprint."""


def fingerprint(password: str) -> bytes:
    """Return what is kept of a password. Case does not count, nor does white space around it."""
    return hashlib.sha256(password.strip().lower().encode("utf-8", "surrogatepass")).digest()[
        :WIDTH
    ]


def is_listed(password: str) -> bool:
    """Say whether a password is on the list, which is read for those few calls that set one."""
    kept, wanted = FINGERPRINTS.read_bytes(), fingerprint(password)
    places = range(0, len(kept), WIDTH)
    found = bisect_left(places, wanted, key=lambda place: kept[place : place + WIDTH])
    return kept[found * WIDTH :][:WIDTH] == wanted
