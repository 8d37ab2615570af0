"""nginx with ``return 200``: the least that an answer over loopback costs.

And with ``dav_methods PUT``: about the least that bytes cost on their way into a file.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Final

from bench.client import Load
from bench.doors import OZ
from bench.processes import ALL_CORES, SERVER_CORE, await_connection, running
from bench.servers import Server

__all__ = ["answers", "free_port", "installed", "nginx", "serving"]

INSTALLER: Final = Path(__file__).parents[2] / "scripts" / "apt-install"
PLACES: Final = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"

CONFIGURATION: Final = """
{user}
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{what}}}
"""
ANSWERING: Final = """
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 "ok\\n"; }}
        location /put/ {{
            root {folder};
            client_max_body_size 16m;
            dav_methods PUT;
            create_full_put_path on;
        }}
    }}
"""


def installed() -> str | None:
    """Return the program, installed first if it is missing and this machine lets us; else None."""
    found = shutil.which("nginx", path=PLACES)
    if found is None and subprocess.run([INSTALLER, "nginx"], check=False).returncode == 0:
        found = shutil.which("nginx", path=PLACES)
    return found


@contextmanager
def nginx(program: str, folder: Path, workers: int = 1) -> Generator[Server]:
    """Run it for as long as the block lasts: one worker on the server's core, several on all."""
    port = free_port()
    with serving(program, folder, ANSWERING, port=port, workers=workers) as pid:
        yield Server(pid, ("127.0.0.1", port))


@contextmanager
def serving(
    program: str, folder: Path, what: str, *, port: int = 0, workers: int = 1, **more: object
) -> Generator[int]:
    """Run it with what is to stand in its ``http`` block, awaited at its port if it has one.

    Yields its process.
    """
    configuration = folder / "nginx.conf"
    # Where root runs the benchmark, the worker could not write into root's folder as somebody else.
    user = "user root;" if os.geteuid() == 0 else ""
    inner = what.format(folder=folder, port=port, **more)
    configuration.write_text(
        CONFIGURATION.format(folder=folder, user=user, workers=workers, what=inner)
    )
    log = folder / "nginx.log"
    command = [program, "-p", str(folder), "-c", str(configuration), "-e", str(folder / "errors")]
    cores = {SERVER_CORE} if workers == 1 else ALL_CORES
    with running(command, log, cores=cores) as process:
        if port:
            await_connection(process, log, ("127.0.0.1", port))
        yield process.pid


def answers() -> Load:
    """Return requests of the same size as a guarded call's."""
    token, nobody = "0" * 128, "00000000-0000-0000-0000-000000000000"
    return Load(cycle([OZ.call({"access_token": token, "user_id": nobody})]))


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
