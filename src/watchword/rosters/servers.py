"""Connections to LDAP servers: opened, secured, kept for a while, and given up.

Rules of this file:

1. No name or password is sent before TLS stands with a server whose certificate is good for the
   name in its URL, unless the operator has said that it may travel in clear.
2. Connecting and each answer have their time. Whatever goes wrong is `RosterUnavailableError` to
   the caller, and its kind is in the log; the text of an error may repeat what was sent.
3. A server that did not answer is asked last for a while.
4. A connection on which somebody's password was tried is closed and never used for anything else.
"""

import contextlib
import logging
import queue
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from ldap3 import NONE, SIMPLE, SYNC, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException

from watchword.core.errors import RosterUnavailableError
from watchword.core.subjects import is_storable
from watchword.rosters.settings import LdapSettings

__all__ = ["Link", "Servers"]

T = TypeVar("T")

SECURE: Final = "ldaps"
ASKED_LAST_SECONDS: Final = 30.0
IDLE_SECONDS: Final = 60.0
"""Servers and firewalls drop idle connections after some minutes; we do it first."""

SUCCESS: Final = 0
REFUSALS: Final = frozenset({19, 32, 34, 48, 49, 50, 53})
"""RFC 4511 section 4.1.9, of a bind: some rule, no such object, no such name, not this way, wrong,
not allowed, not willing. All of them are no to whoever tried; other codes are the server's trouble.
"""

FAULTS: Final = (LDAPException, OSError, ValueError)

log = logging.getLogger(__name__)


class Link(Protocol):
    """What we use of the library's connections."""

    result: Mapping[str, Any]
    response: Sequence[Mapping[str, Any]] | None
    socket: Any
    search: Callable[..., object]
    """Looks for entries; what was found is in ``response``."""

    def open(self, *, read_server_info: bool) -> object:
        """Connect."""
        ...

    def start_tls(self, *, read_server_info: bool) -> object:
        """Put TLS over the connection."""
        ...

    def bind(self, *, read_server_info: bool) -> object:
        """Say who is asking; how that went is in ``result``."""
        ...

    def unbind(self) -> object:
        """Close the connection."""
        ...


class _StrictTls(Tls):
    """TLS as Python's own library does it: chain, dates and name of the certificate are checked.

    The LDAP library turns the check of the name off and has one of its own, which is older.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)  # pyright: ignore[reportUnknownMemberType] # its stubs lack types
        self._context = context

    def wrap_socket(self, connection: Connection, do_handshake: object = None) -> None:
        """Put TLS over a connection's socket."""
        connection.socket = self._context.wrap_socket(
            connection.socket,
            do_handshake_on_connect=bool(do_handshake),
            server_hostname=connection.server.host,
        )


class Servers:
    """The servers of one roster. Safe to call from several threads."""

    def __init__(
        self, settings: LdapSettings, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Connect to nobody yet. Raises ``ValueError`` for a file of authorities that is none."""
        self._settings = settings
        self._monotonic = monotonic
        self._tls = _StrictTls(_context(settings.ca_file))
        self._idle: queue.LifoQueue[tuple[float, Link]] = queue.LifoQueue(settings.connections)
        self._failed: dict[str, float] = {}

    def ask(self, question: Callable[[Link], T]) -> T:
        """Put a question over a connection of our own account. Raises `RosterUnavailableError`."""
        for connection in self._take():
            # One that has lain idle may be dead, which says nothing of the server.
            with contextlib.suppress(*FAULTS):
                return self._use(connection, question)
        fresh = self._connect(self._settings.bind_dn, self._settings.bind_password)
        if fresh is None:
            log.error("roster refuses our own account")
            raise RosterUnavailableError
        try:
            return self._use(fresh, question)
        except FAULTS as error:
            log.warning("roster does not answer", extra={"reason": type(error).__name__})
            raise RosterUnavailableError from error

    def try_password(self, dn: str, password: str) -> bool:
        """Say whether a DN's password is right. Raises `RosterUnavailableError`.

        An empty one is wrong: servers take it for nobody's and say yes. What is no text is, too.
        """
        possible = dn and password and is_storable(password)
        connection = self._connect(dn, password) if possible else None
        if connection is None:
            return False
        _close(connection)
        return True

    def close(self) -> None:
        """Give up all idle connections."""
        for connection in self._take():
            _close(connection)

    def _take(self) -> Iterator[Link]:
        """Yield the connections that lie idle, but for those that have for too long."""
        with contextlib.suppress(queue.Empty):
            while True:
                since, connection = self._idle.get_nowait()
                if self._monotonic() - since < IDLE_SECONDS:
                    yield connection
                else:
                    _close(connection)

    def _use(self, connection: Link, question: Callable[[Link], T]) -> T:
        try:
            answer = question(connection)
        except BaseException:
            _close(connection)
            raise
        try:
            self._idle.put_nowait((self._monotonic(), connection))
        except queue.Full:
            _close(connection)
        return answer

    def _connect(self, dn: str, password: str) -> Link | None:
        """Return a bound connection to the first server that answers, None if it says no.

        Raises `RosterUnavailableError`.
        """
        for url in sorted(self._settings.urls, key=self._is_doubtful):
            try:
                connection = self._open(url, dn, password)
            except FAULTS as error:
                self._failed[url] = self._monotonic()
                facts = {"url": url, "reason": type(error).__name__}
                log.warning("roster's server does not answer", extra=facts)
            else:
                self._failed.pop(url, None)
                return connection
        raise RosterUnavailableError

    def _is_doubtful(self, url: str) -> bool:
        failed = self._failed.get(url)
        return failed is not None and self._monotonic() - failed < ASKED_LAST_SECONDS

    def _open(self, url: str, dn: str, password: str) -> Link | None:
        settings, parts = self._settings, urlsplit(url)
        server = Server(
            parts.hostname or "",
            port=parts.port,
            use_ssl=parts.scheme == SECURE,
            tls=self._tls,
            get_info=NONE,
            connect_timeout=settings.connect_seconds,
        )
        made: object = Connection(
            server,
            user=dn or None,
            # As bytes: the library prepares text as SASL does, and servers do as they think fit.
            password=password.encode() if dn else None,  # type: ignore[arg-type] # its stubs know of text only
            authentication=SIMPLE if dn else None,
            client_strategy=SYNC,
            auto_referrals=False,
            check_names=False,
            auto_escape=False,
            auto_encode=False,
            receive_timeout=settings.answer_seconds,
        )
        connection = cast("Link", made)
        try:
            connection.open(read_server_info=False)
            if parts.scheme != SECURE and not settings.plaintext:
                connection.start_tls(read_server_info=False)
            connection.bind(read_server_info=False)
        except BaseException:
            _close(connection)
            raise
        return connection if _is_bound(connection) else None


def _is_bound(connection: Link) -> bool:
    """Say whether a bind was good. Raises ``ValueError`` if the server could not tell."""
    code = connection.result["result"]
    if code == SUCCESS:
        return True
    _close(connection)
    if code not in REFUSALS:
        raise ValueError(f"a bind ended with {code}")
    return False


def _close(connection: Link) -> None:
    """Close a connection; the library leaves the sockets of those that failed to whoever comes."""
    with contextlib.suppress(*FAULTS):
        connection.unbind()
    if connection.socket is not None:
        connection.socket.close()


def _context(ca_file: str) -> ssl.SSLContext:
    """Return what certificates are checked by: the operator's authorities, or the system's."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise ValueError(f"{ca_file} holds no certificates: {error.strerror or error}") from error
