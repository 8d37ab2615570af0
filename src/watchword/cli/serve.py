"""``watchword serve``: get the database and the directory ready, then hand over to the server."""

import sys
from collections.abc import Callable
from pathlib import Path

from watchword.bootstrap import (
    check_gate,
    is_migrated,
    migrates_itself,
    open_dialects,
    open_roster,
    require_migrated,
)
from watchword.cli.apart import run_apart
from watchword.cli.faults import answering
from watchword.config import Configuration
from watchword.core.signing import Algorithm
from watchword.seal import own_signing_key, prepare_vault
from watchword.server.errors import StartError
from watchword.server.supervisor import serve
from watchword.sight import check_sight

__all__ = ["prepare", "run_server"]


def run_server(configuration: Configuration, on_ready: Callable[[str], None] | None = None) -> int:
    """Prepare and serve until told to stop. ``on_ready`` is told the base URL."""
    code = prepare(configuration)
    if code:
        return code

    def ready(url: str) -> None:
        sys.stdout.write(f"watchword ready on {url}\n")
        sys.stdout.flush()
        if on_ready is not None:
            on_ready(url)

    serve(configuration, ready)
    return 0


def prepare(configuration: Configuration) -> int:
    """Check the settings, bring the database up to date and get everything in place.

    Returns an exit code. Raises `TableError`, `StartError` or `StorageUnavailableError`.
    """
    open_dialects(configuration)
    url = configuration.database.url
    if not is_migrated(url) and not migrates_itself(url):
        raise StartError("the database is not up to date; run: watchword migrate")
    return run_apart(lambda: answering(lambda: _settle(configuration)))


def _settle(configuration: Configuration) -> int:
    """Make what is not there yet, apply the directory file, and bring the index up to date."""
    from watchword.cli.apply import apply_file, opened_core

    open_roster(configuration)
    check_sight(configuration)
    check_gate(configuration, open_dialects(configuration))
    require_migrated(configuration.database.url)
    try:
        prepare_vault(configuration)
        own_signing_key(configuration)
    except (OSError, ValueError) as error:
        raise StartError(str(error)) from error
    if configuration.server.directory:
        apply_file(configuration, Path(configuration.server.directory))
    with opened_core(configuration) as core:
        core.reindexing.catch_up()
        if configuration.signing.key_file:
            # What the settings name is what signs; if it does already, nothing changes.
            core.vouching.rotate()
        if configuration.gate.signed_identity.enabled:
            # So that whoever fetches the keys before the first request has it already.
            core.vouching.pen(Algorithm.ES256)
    return 0
