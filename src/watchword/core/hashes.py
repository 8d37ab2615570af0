"""Encoded password hashes: our own Argon2id, and those that other systems left behind.

===================  =====================================================================
``argon2``           ``$argon2id$v=19$m=…,t=…,p=…$salt$hash`` (any parameters; also ``argon2i``)
``django``           ``pbkdf2_sha256$iterations$salt$hash`` and ``argon2$argon2id$…``
``aspnet``           base64 of an ASP.NET Identity v2 or v3 record
``bcrypt``           ``$2a$ $2b$ $2y$``, and Django's ``bcrypt$…`` and ``bcrypt_sha256$…``
``scrypt``           ``scrypt$N$salt$r$p$hash`` (Django)
===================  =====================================================================

Every parser checks the cost against a ceiling before any work is done: a hash that came in with an
import must not be able to stop the server (promise 10 in ``SECURITY.md``).
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from watchword.core.policy import CostCeilings

__all__ = ["Verifier", "parse_hash"]

Verifier = Callable[[bytes], bool]
"""Says whether a password (UTF-8) fits the hash."""

LONGEST_ENCODED: Final = 1_024
"""Longer than any hash that a sane system wrote; the parsers need not fear what lies beyond."""
BCRYPT_LONGEST: Final = 72
"""bcrypt reads no further; longer input raises since bcrypt 5.0, so it is cut as it always was."""


def parse_hash(encoded: str, ceilings: CostCeilings) -> Verifier:
    """Return the check for an encoded hash.

    Raises ``ValueError`` for a format that is not known or a cost above the ceilings.
    """
    _require(len(encoded) <= LONGEST_ENCODED, "password hash is too long")
    for prefix, parser in _PARSERS:
        if encoded.startswith(prefix):
            return parser(encoded, ceilings)
    return _parse_aspnet(encoded, ceilings)


def _require(holds: bool, reason: str) -> None:  # noqa: FBT001 - reads as a sentence at the call
    if not holds:
        raise ValueError(reason)


def _parse_argon2(encoded: str, ceilings: CostCeilings) -> Verifier:
    try:
        parameters = argon2.extract_parameters(encoded)
    except InvalidHashError as error:
        message = "not an Argon2 hash"
        raise ValueError(message) from error
    _require(parameters.memory_cost <= ceilings.argon2_memory_kib, "Argon2 memory above ceiling")
    _require(parameters.time_cost <= ceilings.argon2_passes, "Argon2 passes above ceiling")
    _require(parameters.parallelism <= ceilings.argon2_lanes, "Argon2 lanes above ceiling")

    def verify(password: bytes) -> bool:
        try:
            return argon2.low_level.verify_secret(encoded.encode(), password, parameters.type)
        except VerificationError:
            return False

    return verify


def _parse_django_argon2(encoded: str, ceilings: CostCeilings) -> Verifier:
    return _parse_argon2(encoded.removeprefix("argon2"), ceilings)


def _parse_django_pbkdf2(encoded: str, ceilings: CostCeilings) -> Verifier:
    algorithm, iterations, salt, expected = _split(encoded, 4)
    return _Pbkdf2(
        algorithm.removeprefix("pbkdf2_"), int(iterations), salt.encode(), _base64(expected)
    ).verifier(ceilings)


def _parse_bcrypt(encoded: str, ceilings: CostCeilings) -> Verifier:
    _, _, cost, _ = _split(encoded, 4)
    _require(int(cost) <= ceilings.bcrypt_cost, "bcrypt cost above ceiling")
    _require(len(encoded) == _BCRYPT_LENGTH, "bcrypt hash has the wrong length")

    def verify(password: bytes) -> bool:
        # Half a megabyte, where no such hash was imported.
        import bcrypt

        return bcrypt.checkpw(password[:BCRYPT_LONGEST], encoded.encode())

    return verify


def _parse_django_bcrypt(encoded: str, ceilings: CostCeilings) -> Verifier:
    return _parse_bcrypt(encoded.removeprefix("bcrypt$"), ceilings)


def _parse_django_bcrypt_sha256(encoded: str, ceilings: CostCeilings) -> Verifier:
    """Read a hash of a hash: Django's way past the 72 bytes that bcrypt reads."""
    verify = _parse_bcrypt(encoded.removeprefix("bcrypt_sha256$"), ceilings)
    return lambda password: verify(hashlib.sha256(password).hexdigest().encode())


def _parse_django_scrypt(encoded: str, ceilings: CostCeilings) -> Verifier:
    _, n_text, salt, r_text, p_text, expected_text = _split(encoded, 6)
    n, r, p = int(n_text), int(r_text), int(p_text)
    expected = _base64(expected_text)
    _require(n > 1 and n & (n - 1) == 0 and r > 0 and p > 0, "not scrypt parameters")
    # RFC 7914 section 6: N blocks, and one more for each lane; OpenSSL wants two for itself.
    memory = 128 * r * (n + p + 2)
    _require(memory <= ceilings.scrypt_memory_kib * 1_024, "scrypt memory above ceiling")
    _require(p <= ceilings.scrypt_lanes, "scrypt lanes above ceiling")
    _require(_LEAST <= len(expected) <= _MOST, "scrypt hash has an odd length")

    def verify(password: bytes) -> bool:
        actual = hashlib.scrypt(
            password, salt=salt.encode(), n=n, r=r, p=p, maxmem=memory, dklen=len(expected)
        )
        return hmac.compare_digest(actual, expected)

    return verify


def _parse_aspnet(encoded: str, ceilings: CostCeilings) -> Verifier:
    """Read an ASP.NET Identity record: v2 starts with byte 0, v3 with byte 1."""
    raw = _base64(encoded)
    if raw[:1] == b"\x00" and len(raw) == _ASPNET_V2_LENGTH:
        return _Pbkdf2("sha1", 1000, raw[1:17], raw[17:]).verifier(ceilings)
    _require(raw[:1] == b"\x01" and len(raw) > _ASPNET_V3_HEADER, "unknown password hash format")
    function, iterations, salt_length = (
        int.from_bytes(raw[at : at + 4], "big") for at in (1, 5, 9)
    )
    _require(function in _ASPNET_FUNCTIONS, "unknown ASP.NET Identity function")
    salt_end = _ASPNET_V3_HEADER + salt_length
    _require(salt_end < len(raw), "ASP.NET Identity record is cut off")
    salt, expected = raw[_ASPNET_V3_HEADER:salt_end], raw[salt_end:]
    return _Pbkdf2(_ASPNET_FUNCTIONS[function], iterations, salt, expected).verifier(ceilings)


@dataclass(frozen=True, slots=True)
class _Pbkdf2:
    """One PBKDF2 hash, whoever wrote it."""

    function: str
    iterations: int
    salt: bytes
    expected: bytes = field(repr=False)

    def verifier(self, ceilings: CostCeilings) -> Verifier:
        _require(0 < self.iterations <= ceilings.pbkdf2_iterations, "PBKDF2 cost out of bounds")
        _require(self.function in {"sha1", "sha256", "sha512"}, "unknown PBKDF2 function")
        # Each further block of output would cost all iterations again.
        _require(_LEAST <= len(self.expected) <= _MOST, "PBKDF2 hash has an odd length")
        return self._verify

    def _verify(self, password: bytes) -> bool:
        actual = hashlib.pbkdf2_hmac(
            self.function, password, self.salt, self.iterations, len(self.expected)
        )
        return hmac.compare_digest(actual, self.expected)


def _split(encoded: str, parts: int) -> list[str]:
    fields = encoded.split("$")
    _require(len(fields) == parts, "password hash has the wrong number of fields")
    return fields


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        message = "password hash is not base64"
        raise ValueError(message) from error


_ASPNET_V2_LENGTH: Final = 49
_ASPNET_V3_HEADER: Final = 13
_ASPNET_FUNCTIONS: Final = {0: "sha1", 1: "sha256", 2: "sha512"}
_LEAST: Final = 16
_MOST: Final = 64
_BCRYPT_LENGTH: Final = 60
_PARSERS: Final = (
    ("$argon2", _parse_argon2),
    ("argon2$", _parse_django_argon2),
    ("pbkdf2_", _parse_django_pbkdf2),
    ("$2", _parse_bcrypt),
    ("bcrypt$", _parse_django_bcrypt),
    ("bcrypt_sha256$", _parse_django_bcrypt_sha256),
    ("scrypt$", _parse_django_scrypt),
)
