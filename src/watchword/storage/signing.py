"""ECDSA on P-384 and P-256: making keys, showing their public half, signing. Pure but for chance.

Private keys are in DER (PKCS #8) here; in the operator's file they are in PEM.
"""

from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

from watchword.core.signing import Algorithm, encode_part

__all__ = ["make_private_key", "publish", "read_private_key", "sign"]

REMEMBERED_KEYS: Final = 8
OTHERS: Final = 0o077


def make_private_key(algorithm: Algorithm = Algorithm.ES384) -> bytes:
    """Return a fresh private key."""
    curve = ec.SECP384R1() if algorithm is Algorithm.ES384 else ec.SECP256R1()
    return _write(ec.generate_private_key(curve))


def read_private_key(path: Path) -> bytes:
    """Return the private key in the operator's file.

    Raises ``ValueError`` if there is none, if it is of another kind, or if others may read it.
    """
    try:
        mode, written = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    if mode & OTHERS:
        raise ValueError(f"{path} is open to others; run: chmod 600 {path}")
    try:
        key = load_pem_private_key(written, password=None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} holds no private key in PEM without a password") from error
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1):
        return _write(key)
    raise ValueError(f"{path} holds a key of another kind; expected: EC on secp384r1")


def publish(private: bytes) -> dict[str, str]:
    """Return the public half as the members of a JSON Web Key (RFC 7518 section 6.2)."""
    key = _load(private)
    numbers, size = key.public_key().public_numbers(), _size(key)
    x, y = (encode_part(each.to_bytes(size, "big")) for each in (numbers.x, numbers.y))
    return {"crv": f"P-{key.curve.key_size}", "kty": "EC", "x": x, "y": y}


def sign(private: bytes, message: bytes) -> bytes:
    """Return a signature as tokens have it: both numbers side by side, no DER around them."""
    key = _load(private)
    digest: HashAlgorithm = SHA256() if isinstance(key.curve, ec.SECP256R1) else SHA384()
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    return r.to_bytes(_size(key), "big") + s.to_bytes(_size(key), "big")


def _size(key: ec.EllipticCurvePrivateKey) -> int:
    """Return in how many bytes a coordinate is written."""
    return key.curve.key_size // 8


@lru_cache(maxsize=REMEMBERED_KEYS)
def _load(private: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(private, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not a key of this kind")
    return key


def _write(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
