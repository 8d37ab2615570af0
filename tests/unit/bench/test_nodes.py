"""What is told of two nodes: how long a revocation took, and who was let in after it."""

from contextlib import nullcontext
from typing import NoReturn

import httpx2
import pytest

from bench import nodes
from bench.nodes import NodeFigures, Probed, node_rows, two_nodes
from bench.servers import MissingError
from tests.support.programs import do_without

WELL = Probed(probes=10_000, stale=0, failed=0, slowest_seconds=0.02)


def test_times_are_told_in_the_middle_and_at_the_end():
    call, refusal, *_ = node_rows(NodeFigures((6.31, 14.8), (5.02, 13.0), WELL, WELL))

    assert call.figure == "p50 6.3, p99 14.8 ms"
    assert refusal.figure == "p50 5.0, p99 13.0 ms"
    assert call.passed is None


def test_nobody_may_be_let_in():
    stale = Probed(probes=10_000, stale=1, failed=0, slowest_seconds=0.02)
    *_, well, cut = node_rows(NodeFigures((6, 15), (5, 13), WELL, stale))

    assert (well.figure, well.passed) == ("0 of 10,000", True)
    assert (cut.figure, cut.passed) == ("1 of 10,000", False)
    assert "0.02 s" in well.title


def test_service_goes_on():
    failing = Probed(probes=10_000, stale=0, failed=3, slowest_seconds=2.1)
    *_, cut = node_rows(NodeFigures((6, 15), (5, 13), WELL, failing))

    assert (cut.figure, cut.passed) == ("0 of 10,000, 3 failed", False)


@pytest.mark.parametrize(
    "error", [AssertionError("it never came true"), httpx2.ConnectError("it never came true")]
)
def test_what_does_not_come_true_costs_no_other_row(monkeypatch, error):
    def fail(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(nodes, "postgres_database", lambda: nullcontext("url"))
    monkeypatch.setattr(nodes, "migrate_store", fail)

    with pytest.raises(MissingError, match="it never came true"):
        two_nodes(quick=True)


@pytest.mark.parametrize("ci", ["", "true"])
def test_neither_does_a_program_that_is_not_here(monkeypatch, ci):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(nodes, "postgres_database", lambda: do_without("no such program"))

    with pytest.raises(MissingError, match="no such program"):
        two_nodes(quick=True)
