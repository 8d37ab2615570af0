"""Structured logs: one JSON object a line on standard error.

Nothing that is logged may hold a password, a token, a face or a header that carries a credential:
log facts (names, numbers, ids), never requests or bodies. An event is a few fixed words; what
belongs to it goes into ``extra``.
"""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

__all__ = ["configure_logs"]


def configure_logs() -> None:
    """Send our events, and the warnings of libraries, to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
            timestamp=True,
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("watchword").setLevel(logging.INFO)
