"""IDscan's uploads on a real server: what was answered is there, what was deleted is not."""

import base64
import hashlib
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.jobs import let_leases_end
from tests.support.listener import listening
from tests.support.live import children
from tests.support.processes import ServerProcess, serve
from tests.support.waiting import until
from watchword.core.blobs import BlobId
from watchword.storage.keys import read_master_key
from watchword.storage.vault import FileVault

BASE: Final = "/idscanenterprisesvc"
UPLOADS: Final = 2_000
CLIENTS: Final = 8
KILLS: Final = (600, 1_300)
"""After so many answers the server is killed."""
MOST_MEMORY: Final = 200_000 * 1_024
BUSY: Final = 503
"""What a machine that is busy with something else may say now and then: come back."""
HEAD: Final = b"\xff\xd8\xff\xe0"
# The same for all, so that 2,000 of them need not be made: their heads tell them apart.
REST: Final = hashlib.shake_128(b"the rest of an image").digest(1_000_000)
REST_ENCODED: Final = base64.b64encode(REST).decode()


def head_of(number: int) -> bytes:
    """Return the beginning of an image; of a length that base64 needs no padding for."""
    return HEAD + number.to_bytes(8, "big")


def image_of(number: int) -> bytes:
    return head_of(number) + REST


def body_of(number: int) -> bytes:
    data = base64.b64encode(head_of(number)).decode() + REST_ENCODED
    image = {"Data": data, "ImageFormat": "jpg", "Name": "WhiteImage"}
    upload = {"InputImages": [image], "IsDocumentExtracted": False, "Source": 2}
    return json.dumps(upload).encode()


def enter(server: ServerProcess, area: str) -> httpx2.Client:
    """Return a client with a token for an area."""
    form = {"grant_type": "password", "username": "alice", "password": PASSWORD, "area": area}
    answer = httpx2.post(f"{server.base_url}{BASE}/token", data=form, timeout=60)
    headers = {"Authorization": answer.json()["access_token"]}
    return httpx2.Client(base_url=server.base_url + BASE, headers=headers, timeout=60)


def peak_of(pid: int) -> int:
    """Return how much memory a process has held at most, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1_024


class Storm:
    """Many uploads by a few clients, each made until it is answered, and what was answered."""

    def __init__(self) -> None:
        self.journeys: dict[int, str] = {}
        self.server: ServerProcess | None = None
        self.over = False
        self._numbers: Iterator[int] = iter(range(UPLOADS))
        self._lock = threading.Lock()

    def rage(self) -> None:
        """Be one of the clients, from one server to the next."""
        number = self._next()
        while number is not None and not self.over:
            server = self.server
            if server is None:
                time.sleep(0.05)
                continue
            try:
                with enter(server, "scanning") as client:
                    while number is not None and not self.over:
                        self._send(client, number)
                        number = self._next()
            except (httpx2.HTTPError, KeyError, json.JSONDecodeError):
                time.sleep(0.05)  # nothing was answered, so nothing was promised

    def wait_for(self, answered: int, raging: Sequence[Future[None]]) -> None:
        """Return when so many uploads were answered. Raises what ended a client before."""
        deadline = time.monotonic() + 240
        while len(self.journeys) < answered:
            for each in raging:
                if each.done():
                    each.result()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def _next(self) -> int | None:
        with self._lock:
            return next(self._numbers, None)

    def _send(self, client: httpx2.Client, number: int) -> None:
        answer = client.post("/journey/upload", content=body_of(number))
        if answer.status_code == BUSY:
            answer.raise_for_status()
        assert answer.status_code == 200, answer.text
        self.journeys[number] = answer.json()["JourneyId"]


@pytest.fixture
def place(directory: Path) -> Generator[Path]:
    """Return where a server works; what it kept is gigabytes, so it is not left lying about."""
    yield directory.parent
    for folder in directory.parent.glob("*-data"):
        shutil.rmtree(folder)


@contextmanager
def serving(place: Path, *more: str) -> Generator[ServerProcess]:
    with serve(place, "--directory", str(place / "directory.toml"), *more) as server:
        yield server


def check(server: ServerProcess, journeys: dict[int, str]) -> None:
    """Look at every image that was answered for."""

    def look(pair: tuple[int, str]) -> bool:
        number, journey_id = pair
        [shown] = (
            clients[number % CLIENTS]
            .get("/Journey/Get", params={"journeyID": journey_id})
            .json()["JourneyImages"]
        )
        return bool(clients[number % CLIENTS].get(shown["ImageUrl"]).content == image_of(number))

    clients = [enter(server, "investigation") for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as threads:
        assert all(threads.map(look, journeys.items()))
    for client in clients:
        client.close()


@pytest.mark.timeout(420)
def test_two_thousand_uploads_survive_two_deaths_of_the_server(place: Path) -> None:
    storm, peaks = Storm(), []
    with ThreadPoolExecutor(CLIENTS) as clients:
        raging = [clients.submit(storm.rage) for _ in range(CLIENTS)]
        try:
            for answered in (*KILLS, UPLOADS):
                with serving(place) as server:
                    storm.server = server
                    storm.wait_for(answered, raging)
                    peaks += [peak_of(pid) for pid in children(server)]
                    storm.server = None
                    server.kill()
        finally:
            storm.over = True
        for each in raging:
            each.result()
    assert len(storm.journeys) == UPLOADS

    with serving(place) as server:
        check(server, storm.journeys)
        peaks += [peak_of(pid) for pid in children(server)]
    assert max(peaks) < MOST_MEMORY
    sealed = sum(file.is_file() for file in place.rglob("vault/*/*"))
    # What was cut off is swept later; there cannot be more of it than was under way.
    assert UPLOADS <= sealed <= UPLOADS + 2 * CLIENTS


def test_after_deletion_no_file_holds_what_an_image_held(place: Path) -> None:
    planted = b"planted-to-be-looked-for-" * 8
    encoded = base64.b64encode(HEAD[:3] + planted)
    image = {"Data": encoded.decode(), "ImageFormat": "jpg", "Name": "WhiteImage"}
    upload = {"InputImages": [image], "IsDocumentExtracted": False, "Source": 2}

    def holders() -> list[str]:
        files = (file for file in place.rglob("*") if file.is_file())
        return [
            f.name for f in files if planted[:64] in (b := f.read_bytes()) or encoded[8:72] in b
        ]

    with serving(place) as server:
        with enter(server, "scanning") as client:
            made = client.post("/journey/upload", json=upload).json()["JourneyId"]
        sealed = [file for file in place.rglob("vault/*/*") if file.is_file()]
        assert (len(sealed), holders()) == (1, [])
        with enter(server, "investigation") as client:
            [shown] = client.get("/Journey/Get", params={"journeyID": made}).json()["JourneyImages"]
            assert planted in client.get(shown["ImageUrl"]).content
            answer = client.delete("/entrymanagement/deleteentrybyid", params={"entryId": made})
            assert answer.status_code == 204
            assert client.get(shown["ImageUrl"]).status_code == 404
        assert holders() == []
        assert not sealed[0].exists()
        server.kill()
    # Not in the database either, nor in its write-ahead log, which a killed server leaves behind.
    assert {"watchword.db", "watchword.db-wal"} <= {file.name for file in place.iterdir()}
    assert holders() == []


def wrapped_key_of(place: Path, journey_id: str) -> str:
    """Return a journey's data key as the database has it, wrapped and in base64."""
    with closing(sqlite3.connect(place / "watchword.db")) as database:
        rows = database.execute("SELECT document FROM documents WHERE kind = 'journey'")
        [key] = [
            found["key"] for (text,) in rows if (found := json.loads(text))["id"] == journey_id
        ]
    return str(key)


def test_after_deletion_nobody_opens_an_image_that_was_copied_before(
    place: Path, tmp_path: Path
) -> None:
    """A thief has the sealed file, the master key, and after that all that is on the disk."""
    thief = tmp_path / "thief"
    with serving(place) as server:
        with enter(server, "scanning") as client:
            kept = client.post("/journey/upload", content=body_of(1)).json()["JourneyId"]
            made = client.post("/journey/upload", content=body_of(2)).json()["JourneyId"]
        shutil.copytree(place / "watchword.db-data" / "vault", thief)
        master = read_master_key(place / "watchword.db-data" / "master.key")
        vault = FileVault(thief, master, lambda: datetime.now(UTC))
        keys = {each: wrapped_key_of(place, each) for each in (kept, made)}
        blobs = list(vault.list_older(datetime.now(UTC) + timedelta(days=1)))
        assert image_of(2) in opened_by(vault, keys[made], blobs)

        with enter(server, "investigation") as client:
            answer = client.delete("/entrymanagement/deleteentrybyid", params={"entryId": made})
            assert answer.status_code == 204
        assert server.stop() == 0

    left = b"".join(file.read_bytes() for file in place.rglob("watchword.db*") if file.is_file())
    forms = (keys[kept].encode(), keys[made].encode(), base64.b64decode(keys[made]))
    assert [form in left for form in forms] == [True, False, False]
    # What he can still read in the database opens none of what he has copied of it.
    assert opened_by(vault, wrapped_key_of(place, kept), blobs) == [image_of(1)]


def opened_by(vault: FileVault, wrapped: str, blobs: list[BlobId]) -> list[bytes]:
    """Return what a key opens."""
    found = []
    for blob_id in blobs:
        with suppress(ValueError):
            found.append(vault.get(base64.b64decode(wrapped), blob_id))
    return found


def test_a_webhook_is_told_after_a_restart_what_it_did_not_hear(place: Path) -> None:
    (place / "watchword.toml").write_text("")
    with listening() as listener:
        listener.answers({}, 503)
        hook = f'[dialects.idscan.webhook]\nurl = "{listener.url}"\n'
        (place / "watchword.toml").write_text(hook)
        more = ("--config", str(place / "watchword.toml"))
        with serving(place, *more) as server, enter(server, "scanning") as client:
            made = client.post("/journey/upload", content=body_of(1)).json()["JourneyId"]
            until(lambda: listener.calls)
            server.kill()
        let_leases_end(place / "watchword.db")
        listener.calls.clear()
        listener.answers({})
        with serving(place, *more):
            until(lambda: any(call.path == "/OnJourneyFinised" for call in listener.calls))

    told = [call for call in listener.calls if call.path == "/OnJourneyFinised"]
    assert told[0].json["JourneyId"] == made
