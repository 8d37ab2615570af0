"""Requests of gateways out of bytes, without any input or output: what a connection may send.

httptools judges each line; what it would let pass and another parser might read in another way is
refused before (RFC 9112 section 11.2 on request smuggling): a line that ends in anything but CRLF,
a folded one, a NUL, a body whose length is told twice or in chunks. A head is read only once it is
there as a whole, so what is kept of one that is not is bytes, and not many.
"""

from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from watchword.gate.answers import Answer, no_answer
from watchword.gate.app import LONGEST_BODY, TOO_LONG

__all__ = ["LONGEST_HEAD", "LONGEST_TARGET", "MOST_HEADERS", "MalformedError", "Reader"]

LONGEST_HEAD: Final = 32_768
LONGEST_TARGET: Final = 8_192
MOST_HEADERS: Final = 100
WORDS: Final = ("method", "target", "version")
SPOKEN: Final = frozenset({"1.0", "1.1"})
LATEST: Final = "1.1"
END: Final = b"\r\n\r\n"
BEGINS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n")
"""With what a request may begin; who begins otherwise speaks TLS, or nothing that we know."""

UNREADABLE: Final = no_answer(400, "this request cannot be read")
TOO_LARGE: Final = no_answer(431, "the head of this request is too large")


class MalformedError(Exception):
    """A request that is the last of its connection; ``answer`` says why."""

    def __init__(self, answer: Answer = UNREADABLE) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Reader:
    """What came on one connection, and the request that is in front.

    Once `read_head` or `read_body` said yes, ``target``, ``headers`` and ``body`` are its own.
    ``keeps`` says whether another may follow, ``awaits`` how long a body is that is still to come.
    """

    __slots__ = (
        "_looked", "_parser", "_pending", "_whole", "awaits", "body", "headers", "keeps", "target",
    )  # fmt: skip

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parser = HttpRequestParser(self)
        self.awaits = 0
        self.keeps = True
        self._whole = False
        self._pending = bytearray()
        self._looked = 0
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    @property
    def method(self) -> bytes:
        """The method of the request in front."""
        return self._parser.get_method()

    @property
    def is_partial(self) -> bool:
        """Whether a request has begun to arrive."""
        return bool(self._pending) or self.awaits > 0

    @property
    def waiting(self) -> int:
        """How many bytes were not looked at yet, or are not whole."""
        return len(self._pending)

    def receive(self, data: bytes) -> None:
        """Take what came."""
        self._pending += data

    def take_head(self) -> bytes | None:
        """Return the next head once it is there as a whole. Raises `MalformedError`."""
        pending = self._pending
        # Not from its beginning each time: who sends byte by byte would have us look at all of them
        # for each.
        end = pending.find(END, self._looked) + len(END)
        if end < len(END):
            self._looked = max(0, len(pending) - len(END) + 1)
            self._require_bearable(len(pending))
            return None
        self._looked = 0
        self._require_bearable(end)
        return self._take(end)

    def read_head(self, head: bytes) -> bool:
        """Put a request in front; say whether it is there as a whole. Raises `MalformedError`."""
        lines, first = head.count(b"\r\n"), head.lstrip().partition(b"\r\n")[0]
        odd = head.count(b"\n") != lines or head.count(b"\r") != lines
        # One space between the words of the first line: some parsers take several for one.
        odd = odd or first.count(b" ") != len(WORDS) - 1 or b"\t" in first
        if odd or b"\n " in head or b"\n\t" in head or b"\0" in head:
            raise MalformedError
        self.target, self.headers, self.body, self._whole = b"", [], b"", False
        self._feed(head)
        version = self._parser.get_http_version()
        if not self.target or version not in SPOKEN:
            raise MalformedError
        # Who speaks 1.0 would want to be told that its connection is kept.
        self.keeps = self.keeps and version == LATEST
        if len(self.target) > LONGEST_TARGET or len(self.headers) > MOST_HEADERS:
            raise MalformedError(TOO_LARGE)
        if not self._whole:
            self.awaits = self._body_length()
        return self._whole

    def read_body(self) -> bool:
        """Take the body of the request in front, if it is there. Raises `MalformedError`."""
        if len(self._pending) < self.awaits:
            return False
        self.body = self._take(self.awaits)
        self.awaits = 0
        self._feed(self.body)
        return True

    def on_url(self, url: bytes) -> None:
        """Take the target, or a part of it; called by the parser."""
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; called by the parser."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Note whether the connection is to be kept; called by the parser, which forgets it."""
        self.keeps = self._parser.should_keep_alive()

    def on_message_complete(self) -> None:
        """Note that the request has ended; called by the parser."""
        self._whole = True

    def _require_bearable(self, length: int) -> None:
        """Raise `MalformedError` for a head, whole or not, that is too long or can be none."""
        if length > LONGEST_HEAD:
            raise MalformedError(TOO_LARGE)
        if length and self._pending[0] not in BEGINS:
            raise MalformedError

    def _take(self, length: int) -> bytes:
        # A bytearray forgets its beginning without moving the rest.
        taken = bytes(self._pending[:length])
        del self._pending[:length]
        return taken

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            # A client asks its back-end for another protocol, which is nothing to us; but the
            # parser reads no further.
            self.keeps = False
        except HttpParserError as error:
            raise MalformedError from error

    def _body_length(self) -> int:
        told = [value for name, value in self.headers if name == b"content-length"]
        chunked = any(name == b"transfer-encoding" for name, _ in self.headers)
        if chunked or len(told) != 1 or not told[0].isdigit():
            raise MalformedError
        if len(told[0]) > len(str(LONGEST_BODY)) or int(told[0]) > LONGEST_BODY:
            raise MalformedError(TOO_LONG)
        return int(told[0])
