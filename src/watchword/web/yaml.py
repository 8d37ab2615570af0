"""Writing YAML: what a value of JSON looks like in it, and nothing else.

Text is written as in JSON, which is YAML too; so no word is taken for a truth value or a number.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, cast

import msgspec

__all__ = ["encode_yaml"]

PLAIN: Final = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z$][a-z_]*", re.IGNORECASE)
"""Keys that need no quotes: no reader takes them for anything but text."""


def encode_yaml(value: object) -> bytes:
    """Return a value in block style, a line for each scalar."""
    return "".join(f"{line}\n" for line in _lines(value)).encode()


def _lines(value: object) -> Iterator[str]:
    entries = _entries(value)
    if not entries:
        yield _scalar(value)
    for head, inner in entries:
        first, *rest = _lines(inner)
        if head == "-" or not _entries(inner):
            yield f"{head} {first}"
        else:
            yield head
            yield f"  {first}"
        yield from (f"  {line}" for line in rest)


def _entries(value: object) -> Sequence[tuple[str, object]]:
    """Return what stands below a value, each behind its key or dash; nothing below a scalar."""
    if isinstance(value, dict):
        return [(f"{_key(key)}:", inner) for key, inner in cast("dict[str, object]", value).items()]
    if isinstance(value, list):
        return [("-", inner) for inner in cast("list[object]", value)]
    return ()


def _key(key: str) -> str:
    return key if PLAIN.fullmatch(key) else _scalar(key)


def _scalar(value: object) -> str:
    return msgspec.json.encode(value).decode()
