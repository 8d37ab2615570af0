"""The live channel as it is used: real workers, real sockets, every way in which a session ends."""

import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.conftest import PASSWORD
from tests.support.live import children, live, memory, spread, worker_at
from tests.support.processes import ServerProcess, serve
from tests.support.waiting import until

CONNECTIONS = 12
"""HTTP connections that are spread over the workers."""

HANDSHAKE = (
    b"GET /events/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING = b"\x89\xfd\0\0\0\0" + b"x" * 125


@pytest.fixture
def server(directory: Path) -> Generator[ServerProcess]:
    arguments = ("--workers", "2", "--directory", str(directory))
    with serve(directory.parent, *arguments) as server:
        yield server
        assert "Traceback" not in server.output()


@pytest.fixture
def client(server: ServerProcess) -> Generator[httpx2.Client]:
    with httpx2.Client(base_url=server.base_url) as client:
        yield client


def log_in(client, device):
    body = {"uuid": device}
    answer = client.post("/auth/login/", auth=("alice", PASSWORD), json=body)
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Token {answer.json()['token']}"}


def token_of(headers):
    return headers["authorization"].removeprefix("Token ")


def session_on(client, headers, device):
    """Return the row of the session on a device."""
    [row] = client.get("/sessions/", params={"uuid_in": device}, headers=headers).json()["results"]
    return row


def spread_http(stack, server):
    """Return kept connections that have reached every worker."""
    clients: list[httpx2.Client] = []
    reached: set[int] = set()
    for _ in range(60):
        if len(clients) >= CONNECTIONS and len(reached) == len(children(server)):
            return clients
        client = stack.enter_context(httpx2.Client(base_url=server.base_url))
        with client.stream("GET", "/healthz") as answer:
            ours = answer.extensions["network_stream"].get_extra_info("client_addr")
            answer.read()
        reached.add(worker_at(server, ours[1]))
        clients.append(client)
    raise AssertionError("a worker never took a connection")


class TestAnEndIsToldWithinASecond:
    def test_when_one_client_closes_the_session_of_another_whichever_worker_has_it(
        self, server, client
    ):
        mine = log_in(client, "mine")
        with ExitStack() as stack:
            theirs = log_in(client, "theirs")
            channels = list(spread(stack, server, token_of(theirs)))
            kept = stack.enter_context(live(server, token_of(mine)))
            kept.hear()
            row = session_on(client, mine, "theirs")

            assert client.delete(f"/sessions/{row['id']}/", headers=mine).status_code == 204
            answered = time.monotonic()

            assert len(channels) == 2
            assert all(channel.told() for channel in channels)
            assert time.monotonic() - answered < 1
            assert [channel.closed() for channel in channels] == [1008, 1008]
            assert client.get("/users/me/", headers=theirs).status_code == 401
            with pytest.raises(TimeoutError):
                kept.hear(0.5)

    def test_when_a_device_is_blocked_and_it_is_out_everywhere_before_the_answer(
        self, server, client
    ):
        mine = log_in(client, "mine")
        with ExitStack() as stack:
            theirs = log_in(client, "theirs")
            channels = list(spread(stack, server, token_of(theirs)))
            probes = spread_http(stack, server)
            for probe in probes:  # every worker has it in its cache
                assert probe.get("/users/me/", headers=theirs).status_code == 200

            block = {"uuid": "theirs", "reason": "lost"}
            answer = client.post("/device-blacklist-records/", json=block, headers=mine)

            assert answer.status_code == 201
            statuses = {p.get("/users/me/", headers=theirs).status_code for p in probes}
            assert statuses == {401}
            assert all(channel.told() for channel in channels)
            assert session_on(client, mine, "theirs")["status"] == "blocked"

    def test_when_the_owner_of_the_host_switches_the_user_off(self, server, client, directory):
        with ExitStack() as stack:
            channels = list(spread(stack, server, token_of(log_in(client, "theirs"))))
            directory.write_text(directory.read_text().replace("active = true", "active = false"))

            done = subprocess.run(
                [sys.executable, "-m", "watchword", "apply", str(directory)],
                cwd=directory.parent,
                capture_output=True,
                text=True,
                check=False,
            )

            assert done.returncode == 0, done.stderr
            assert all(channel.told() for channel in channels)

    def test_when_the_user_leaves_in_another_tab(self, server, client):
        theirs = log_in(client, "theirs")
        with ExitStack() as stack:
            channels = list(spread(stack, server, token_of(theirs)))

            assert client.post("/auth/logout/", headers=theirs).status_code == 204

            assert all(channel.told() for channel in channels)


class TestPresence:
    def long_ago(self, directory):
        """Let every session have been used last two minutes ago."""
        then = (time.time() - 120) * 1e6
        with sqlite3.connect(directory.parent / "watchword.db") as database:
            for table in ("sessions", "session_list"):
                database.execute(f"UPDATE {table} SET seen_at = ?", (then,))  # noqa: S608 - ours, above
        database.close()

    def statuses(self, probes, mine):
        return {session_on(probe, mine, "theirs")["status"] for probe in probes}

    def test_who_answers_pings_at_one_worker_is_online_at_all(self, server, client, directory):
        mine, theirs = log_in(client, "mine"), log_in(client, "theirs")
        with ExitStack() as stack:
            channels = list(spread(stack, server, token_of(theirs)))
            probes = spread_http(stack, server)
            for channel in channels:
                time.sleep(1.5)  # whatever was noted before is written
                self.long_ago(directory)
                assert self.statuses(probes, mine) == {"offline"}

                channel.say(type="pong", data={})

                until(lambda: self.statuses(probes, mine) == {"online"})

    def test_a_worker_that_is_killed_takes_nobody_elses_presence_along(
        self, server, client, directory
    ):
        mine, theirs = log_in(client, "mine"), log_in(client, "theirs")
        with ExitStack() as stack:
            channel, survivor = spread(stack, server, token_of(theirs))
            time.sleep(1.5)  # whatever was noted before is written
            self.long_ago(directory)
            here = channel.connection.socket.getsockname()[1]
            os.kill(worker_at(server, here), signal.SIGKILL)
            assert channel.closed() is None

            with httpx2.Client(base_url=server.base_url) as fresh:
                assert session_on(fresh, mine, "theirs")["status"] == "offline"
                survivor.say(type="pong", data={})
                until(lambda: session_on(fresh, mine, "theirs")["status"] == "online")
            again = stack.enter_context(live(server, token_of(theirs)))
            assert again.hear()["type"] == "ping"


class TestStopping:
    def test_every_channel_is_told_that_the_server_goes_away(self, server, client):
        theirs = log_in(client, "theirs")
        with ExitStack() as stack:
            channels = list(spread(stack, server, token_of(theirs)))
            begun = time.monotonic()
            os.kill(server.pid, signal.SIGTERM)

            assert [channel.closed() for channel in channels] == [1001, 1001]

        assert server.stop() == 0
        assert time.monotonic() - begun < 5

    def test_a_client_that_does_not_answer_holds_nothing_up_for_long(self, server, client):
        theirs = token_of(log_in(client, "theirs"))
        with opened(server) as raw:
            show(raw, theirs)
            assert raw.recv(4096)
            begun = time.monotonic()

            assert server.stop() == 0

            assert time.monotonic() - begun < 10
            assert b"the server stops" in raw.recv(4096)


class TestBounds:
    def test_one_connection_too_many_is_told_to_come_back(self, directory):
        settings = directory.parent / "watchword.toml"
        settings.write_text("[server]\nlive_connections = 2\n")
        arguments = ("--config", str(settings), "--directory", str(directory))
        with (
            serve(directory.parent, *arguments) as server,
            httpx2.Client(base_url=server.base_url) as client,
            ExitStack() as stack,
        ):
            token = token_of(log_in(client, "theirs"))
            channels = [stack.enter_context(live(server, token)) for _ in range(2)]
            for channel in channels:
                channel.hear()

            with pytest.raises(InvalidStatus) as refused, live(server, token):
                pass

            assert refused.value.response.status_code == 503
            assert refused.value.response.headers["retry-after"] == "2"
            assert client.get("/healthz").status_code == 200
            channels[0].connection.close()
            with live(server, token) as next_one:
                assert next_one.hear()["type"] == "ping"

    def test_a_client_that_only_sends_is_cut_off_and_costs_little(self, server, client):
        theirs = token_of(log_in(client, "theirs"))
        with opened(server) as raw:
            show(raw, theirs)
            worker = worker_at(server, raw.getsockname()[1])
            before = memory(worker)
            cut_off, deadline = False, time.monotonic() + 60
            while not cut_off and time.monotonic() < deadline:
                try:
                    raw.sendall(PING * 500)
                except TimeoutError:
                    continue
                except OSError:
                    cut_off = True

            assert cut_off
            assert memory(worker) - before < 30_000_000
        assert client.get("/healthz").status_code == 200

    def test_bytes_of_any_kind_leave_the_server_as_it_was(self, server, client):
        dice = random.Random(20)  # noqa: S311 - the same bytes each time
        token = token_of(log_in(client, "theirs"))
        for _ in range(150):
            with opened(server) as raw, suppress(OSError):
                if dice.random() < 0.5:
                    show(raw, token)
                for _ in range(dice.randrange(1, 5)):
                    raw.sendall(dice.randbytes(dice.choice([1, 2, 6, 40, 20_000])))

        with live(server, token) as channel:
            assert channel.hear()["type"] == "ping"


def opened(server):
    """Return a socket with a websocket opened on it, and nothing to help with frames."""
    address = urlsplit(server.base_url)
    raw = socket.create_connection((address.hostname, address.port), timeout=1)
    raw.sendall(HANDSHAKE)
    assert raw.recv(4_096).startswith(b"HTTP/1.1 101 ")
    return raw


def show(raw, token):
    """Send the first frame."""
    frame = f'{{"type":"auth","data":{{"token":"{token}"}}}}'.encode()
    raw.sendall(b"\x81" + bytes([0x80 | len(frame)]) + bytes(4) + frame)
