"""Logs are JSON lines, one event each, whatever is in them."""

import json
import logging
from collections.abc import Generator

import pytest

from watchword.server.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_it_was() -> Generator[None]:
    """Give the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("watchword").setLevel(logging.NOTSET)


def test_an_event_is_one_line_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    logging.getLogger("watchword.test").warning("worker\ndied", extra={"worker": 1})

    [line] = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert entry["event"] == "worker\ndied"
    assert entry["level"] == "WARNING"
    assert entry["logger"] == "watchword.test"
    assert entry["worker"] == 1
    assert entry["timestamp"].startswith("20")


def test_a_fault_carries_its_trace_in_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    logging.getLogger("watchword").error("fault", exc_info=ValueError("broken"))

    [line] = capsys.readouterr().err.splitlines()
    assert "ValueError: broken" in json.loads(line)["exc_info"]


def test_libraries_are_heard_when_they_warn(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    logging.getLogger("some.package").info("chatter")
    logging.getLogger("some.package").warning("trouble")

    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "trouble"
