"""What a gateway is answered: a vendor's own no, or who is calling, in headers.

Values of headers are text in which everything but letters, digits and a few marks is encoded as
UTF-8 with percent signs (RFC 3986), so no value can end its line or its place in a list; commas
stand between several. A header that has nothing to say is there all the same, empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from watchword.core.access import Principal
from watchword.gate.asking import IDENTITY
from watchword.web.gating import Identity
from watchword.web.messages import Headers, Reply

__all__ = [
    "FIELDS",
    "IDENTITY_HEADERS",
    "NOBODY",
    "Answer",
    "admit",
    "answer",
    "no_answer",
    "tenant_of",
]

SAFE: Final = "-._~@:/+ ()"
"""What stays readable beside letters and digits; none of it has a meaning in a header or a list."""

FIELDS: Final = ("subject", "login", "tenant", "audience", "roles", "scopes", "session")
"""What there is to be told; each in a header of its own."""

IDENTITY_HEADERS: Final = {name: f"{IDENTITY}{name}".lower().encode() for name in FIELDS}

NOBODY: Final = Identity("")
NOT_KEPT: Final = (b"cache-control", b"no-store")
REASONS: Final = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it goes over the wire, with its body and without.

    ``until`` is when it is to be made anew; None is never.
    """

    status: int
    head: bytes = field(repr=False)
    whole: bytes = field(repr=False)
    until: datetime | None = None

    @property
    def headers(self) -> Headers:
        """The headers by themselves."""
        _, *lines = self.head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        return [(name, value) for name, _, value in (line.partition(b": ") for line in lines)]

    @property
    def body(self) -> bytes:
        """The body by itself."""
        return self.whole[len(self.head) :]


def answer(reply: Reply, until: datetime | None = None) -> Answer:
    """Render a reply."""
    headers = [*reply.headers, (b"content-length", str(len(reply.body)).encode())]
    lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, '')}".encode()]
    lines += [name + b": " + value for name, value in headers]
    head = b"\r\n".join([*lines, b"", b""])
    return Answer(reply.status, head, head + reply.body, until)


def admit(
    principal: Principal | None,
    identity: Identity = NOBODY,
    *more: tuple[bytes, bytes],
    fields: Iterable[str] = FIELDS,
    until: datetime | None = None,
) -> Answer:
    """Render a yes, with who is calling, as far as it is to be told; None is anybody."""
    told: Mapping[str, bytes] = {}
    if principal is not None:
        told = dict(zip(FIELDS, _tell(principal, identity), strict=True))
    headers = [(IDENTITY_HEADERS[name], told.get(name, b"")) for name in fields]
    return answer(Reply(200, headers=[*headers, *more, NOT_KEPT]), until)


def no_answer(status: int, text: str, *more: tuple[bytes, bytes]) -> Answer:
    """Render a no that is no vendor's: the gateway is at fault, or nobody we know was asked for."""
    headers = ((b"content-type", b"text/plain; charset=utf-8"), NOT_KEPT, *more)
    return answer(Reply(status, f"{text}\n".encode(), headers))


def tenant_of(principal: Principal, identity: Identity) -> str:
    """Return the name of the caller's tenant, or of what a dialect tells in its place."""
    return identity.tenant if principal.tenant is None else principal.tenant.name


def _tell(principal: Principal, identity: Identity) -> Iterable[bytes]:
    session = principal.session
    yield str(principal.subject.id).encode()
    for text in (identity.login, tenant_of(principal, identity), session.audience):
        yield _encode(text)
    for texts in (identity.roles, identity.scopes):
        yield b",".join(map(_encode, texts))
    yield str(session.id).encode()


def _encode(text: str) -> bytes:
    # Spaces at either end of a header's value would be lost.
    kept = SAFE.replace(" ", "") if text != text.strip() else SAFE
    return quote(text, safe=kept, errors="replace").encode()
