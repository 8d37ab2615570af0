"""Uploads and engines on a real server: what was answered is there, whoever dies and whenever."""

import hashlib
import os
import signal
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.jobs import let_leases_end
from tests.support.live import children
from tests.support.processes import ServerProcess, serve
from tests.support.waiting import until
from tests.wire.oz.engine import Engine, running
from tests.wire.oz.filing import JPEG

UPLOADS = 60


@pytest.fixture
def engine() -> Generator[Engine]:
    with running() as engine:
        yield engine


@pytest.fixture
def arguments(directory: Path, engine: Engine) -> tuple[str, ...]:
    """Return how to start a server whose liveness engine is the tests' own."""
    file = directory.parent / "watchword.toml"
    file.write_text(f'[dialects.oz.engines.quality]\nurl = "{engine.url}"\ntimeout_seconds = 60\n')
    return ("--config", str(file), "--directory", str(directory))


def enter(server: ServerProcess) -> httpx2.Client:
    """Return a client with an administrator's token."""
    credentials = {"email": "alice@acme.example", "password": PASSWORD}
    answer = httpx2.post(
        f"{server.base_url}/api/authorize/auth", json={"credentials": credentials}, timeout=30
    )
    headers = {"X-Forensic-Access-Token": answer.json()["access_token"]}
    return httpx2.Client(base_url=server.base_url, headers=headers, timeout=30)


def content_of(number: int) -> bytes:
    return JPEG + hashlib.shake_128(str(number).encode()).digest(50_000)


def upload(client: httpx2.Client, number: int, payload: str = "{}") -> Any:
    files: dict[str, Any] = {
        "a": ("a.jpg", content_of(number), "image/jpeg"),
        "payload": (None, payload),
    }
    answer = client.post("/api/folders/", files=files)
    assert answer.status_code == 201, answer.text
    return answer.json()


class Storm:
    """Many uploads at once, and those that were answered."""

    def __init__(self, server: ServerProcess) -> None:
        self.client = enter(server)
        self.kept: dict[int, str] = {}
        self._answered = threading.Semaphore(0)

    def rage(self, disturb: Any, after: int) -> None:
        with self.client, ThreadPoolExecutor(8) as threads:
            futures = [threads.submit(self._one, number) for number in range(UPLOADS)]
            for _ in range(after):
                self._answered.acquire()
            disturb()
            for future in futures:
                future.result()

    def check(self, server: ServerProcess) -> None:
        assert self.kept
        with enter(server) as client:
            for number, url in self.kept.items():
                assert client.get(url).content == content_of(number)

    def _one(self, number: int) -> None:
        try:
            folder = upload(self.client, number)
            # The path alone: a server that is started anew listens on another port.
            self.kept[number] = urlsplit(folder["media"][0]["original_url"]).path
        except httpx2.HTTPError:
            pass  # nothing was answered, so nothing was promised
        finally:
            self._answered.release()


def test_killing_the_whole_server_loses_no_answered_upload(
    directory: Path, arguments: tuple[str, ...]
) -> None:
    with serve(directory.parent, "--workers", "2", *arguments) as server:
        storm = Storm(server)
        storm.rage(server.kill, after=15)
    with serve(directory.parent, *arguments) as server:
        storm.check(server)


def test_killing_a_worker_loses_no_answered_upload(
    directory: Path, arguments: tuple[str, ...]
) -> None:
    with serve(directory.parent, "--workers", "2", *arguments) as server:
        storm = Storm(server)
        storm.rage(lambda: os.kill(children(server)[0], signal.SIGKILL), after=15)
        storm.check(server)


def test_what_was_removed_leaves_no_bytes(directory: Path, arguments: tuple[str, ...]) -> None:
    with serve(directory.parent, *arguments) as server, enter(server) as client:
        folder = upload(client, 1)
        vault = [file for file in directory.parent.rglob("*") if "vault" in file.parts]
        assert sum(file.is_file() for file in vault) == 1
        assert not any(content_of(1)[:64] in f.read_bytes() for f in vault if f.is_file())
        assert client.delete(f"/api/folders/{folder['folder_id']}").status_code == 204
        assert not any(file.is_file() for file in vault)


def test_an_analysis_outlives_a_restart(
    directory: Path, arguments: tuple[str, ...], engine: Engine
) -> None:
    engine.answers({}, 503)
    with serve(directory.parent, *arguments) as server, enter(server) as client:
        folder = upload(client, 1)
        path = f"/api/folders/{folder['folder_id']}/analyses/"
        [analysis] = client.post(path, json={"analyses": [{"type": "quality"}]}).json()
        until(lambda: engine.questions)
        server.kill()
    let_leases_end(directory.parent / "watchword.db")
    engine.answers({"resolution": "DECLINED"})
    with serve(directory.parent, *arguments) as server, enter(server) as client:
        path = f"/api/analyses/{analysis['analyse_id']}"
        until(lambda: client.get(path).json()["state"] == "FINISHED")
        assert client.get(path).json()["resolution"] == "DECLINED"


def test_a_slow_engine_holds_up_neither_other_analyses_nor_a_stop(
    directory: Path, arguments: tuple[str, ...], engine: Engine
) -> None:
    over = threading.Event()
    answer = engine.behave

    def dawdle(_handler: Any) -> None:
        engine.behave = answer
        over.wait(60)

    engine.behave = dawdle
    try:
        with serve(directory.parent, *arguments) as server, enter(server) as client:
            folders = [upload(client, number) for number in range(2)]
            paths = [f"/api/folders/{folder['folder_id']}" for folder in folders]
            for path in paths:
                client.post(f"{path}/analyses/", json={"analyses": [{"type": "quality"}]})
                until(lambda: engine.questions)
            until(lambda: client.get(paths[1]).json()["resolution_status"] == "FINISHED")
            assert client.get(paths[0]).json()["resolution_status"] == "PROCESSING"
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 10
    finally:
        over.set()
