"""The server as a process: it starts, serves, survives, and stops."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.clients import CLIENTS, VendorClient, findface
from tests.support.live import children
from tests.support.processes import serve
from tests.support.waiting import until


def test_one_subject_enters_at_three_doors_and_loses_all_at_once(directory: Path) -> None:
    """Disabling a subject ends every session in every worker before the command returns."""
    arguments = ("--workers", "2", "--directory", str(directory))
    with ExitStack() as stack:
        server = stack.enter_context(serve(directory.parent, *arguments))
        connections = [
            stack.enter_context(httpx2.Client(base_url=server.base_url)) for _ in range(8)
        ]
        held = []
        for vendor in CLIENTS:
            answer = vendor.log_in(connections[0], vendor.login, PASSWORD)
            assert answer.status_code == 200, answer.text
            held.append((vendor, vendor.credential(answer)))
        for client in connections:  # every worker has every principal in its cache
            assert [v.use(client, c).status_code for v, c in held] == [200, 200, 200]

        directory.write_text(directory.read_text().replace("active = true", "active = false"))
        applied = subprocess.run(
            [sys.executable, "-m", "watchword", "apply", str(directory)],
            cwd=directory.parent,
            capture_output=True,
            text=True,
            check=False,
        )

        assert applied.returncode == 0, applied.stderr
        assert "~ subject alice@acme.example (active)" in applied.stdout
        statuses = {v.use(client, c).status_code for client in connections for v, c in held}
        assert statuses <= {401, 403}


def test_the_process_that_serves_is_the_one_that_was_started(directory: Path) -> None:
    with serve(directory.parent, "--directory", str(directory)) as server:
        command = Path(f"/proc/{server.pid}/cmdline").read_text()
        loaded = Path(f"/proc/{server.pid}/maps").read_text()

    assert command.split("\0")[1:-1] == ["-P", "-m", "watchword.cli.serving"]
    assert "_sqlite3" in loaded


def test_flags_win_over_variables(directory: Path) -> None:
    variables = {
        "WATCHWORD_PORT": "1",
        "WATCHWORD_WORKERS": "2",
        "WATCHWORD_DIRECTORY": str(directory),
        "WATCHWORD_CONFIG": str(directory.parent / "watchword.toml"),
    }
    (directory.parent / "watchword.toml").write_text("[server]\nworkers = 3\nlogin_threads = 2\n")
    with serve(directory.parent, env=variables) as server:
        assert len(children(server)) == 2
        assert not server.base_url.endswith(":1")


def test_what_lies_where_it_is_started_is_not_run(directory: Path) -> None:
    for name in ("msgspec", "watchword", "email"):
        (directory.parent / f"{name}.py").write_text("raise SystemExit('not ours')")

    watchword = Path(sys.executable).with_name("watchword")
    with serve(directory.parent, program=[str(watchword)]) as server:
        assert httpx2.get(f"{server.base_url}/healthz").text == "ok\n"


def test_whatever_is_asked_for_first_is_answered_without_a_fault(directory: Path) -> None:
    asked = {
        "/healthz": 200,
        "/readyz": 200,
        "/metrics": 200,
        "/.well-known/jwks.json": 200,
        "/console/login": 200,
        "/console/nothing": 404,
        "/api-docs/": 200,
        "/swagger.json": 200,
        "/config.json": 200,
        "/users/me/": 401,
        "/api/users/me": 401,
        "/idscanenterprisesvc/JourneyDefinition/GetAll": 401,
        "/gate/verify": 403,
        "/gate/nothing": 404,
        "/nothing": 404,
    }
    with serve(directory.parent, "--directory", str(directory)) as server:
        told = {}
        for method in ("GET", "HEAD", "OPTIONS"):
            for path in asked:
                # Each on a connection of its own, as the first thing that is heard of it.
                told[method, path] = httpx2.request(method, server.base_url + path).status_code
        assert server.stop() == 0
    assert {path: told["GET", path] for path in asked} == asked
    assert not [each for each, status in told.items() if status >= 500]
    assert "Traceback" not in server.output()


def test_it_stops_cleanly_when_told_to(directory: Path) -> None:
    with serve(directory.parent, "--directory", str(directory)) as server:
        assert httpx2.get(f"{server.base_url}/healthz").text == "ok\n"
        assert server.stop() == 0
    assert "Traceback" not in server.output()
    assert server.output().startswith("watchword ready on http://127.0.0.1:")
    assert server.output().count("\n") == 1


def test_a_killed_worker_is_replaced(directory: Path) -> None:
    with serve(directory.parent, "--workers", "2", "--directory", str(directory)) as server:
        before = children(server)
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(set(children(server)) - set(before)) == 1)

        with httpx2.Client(base_url=server.base_url) as client:
            for vendor in CLIENTS:
                answer = vendor.log_in(client, vendor.login, PASSWORD)
                assert vendor.use(client, vendor.credential(answer)).status_code == 200


def test_workers_stop_when_their_supervisor_is_killed(directory: Path) -> None:
    with serve(directory.parent, "--workers", "2", "--directory", str(directory)) as server:
        workers = children(server)
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: not any(_alive(pid) for pid in workers))


def test_a_port_that_is_taken_is_said_in_one_line(directory: Path) -> None:
    with serve(directory.parent) as server:
        port = server.base_url.rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "watchword", "serve", "--port", port],
            cwd=directory.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert done.returncode == 1
    assert done.stderr == f"watchword: cannot listen on 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["--port", "65536"], 2, "server.port: Expected `int` <= 65535"),
        (["--workers", "0"], 2, "server.workers: Expected `int` >= 1"),
        (
            ["--database", "mysql://host/name"],
            2,
            "database: a database URL begins with sqlite:/// or postgresql://",
        ),
        (
            ["--host", "nobody.invalid"],
            1,
            "cannot listen on nobody.invalid:8420: Name or service not known",
        ),
        (
            ["--database", "sqlite:////proc/none/w.db"],
            1,
            "the database does not answer: [Errno 2] No such file or directory: '/proc/none'",
        ),
    ],
)
def test_what_keeps_it_from_starting_is_said_in_one_line(
    tmp_path: Path, arguments: list[str], code: int, line: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "watchword", "serve", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (code, f"watchword: {line}\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[server]\nworkers = 0\n", "line 2: server.workers: Expected `int` >= 1"),
        ("[dialects.nobody]\n", "line 1: dialects.nobody: unknown key"),
    ],
)
def test_so_is_a_setting_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "w.toml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "watchword", "serve", "--config", "w.toml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (2, f"watchword: w.toml: {told}\n")


def test_it_stops_although_a_worker_just_died(directory: Path) -> None:
    """A worker that lived for a moment only is waited with, and who stops meanwhile gets none."""
    with serve(directory.parent) as server:
        [worker] = children(server)
        os.kill(worker, signal.SIGKILL)

        assert server.stop() == 0


def test_health_readiness_and_metrics(directory: Path) -> None:
    with (
        serve(directory.parent, "--workers", "2", "--directory", str(directory)) as server,
        httpx2.Client(base_url=server.base_url) as client,
    ):
        assert client.get("/readyz").text == "ready\n"
        findface.log_in(client, "alice", "wrong")
        wanted = (
            'watchword_requests_total{dialect="findface",operation="/auth/login/",status="401"} 1.0'
        )
        assert wanted in client.get("/metrics").text
        client.get("/users/1234567890/../../etc/passwd")
        labels = client.get("/metrics").text
        assert "passwd" not in labels
        assert "1234567890" not in labels


@pytest.mark.parametrize("vendor", CLIENTS, ids=lambda vendor: vendor.name)
def test_sessions_outlive_a_restart(directory: Path, vendor: VendorClient) -> None:
    with (
        serve(directory.parent, "--directory", str(directory)) as server,
        httpx2.Client(base_url=server.base_url) as client,
    ):
        credential = vendor.credential(vendor.log_in(client, vendor.login, PASSWORD))
    with (
        serve(directory.parent) as server,
        httpx2.Client(base_url=server.base_url) as client,
    ):
        assert vendor.use(client, credential).status_code == 200


def test_no_account_exists_that_was_not_asked_for(tmp_path: Path) -> None:
    with serve(tmp_path) as server, httpx2.Client(base_url=server.base_url) as client:
        for login in ("admin", "administrator", "root", "psc", "scanuser"):
            for vendor in CLIENTS:
                assert vendor.log_in(client, login, login).status_code in {400, 401}


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody has waited for yet has stopped, too.
    return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
