"""A request as a translator sees it, and the reply that it gives. Values only; no sockets.

Header names are lower-case bytes, as ASGI gives them.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from watchword.web.errors import BadCredentialError, CredentialFault

__all__ = ["LONGEST_CREDENTIAL", "Headers", "Reply", "Request", "host_of"]

Headers = Sequence[tuple[bytes, bytes]]

LONGEST_CREDENTIAL: Final = 8_192
"""Bytes of a header that carries a credential; the longest real one is IDscan's 576."""

HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


def host_of(headers: Headers) -> str:
    """Return the name of the host that was called; empty where that is not said exactly once."""
    hosts = [value for name, value in headers if name == b"host"]
    return hosts[0].decode("latin-1").lower().partition(":")[0] if len(hosts) == 1 else ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    ``path`` is decoded and as the client wrote it; ``parameters`` are what the route's braces
    matched. ``address`` is the client's network address as the server trusts it. ``arrived`` is
    when its body was here as a whole, by `time.monotonic`.
    """

    method: str
    path: str
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    query: bytes = field(default=b"", repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    address: str = ""
    secure: bool = False
    arrived: float | None = None

    @property
    def waited(self) -> timedelta:
        """How long it has been here as a whole."""
        here = 0.0 if self.arrived is None else time.monotonic() - self.arrived
        return timedelta(seconds=here)

    def header(self, name: bytes) -> str | None:
        """Return the first header of this name, or None."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None

    @property
    def host(self) -> str:
        """The name of the host that was called; empty where that is not said exactly once."""
        return host_of(self.headers)

    @property
    def origin(self) -> str:
        """Where the client itself says that this server is; empty if it names no host that is one.

        What begins with it leads back to where the answer came from.
        """
        host = self.header(b"host") or ""
        return f"{'https' if self.secure else 'http'}://{host}" if HOST.fullmatch(host) else ""

    def credential(self, name: bytes) -> str | None:
        """Return the header of this name if it is there exactly once.

        Raises `BadCredentialError` if it is there twice or is oversized: a gateway and a back-end
        that disagree on which of two counts would be a way in.
        """
        found = [value for key, value in self.headers if key == name]
        if not found:
            return None
        if len(found) > 1:
            raise BadCredentialError("", CredentialFault.REPEATED)
        if len(found[0]) > LONGEST_CREDENTIAL:
            raise BadCredentialError("", CredentialFault.TOO_LONG)
        return found[0].decode("latin-1")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``content-length`` is added when it is sent."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Headers = field(default=(), repr=False)

    def adding(self, *headers: tuple[bytes, bytes]) -> "Reply":
        """Return this reply with more headers."""
        return replace(self, headers=(*self.headers, *headers))
