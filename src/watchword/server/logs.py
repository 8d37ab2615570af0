"""Structured logs: one JSON object a line on standard error.

Nothing that is logged may hold a password, a token, a face or a header that carries a credential:
log facts (names, numbers, ids), never requests or bodies.
"""

import logging
import sys
from typing import Final

import structlog

__all__ = ["configure_logs"]

_SHARED: Final[list[structlog.typing.Processor]] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def configure_logs() -> None:
    """Send our events, and the warnings of libraries, to standard error as JSON lines."""
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(), foreign_pre_chain=_SHARED
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
