"""The server's own process: what ``watchword serve`` turns into once its flags are read.

It finds them in its environment (`watchword.cli.serve_command`).
"""

import os
import sys
from pathlib import Path

from watchword.cli.faults import answering
from watchword.cli.lines import placing
from watchword.cli.overrides import Overrides, load
from watchword.server.memory import collect_seldom

__all__ = ["main"]


def main() -> int:
    """Serve as the environment says, and return an exit code."""
    collect_seldom()

    def work() -> int:
        from watchword.cli.serve import run_server

        config = _path("WATCHWORD_CONFIG")
        configuration = load(config, _overrides())
        with placing(config):
            return run_server(configuration)

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
