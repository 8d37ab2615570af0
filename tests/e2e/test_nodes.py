"""Two nodes, two workers each, one database: what was revoked on one is refused on both, always."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.cluster import Cluster, Host, clustered, until
from tests.support.live import live
from tests.support.postgres import Postgres
from watchword.bootstrap import migrate_store

PEOPLE = 40
TENANTS = 4
PROBES = 10_000
THREADS = 4
LEASE_SECONDS = 2.0

USERS = "/users/"
BLOCKS = "/device-blacklist-records/"

ADMINISTRATOR = f"""
[[subjects]]
logins = ["alice@acme.example", "alice"]
password = "{PASSWORD}"
[subjects.oz]
user_type = "ADMIN"
[subjects.findface]
primary_group = "Administrator"
"""
PERSON = f"""
[[subjects]]
logins = ["p{{number}}"]
password = "{PASSWORD}"
[subjects.findface]
primary_group = "User"
"""
BANK = f"""
[[tenants]]
name = "Bank {{number}}"
[[subjects]]
logins = ["clerk@bank{{number}}.example"]
password = "{PASSWORD}"
tenant = "Bank {{number}}"
[subjects.oz]
user_type = "CLIENT_ADMIN"
"""


def directory_of(folder: Path) -> Path:
    """Write a directory with an administrator, people at FindFace's door, and tenants at Oz's."""
    people = "".join(PERSON.format(number=number) for number in range(1, PEOPLE + 1))
    banks = "".join(BANK.format(number=number) for number in range(TENANTS))
    path = folder / "directory.toml"
    path.write_text(ADMINISTRATOR + people + banks)
    return path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Generator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    database = postgres.create_database()
    migrate_store(database)
    with clustered(folder, database, directory_of(folder)) as cluster:
        yield cluster
        for host in cluster.hosts:
            assert "Traceback" not in host.server.output()
    postgres.drop_database(database)


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
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)


def shown(url: str, shown_pass: Pass, times: int = 1) -> list[int]:
    """Show a token several times, over connections of their own, and so to several workers."""
    found = []
    for _ in range(times):
        connection = connect(url)
        found.append(shown_pass.show(connection)[0])
        connection.close()
    return found


def enter(url: str, login: str, device: str) -> Pass:
    """Log in at FindFace's door."""
    body = {"uuid": device}
    answer = httpx2.post(f"{url}/auth/login/", auth=(login, PASSWORD), json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Token {answer.json()['token']}"}
    me = httpx2.get(f"{url}/users/me/", headers=headers, timeout=60).json()
    return Pass("/users/me/", headers, me["id"])


def enter_oz(url: str, login: str) -> Pass:
    """Log in at Oz's door."""
    body = {"credentials": {"email": login, "password": PASSWORD}}
    answer = httpx2.post(f"{url}/api/authorize/auth", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    headers = {"X-Forensic-Access-Token": told["access_token"]}
    return Pass(f"/api/users/{told['user_id']}", headers, owner=told["user_id"])


def call(url: str, method: str, path: str, by: Pass, **options: Any) -> httpx2.Response:
    answer = httpx2.request(method, url + path, headers=by.headers, timeout=60, **options)
    assert answer.status_code < 300, answer.text
    return answer


def leave(url: str, meant: Pass) -> None:
    """End a session."""
    call(url, "POST", "/auth/logout/", meant)


class Guard:
    """Probes, from several threads, with tokens that live and tokens that were revoked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.living: list[Pass] = []
        self.ended: list[Pass] = []
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.nodes: Counter[str] = Counter()
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
            self.statuses[kind, status] += 1
            self.nodes[node] += 1
        connection.close()


class Scene:
    """Who is in, and everything that can throw them out, through either node."""

    def __init__(self, cluster: Cluster, guard: Guard) -> None:
        self.cluster = cluster
        self.guard = guard
        self.admin = enter(cluster.url, "alice", "desk")
        self.oz_admin = enter_oz(cluster.url, "alice@acme.example")

    def somebody(self, device: str) -> Pass:
        """Let the next one of the people in."""
        self.cluster.used += 1
        entered = enter(self.cluster.url, f"p{self.cluster.used}", device)
        self.admit(entered)
        return entered

    def admit(self, entered: Pass) -> None:
        """Have the workers know a token before it is revoked."""
        assert set(shown(self.cluster.url, entered, 12)) == {200}
        self.guard.living.append(entered)

    def end_session(self, url: str) -> float:
        one = self.somebody("phone")
        return self.guard.revoke([one], lambda: leave(url, one))

    def end_subject(self, url: str) -> float:
        one = self.somebody("phone")
        path = f"{USERS}{one.owner}/"
        off = {"active": False}
        return self.guard.revoke([one], lambda: call(url, "PATCH", path, self.admin, json=off))

    def end_device(self, url: str) -> float:
        device = f"tablet {self.cluster.used}"
        several = [self.somebody(device) for _ in range(2)]
        body = {"uuid": device, "reason": "stolen"}
        return self.guard.revoke(several, lambda: call(url, "POST", BLOCKS, self.admin, json=body))

    def end_tenant(self, url: str) -> float:
        clerk = enter_oz(self.cluster.url, f"clerk@bank{self.cluster.closed}.example")
        self.cluster.closed += 1
        self.admit(clerk)
        company = call(url, "GET", clerk.path, clerk).json()["company_id"]
        path = f"/api/companies/{company}"
        return self.guard.revoke([clerk], lambda: call(url, "DELETE", path, self.oz_admin))


@pytest.fixture
def scene(cluster: Cluster) -> Scene:
    return Scene(cluster, Guard(cluster.url))


@pytest.fixture
def north(cluster: Cluster) -> Host:
    return cluster.hosts[0]


@pytest.fixture
def south(cluster: Cluster) -> Host:
    return cluster.hosts[1]


class TestWhatIsRevokedOnOneNode:
    def test_is_refused_on_both_by_every_worker_from_the_answer_on(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        """10,000 probes while sessions, subjects, devices and tenants are being revoked."""
        guard = scene.guard
        scene.admit(enter(scene.cluster.url, "alice", "constant"))
        with guard.probing():
            for turn in range(TENANTS):
                url = (north, south)[turn % 2].url
                for end in (
                    scene.end_session,
                    scene.end_subject,
                    scene.end_device,
                    scene.end_session,
                    scene.end_tenant,
                ):
                    end(url)
                    guard.until_probed(guard.probes + PROBES // TENANTS // 5)
            guard.until_probed(PROBES)

        assert guard.stale == 0
        assert guard.statuses["ended", 401] + guard.statuses["ended", 403] > PROBES // 4
        assert guard.statuses["living", 200] > PROBES // 10
        # Nobody met anything else, and both nodes had their share.
        assert set(guard.statuses) <= {("ended", 401), ("ended", 403), ("living", 200)}
        assert min(guard.nodes[host.url.removeprefix("http://")] for host in (north, south)) > (
            PROBES // 3
        )

    def test_is_let_in_there_where_the_safeguards_are_off(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        """The probes see a stale accept where there is one."""
        guard = scene.guard
        with south.deaf_and_sure():
            scene.end_session(north.url)
            with guard.probing():
                guard.until_probed(200)

        assert guard.stale > 0
        assert {401, 403} & {status for _, status in guard.statuses}

    def test_by_a_command_is_refused_when_the_command_is_done(
        self, scene: Scene, cluster: Cluster, tmp_path: Path
    ) -> None:
        one = scene.somebody("phone")
        switched_off = tmp_path / "off.toml"
        switched_off.write_text(
            f"""
            [[subjects]]
            logins = ["p{cluster.used}"]
            active = false
            [subjects.findface]
            primary_group = "User"
            """
        )
        # On a third host, which is no node.
        done = subprocess.run(
            [sys.executable, "-m", "watchword", "apply", str(switched_off)],
            env={
                "PATH": "/usr/bin:/bin",
                "XDG_RUNTIME_DIR": str(tmp_path),
                "WATCHWORD_DATABASE_URL": cluster.database,
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

        assert done.returncode == 0, done.stderr
        assert set(shown(cluster.url, one, 12)) == {401}

    def test_is_told_to_who_stays_connected_to_the_other(
        self, cluster: Cluster, north: Host, south: Host
    ) -> None:
        one = enter(cluster.url, "alice", "live")
        token = one.headers["Authorization"].removeprefix("Token ")
        with live(south.server, token) as channel:
            channel.hear()
            leave(north.url, one)
            assert channel.told(30.0) < 30.0


class TestANodeThatHearsNothing:
    @pytest.mark.timeout(240)
    def test_keeps_serving_and_lets_nobody_in_who_was_revoked(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        """Its connection is there for both ends, and nothing comes through."""
        guard = scene.guard
        constant = enter(scene.cluster.url, "alice", "constant too")
        scene.admit(constant)
        south.relay.cut_news()
        try:
            with guard.probing():
                first = scene.end_session(north.url)
                until(lambda: not south.trusts())
                later = [scene.end_session(north.url), scene.end_session(south.url)]
                guard.until_probed(guard.probes + 500)
                assert set(shown(south.url, constant, 8)) == {200}
        finally:
            south.relay.mend()

        assert guard.stale == 0
        assert set(guard.statuses) == {("ended", 401), ("living", 200)}
        # Whoever revokes waits for nobody longer than a lease; what else it does takes its time.
        assert max(first, *later) < LEASE_SECONDS + 10
        until(south.trusts)
        assert set(shown(south.url, constant, 8)) == {200}

    def test_whose_connections_are_closed_again_and_again_does_so_too(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        guard = scene.guard
        scene.admit(enter(scene.cluster.url, "alice", "constant again"))
        with guard.probing(), psycopg.connect(scene.cluster.database, autocommit=True) as admin:
            for url in (north.url, south.url):
                hang_up_on_news(admin)
                scene.end_session(url)
                guard.until_probed(guard.probes + 200)

        assert guard.stale == 0
        assert set(guard.statuses) == {("ended", 401), ("living", 200)}
        until(lambda: north.trusts() and south.trusts())

    def test_because_its_follower_died_gets_another_one(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        one = scene.somebody("phone")
        before = south.follower
        os.kill(before, signal.SIGKILL)
        leave(north.url, one)

        assert set(shown(south.url, one, 8)) == {401}
        until(lambda: "follower died" in south.server.output())
        until(south.trusts)
        assert south.follower != before


class TestANodeThatStops:
    def test_and_goes_on_later_lets_nobody_in_who_was_revoked_meanwhile(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        one = scene.somebody("phone")
        assert set(shown(south.url, one, 8)) == {200}
        with south.stopped():
            begun = time.monotonic()
            leave(north.url, one)
            took = time.monotonic() - begun

        assert shown(south.url, one, 8) == [401] * 8
        assert took < LEASE_SECONDS + 10
        until(south.trusts)

    def test_keeps_nobody_waiting_twice(self, scene: Scene, north: Host, south: Host) -> None:
        with south.stopped():
            leave(north.url, enter(north.url, "alice", "one"))
            until(lambda: len(names_of(scene.cluster)) == 1)
            told = north.server.output().count("waited until")
            leave(north.url, enter(north.url, "alice", "two"))

            assert north.server.output().count("waited until") == told
        until(lambda: len(names_of(scene.cluster)) == 2)


def hang_up_on_news(admin: psycopg.Connection) -> None:
    """Close, at the server, every connection by which a node hears of others."""
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'watchword-nodes' AND datname = current_database()"
    )


def names_of(cluster: Cluster) -> Sequence[str]:
    """Return who is on the roll."""
    with psycopg.connect(cluster.database) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM nodes")]
