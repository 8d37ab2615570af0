"""Taking what is long out of a JSON body before the body is parsed. Knows nothing of what it means.

A parser looks at every byte of an image in base64 and makes a text of it, a megabyte's copy, only
to hand it on to whoever decodes it. Here it is given a short body with a mark in the place of each
long text, and the text is decoded from where it lies.

Rules of this file:

1. Only a body without a backslash is touched. In such a body every second quotation mark ends a
   text, so it is known what is one without parsing anything.
2. A mark begins with a NUL. No text of such a body does: JSON can only say it with a backslash.
3. Nobody has looked at what was taken out. Who takes it decodes it strictly; where anything is left
   that nobody took, the body has to be parsed as it came.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["LONG", "Lifted", "lift"]

LONG: Final = 65_536
"""Bytes of a text that is worth it: far more than any text that is not an image may have."""
MOST_TEXTS: Final = 1_000
"""Texts that are passed over: more than the metadata of an upload may have."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """A body, and what was taken out of it, by the texts that stand in its place."""

    body: bytes = field(repr=False)
    texts: dict[str, memoryview] = field(repr=False, default_factory=dict[str, memoryview])

    def take(self, text: str) -> str | memoryview:
        """Return what a text stands for, which is itself unless it is a mark; a mark once."""
        return self.texts.pop(text, text)


def lift(body: bytes, longer_than: int = LONG) -> Lifted:
    """Return a body with marks for its long texts, or as it is where there are none."""
    if len(body) <= longer_than or b"\\" in body:
        return Lifted(body)
    places = _long_texts(body, longer_than)
    view, parts, done = memoryview(body), list[bytes | memoryview](), 0
    for number, (begin, end) in enumerate(places.items()):
        parts += view[done:begin], b"\\u0000%d" % number
        done = end
    texts = {f"\0{number}": view[at:end] for number, (at, end) in enumerate(places.items())}
    return Lifted(b"".join((*parts, view[done:])), texts)


def _long_texts(body: bytes, longer_than: int) -> Mapping[int, int]:
    """Return where the long ones among the first texts begin, and where they end."""
    found: dict[int, int] = {}
    end = -1
    for _ in range(MOST_TEXTS):
        begin = body.find(b'"', end + 1) + 1
        end = body.find(b'"', begin) if begin else -1
        if end < 0:
            break
        if end - begin > longer_than:
            found[begin] = end
    return found
