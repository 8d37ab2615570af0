"""What is needed follows from what was measured, and nothing else."""

from dataclasses import replace

import pytest

from bench.capacity import MIXES, Costs, Logins, Mix, Need
from bench.figures import Figures

COSTS = Costs(
    again=2.0,
    again_route=20.0,
    hit=10.0,
    hit_route=50.0,
    look_here=400.0,
    look_there=160.0,
    note_here=60.0,
    note_there=50.0,
    login_here=1_000.0,
    login_there=800.0,
    hash=25_000.0,
    session_bytes=1_000.0,
)
ALL = Mix("all remembered", 1.0, 0.0)
NONE = Mix("none remembered", 0.0, 1.0)


class TestChecks:
    def test_no_request_is_reckoned_to_have_come_before(self) -> None:
        dear = replace(COSTS, again=9_999.0, again_route=9_999.0)

        assert Need.of(60_000, ALL, dear) == Need.of(60_000, ALL, COSTS)

    def test_remembered_ones_cost_the_database_nothing(self) -> None:
        need = Need.of(60_000, ALL, COSTS)

        assert need.cores == pytest.approx(1.0)
        assert need.postgres_cores == 0

    def test_others_cost_a_look_and_a_note_on_both_sides(self) -> None:
        need = Need.of(60_000, NONE, COSTS)

        assert need.cores == pytest.approx(46.0)
        assert need.postgres_cores == pytest.approx(21.0)

    def test_two_nodes_are_the_least(self) -> None:
        assert Need.of(1, ALL, COSTS).nodes == 2
        assert Need.of(60_000, NONE, COSTS).nodes == 3

    def test_what_no_single_postgres_can_carry_is_told(self) -> None:
        assert Need.of(180_000, NONE, COSTS).fits
        assert not Need.of(190_000, NONE, COSTS).fits

    def test_the_mixes_go_from_the_best_to_the_worst(self) -> None:
        needs = [Need.of(1_000, mix, COSTS).cores for mix in MIXES]

        assert needs == sorted(needs)


def test_sessions_are_kept_alive_by_as_many_logins_as_end() -> None:
    logins = Logins.of(36_000_000, 36_000, COSTS)

    assert logins.per_second == 1_000
    assert logins.hash_cores == pytest.approx(26.0 / 0.6)
    assert logins.postgres_cores == pytest.approx(0.8 / 0.6)


def test_costs_are_those_of_a_run_and_none_is_made_up() -> None:
    figures = Figures(5.0, rate=10.0, p50_ms=1.0, p99_ms=2.0, spread=1.1, rounds=3)
    keys = (
        "gate-anew",
        "gate-oz",
        "verify-oz",
        "anew-oz",
        "postgres-cold",
        "there-cold",
        "postgres-machine",
        "there-machine",
        "argon2",
    )
    measured = {key: replace(figures, cpu_us=float(n)) for n, key in enumerate(keys)}
    weighed = {"note_here_us": 7.0, "note_there_us": 8.0, "session_bytes": 9.0}

    costs = Costs.of(measured, weighed)

    assert (costs.hit, costs.look_there, costs.hash, costs.session_bytes) == (0, 5, 8, 9)
    assert (costs.again, costs.again_route, costs.hit_route) == (1, 2, 3)
    with pytest.raises(KeyError):
        Costs.of({key: measured[key] for key in keys[1:]}, weighed)
