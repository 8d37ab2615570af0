"""Hashing at a bounded rate and at the same cost whatever the answer."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import argon2
import bcrypt
import pytest

from tests.support.waiting import until
from tests.support.world import CHEAPEST, FixedRandomness
from watchword.core.errors import OverloadedError
from watchword.core.passwords import HashPool, Passwords, Verdict, origin_of

BCRYPT = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4)).decode()


@pytest.fixture
def passwords():
    passwords = Passwords(CHEAPEST, FixedRandomness())
    yield passwords
    passwords.close()


@pytest.fixture
def pool():
    pool = HashPool(threads=2, queue=1)
    yield pool
    pool.close()


class Caller:
    """Somebody who has asked a pool for work that goes on until it is let go."""

    def __init__(self, pool, callers, error=None):
        self.begun, self._go, self._error = threading.Event(), threading.Event(), error
        self._heard = callers.submit(pool.run, self._work)

    @property
    def is_told(self):
        return self._heard.done()

    def let_go(self):
        self._go.set()

    def hear(self):
        self.let_go()
        return self._heard.result(60)

    def _work(self):
        self.begun.set()
        assert self._go.wait(60)
        if self._error is not None:
            raise self._error
        return 42


def _has_waiting(pool, number):
    return len(pool._waiting) == number  # noqa: SLF001 - who asks next is to be the next in line


class TestPool:
    def test_it_gives_back_what_the_work_gave(self, pool):
        assert pool.run(lambda: 42) == 42

    def test_it_raises_what_the_work_raised_and_has_its_place_again(self, pool):
        for _ in range(9):
            with pytest.raises(ZeroDivisionError):
                pool.run(lambda: 1 / 0)

    def test_beyond_the_queue_callers_are_told_to_come_back(self, pool):
        gate, waiting = threading.Event(), threading.Semaphore(0)

        def work():
            waiting.release()
            assert gate.wait(10)

        with ThreadPoolExecutor(3) as callers:
            held = [callers.submit(pool.run, work) for _ in range(3)]
            assert waiting.acquire(timeout=10)
            assert waiting.acquire(timeout=10)
            while pool._places._value:  # noqa: SLF001 - the third caller is on its way to the queue
                pass
            with pytest.raises(OverloadedError) as refused:
                pool.run(lambda: None)
            gate.set()
            assert [each.result(10) for each in held] == [None] * 3

        assert refused.value.retry_after > timedelta(0)
        assert pool.run(lambda: "again") == "again"

    def test_its_threads_yield_to_all_others(self, pool):
        assert pool.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())) == 19
        assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 19

    def test_it_works_where_priorities_cannot_be_set(self, monkeypatch):
        monkeypatch.delattr(os, "setpriority")
        pool = HashPool(threads=1, queue=0)

        assert pool.run(lambda: 42) == 42
        pool.close()

    def test_without_a_number_it_has_a_thread_for_every_core(self):
        pool = HashPool(threads=0, queue=0)
        cores = len(os.sched_getaffinity(0))
        together = threading.Barrier(cores)

        with ThreadPoolExecutor(cores) as callers:
            met = [callers.submit(pool.run, lambda: together.wait(10)) for _ in range(cores)]
            assert sorted(each.result(10) for each in met) == list(range(cores))
        pool.close()


class TestTogether:
    """Two that wait are done before either is told; nobody waits for more than one other."""

    @pytest.fixture
    def crowd(self):
        """Return four callers of a pool of one thread; the first has it, the others wait."""
        pool, crowd = HashPool(threads=1, queue=9), []
        with ThreadPoolExecutor(4) as callers:
            for number, error in enumerate([None, None, ZeroDivisionError(), None]):
                crowd.append(Caller(pool, callers, error))
                assert number or crowd[0].begun.wait(60)
                until(partial(_has_waiting, pool, number))
            yield crowd
        pool.close()

    def test_the_first_of_two_is_told_when_the_second_is_done(self, crowd):
        first, second, third, fourth = crowd
        first.let_go()
        assert second.begun.wait(60)
        assert not first.is_told
        assert (second.hear(), first.hear()) == (42, 42)
        assert third.begun.wait(60)
        assert not fourth.begun.is_set()
        third.let_go()
        assert fourth.begun.wait(60)
        assert not third.is_told
        assert fourth.hear() == 42
        with pytest.raises(ZeroDivisionError):
            third.hear()

    def test_as_many_as_there_are_threads_are_done_at_once(self):
        pool, together = HashPool(threads=3, queue=0), threading.Barrier(3)

        with ThreadPoolExecutor(3) as callers:
            for _ in range(5):
                met = [callers.submit(pool.run, lambda: together.wait(60)) for _ in range(3)]
                assert sorted(each.result(60) for each in met) == [0, 1, 2]
        pool.close()


class TestHash:
    def test_it_is_argon2id_with_the_parameters_of_the_policy(self, passwords):
        assert passwords.hash("x").startswith("$argon2id$v=19$m=8,t=1,p=1$")

    def test_no_two_are_alike(self, passwords):
        assert passwords.hash("x") != passwords.hash("x")

    @pytest.mark.parametrize("password", ["", "x" * 4_097, "\u00e9" * 2_049])
    def test_an_empty_or_oversized_password_is_no_password(self, passwords, password):
        with pytest.raises(ValueError, match="1 to 4096 bytes"):
            passwords.hash(password)

    @pytest.mark.parametrize("password", ["x", "x" * 4_096, "\x00", "\ud800", "\u00e9" * 2_048])
    def test_everything_else_fits_its_own_hash(self, passwords, password):
        assert passwords.check(password, passwords.hash(password)) == Verdict(fits=True)


class TestGivingBack:
    def test_passwords_are_checked_as_before(self, passwords):
        encoded = passwords.hash("x")
        passwords.give_back()

        assert passwords.check("x", encoded) == Verdict(fits=True)


class TestCheck:
    def test_a_wrong_password_does_not_fit(self, passwords):
        assert passwords.check("y", passwords.hash("x")) == Verdict(fits=False)

    def test_a_foreign_hash_that_fits_is_outdated(self, passwords):
        assert passwords.check("correct horse", BCRYPT) == Verdict(fits=True, outdated=True)

    @pytest.mark.parametrize(
        "change", [{"memory_kib": 16}, {"passes": 2}, {"lanes": 2, "memory_kib": 16}]
    )
    def test_a_hash_of_other_parameters_is_outdated(self, passwords, change):
        others = Passwords(replace(CHEAPEST, **change), FixedRandomness())

        assert passwords.check("x", others.hash("x")) == Verdict(fits=True, outdated=True)
        others.close()

    @pytest.mark.parametrize(
        "encoded",
        [
            "",
            "?",
            "$argon2id$",
            "$2b$",
            "$argon2id$v=19$m=8,t=1",
            "$argon2id$v=19$m=8,t=1,p=1$?",
            "$argon2id$v=19$m=8,t=1,p=1$$",
        ],
    )
    def test_a_hash_that_nobody_can_read_fits_nothing(self, passwords, encoded):
        assert passwords.check("x", encoded) == Verdict(fits=False)

    def test_the_ceilings_are_for_the_hashes_of_others_not_for_our_own(self):
        low = replace(CHEAPEST, ceilings=replace(CHEAPEST.ceilings, argon2_memory_kib=7))
        ours = Passwords(low, FixedRandomness())

        assert ours.check("x", ours.hash("x")) == Verdict(fits=True)
        ours.close()

    def test_a_hash_above_the_ceilings_fits_nothing(self):
        low = replace(CHEAPEST, ceilings=replace(CHEAPEST.ceilings, bcrypt_cost=3))
        strict = Passwords(low, FixedRandomness())

        assert strict.check("correct horse", BCRYPT) == Verdict(fits=False)
        strict.close()


class TestCost:
    """How often each answer hashes with our own parameters, on top of a foreign hash's own cost."""

    @pytest.fixture
    def ours(self, monkeypatch):
        """Return what the library was asked to hash under our own policy, as it comes."""
        seen: list[bytes] = []
        core = argon2.low_level.core

        def watching(context, kind):
            assert (context.m_cost, context.t_cost, context.lanes) == (8, 1, 1)
            seen.append(bytes(argon2.low_level.ffi.buffer(context.pwd, context.pwdlen)))
            return core(context, kind)

        monkeypatch.setattr(argon2.low_level, "core", watching)
        return seen

    @pytest.mark.parametrize(
        ("password", "encoded"),
        [
            ("x", None),
            ("", None),
            ("x" * 5_000, None),
            ("x", BCRYPT),
            ("x", "?"),
            ("x", "$2b$31$" + "a" * 53),
            ("", BCRYPT),
            ("x" * 5_000, BCRYPT),
        ],
        ids=[
            "unknown login",
            "empty, unknown",
            "oversized, unknown",
            "foreign",
            "unreadable",
            "too dear",
            "empty, foreign",
            "oversized, foreign",
        ],
    )
    def test_every_refusal_hashes_once_with_our_own_parameters(
        self, passwords, ours, password, encoded
    ):
        assert passwords.check(password, encoded) == Verdict(fits=False)
        assert len(ours) == 1

    @pytest.mark.parametrize("password", ["wrong", "", "x" * 5_000])
    def test_so_does_one_against_a_hash_of_ours(self, passwords, ours, password):
        encoded = passwords.hash("right")
        ours.clear()

        assert passwords.check(password, encoded) == Verdict(fits=False)
        assert len(ours) == 1

    def test_an_oversized_password_is_never_hashed(self, passwords, ours):
        encoded = passwords.hash("right")
        ours.clear()
        passwords.check("x" * 5_000, encoded)

        assert ours == [b"-"]

    def test_nobodys_hash_fits_nothing_that_can_be_typed(self, passwords):
        for password in ("-", "", "x"):
            assert not passwords.check(password, None).fits


def test_the_origin_of_a_hash_is_a_digest_of_all_of_it():
    assert origin_of(BCRYPT) == origin_of(BCRYPT)
    assert origin_of(BCRYPT) != origin_of(BCRYPT + "x")
    assert BCRYPT not in origin_of(BCRYPT)
