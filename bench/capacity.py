"""How much is needed for so many checks and sessions, reckoned from what was measured. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from bench.figures import MICRO, Figures

__all__ = ["CHECKS", "LIFETIMES", "MIXES", "SESSIONS", "Costs", "Logins", "Mix", "Need"]

BUSY: Final = 0.6
"""How much of a core is used at most: the rest is for bursts, and for a node that is gone."""
NODE_CORES: Final = 16
POSTGRES_CORES: Final = 64
"""More than that we expect of no single PostgreSQL."""
SESSIONS: Final = 100_000_000
CHECKS: Final = (10_000, 100_000, 1_000_000)
HOUR: Final = 3_600
DAY: Final = 24 * HOUR
LIFETIMES: Final = {"10 hours": 10 * HOUR, "30 days": 30 * DAY, "180 days": 180 * DAY}


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU time in microseconds: of a worker ("here"), and of PostgreSQL ("there").

    A hit is a token that a worker remembers, in a request that it has not seen before; ``again`` is
    one that it has. Paths hold ids, so what is reckoned with is the former.
    """

    again: float
    again_route: float
    hit: float
    hit_route: float
    look_here: float
    look_there: float
    note_here: float
    note_there: float
    login_here: float
    login_there: float
    hash: float
    session_bytes: float

    @classmethod
    def of(cls, measured: Mapping[str, Figures], weighed: Mapping[str, float]) -> Self:
        """Take them from a run. Raises ``KeyError`` for one that was not measured."""
        return cls(
            again=measured["gate-oz"].cpu_us,
            again_route=measured["verify-oz"].cpu_us,
            hit=measured["gate-anew"].cpu_us,
            hit_route=measured["anew-oz"].cpu_us,
            look_here=measured["postgres-cold"].cpu_us,
            look_there=measured["there-cold"].cpu_us,
            note_here=weighed["note_here_us"],
            note_there=weighed["note_there_us"],
            login_here=measured["postgres-machine"].cpu_us,
            login_there=measured["there-machine"].cpu_us,
            hash=measured["argon2"].cpu_us,
            session_bytes=weighed["session_bytes"],
        )


@dataclass(frozen=True, slots=True)
class Mix:
    """What share of checks a worker remembers the token of, and how many notes a check makes."""

    title: str
    remembered: float
    notes: float


MIXES: Final = (
    Mix("nine in ten remembered, a note for one in ten", 0.9, 0.1),
    Mix("half remembered, a note for one in two", 0.5, 0.5),
    Mix("none remembered, a note for each", 0.0, 1.0),
)


@dataclass(frozen=True, slots=True)
class Need:
    """What so many checks a second take."""

    cores: float
    postgres_cores: float

    @classmethod
    def of(cls, checks: int, mix: Mix, costs: Costs) -> Self:
        """Reckon, at the gate's own port."""
        missed = 1 - mix.remembered
        here = mix.remembered * costs.hit + missed * costs.look_here + mix.notes * costs.note_here
        there = missed * costs.look_there + mix.notes * costs.note_there
        return cls(checks * here / MICRO / BUSY, checks * there / MICRO / BUSY)

    @property
    def nodes(self) -> int:
        """How many nodes: two at least, so that one can go."""
        return max(2, math.ceil(self.cores / NODE_CORES))

    @property
    def fits(self) -> bool:
        """Whether one PostgreSQL can carry it."""
        return self.postgres_cores <= POSTGRES_CORES


@dataclass(frozen=True, slots=True)
class Logins:
    """What keeps so many sessions alive, each replaced at its end."""

    per_second: float
    hash_cores: float
    postgres_cores: float

    @classmethod
    def of(cls, sessions: int, lifetime_seconds: int, costs: Costs) -> Self:
        """Reckon, every login by a password that nobody remembers."""
        rate = sessions / lifetime_seconds
        here = costs.hash + costs.login_here
        return cls(rate, rate * here / MICRO / BUSY, rate * costs.login_there / MICRO / BUSY)
