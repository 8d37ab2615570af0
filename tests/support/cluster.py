"""Two whole servers on one PostgreSQL database, behind nginx, as on two hosts."""

import getpass
import os
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from tests.support.live import children
from tests.support.ports import free_port
from tests.support.processes import ServerProcess, serve
from tests.support.programs import require_program
from tests.support.relay import Relay, relaying
from tests.support.waiting import until
from watchword.core.ports import Instant
from watchword.storage.keys import make_master_key
from watchword.storage.trust import TrustFile

__all__ = ["Cluster", "Host", "clustered"]

PATIENCE: Final = 60.0
WORKERS: Final = 2

NGINX: Final = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream nodes {{
        {upstreams}
        keepalive 32;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://nodes;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream off;
            add_header X-Node $upstream_addr always;
        }}
    }}
}}
"""


@dataclass
class Host:
    """One of the servers, and its wire to the database."""

    server: ServerProcess
    relay: Relay
    run: Path

    @property
    def url(self) -> str:
        """Where it answers itself."""
        return self.server.base_url

    @property
    def follower(self) -> int:
        """Return the process that hears of other hosts: of its children the first, or the last."""
        return next(each for each in children(self.server) if not _listens(each))

    def trusts(self) -> bool:
        """Say whether it believes what it remembers."""
        return "watchword_trusted 1.0" in httpx2.get(f"{self.url}/metrics", timeout=PATIENCE).text

    @property
    def trust(self) -> TrustFile:
        """Return the file of its trust."""
        [path] = self.run.glob("watchword-*/*-stamps")
        return TrustFile.beside(path)

    @contextmanager
    def deaf_and_sure(self) -> Generator[None]:
        """Keep it from hearing of others *and* have it trust itself: both safeguards are off."""
        follower = self.follower
        os.kill(follower, signal.SIGSTOP)
        try:
            self.trust.extend(Instant(2**63))
            yield
        finally:
            self.trust.extend(Instant(0))
            os.kill(follower, signal.SIGCONT)
            # As the node that it was, or as another if the others have lost patience by now.
            until(self.trusts)

    @contextmanager
    def stopped(self) -> Generator[None]:
        """Stop all of its processes, as a machine is that swaps, and let them go on."""
        every = [self.server.pid, *children(self.server)]
        for each in every:
            os.kill(each, signal.SIGSTOP)
        try:
            yield
        finally:
            for each in every:
                os.kill(each, signal.SIGCONT)


@dataclass
class Cluster:
    """Both servers, and the gateway in front of them."""

    hosts: Sequence[Host]
    url: str
    database: str
    used: int = 0
    """How many of the people in the directory have been used up."""
    closed: int = 0
    """How many of the tenants."""


@contextmanager
def clustered(folder: Path, database: str, directory: Path) -> Generator[Cluster]:
    """Run two servers of two workers on a migrated database, and nginx in front of them."""
    key = folder / "master.key"
    make_master_key(key)
    with ExitStack() as stack:
        hosts: list[Host] = []
        for name in ("north", "south"):
            run = folder / name / "run"
            run.mkdir(parents=True)
            relay = stack.enter_context(relaying(database))
            arguments = ("--workers", str(WORKERS), "--directory", str(directory))
            environment: Mapping[str, str] = {
                "XDG_RUNTIME_DIR": str(run),
                "WATCHWORD_DATABASE_URL": relay.url(database),
                "WATCHWORD_VAULT_KEY_FILE": str(key),
            }
            server = stack.enter_context(serve(folder / name, *arguments, env=environment))
            hosts.append(Host(server, relay, run))
        url = stack.enter_context(_nginx(folder, [host.url for host in hosts]))
        for host in hosts:
            until(host.trusts)
        yield Cluster(hosts, url, database)


@contextmanager
def _nginx(folder: Path, upstreams: Sequence[str]) -> Generator[str]:
    program = str(require_program("nginx"))
    port = free_port()
    servers = " ".join(f"server {each.removeprefix('http://')};" for each in upstreams)
    text = NGINX.format(folder=folder, user=getpass.getuser(), upstreams=servers, port=port)
    (folder / "nginx.conf").write_text(text)
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with subprocess.Popen([*command, "-e", str(folder / "errors")]) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: _answers(url))
            yield url
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", timeout=PATIENCE).status_code == 200
    except httpx2.HTTPError:
        return False


def _listens(pid: int) -> bool:
    """Say whether a process has a socket open on which it accepts: the workers do."""
    listening = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    }
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:[") and target[8:-1] in listening:
            return True
    return False
