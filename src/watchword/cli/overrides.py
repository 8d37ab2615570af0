"""How flags, the environment and the file come together.

Where the data lies is no matter of a single command, so it has variables and no flags. Knows no
library that reads flags: the server's process does without one (`watchword.cli.serving`).
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from watchword.cli.lines import placing
from watchword.config import (
    Configuration,
    DatabaseTable,
    GateTable,
    ServerTable,
    read_configuration,
    read_table,
)

__all__ = ["Overrides", "load"]


@dataclass(frozen=True, slots=True)
class Overrides:
    """Values from flags or the environment; None leaves the file's value."""

    database: str | None = None
    host: str | None = None
    port: int | None = None
    workers: int | None = None
    directory: Path | None = None
    gate_port: int | None = None
    gate_socket: Path | None = None


def load(config: Path | None, overrides: Overrides) -> Configuration:
    """Return the configuration that is in force. Raises `FileError` or `TableError`."""
    with placing(config):
        read = read_configuration(config)
    server: dict[str, Any] = {
        "host": overrides.host,
        "port": overrides.port,
        "workers": overrides.workers,
        "directory": None if overrides.directory is None else str(overrides.directory),
    }
    server["data"] = os.environ.get("WATCHWORD_DATA")
    given = {key: value for key, value in server.items() if value is not None}
    # Read, not replaced: a flag is held to the same bounds as the file's key.
    whole = msgspec.structs.asdict(read.server) | given
    merged = msgspec.structs.replace(read, server=read_table(ServerTable, whole, "server"))
    if overrides.database is not None:
        database = read_table(DatabaseTable, {"url": overrides.database}, "database")
        merged = msgspec.structs.replace(merged, database=database)
    gate = {"port": overrides.gate_port, "socket": overrides.gate_socket}
    flags = {key: str(v) if key == "socket" else v for key, v in gate.items() if v is not None}
    if flags:
        table = read_table(GateTable, msgspec.structs.asdict(merged.gate) | flags, "gate")
        merged = msgspec.structs.replace(merged, gate=table)
    key_file = os.environ.get("WATCHWORD_VAULT_KEY_FILE")
    if key_file is not None:
        vault = msgspec.structs.replace(merged.vault, key_file=key_file)
        merged = msgspec.structs.replace(merged, vault=vault)
    signing_key_file = os.environ.get("WATCHWORD_SIGNING_KEY_FILE")
    if signing_key_file is not None:
        signing = msgspec.structs.replace(merged.signing, key_file=signing_key_file)
        merged = msgspec.structs.replace(merged, signing=signing)
    return merged
