"""The server's own process: what ``watchword serve`` turns into once its flags are read.

What reads flags would stay with each worker for its whole life, 3 MB of it. So the flags become
the variables that they stand for, and the process begins again without it, under the same number.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from watchword.cli.faults import answering
from watchword.cli.overrides import Overrides, load
from watchword.server.memory import collect_seldom

__all__ = ["become_server", "main"]


def become_server(variables: Mapping[str, object]) -> NoReturn:
    """Begin again as the server, with these variables; those that are None are not set."""
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = str(value)
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: what lies in the folder that it is started in is not ours to run.
    os.execv(sys.executable, [sys.executable, "-P", "-m", __name__])  # noqa: S606 - ourselves


def main() -> int:
    """Serve as the environment says, and return an exit code."""
    collect_seldom()

    def work() -> int:
        from watchword.cli.serve import run_server

        return run_server(load(_path("WATCHWORD_CONFIG"), _overrides()))

    return answering(work)


def _overrides() -> Overrides:
    port, workers = map(os.environ.get, ("WATCHWORD_PORT", "WATCHWORD_WORKERS"))
    gate_port = os.environ.get("WATCHWORD_GATE_PORT")
    return Overrides(
        database=os.environ.get("WATCHWORD_DATABASE_URL"),
        host=os.environ.get("WATCHWORD_HOST"),
        port=None if port is None else int(port),
        workers=None if workers is None else int(workers),
        directory=_path("WATCHWORD_DIRECTORY"),
        gate_port=None if gate_port is None else int(gate_port),
        gate_socket=_path("WATCHWORD_GATE_SOCKET"),
    )


def _path(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return None if value is None else Path(value)


if __name__ == "__main__":
    sys.exit(main())
