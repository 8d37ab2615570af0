"""The list of commands, which imports none of them."""

import subprocess
import sys
from importlib import import_module

import pytest
from cyclopts import App

from tests.support.programs import unmeasured
from watchword.cli.main import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_for_what_the_list_says(name: str) -> None:
    place, summary = COMMANDS[name]
    module, _, member = place.partition(":")
    command = getattr(import_module(f"watchword.cli.{module}"), member)

    told = command.help if isinstance(command, App) else command.__doc__.partition("\n")[0]

    assert told == summary


def test_to_begin_a_server_little_of_ours_is_imported() -> None:
    program = (
        "import os, sys; os.execv = lambda *_: print(*sys.modules)\n"
        "from watchword.cli.main import app; app(['serve'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=unmeasured(),
    )
    ours = {name for name in done.stdout.split() if name.startswith("watchword")}

    assert ours == {
        "watchword",
        "watchword.cli",
        "watchword.cli.main",
        "watchword.cli.options",
        "watchword.cli.serve_command",
    }
