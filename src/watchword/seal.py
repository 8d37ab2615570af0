"""Where the vault is put together: beside `watchword.bootstrap`, who names most back-ends.

Content lies sealed in the data folder, under the master key. The database knows which key that is,
so that nobody goes on with another one, or makes a second where the folder is not mounted
(decision 0113).
"""

from contextlib import closing
from pathlib import Path
from typing import Final

from watchword.config import Configuration
from watchword.core.core import Core
from watchword.core.ports import Clock, Vault
from watchword.storage.installation import bind_key, bound_key, unbind_key
from watchword.storage.keys import (
    has_master_key,
    make_master_key,
    master_key_mark,
    read_master_key,
)
from watchword.storage.late import LateVault
from watchword.storage.sql.storage import open_storage
from watchword.storage.sql.urls import sqlite_path
from watchword.storage.sql.versions import is_current

__all__ = [
    "data_folder",
    "forget_master_key",
    "is_vault_prepared",
    "master_key_file",
    "open_vault",
    "own_signing_key",
    "prepare_vault",
]

VAULT: Final = "vault"
"""The vault's folder in the data folder."""


def data_folder(configuration: Configuration) -> Path:
    """Return the folder of what is too large for the database."""
    if configuration.server.data:
        return Path(configuration.server.data)
    file = sqlite_path(configuration.database.url)
    return Path("watchword-data") if file is None else file.with_name(file.name + "-data")


def master_key_file(configuration: Configuration) -> Path:
    """Return the file of the vault's master key."""
    return Path(configuration.vault.key_file or data_folder(configuration) / "master.key")


def own_signing_key(configuration: Configuration) -> bytes | None:
    """Return the private key that the settings name, if they do. Raises ``ValueError``."""
    if not configuration.signing.key_file:
        return None
    from watchword.storage.signing import read_private_key

    return read_private_key(Path(configuration.signing.key_file))


def open_vault(configuration: Configuration, clock: Clock) -> Vault:
    """Return the vault; it is opened, which may raise ``ValueError``, when it is first used."""

    def opened() -> Vault:
        from watchword.storage.vault import FileVault

        master = read_master_key(master_key_file(configuration))
        return FileVault(folder, master, clock, own_signing_key(configuration))

    folder = data_folder(configuration) / VAULT
    return LateVault(opened, folder.exists)


def prepare_vault(configuration: Configuration) -> None:
    """Make the data folder and a master key, unless they are there; note in the database which.

    The database has the schema of this release. Raises ``ValueError`` for a key that is not good,
    was lost, or is not the one of this database, and ``OSError`` where nothing can be made.
    """
    path = master_key_file(configuration)
    with closing(open_storage(configuration.database.url)) as storage:
        is_there = _has_key(configuration, bound_key(storage))
        data_folder(configuration).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_there:
            make_master_key(path)
        # Where two hosts start for the first time at once, one of them comes second.
        _has_key(configuration, bind_key(storage, master_key_mark(path)))


def is_vault_prepared(configuration: Configuration) -> bool:
    """Say whether there is a master key.

    Raises ``ValueError`` as `prepare_vault` does, and as `watchword.bootstrap.is_migrated` does.
    """
    url, bound = configuration.database.url, None
    if is_current(url):
        with closing(open_storage(url)) as storage:
            bound = bound_key(storage)
    return _has_key(configuration, bound)


def forget_master_key(configuration: Configuration, core: Core) -> None:
    """Let the database go with whichever master key the next server starts with.

    The keys that sign statements, which the lost one had sealed, are forgotten, too. Raises
    ``ValueError`` if the key that the database goes with is there.
    """
    path = master_key_file(configuration)
    if path.exists() and master_key_mark(path) == bound_key(core.storage):
        raise ValueError(f"{path} is the database's master key: nothing is lost")
    core.vouching.forget()
    # Last: who is interrupted before can say it again.
    unbind_key(core.storage)


def _has_key(configuration: Configuration, bound: str | None) -> bool:
    sealed = None if configuration.vault.key_file else data_folder(configuration) / VAULT
    return has_master_key(master_key_file(configuration), sealed, bound)
