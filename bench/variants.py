"""This server with its gate as a subclass of uvicorn's protocol (`bench.variant`), running."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.processes import await_line, running
from bench.servers import DIRECTORY, LIMITS, Server

__all__ = ["KINDS", "VARIABLE", "variant"]

VARIABLE: Final = "WATCHWORD_VARIANT"
KINDS: Final = {
    "callback": "in uvicorn's protocol, once a head was read: Oz",
    "data": "in uvicorn's protocol, before a head is read: Oz",
}
ROOT: Final = Path(__file__).parents[1]


@contextmanager
def variant(folder: Path, kind: str) -> Generator[Server]:
    """Run a variant with one worker, on the SQLite in a folder."""
    directory, config, log = (folder / name for name in ("d.toml", "watchword.toml", "log"))
    directory.write_text(DIRECTORY)
    config.write_text(LIMITS)
    said = {
        VARIABLE: kind,
        "WATCHWORD_PORT": "0",
        "WATCHWORD_CONFIG": str(config),
        "WATCHWORD_DIRECTORY": str(directory),
        "WATCHWORD_DATABASE_URL": f"sqlite:///{folder / 'watchword.db'}",
        "PYTHONPATH": str(ROOT),
    }
    with running([sys.executable, "-m", "bench.variant"], log, said) as process:
        parts = urlsplit(await_line(process, log, "watchword ready on "))
        yield Server(process.pid, (parts.hostname or "", parts.port or 0))
