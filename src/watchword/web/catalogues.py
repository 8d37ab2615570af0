"""Translations as translators write them: ``.po`` files, compiled when they are read.

Not when the package is built (decision 0426): what is read is what a translator wrote, in a
checkout as in an installation. Looking up and plural forms are `gettext`'s.
"""

import struct
from ast import literal_eval
from collections.abc import Iterator, Mapping
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Final

__all__ = ["parse_catalogue"]

MAGIC: Final = 0x950412DE
HEADER_BYTES: Final = 28


def parse_catalogue(text: str) -> NullTranslations:
    """Return the translations in the text of a ``.po`` file; what is fuzzy or empty is none.

    Raises ``ValueError`` or ``SyntaxError`` for what no such file has.
    """
    entries: dict[str, str] = {}
    for entry in _entries(text):
        ids = [entry[key] for key in ("msgid", "msgid_plural") if key in entry]
        forms = [said for key, said in entry.items() if key.startswith("msgstr")]
        if all(forms):
            entries["\0".join(ids)] = "\0".join(forms)
    return GNUTranslations(BytesIO(_compiled(entries)))


def _entries(text: str) -> Iterator[dict[str, str]]:
    """Yield the entries of a file: its keywords, each with its text."""
    for paragraph in text.split("\n\n"):
        entry: dict[str, str] = {}
        doubtful, key = False, ""
        for line in paragraph.splitlines():
            if line.startswith("#"):
                doubtful |= line.startswith("#,") and "fuzzy" in line
                continue
            word, _, quoted = ("", "", line) if line.startswith('"') else line.partition(" ")
            key = word or key
            entry[key] = entry.get(key, "") + str(literal_eval(quoted))
        # A tool marks the head of a new file as doubtful, but it says what the rest is written in.
        if entry and not (doubtful and entry.get("msgid")):
            yield entry


def _compiled(entries: Mapping[str, str]) -> bytes:
    """Return a catalogue as `gettext` reads it: tables of lengths and places, then the texts."""
    pairs = sorted((key.encode(), said.encode()) for key, said in entries.items())
    columns = [[key for key, _ in pairs], [said for _, said in pairs]]
    tables = HEADER_BYTES
    place = tables + 2 * 8 * len(pairs)
    directory, texts = b"", b""
    for column in columns:
        for text in column:
            directory += struct.pack("<II", len(text), place + len(texts))
            texts += text + b"\0"
    numbers = (MAGIC, 0, len(pairs), tables, tables + 8 * len(pairs), 0, place)
    return struct.pack("<7I", *numbers) + directory + texts
