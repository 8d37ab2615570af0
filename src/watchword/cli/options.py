"""Flags that several commands share.

A flag wins over its ``WATCHWORD_…`` variable, that over the file, that over the default
(`watchword.cli.overrides`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

__all__ = ["NOWHERE", "Config", "Database", "Places"]

Config = Annotated[Path | None, Parameter(env_var="WATCHWORD_CONFIG")]
Database = Annotated[str | None, Parameter(env_var="WATCHWORD_DATABASE_URL")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Places:
    """Where a server listens."""

    host: Annotated[str | None, Parameter(env_var="WATCHWORD_HOST")] = None
    "the address to listen on."
    port: Annotated[int | None, Parameter(env_var="WATCHWORD_PORT")] = None
    "the port to listen on; 0 picks a free one."
    workers: Annotated[int | None, Parameter(env_var="WATCHWORD_WORKERS")] = None
    "how many processes share the port."
    gate_port: Annotated[int | None, Parameter(env_var="WATCHWORD_GATE_PORT")] = None
    "a port on which gateways alone are answered."
    gate_socket: Annotated[Path | None, Parameter(env_var="WATCHWORD_GATE_SOCKET")] = None
    "a Unix socket on which gateways alone are answered."


NOWHERE: Final = Places()
