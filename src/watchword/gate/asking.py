"""How proxies tell of the request that they ask about: the three dialects of their headers.

=========  =======================================  ================================
dialect    method, path with query, host, client    spoken by
=========  =======================================  ================================
original   ``X-Original-Method``, ``-URI``,         nginx and HAProxy, as our
           ``-Host``, ``-Client``                   snippets for them have it
forwarded  ``X-Forwarded-Method``, ``-Uri``,        Caddy, Traefik (*documented* by
           ``-Host``, ``-For`` (the last)           both)
prefixed   the method, the path behind              Envoy's ``ext_authz`` over HTTP
           ``/gate/verify``, ``Host``,              (*documented*)
           ``X-Forwarded-For`` (the last)
=========  =======================================  ================================

A proxy speaks one dialect and says all of it each time, or clients could say the rest. Headers of
another dialect, and what might make a back-end see another request than we do, are refused, so that
no client gains by sending them. Whose word counts at all is settled before this is asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = [
    "IDENTITY",
    "OVERRIDES",
    "REFUSAL",
    "VERIFY",
    "Asked",
    "Dialect",
    "Headers",
    "UntoldError",
    "bare",
    "dialect_of",
    "parse",
    "read",
]

Headers = Sequence[tuple[bytes, bytes]]

VERIFY: Final = b"/gate/verify"
REFUSAL: Final = b"/gate/refusal"
"""For gateways that drop the body of a no: asked again here, it is only ever a no."""
IDENTITY: Final = "X-Watchword-"
"""How the names of all headers begin in which a back-end is told who is calling."""

METHOD: Final = re.compile(rb"[A-Z]{1,32}")
HOST: Final = re.compile(rb"[A-Za-z0-9.:\[\]_-]{1,255}")

# With these a client could ask a back-end for something else than its first line says. The two
# without an x are variables of CGI; gunicorn takes them as headers, from whom it trusts, and cuts
# the one off the path (*documented*, its forwarder_headers).
OVERRIDES: Final = frozenset(
    {
        b"path-info",
        b"script-name",
        b"x-http-method",
        b"x-http-method-override",
        b"x-method-override",
        b"x-original-url",
        b"x-rewrite-url",
    }
)


class UntoldError(Exception):
    """It is not told what was asked, or in more than one way."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The headers in which a proxy tells of a request."""

    method: bytes
    uri: bytes
    host: bytes
    client: bytes


ORIGINAL: Final = Dialect(
    b"x-original-method", b"x-original-uri", b"x-original-host", b"x-original-client"
)
FORWARDED: Final = Dialect(
    b"x-forwarded-method", b"x-forwarded-uri", b"x-forwarded-host", b"x-forwarded-for"
)
SPOKEN: Final = (ORIGINAL, FORWARDED)

# By these a dialect is told; hosts and addresses are told by proxies that speak no dialect, too.
TELLING: Final = frozenset(name for each in SPOKEN for name in (each.method, each.uri))
ONCE: Final = frozenset(
    {*TELLING, *(name for each in SPOKEN for name in (each.host, each.client)), b"host"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that is asked about. ``target`` is its path with the query, as it came."""

    method: str
    target: bytes
    host: str
    address: str
    headers: Headers = field(repr=False)


def dialect_of(names: Sequence[bytes]) -> Dialect | None:
    """Return the dialect of headers with these names; None is the prefixed one.

    Raises `UntoldError` for names that no proxy and no honest client sends.
    """
    for name in names:
        folded = _folded(name)
        if folded in OVERRIDES or folded.startswith(b"x-watchword-"):
            raise UntoldError
    telling = set(TELLING.intersection(names))
    for dialect in SPOKEN:
        if telling == {dialect.method, dialect.uri}:
            return dialect
    if telling:
        raise UntoldError
    return None


def read(method: bytes, target: bytes, headers: Headers) -> Asked:
    """Return what is asked about. Raises `UntoldError`."""
    names = [name for name, _ in headers]
    dialect = dialect_of(names)
    if any(names.count(name) > 1 for name in ONCE.intersection(names)):
        raise UntoldError
    told = dict(headers)
    if dialect is None:
        asked_method, uri, host = method, target.removeprefix(VERIFY), told.get(b"host", b"")
    elif bare(target) in {VERIFY, REFUSAL}:
        asked_method, uri = told[dialect.method], told[dialect.uri]
        host = told.get(dialect.host, b"")
    else:
        raise UntoldError
    address = _client(told, dialect or FORWARDED)
    return parse(asked_method, uri, host, address, headers)


def parse(method: bytes, uri: bytes, host: bytes, address: str, headers: Headers) -> Asked:
    """Return the request that these make. Raises `UntoldError` if they make none."""
    if not (METHOD.fullmatch(method) and HOST.fullmatch(host) and uri[:1] == b"/"):
        raise UntoldError
    return Asked(method.decode(), uri, _name(host), address, headers)


def bare(target: bytes) -> bytes:
    """Return a target without its query: some gateways put that of the original there as well."""
    return target.partition(b"?")[0]


def _client(told: Mapping[bytes, bytes], dialect: Dialect) -> str:
    """Return the client's address: the last one, which the proxy has seen itself."""
    return told.get(dialect.client, b"").rpartition(b",")[2].strip().decode("latin-1")


def _name(host: bytes) -> str:
    """Return a host's name without its port."""
    name = host.decode().lower()
    return name if name.endswith("]") else name.rpartition(":")[0] or name


def _folded(name: bytes) -> bytes:
    """Return a header's name as a gateway or a back-end may come to read it (CGI, WSGI)."""
    return name.replace(b"_", b"-").replace(b".", b"-")
