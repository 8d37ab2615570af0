"""Open connections and the limit on open files."""

import resource

import pytest

from watchword.server.descriptors import RESERVE, most_connections


class Limits:
    """What this process may open: as a test says, and as it is changed."""

    def __init__(self) -> None:
        self.now = (0, 0)

    def get(self, _what: int) -> tuple[int, int]:
        return self.now

    def set(self, _what: int, limits: tuple[int, int]) -> None:
        self.now = limits


@pytest.fixture
def limits(monkeypatch) -> Limits:
    limits = Limits()
    monkeypatch.setattr(resource, "getrlimit", limits.get)
    monkeypatch.setattr(resource, "setrlimit", limits.set)
    return limits


@pytest.mark.parametrize(
    ("soft", "hard", "raised", "most"),
    [
        (1_024, 1_048_576, 4_096 + RESERVE, 4_096),
        (20_000, 20_000, 20_000, 4_096),
        (1_024, 4_096, 4_096, 4_096 - RESERVE),
        (1_024, 1_024, 1_024, 512),
    ],
)
def test_the_limit_is_raised_as_far_as_it_may_and_needs(limits, soft, hard, raised, most):
    limits.now = (soft, hard)

    assert most_connections(4_096) == most
    assert limits.now == (raised, hard)


def test_none_are_kept_open_where_none_are_wanted(limits):
    limits.now = (1_024, 1_024)

    assert most_connections(0) == 0


def test_the_real_limits_are_left_in_order():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    most_connections(16)

    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= before[0]
