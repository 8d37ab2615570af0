"""Tokens that live, tokens that were revoked, and probes that show both to a running server."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from tests.support.waiting import until

__all__ = [
    "Guard", "Pass", "ask_to_leave", "call", "connect", "enter", "enter_oz", "leave", "shown",
]  # fmt: skip

THREADS: Final = 4
SECONDS: Final = 60


@dataclass(frozen=True)
class Pass:
    """A token, with where it is shown; those that end together have one reason to."""

    path: str
    headers: dict[str, str] = field(repr=False)
    owner: Any = None

    def show(self, connection: http.client.HTTPConnection) -> tuple[int, str]:
        """Return the status, and which node it is from."""
        connection.request("GET", self.path, headers=self.headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("X-Node", "")


def connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)


def shown(url: str, shown_pass: Pass, times: int = 1) -> list[int]:
    """Show a token several times, over connections of their own, and so to several workers."""
    found = []
    for _ in range(times):
        connection = connect(url)
        found.append(shown_pass.show(connection)[0])
        connection.close()
    return found


def enter(url: str, login: str, password: str, device: str) -> Pass:
    """Log in at FindFace's door."""
    body = {"uuid": device}
    answer = httpx2.post(f"{url}/auth/login/", auth=(login, password), json=body, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Token {answer.json()['token']}"}
    me = httpx2.get(f"{url}/users/me/", headers=headers, timeout=SECONDS).json()
    return Pass("/users/me/", headers, me["id"])


def enter_oz(url: str, login: str, password: str) -> Pass:
    """Log in at Oz's door."""
    body = {"credentials": {"email": login, "password": password}}
    answer = httpx2.post(f"{url}/api/authorize/auth", json=body, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    headers = {"X-Forensic-Access-Token": told["access_token"]}
    return Pass(f"/api/users/{told['user_id']}", headers, owner=told["user_id"])


def call(url: str, method: str, path: str, by: Pass, **options: Any) -> httpx2.Response:
    answer = httpx2.request(method, url + path, headers=by.headers, timeout=SECONDS, **options)
    assert answer.status_code < 300, answer.text
    return answer


def ask_to_leave(url: str, meant: Pass) -> httpx2.Response:
    """Ask for the end of a session, whatever the answer is."""
    return httpx2.post(f"{url}/auth/logout/", headers=meant.headers, timeout=SECONDS)


def leave(url: str, meant: Pass) -> None:
    """End a session."""
    answer = ask_to_leave(url, meant)
    assert answer.status_code < 300, answer.text


class Guard:
    """Probes, from several threads, with tokens that live and tokens that were revoked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.living: list[Pass] = []
        self.ended: list[Pass] = []
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.nodes: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._over = threading.Event()

    @property
    def probes(self) -> int:
        return sum(self.statuses.values())

    @property
    def stale(self) -> int:
        """How many probes with what a call that had answered revoked were let in."""
        return self.statuses["ended", 200]

    def revoke(self, meant: Sequence[Pass], act: Callable[[], object]) -> float:
        """Revoke, and from the answer on expect a refusal. Returns how long it took."""
        for each in meant:
            self.living.remove(each)
        begun = time.monotonic()
        act()
        took = time.monotonic() - begun
        self.ended += meant
        return took

    @contextmanager
    def probing(self) -> Generator[None]:
        threads = [threading.Thread(target=self._probe, args=[n]) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def until_probed(self, probes: int) -> None:
        until(lambda: self.probes >= probes)

    def _probe(self, number: int) -> None:
        turns = count(number)
        connection = connect(self.url)
        while not self._over.is_set():
            # What was revoked last is what somebody may not have heard of yet.
            turn = next(turns)
            ended = self.ended[-3:] if turn % 2 else []
            kind, choice = ("ended", ended) if ended else ("living", list(self.living))
            if not choice:
                continue
            probed = choice[turn // 2 % len(choice)]
            status, node = probed.show(connection)
            if kind == "living" and probed not in self.living:
                continue  # revoked meanwhile: either is right
            with self._counting:
                self.statuses[kind, status] += 1
                self.nodes[node] += 1
        connection.close()
