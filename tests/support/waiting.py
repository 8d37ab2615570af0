"""Waiting for what is to come true: for conditions rather than for times."""

import time
from collections.abc import Callable
from typing import Any, Final

__all__ = ["until"]

PATIENCE: Final = 60.0
"""Seconds that nothing here takes, on a machine many times slower and with much else to do."""


def until(holds: Callable[[], Any], every: float = 0.01) -> None:
    """Wait until something is so, looking again after so many seconds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(every)
