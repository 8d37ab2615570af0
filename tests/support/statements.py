"""Verifying signed statements as a stranger would: from the published keys, by another library."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384

__all__ = ["read_head", "verify"]


def read_head(statement: str) -> dict[str, Any]:
    """Return what a statement says of its own signature."""
    head: dict[str, Any] = json.loads(_decode(statement.partition(".")[0]))
    return head


def verify(statement: str, keys: Iterable[Mapping[str, str]]) -> dict[str, Any] | None:
    """Return what a statement says, or None if none of the keys has signed it."""
    head, body, signature = statement.split(".")
    found = [key for key in keys if key["kid"] == read_head(statement)["kid"]]
    if not found or read_head(statement)["alg"] != "ES384":
        return None
    x, y = (int.from_bytes(_decode(found[0][name]), "big") for name in ("x", "y"))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP384R1()).public_key()
    raw = _decode(signature)
    r, s = int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big")
    try:
        signed = f"{head}.{body}".encode()
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA384()))
    except InvalidSignature:
        return None
    claims: dict[str, Any] = json.loads(_decode(body))
    return claims


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
