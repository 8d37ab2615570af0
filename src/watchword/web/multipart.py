"""Taking a ``multipart/form-data`` body apart, with a bound on everything that a sender chooses.

The parsing is python-multipart's; what is bounded, and what a mistake means, is ours. Nothing is
written to disk and no content is copied before it is asked for: what arrives may be somebody's
face (decision 0018).
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from watchword.web.errors import BodyTooLargeError, UnreadableBodyError

__all__ = ["Part", "is_form", "read_form"]

FORM: Final = "multipart/form-data"
# A part of a real client has two or three headers, the longest with a file's name in it.
MOST_HEADERS: Final = 8
LONGEST_HEADER: Final = 4_096
# Forbidden in forms (RFC 7578, 4.2), and written all the same by older clients in Python for a name
# that is not ASCII. The vendors' framework reads it; without it a file would be taken for a text.
EXTENDED_NAME: Final = re.compile(
    rb";\s*filename\*\s*=\s*\"?[a-z0-9_-]*'[^']*'([^;\"\s]*)", re.IGNORECASE
)


@dataclass(slots=True)
class Part:
    """One part of a form. ``file_name`` is None where the sender did not call it a file."""

    name: str = ""
    file_name: str | None = None
    size: int = 0
    _slices: list[memoryview] = field(default_factory=list[memoryview], repr=False)

    @property
    def content(self) -> bytes:
        """A copy of what the part holds."""
        return b"".join(self._slices)

    def head(self, length: int) -> bytes:
        """Return a copy of the first so many bytes of what the part holds."""
        return b"".join(each[:length] for each in self._slices)[:length]

    def add(self, data: bytes, start: int, end: int) -> None:
        """Let the part grow by a slice of what holds it."""
        self._slices.append(memoryview(data)[start:end])
        self.size += end - start


def is_form(content_type: str) -> bool:
    """Say whether a content type announces a form."""
    return content_type.partition(";")[0].strip().lower() == FORM


def read_form(content_type: str, body: bytes, *, most_parts: int) -> Sequence[Part]:
    """Return the parts of a form, in their order.

    A form without parts may do without a boundary and without a body: clients write an empty form
    so. Raises `BodyTooLargeError` if there are more parts than that, and `UnreadableBodyError` if
    the body is not well-formed, ends too early, or is one in which nobody can tell parts.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
    if not boundary and not body:
        return ()
    if not boundary:
        raise UnreadableBodyError
    reader = _Reader(most_parts)
    try:
        reader.read(boundary, body)
    except FormParserError as error:
        raise UnreadableBodyError from error
    if not reader.complete:
        raise UnreadableBodyError
    return reader.parts


class _Reader:
    """Gathers what the parser tells of one body."""

    def __init__(self, most_parts: int) -> None:
        self.parts: list[Part] = []
        self.complete = False
        self._most = most_parts
        self._field = b""
        self._value = b""

    def read(self, boundary: bytes, body: bytes) -> None:
        # No content holds its delimiter (RFC 2046, 5.1.1). Where one does, thousands of times, the
        # parser would go through it byte by byte; to count is a thousand times as fast.
        if body.count(b"\r\n--" + boundary) > self._most + 1:
            raise BodyTooLargeError(self._most)
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._name,
                "on_header_value": self._say,
                "on_header_end": self._head,
                "on_part_data": self._grow,
                "on_end": self._end,
            },
            max_header_count=MOST_HEADERS,
            max_header_size=LONGEST_HEADER,
        )
        parser.logger = _silent()
        parser.write(body)

    def _begin(self) -> None:
        if len(self.parts) >= self._most:
            raise BodyTooLargeError(self._most)
        self.parts.append(Part())

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _say(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _head(self) -> None:
        name, value = self._field.lower(), self._value
        self._field = self._value = b""
        if name != b"content-disposition":
            return
        kind, options = parse_options_header(value.decode("latin-1"))
        if kind != b"form-data":
            raise UnreadableBodyError
        part = self.parts[-1]
        part.name = _text(options.get(b"name", b""))
        file_name = options.get(b"filename", _extended_name(value))
        part.file_name = None if file_name is None else _text(file_name)

    def _grow(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].add(data, start, end)

    def _end(self) -> None:
        self.complete = True


def _silent() -> logging.Logger:
    """Return a logger for what the parser finds wrong: the sender is told, the log is not.

    Anybody could fill the log otherwise.
    """
    logger = logging.getLogger(__name__)
    logger.disabled = True
    return logger


def _extended_name(value: bytes) -> bytes | None:
    """Return the file's name that a header has in the form of RFC 8187, or None."""
    found = EXTENDED_NAME.search(value)
    return None if found is None else unquote_to_bytes(found[1])


def _text(value: bytes) -> str:
    """Read a name as UTF-8, as every browser and client library writes it."""
    return value.decode("utf-8", errors="replace")
