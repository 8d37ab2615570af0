"""Two nodes, two workers each, one database: what was revoked on one is refused on both, always."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.cluster import Cluster, Host, clustered
from tests.support.gateways import told_by_nginx
from tests.support.guard import Guard, Pass, ask_to_leave, call, enter, enter_oz, leave, shown
from tests.support.live import live
from tests.support.postgres import Postgres
from tests.support.waiting import until
from watchword.bootstrap import migrate_store

# Ten thousand probes take their time on a machine that has other work.
pytestmark = pytest.mark.timeout(480)

PEOPLE = 40
TENANTS = 4
PROBES = 10_000
LEASE_SECONDS = 2.0

USERS = "/users/"
ROLE = 3
"""The number of the role that the people have."""
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


class Scene:
    """Who is in, and everything that can throw them out, through either node."""

    def __init__(self, cluster: Cluster, guard: Guard) -> None:
        self.cluster = cluster
        self.guard = guard
        self.admin = enter(cluster.url, "alice", PASSWORD, "desk")
        self.oz_admin = enter_oz(cluster.url, "alice@acme.example", PASSWORD)

    def somebody(self, device: str) -> Pass:
        """Let the next one of the people in."""
        self.cluster.used += 1
        entered = enter(self.cluster.url, f"p{self.cluster.used}", PASSWORD, device)
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
        clerk = enter_oz(self.cluster.url, f"clerk@bank{self.cluster.closed}.example", PASSWORD)
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
        scene.admit(enter(scene.cluster.url, "alice", PASSWORD, "constant"))
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

    def test_is_refused_by_the_gate_of_the_other(
        self, cluster: Cluster, north: Host, south: Host
    ) -> None:
        """A yes that was remembered there ends, whatever else was remembered beside it."""
        one = enter(cluster.url, "alice", PASSWORD, "behind a gate")
        asked = told_by_nginx("GET", "/users/me/", **one.headers)
        at_gate = Pass("/gate/verify", asked)
        assert set(shown(south.url, at_gate, 12)) == {200}

        leave(north.url, one)

        assert set(shown(south.url, at_gate, 12)) == {401}

    def test_is_told_to_who_stays_connected_to_the_other(
        self, cluster: Cluster, north: Host, south: Host
    ) -> None:
        one = enter(cluster.url, "alice", PASSWORD, "live")
        token = one.headers["Authorization"].removeprefix("Token ")
        with live(south.server, token) as channel:
            channel.hear()
            leave(north.url, one)
            assert channel.told(30.0) < 30.0


class TestWhatIsChangedOnOneNode:
    def test_counts_on_the_other_from_the_answer_on(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        """What a role permits is remembered apart from who has it."""
        one = scene.somebody("phone")
        for permissions in (["ffsecurity.view_user"], ["ffsecurity.view_camera"], []):
            body = {"permissions": permissions}
            call(north.url, "PATCH", f"/groups/{ROLE}/", scene.admin, json=body)

            for _ in range(6):
                told = call(south.url, "GET", one.path, one).json()
                assert told["permissions"] == permissions

    def test_counts_there_while_it_hears_nothing(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        one = scene.somebody("phone")
        call(south.url, "GET", one.path, one)
        south.relay.cut_news()
        try:
            body = {"permissions": ["ffsecurity.view_user"]}
            call(north.url, "PATCH", f"/groups/{ROLE}/", scene.admin, json=body)
            for _ in range(6):
                told = call(south.url, "GET", one.path, one).json()
                assert told["permissions"] == body["permissions"]
        finally:
            south.relay.mend()
        until(south.trusts)


class TestANodeThatHearsNothing:
    def test_keeps_serving_and_lets_nobody_in_who_was_revoked(
        self, scene: Scene, north: Host, south: Host
    ) -> None:
        """Its connection is there for both ends, and nothing comes through."""
        guard = scene.guard
        constant = enter(scene.cluster.url, "alice", PASSWORD, "constant too")
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
        scene.admit(enter(scene.cluster.url, "alice", PASSWORD, "constant again"))
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
        leave(north.url, enter(north.url, "alice", PASSWORD, "before"))
        one = scene.somebody("phone")
        assert set(shown(south.url, one, 8)) == {200}
        waited = waits_of(north)
        with south.stopped():
            begun = time.monotonic()
            leave_at_last(north.url, one)
            took = time.monotonic() - begun
            told = north.server.output()

        # Whichever of the two is first: who waits, or who watches over the roll.
        assert "waited until silent nodes" in told or "took a silent node off the roll" in told
        assert waits_of(north) > waited
        assert shown(south.url, one, 8) == [401] * 8
        assert took < LEASE_SECONDS + 10
        until(south.trusts)

    def test_keeps_nobody_waiting_twice(self, scene: Scene, north: Host, south: Host) -> None:
        one, two = [enter(north.url, "alice", PASSWORD, each) for each in ("one", "two")]
        with south.stopped():
            leave_at_last(north.url, one)
            until(lambda: len(names_of(scene.cluster)) == 1)
            told = north.server.output().count("waited until")
            leave(north.url, two)

            assert north.server.output().count("waited until") == told
        until(lambda: len(names_of(scene.cluster)) == 2)


def leave_at_last(url: str, meant: Pass) -> None:
    """End a session beside a host that stopped, of which several processes may be within a unit.

    The writers' lock then goes from one of them to the next, and each is ended after four seconds
    or by who waited for it in vain (0102), while who waits gives up after five.
    """
    until(lambda: ask_to_leave(url, meant).status_code != 503)
    assert shown(url, meant, 1) == [401]


def hang_up_on_news(admin: psycopg.Connection) -> None:
    """Close, at the server, every connection by which a node hears of others."""
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'watchword-nodes' AND datname = current_database()"
    )


def waits_of(host: Host) -> float:
    """Return for how many seconds revoking calls of a node have waited for others."""
    lines = httpx2.get(f"{host.url}/metrics", timeout=60).text.splitlines()
    found = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert "watchword_revocations_unconfirmed_total" in found
    return float(found["watchword_revocation_wait_seconds_sum"])


def names_of(cluster: Cluster) -> Sequence[str]:
    """Return who is on the roll."""
    with psycopg.connect(cluster.database) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM nodes")]
