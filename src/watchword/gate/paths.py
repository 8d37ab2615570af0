"""Paths of which no two parties think differently.

A gate and a back-end that read one path in two ways are a way in. So what can be read in two ways
is refused: what one of them would take for another segment, for the segment above, for a parameter,
or would decode once more than the other. What is left means to all what it says.
"""

import re
from typing import Final

__all__ = ["AmbiguousPathError", "plain_path"]

LONGEST: Final = 4_096

WRITTEN: Final = re.compile(rb"/(?:[A-Za-z0-9._~!$&'()*+,=:@/-]|%[0-9A-Fa-f]{2})*")
"""RFC 3986's path but for ``;``; whatever else a client may write, it has to encode."""

ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
TURNING: Final = frozenset(b"/\\%?#;")
"""What is no longer what it was once it is decoded."""
FIRST, LAST = 0x20, 0x7E


class AmbiguousPathError(Exception):
    """Somebody else might read this path in another way."""


def plain_path(written: bytes) -> str:
    """Return a path, decoded once. Raises `AmbiguousPathError`.

    Only ASCII: letters of other alphabets may be folded into it by whoever ignores case.
    """
    if len(written) > LONGEST or not WRITTEN.fullmatch(written):
        raise AmbiguousPathError
    path = ESCAPE.sub(_decode, written).decode()
    first, *segments = path.split("/")
    if first or any(map(_is_odd, segments[:-1])) or (segments[-1] and _is_odd(segments[-1])):
        raise AmbiguousPathError
    return path


def _decode(escape: re.Match[bytes]) -> bytes:
    code = int(escape[1], 16)
    if code in TURNING or not FIRST <= code <= LAST:
        raise AmbiguousPathError
    return bytes([code])


def _is_odd(segment: str) -> bool:
    """Say whether a segment is empty, leads elsewhere, or ends in what Windows leaves out."""
    return not segment or segment.endswith((".", " "))
