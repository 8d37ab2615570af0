"""Programs that tests run, those above all that Python does not bring."""

import os
import shutil
from pathlib import Path
from typing import Final, NoReturn

import pytest

__all__ = ["PLACES", "do_without", "require_program", "unmeasured"]

PLACES: Final = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/usr/lib/openldap"
"""Servers are kept out of an ordinary user's PATH."""


def require_program(name: str) -> Path:
    """Return where a program is; without it, skip the test, or fail it in CI."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{PLACES}")
    if found is None:
        do_without(f"{name} is not installed; `make test` installs it where it may")
    return Path(found)


def do_without(reason: str) -> NoReturn:
    """Skip a test, or fail it in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def unmeasured() -> dict[str, str]:
    """Return our environment for a process that coverage does not measure, as it does our others.

    It loads modules of its own there, which a test might take for the program's.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}
