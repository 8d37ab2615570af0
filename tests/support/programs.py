"""Programs that tests run and that Python does not bring: a test can do without, but not in CI."""

import os
import shutil
from pathlib import Path
from typing import Final, NoReturn

import pytest

__all__ = ["PLACES", "do_without", "require_program"]

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
