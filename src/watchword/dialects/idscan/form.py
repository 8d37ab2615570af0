"""Reading ``application/x-www-form-urlencoded`` as the vendor's server does, whoever sent it.

Rules of this file (Katana's own, wire contract IDscan 1.1):

1. The content type is not looked at: what is no form has no usable keys.
2. A piece without ``=`` is dropped; white space before a key is skipped.
3. ``+`` is a space and percent escapes are decoded, in keys and in values.
4. Keys are compared without regard to case. A repeated key's values are joined with commas.
5. Nothing here raises. Bytes that are no UTF-8 become lone surrogates, which no login and no
   password has.
"""

from collections.abc import Mapping
from urllib.parse import unquote

__all__ = ["read_form"]


def read_form(body: bytes) -> Mapping[str, str]:
    """Return the fields of a form by their keys in lower case."""
    found: dict[str, list[str]] = {}
    for piece in body.decode("utf-8", "surrogateescape").split("&"):
        key, separator, value = piece.partition("=")
        if separator:
            found.setdefault(_decode(key.lstrip()).lower(), []).append(_decode(value))
    return {key: ",".join(values) for key, values in found.items()}


def _decode(text: str) -> str:
    return unquote(text.replace("+", " "), errors="surrogateescape")
