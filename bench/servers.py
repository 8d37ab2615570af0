"""Servers that are measured: where each answers, and which process is charged for it."""

import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.client import Address, Limits, Load, drive
from bench.doors import PASSWORD
from bench.figures import Sample, percentile
from bench.processes import ALL_CORES, SERVER_CORE, await_line, cpu_seconds, running

__all__ = ["MissingError", "Rival", "Server", "StartRival", "sample", "watchword"]

DIRECTORY: Final = f"""
[[tenants]]
name = "Acme Bank"

[[subjects]]
logins = ["alice@acme.example", "alice"]
full_name = "Alice Example"
password = "{PASSWORD}"
[subjects.oz]
user_type = "ADMIN"
[subjects.idscan]
role = "SuperAdministrator"
areas = ["scanning", "investigation"]
[subjects.findface]
primary_group = "Administrator"

[[subjects]]
logins = ["station@acme.example", "station"]
full_name = "Capture Station 1"
password = "{PASSWORD}"
tenant = "Acme Bank"
service = true
[subjects.oz]
user_type = "CLIENT_SERVICE"
[subjects.idscan]
role = "User"
areas = ["scanning", "investigation"]
[subjects.findface]
primary_group = "Administrator"
"""


CLASSES: Final = ("login", "face", "refresh", "inspection", "token", "upload", "call", "open")
LIMITS: Final = "".join(f"[limits.{name}]\nper_minute = 100_000_000\n" for name in CLASSES)
"""All comes from one address here; it is counted as by default, and nothing is refused."""


class MissingError(Exception):
    """A program that some rows need is not on this machine; the message says which."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the process at the head of its tree, its address, and who works for it."""

    pid: int
    address: Address
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rival:
    """A peer that runs: what asks it about a token, and what is given one by it, time and again."""

    server: Server
    validate: Load
    login: Load


StartRival = Callable[[Path], AbstractContextManager[Rival]]
"""Runs a peer in a folder for as long as a block lasts; may raise `MissingError`."""


def sample(server: Server, load: Load, limits: Limits) -> Sample:
    """Drive a server for one round, and charge it for what its processes computed meanwhile."""
    charged = (server.pid, *server.others)
    before: list[float] = []
    seen = drive(
        server.address, load, limits, lambda: before.append(sum(map(cpu_seconds, charged)))
    )
    spent = sum(map(cpu_seconds, charged)) - before[0]
    p50, p99 = (percentile(seen.latencies, percent) / 1e9 for percent in (50, 99))
    return Sample(len(seen.latencies), seen.seconds, spent, p50, p99)


@contextmanager
def watchword(
    folder: Path, database: str = "", more: str = "", settings: str = "", workers: int = 1
) -> Generator[Server]:
    """Run this server, on the SQLite in a folder unless another database is named.

    One worker has the server's core; several have all cores. Everything else is as it comes, but
    for wide limits, the ``settings`` and the directory: a person and a machine account, and whoever
    else is named.
    """
    directory = folder / "directory.toml"
    directory.write_text(DIRECTORY + more)
    config = folder / "watchword.toml"
    config.write_text(LIMITS + settings)
    log = folder / "watchword.log"
    program = [sys.executable, "-m", "watchword"]
    if database:
        migrate = [*program, "migrate", "--database", database]
        subprocess.run(migrate, stdout=subprocess.DEVNULL, check=True)
    command = [*program, "serve", "--port", "0", "--workers", str(workers)]
    command += ["--config", str(config), "--directory", str(directory)]
    command += ["--database", database or f"sqlite:///{folder / 'watchword.db'}"]
    cores = {SERVER_CORE} if workers == 1 else ALL_CORES
    with running(command, log, cores=cores) as process:
        parts = urlsplit(await_line(process, log, "watchword ready on "))
        yield Server(process.pid, (parts.hostname or "", parts.port or 0))
