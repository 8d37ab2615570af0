"""Limits of a whole server: kept by all workers together, told by each door in its own words."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.clients import CLIENTS, findface, idscan, oz
from tests.support.live import children
from tests.support.processes import ServerProcess, serve
from tests.support.waiting import until
from watchword.storage.keys import make_master_key

BURST, OPEN_BURST, EACH_MINUTE = 12, 100, 30
SETTINGS = f"""
[server]
trusted_proxies = ["127.0.0.1"]
[limits]
exempt = ["10.0.0.0/8"]
[limits.login]
per_minute = {EACH_MINUTE}
burst = {BURST}
[limits.open]
per_minute = {EACH_MINUTE}
burst = {OPEN_BURST}
[limits.call]
per_minute = 6
burst = 3
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[ServerProcess]:
    folder = tmp_path_factory.mktemp("limits")
    (folder / "watchword.toml").write_text(SETTINGS)
    (folder / "directory.toml").write_text(DIRECTORY)
    arguments = ("--config", "watchword.toml", "--workers", "2", "--directory", "directory.toml")
    with serve(folder, *arguments) as server:
        yield server


DIRECTORY = f"""
[[subjects]]
logins = ["alice@acme.example", "alice"]
password = "{PASSWORD}"
[subjects.oz]
user_type = "ADMIN"
[subjects.idscan]
role = "SuperAdministrator"
areas = ["scanning", "investigation"]
[subjects.findface]
primary_group = "Administrator"
"""


def client(server: ServerProcess, source: str) -> httpx2.Client:
    """Return a client that calls from an address, as a proxy would say."""
    headers = {"X-Forwarded-For": source}
    return httpx2.Client(base_url=server.base_url, headers=headers, timeout=60)


def exhaust(server: ServerProcess, source: str) -> None:
    with client(server, source) as http:
        until(lambda: findface.log_in(http, "nobody", "x").status_code == 429)


def test_workers_together_let_through_a_burst_and_the_pace(server: ServerProcess) -> None:
    """Whichever worker answers, and at whichever door."""

    def hurry(number: int) -> list[int]:
        with client(server, "203.0.113.1") as http:
            vendor = CLIENTS[number % len(CLIENTS)]
            return [vendor.log_in(http, f"nobody{number}", "x").status_code for _ in range(8)]

    begun = time.monotonic()
    with ThreadPoolExecutor(6) as threads:
        statuses = [status for each in threads.map(hurry, range(6)) for status in each]
    spent = time.monotonic() - begun

    passed = sum(status != 429 for status in statuses)
    assert BURST <= passed <= BURST + spent * EACH_MINUTE / 60 + 1


@pytest.mark.parametrize("vendor", CLIENTS, ids=lambda each: each.name)
def test_each_door_says_in_its_own_words_when_to_come_back(server: ServerProcess, vendor) -> None:
    exhaust(server, "203.0.113.2")
    with client(server, "203.0.113.2") as http:
        answers: list[httpx2.Response] = []

        def refused() -> bool:
            answers.append(vendor.log_in(http, vendor.login, PASSWORD))
            return answers[-1].status_code == 429

        until(refused)

    answer = answers[-1]
    assert 1 <= int(answer.headers["retry-after"]) <= 60 // EACH_MINUTE
    told = {"oz": 101, "idscan": "temporarily_unavailable", "findface": "THROTTLED"}
    body = answer.json()
    assert body.get("error_code", body.get("error", body.get("code"))) == told[vendor.name]


def test_the_console_has_no_limit_of_its_own(server: ServerProcess) -> None:
    exhaust(server, "203.0.113.10")

    with client(server, "203.0.113.10") as http:
        door = "/console/doors/findface/password"
        until(lambda: http.post(door, json={}).status_code == 429)
        assert http.get("/console/login").status_code == 200


def test_no_other_source_is_kept_out(server: ServerProcess) -> None:
    exhaust(server, "203.0.113.3")

    for source in ("203.0.113.4", "2001:db8:0:1::1"):
        with client(server, source) as http:
            assert oz.log_in(http, oz.login, PASSWORD).status_code == 200


def test_one_network_of_ipv6_is_one_source(server: ServerProcess) -> None:
    exhaust(server, "2001:db8:0:2::1")

    with client(server, "2001:db8:0:2:ffff::9") as http:
        statuses = [idscan.log_in(http, "nobody", "x").status_code for _ in range(3)]
    assert 429 in statuses


def test_an_exempt_network_may_ask_without_end(server: ServerProcess) -> None:
    with client(server, "10.1.2.3") as http:
        statuses = {oz.log_in(http, f"{n}@acme.example", "x").status_code for n in range(BURST * 2)}

    assert statuses == {401}


def test_a_session_is_counted_wherever_it_calls_from_and_by_itself(server: ServerProcess) -> None:
    with client(server, "203.0.113.5") as http, client(server, "203.0.113.6") as elsewhere:
        one, other = (
            findface.credential(findface.log_in(http, findface.login, PASSWORD)) for _ in range(2)
        )
        begun = time.monotonic()
        until(lambda: findface.use(http, one).status_code == 429)

        statuses = [findface.use(elsewhere, one).status_code for _ in range(3)]
        spent = time.monotonic() - begun
        assert statuses.count(200) <= spent / 10 + 1
        assert findface.use(http, other).status_code == 200


def test_what_was_counted_outlives_a_worker(server: ServerProcess) -> None:
    source, begun = "203.0.113.7", time.monotonic()
    exhaust(server, source)
    before = children(server)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(children(server)) == 2 and not set(children(server)) & set(before))

    with client(server, source) as http:
        statuses = [findface.log_in(http, "nobody", "x").status_code for _ in range(BURST)]
    # A burst would pass if the count had gone with the workers.
    spent = time.monotonic() - begun
    assert sum(status != 429 for status in statuses) <= spent * EACH_MINUTE / 60 + 1


def test_the_metrics_tell_of_it(server: ServerProcess) -> None:
    exhaust(server, "203.0.113.8")

    def told() -> bool:
        text = httpx2.get(f"{server.base_url}/metrics").text
        counted = [
            float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.startswith('watchword_limits_total{class="login",result="refused"}')
        ]
        return bool(counted) and counted[0] >= 1

    until(told)


def test_two_hosts_on_one_database_keep_one_limit(tmp_path: Path, postgres_url: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "watchword", "migrate", "--database", postgres_url],
        check=True,
        capture_output=True,
    )
    key = tmp_path / "master.key"
    make_master_key(key)
    with ExitStack() as stack:
        servers = []
        for name in ("one", "other"):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "watchword.toml").write_text(SETTINGS)
            arguments = ("--config", "watchword.toml", "--database", postgres_url)
            # Where a host has what its processes share, and what all hosts share.
            env = {"XDG_RUNTIME_DIR": str(folder), "WATCHWORD_VAULT_KEY_FILE": str(key)}
            servers.append(stack.enter_context(serve(folder, *arguments, env=env)))
        one, other = (stack.enter_context(client(server, "203.0.113.9")) for server in servers)
        passed = 0

        def refused() -> bool:
            nonlocal passed
            until(lambda: one.get("/config.json").status_code == 429)
            status = other.get("/config.json").status_code
            passed += status != 429
            return status == 429

        until(refused, every=0.2)

    # By its own count alone the other would have let a whole burst through.
    assert passed < OPEN_BURST
