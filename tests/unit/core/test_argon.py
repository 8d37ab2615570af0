"""Argon2id in memory of our own: the library's hashes to the bit, in pages that stay and go."""

import gc
import mmap
import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret, verify_secret
from hypothesis import given
from hypothesis import strategies as st

from tests.support.world import CHEAPEST
from watchword.core import argon
from watchword.core.argon import Argon
from watchword.core.policy import PasswordPolicy

SALT = bytes(range(16))
OURS = PasswordPolicy(memory_kib=19_456, passes=1, lanes=1)
PAGES = OURS.memory_kib // 4


def by_the_library(policy: PasswordPolicy, secret: bytes, salt: bytes, length: int = 32) -> str:
    return hash_secret(
        secret, salt, policy.passes, policy.memory_kib, policy.lanes, length, Type.ID
    ).decode()


@pytest.fixture
def cheap() -> Argon:
    return Argon(CHEAPEST)


class TestSameHashes:
    @given(
        secret=st.binary(min_size=1, max_size=200),
        salt=st.binary(min_size=8, max_size=64),
        length=st.integers(min_value=4, max_value=80),
        passes=st.integers(min_value=1, max_value=3),
        lanes=st.integers(min_value=1, max_value=3),
        blocks=st.integers(min_value=8, max_value=41),
    )
    def test_what_the_library_hashed_fits(
        self, secret: bytes, salt: bytes, length: int, passes: int, lanes: int, blocks: int
    ) -> None:
        policy = replace(CHEAPEST, memory_kib=blocks * lanes + 1, passes=passes, lanes=lanes)
        encoded = by_the_library(policy, secret, salt, length)

        assert Argon(policy).fits(secret, encoded)
        assert not Argon(policy).fits(secret + b"x", encoded)

    @given(secret=st.binary(min_size=1, max_size=200), salt=st.binary(min_size=8, max_size=64))
    def test_what_is_hashed_is_what_the_library_would_have_written(
        self, secret: bytes, salt: bytes
    ) -> None:
        encoded = Argon(CHEAPEST).hash(secret, salt)

        assert encoded == by_the_library(CHEAPEST, secret, salt)
        assert verify_secret(encoded.encode(), secret, Type.ID)

    def test_so_it_is_with_the_parameters_of_the_default_policy(self) -> None:
        policy = PasswordPolicy()

        assert Argon(policy).hash(b"x", SALT) == by_the_library(policy, b"x", SALT)

    def test_no_password_at_all_does_not_fit(self, cheap: Argon) -> None:
        assert not cheap.fits(b"", cheap.hash(b"x", SALT))


class TestUnreadable:
    @pytest.mark.parametrize(
        "rest", ["", "c2FsdA", "a$b$c", "?$?", "AAAAA$AAAA", "\u00e9\u00e9\u00e9\u00e9$AAAA"]
    )
    def test_what_cannot_be_decoded_is_no_hash(self, cheap: Argon, rest: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - whichever part it is that fails
            cheap.fits(b"x", cheap.prefix + rest)

    @pytest.mark.parametrize(
        "rest", ["$", "AAAAAAAAAAAA$", "AAAAAAAAAAAA$AAAA", "AAAA$AAAAAAAAAAAA"]
    )
    def test_too_short_a_salt_or_digest_is_no_hash(self, cheap: Argon, rest: str) -> None:
        with pytest.raises(HashingError, match=r"too short|is NULL"):
            cheap.fits(b"x", cheap.prefix + rest)

    def test_nor_is_one_hashed_with_too_little_memory(self) -> None:
        with pytest.raises(HashingError, match="Memory cost is too small"):
            Argon(replace(CHEAPEST, lanes=64)).hash(b"x", SALT)


class TestMemory:
    def test_the_next_hash_finds_the_pages_of_the_last(self) -> None:
        ours = Argon(OURS)
        ours.hash(b"x", SALT)
        before = _faults()
        for _ in range(4):
            ours.hash(b"x", SALT)

        assert _faults() - before < PAGES // 4

    def test_it_is_given_back_when_asked_for_without_a_collector(self) -> None:
        ours, before = Argon(OURS), _resident_kib()
        gc.disable()
        try:
            ours.hash(b"x", SALT)
            kept = _resident_kib() - before
            ours.give_back()
            left = _resident_kib() - before
        finally:
            gc.enable()

        assert kept > OURS.memory_kib * 3 // 4
        assert left < OURS.memory_kib // 8

    def test_a_hash_after_that_is_as_good(self, cheap: Argon) -> None:
        encoded = cheap.hash(b"x", SALT)
        cheap.give_back()

        assert cheap.fits(b"x", encoded)

    def test_what_is_in_use_is_not_given_back(self) -> None:
        """Pages that went while somebody's hash lay there would make it another one."""
        ours = Argon(replace(OURS, memory_kib=1_024))
        expected, done = ours.hash(b"x", SALT), threading.Event()

        def ask() -> None:
            while not done.is_set():
                ours.give_back()

        with ThreadPoolExecutor(1) as other:
            asking = other.submit(ask)
            try:
                seen = {ours.hash(b"x", SALT) for _ in range(50)}
            finally:
                done.set()
            asking.result(10)
        assert seen == {expected}

    def test_no_two_hashes_at_once_share_a_block(self) -> None:
        policy = replace(OURS, memory_kib=1_024)
        ours, secrets = Argon(policy), [bytes([n]) for n in range(1, 41)]

        with ThreadPoolExecutor(4) as threads:
            seen = list(threads.map(lambda secret: ours.hash(secret, SALT), secrets))
        assert seen == [by_the_library(policy, secret, SALT) for secret in secrets]

    def test_hashes_one_after_the_other_share_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        taken: list[int] = []
        block = argon._Block  # noqa: SLF001 - counted, and then made as ever

        def counted(size: int) -> object:
            taken.append(size)
            return block(size)

        monkeypatch.setattr(argon, "_Block", counted)
        cheap = Argon(CHEAPEST)
        for _ in range(5):
            cheap.hash(b"x", SALT)

        assert taken == [CHEAPEST.memory_kib * 1_024]

    def test_more_than_there_is_is_not_lent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The library asks for what the policy says; should it ever not, it may not have it."""
        block = argon._Block  # noqa: SLF001 - made too small
        monkeypatch.setattr(argon, "_Block", lambda size: block(size - 1))

        with pytest.raises(HashingError, match="Memory allocation error"):
            Argon(CHEAPEST).hash(b"x", SALT)


class TestElsewhere:
    def test_it_works_where_there_are_no_large_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(mmap, "MADV_HUGEPAGE")

        assert Argon(CHEAPEST).hash(b"x", SALT) == by_the_library(CHEAPEST, b"x", SALT)

    def test_it_works_where_no_functions_can_be_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_: object) -> object:
            raise MemoryError

        monkeypatch.setattr(argon, "_Allocate", refuse)

        assert Argon(CHEAPEST).hash(b"x", SALT) == by_the_library(CHEAPEST, b"x", SALT)


def _faults() -> int:
    """Return how many pages have been mapped for this thread."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4
