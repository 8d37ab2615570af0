"""What runs in a process of its own tells how it went."""

import logging
import sys

import pytest

from watchword.cli.apart import run_apart


def saying(code: int) -> int:
    sys.stdout.write("done there\n")
    return code


def failing() -> int:
    raise ZeroDivisionError


@pytest.mark.parametrize("code", [0, 2])
def test_the_code_and_the_output_come_back(code: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_apart(lambda: saying(code)) == code
    assert capfd.readouterr().out == "done there\n"


def test_a_bug_there_is_told_and_is_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    # pytest keeps what is logged to itself, so it would stay in the other process.
    log, handler = logging.getLogger("watchword.cli.apart"), logging.StreamHandler(sys.stderr)
    log.addHandler(handler)
    try:
        assert run_apart(failing) == 1
    finally:
        log.removeHandler(handler)

    told = capfd.readouterr().err
    assert told.startswith("failed in a process of its own\nTraceback")
    assert told.endswith("ZeroDivisionError\n")
