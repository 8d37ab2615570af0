"""Nothing answered is lost and nothing revoked comes back, whatever dies and whenever."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.clients import CLIENTS, VendorClient, findface, idscan, oz
from tests.support.live import children
from tests.support.postgres import PostgresServer
from tests.support.processes import ServerProcess, serve
from tests.support.waiting import until
from watchword.bootstrap import migrate_store

LOGINS = 200


class Storm:
    """200 parallel logins, of which some log out again, and what became of each."""

    def __init__(self, server: ServerProcess) -> None:
        self.base_url = server.base_url
        self.good: list[Any] = []
        self.gone: list[Any] = []
        self._answered = threading.Semaphore(0)

    def rage(self, disturb: Callable[[], object], after: int) -> None:
        """Log in 200 times; disturb the peace once when that many were answered."""
        with ThreadPoolExecutor(LOGINS) as threads:
            futures = [threads.submit(self._one, number) for number in range(LOGINS)]
            for _ in range(after):
                self._answered.acquire()
            disturb()
            for future in futures:
                future.result()

    def check(self, server: ServerProcess) -> None:
        """Every token that was answered works; every logout that was answered stays."""
        with httpx2.Client(base_url=server.base_url) as client:
            good = [vendor.use(client, credential).status_code for vendor, credential in self.good]
            gone = [vendor.use(client, credential).status_code for vendor, credential in self.gone]
        assert good == [200] * len(good)
        assert gone == [401] * len(gone)

    def _one(self, number: int) -> None:
        vendor = CLIENTS[number % 3]
        try:
            with httpx2.Client(base_url=self.base_url, timeout=30) as client:
                answer = vendor.log_in(client, vendor.login, PASSWORD)
                if answer.status_code == 200:
                    self._go_on(client, vendor, vendor.credential(answer), leaves=number % 9 == 2)
        except httpx2.HTTPError:
            pass  # nothing was answered, so nothing was promised
        finally:
            self._answered.release()

    def _go_on(
        self, client: httpx2.Client, vendor: VendorClient, credential: Any, *, leaves: bool
    ) -> None:
        if not leaves:
            self.good.append((vendor, credential))
            return
        headers = {"Authorization": f"Token {credential}"}
        if client.post("/auth/logout/", headers=headers).status_code == 204:
            self.gone.append((vendor, credential))


def test_killing_a_worker_loses_no_answer(directory: Path) -> None:
    with serve(directory.parent, "--workers", "2", "--directory", str(directory)) as server:
        storm = Storm(server)
        storm.rage(lambda: os.kill(children(server)[0], signal.SIGKILL), after=60)
        assert storm.good
        assert storm.gone
        storm.check(server)


def test_killing_the_whole_server_loses_no_answer(directory: Path) -> None:
    with serve(directory.parent, "--workers", "2", "--directory", str(directory)) as server:
        storm = Storm(server)
        storm.rage(server.kill, after=60)
        assert storm.good
        assert storm.gone
    with serve(directory.parent) as server:
        storm.check(server)


@pytest.mark.timeout(240)
def test_postgresql_may_stop_and_start_under_load(directory: Path) -> None:
    """Meanwhile every door says 503 in its vendor's shape; afterwards all is as it was."""
    with PostgresServer() as postgres:
        url = postgres.create_database()
        migrate_store(url)
        arguments = ("--workers", "2", "--directory", str(directory), "--database", url)
        with (
            serve(directory.parent, *arguments) as server,
            httpx2.Client(base_url=server.base_url, timeout=30) as client,
        ):
            held = [(v, v.credential(v.log_in(client, v.login, PASSWORD))) for v in CLIENTS]
            postgres.stop()
            for vendor in CLIENTS:
                refused = vendor.log_in(client, vendor.login, PASSWORD)
                assert refused.status_code == 503
                assert refused.headers["retry-after"]
            assert client.get("/readyz").status_code == 503
            assert "error_code" in oz.log_in(client, oz.login, PASSWORD).json()
            assert "error" in idscan.log_in(client, idscan.login, PASSWORD).json()
            assert "code" in findface.log_in(client, findface.login, PASSWORD).json()
            postgres.start()
            _until_ready(client)
            assert [v.use(client, c).status_code for v, c in held] == [200, 200, 200]
            for vendor in CLIENTS:
                assert vendor.log_in(client, vendor.login, PASSWORD).status_code == 200


@pytest.mark.timeout(240)
def test_a_restart_of_postgresql_in_a_storm_loses_no_answer(directory: Path) -> None:
    with PostgresServer() as postgres:
        url = postgres.create_database()
        migrate_store(url)
        arguments = ("--workers", "2", "--directory", str(directory), "--database", url)
        with serve(directory.parent, *arguments) as server:
            storm = Storm(server)
            storm.rage(postgres.restart, after=40)
            assert storm.good
            with httpx2.Client(base_url=server.base_url) as client:
                _until_ready(client)
            storm.check(server)
            assert "Traceback" not in server.output()


def _until_ready(client: httpx2.Client) -> None:
    until(lambda: client.get("/readyz").status_code == 200)
