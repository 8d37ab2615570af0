"""The sockets that a server listens on: made by the supervisor, shared by its workers."""

import os
import socket
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from watchword.config import GateTable
from watchword.server.errors import StartError

__all__ = ["gate_sockets", "listen"]

BACKLOG: Final = 2_048
LOOK_SECONDS: Final = 1.0


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port. Raises `StartError`."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        # Python says in brackets what is said here in front.
        why = (error.strerror or str(error)).partition(" (while")[0]
        raise StartError(f"cannot listen on {host}:{port}: {why}") from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@contextmanager
def gate_sockets(table: GateTable) -> Generator[Sequence[socket.socket]]:
    """Listen where the settings want the gate by itself. Raises `StartError`."""
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        if table.port:
            sockets.append(stack.enter_context(listen(table.host, table.port)))
        if table.socket:
            path = Path(table.socket)
            sockets.append(stack.enter_context(_on_path(path, int(table.socket_mode, 8))))
        yield sockets


@contextmanager
def _on_path(path: Path, mode: int) -> Generator[socket.socket]:
    """Listen at a path, for those alone whom its permissions let in; take it away afterwards."""
    try:
        _clear(path)
        listener = _bind(path, mode)
    except OSError as error:
        raise StartError(f"cannot listen on {path}: {error.strerror or error}") from error
    made = path.stat().st_ino
    with listener:
        yield listener
    # Somebody else's by now, if a second server took the place.
    with suppress(OSError):
        if path.stat().st_ino == made:
            path.unlink()


def _bind(path: Path, mode: int) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    # Nobody gets in between its making and its permissions.
    before = os.umask(0o777)
    try:
        listener.bind(str(path))
        path.chmod(mode)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _clear(path: Path) -> None:
    """Take away what a server left that was killed. Raises `StartError` for anything else."""
    if not path.exists() and not path.is_symlink():
        return
    if not path.is_socket():
        raise StartError(f"cannot listen on {path}: there is something else")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(LOOK_SECONDS)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise StartError(f"cannot listen on {path}: another server does")
