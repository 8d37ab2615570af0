"""What can go wrong in a command is one line on standard error, and an exit code."""

from pathlib import Path

import pytest

from watchword.cli.faults import BAD_FILE, FAILED, answering
from watchword.config import FileError, TableError
from watchword.core.errors import (
    NotFoundError,
    RefreshUnknownError,
    StorageUnavailableError,
)
from watchword.server.errors import StartError


def raising(error: Exception):
    """Return work that goes wrong."""

    def work() -> int:
        raise error

    return work


def unavailable(cause: Exception | None) -> StorageUnavailableError:
    error = StorageUnavailableError()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (FileError(Path("a.toml"), "line 3: odd"), BAD_FILE, "a.toml: line 3: odd"),
        (TableError("server.port", "too high"), BAD_FILE, "server.port: too high"),
        (StartError("cannot listen"), FAILED, "cannot listen"),
        (unavailable(OSError("gone")), FAILED, "the database does not answer: gone"),
        (unavailable(None), FAILED, "the database does not answer: no reason given"),
        (NotFoundError("subject"), FAILED, "there is no such subject"),
        (RefreshUnknownError(), FAILED, "RefreshUnknownError: "),
        (ValueError("not that"), FAILED, "not that"),
        (PermissionError(13, "Permission denied", "w.db"), FAILED, "w.db: Permission denied"),
        (OSError(28, "No space left on device"), FAILED, "No space left on device"),
        (OSError("nothing more is known"), FAILED, "nothing more is known"),
    ],
)
def test_a_fault_is_one_line_and_a_code(
    capsys: pytest.CaptureFixture[str], error: Exception, code: int, line: str
) -> None:
    assert answering(raising(error)) == code
    assert capsys.readouterr().err == f"watchword: {line}\n"


def test_what_goes_well_is_not_commented_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert answering(lambda: 0) == 0
    assert capsys.readouterr() == ("", "")


def test_a_bug_is_not_dressed_up_as_an_answer() -> None:
    with pytest.raises(ZeroDivisionError):
        answering(raising(ZeroDivisionError()))
