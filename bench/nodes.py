"""Two nodes on one PostgreSQL: how long a revocation takes, and that nobody is let in after it.

Two whole servers of two workers each, on one machine, which they share with PostgreSQL, with nginx
and with whoever probes: the waits are those of a busy machine, and the network's are not in them.
"""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2
import pytest

from bench.doors import PASSWORD
from bench.figures import MICRO, percentile
from bench.postgres import postgres_database
from bench.processes import CLIENT_CORE, SERVER_CORE, on_core
from bench.report import Row
from bench.servers import MissingError
from tests.support.cluster import Cluster, clustered
from tests.support.guard import Guard, Pass, connect, enter, leave, shown
from watchword.bootstrap import migrate_store

__all__ = ["NodeFigures", "node_rows", "two_nodes"]

REVOCATIONS: Final = 200
PROBES: Final = 10_000
CUT_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.5
"""Between two revocations: time to see who is let in once a call has answered."""
PROBE_SECONDS: Final = 0.0005
"""Between two probes of the other node: it is to answer others as well."""
LONGEST_SECONDS: Final = 60.0
"""After which a refusal that does not come is told as if it had."""
WORKERS: Final = 8
"""Connections that a token is shown on before it is revoked, so that most workers know it."""

NOT_HERE: Final = (
    AssertionError,
    httpx2.HTTPError,
    pytest.fail.Exception,
    pytest.skip.Exception,
)
"""How what is borrowed from the tests tells that something is not here, or does not come true."""

DIRECTORY: Final = """
[[subjects]]
logins = ["alice"]
password = "{password}"
[subjects.findface]
primary_group = "User"
"""


@dataclass(frozen=True, slots=True)
class Probed:
    """What probes met while sessions were being revoked."""

    probes: int
    stale: int
    failed: int
    slowest_seconds: float


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """What two nodes did.

    Times are in milliseconds from the beginning of a call that revokes, in the middle and at the
    99th percentile: its answer, and the first refusal of the other node.
    """

    calls: tuple[float, float]
    refusals: tuple[float, float]
    well: Probed
    cut: Probed


def two_nodes(*, quick: bool) -> NodeFigures:
    """Measure. Raises `MissingError`."""
    try:
        return _measure(quick=quick)
    except NOT_HERE as error:
        raise MissingError(str(error) or type(error).__name__) from error


def _measure(*, quick: bool) -> NodeFigures:
    with (
        # Whatever else is measured here: two machines are not one core.
        on_core(CLIENT_CORE, SERVER_CORE),
        postgres_database() as url,
        TemporaryDirectory(prefix="watchword-bench-") as folder,
    ):
        migrate_store(url)
        directory = Path(folder) / "directory.toml"
        directory.write_text(DIRECTORY.format(password=PASSWORD))
        with clustered(Path(folder), url, directory) as cluster:
            taken = [_revoke_once(cluster, n) for n in range(REVOCATIONS // (5 if quick else 1))]
            well = _probe(cluster, probes=PROBES)
            south = cluster.hosts[1]
            south.relay.cut_news()
            try:
                cut = _probe(cluster, seconds=CUT_SECONDS / (6 if quick else 1))
            finally:
                south.relay.mend()
    calls, refusals = zip(*taken, strict=True)
    return NodeFigures(_middle_and_end(calls), _middle_and_end(refusals), well, cut)


def node_rows(found: NodeFigures) -> list[Row]:
    """Return the rows of two nodes."""
    return [
        Row("revoke on one of two nodes, until it answers", figure=_written(found.calls)),
        Row("revoke on one, until the other refuses", figure=_written(found.refusals)),
        _probed("stale accepts, two nodes of two workers", found.well),
        _probed("stale accepts while one node hears nothing", found.cut),
    ]


def _probed(title: str, probed: Probed) -> Row:
    failed = f", {probed.failed} failed" if probed.failed else ""
    slowest = f"{probed.slowest_seconds:.2f} s"
    return Row(
        f"{title}; slowest call {slowest}",
        figure=f"{probed.stale} of {probed.probes:,}{failed}",
        bar="0",
        passed=not probed.stale and not probed.failed,
    )


def _written(times: tuple[float, float]) -> str:
    return f"p50 {times[0]:.1f}, p99 {times[1]:.1f} ms"


def _middle_and_end(times: tuple[float, ...]) -> tuple[float, float]:
    micros = [round(each * MICRO) for each in times]
    return percentile(micros, 50) / 1_000, percentile(micros, 99) / 1_000


def _enter(cluster: Cluster, number: int) -> Pass:
    entered = enter(cluster.url, "alice", PASSWORD, f"device {number}")
    shown(cluster.url, entered, WORKERS)
    return entered


def _revoke_once(cluster: Cluster, number: int) -> tuple[float, float]:
    """Return after how many seconds a call answers, and after how many the other node refuses."""
    here, there = (host.url for host in cluster.hosts)
    entered = _enter(cluster, number)
    first: list[float] = []

    def probe() -> None:
        connection, longest = connect(there), time.perf_counter() + LONGEST_SECONDS
        while entered.show(connection)[0] == HTTPStatus.OK and time.perf_counter() < longest:
            time.sleep(PROBE_SECONDS)
        first.append(time.perf_counter())
        connection.close()

    thread = threading.Thread(target=probe)
    connection = connect(here)
    entered.show(connection)
    thread.start()
    begun = time.perf_counter()
    connection.request("POST", "/auth/logout/", headers=entered.headers)
    connection.getresponse().read()
    answered = time.perf_counter()
    thread.join()
    connection.close()
    if not first:
        raise MissingError("the other node went away")
    return answered - begun, first[0] - begun


def _probe(cluster: Cluster, probes: int = 0, seconds: float = 0.0) -> Probed:
    """Revoke one session after the other, on both nodes in turn, while all are being probed."""
    guard, slowest, number = Guard(cluster.url), 0.0, 0
    with _staying(cluster, guard), guard.probing():
        until = time.monotonic() + seconds
        while guard.probes < probes or time.monotonic() < until:
            number += 1
            entered = _enter(cluster, 10_000 + number)
            guard.living.append(entered)
            where = cluster.hosts[number % len(cluster.hosts)].url
            took = guard.revoke([entered], partial(leave, where, entered))
            slowest = max(slowest, took)
            time.sleep(PAUSE_SECONDS)
    good = {("ended", 401), ("living", 200), ("ended", 200)}
    failed = sum(times for met, times in guard.statuses.items() if met not in good)
    return Probed(guard.probes, guard.stale, failed, slowest)


@contextmanager
def _staying(cluster: Cluster, guard: Guard) -> Generator[None]:
    """Have somebody who is never thrown out."""
    staying = _enter(cluster, 0)
    guard.living.append(staying)
    yield
    leave(cluster.url, staying)
