"""The turnstile lets one through at a time, in the order of arrival."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from watchword.storage.turnstile import Turnstile

LONG = 10.0


def wait_for(turnstile: Turnstile, waiting: int) -> None:
    """Wait until so many threads wait."""
    deadline = time.monotonic() + LONG
    while turnstile.waiting < waiting:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_threads_pass_in_the_order_of_arrival() -> None:
    turnstile = Turnstile()
    passed: list[int] = []

    def go(number: int) -> None:
        assert turnstile.acquire(timeout=LONG)
        passed.append(number)
        turnstile.release()

    turnstile.acquire(timeout=LONG)
    with ThreadPoolExecutor(10) as pool:
        for number in range(10):
            pool.submit(go, number)
            wait_for(turnstile, number + 1)
        turnstile.release()

    assert passed == list(range(10))


def test_one_thread_is_inside_at_a_time() -> None:
    turnstile = Turnstile()
    inside = 0
    most = 0

    def go() -> None:
        nonlocal inside, most
        for _ in range(200):
            assert turnstile.acquire(timeout=LONG)
            inside += 1
            most = max(most, inside)
            inside -= 1
            turnstile.release()

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (inside, most) == (0, 1)


def test_who_waits_too_long_gives_up_the_place() -> None:
    turnstile = Turnstile()
    turnstile.acquire(timeout=LONG)

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: turnstile.acquire(timeout=0.01)).result() is False
        assert turnstile.waiting == 0

        turnstile.release()
        assert pool.submit(lambda: turnstile.acquire(timeout=LONG)).result() is True


def test_a_thread_that_is_inside_cannot_wait_for_itself() -> None:
    turnstile = Turnstile()
    turnstile.acquire(timeout=LONG)

    with pytest.raises(RuntimeError, match="inside"):
        turnstile.acquire(timeout=LONG)

    turnstile.release()
    assert turnstile.acquire(timeout=LONG)


def test_a_thread_that_came_out_can_queue_up_at_once() -> None:
    """Between two threads there is a moment when the next one has the turn but does not know."""
    turnstile = Turnstile()
    turnstile.acquire(timeout=LONG)
    started = threading.Event()

    def go() -> None:
        assert turnstile.acquire(timeout=LONG)
        started.wait()
        turnstile.release()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(go)
        wait_for(turnstile, 1)
        turnstile.release()
        started.set()
        assert turnstile.acquire(timeout=LONG)
