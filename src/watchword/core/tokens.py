"""Opaque bearer tokens: how they are made, printed and remembered.

A token's secret exists in two places only: in the answer that hands it out and at its holder.
The server keeps its digest (RFC 6750 section 5: a stolen database must open nothing).
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from watchword.core.sessions import SessionId

__all__ = [
    "Alphabet",
    "Randomness",
    "Token",
    "TokenDigest",
    "TokenForm",
    "TokenRecord",
    "Use",
    "derive",
    "digest",
    "mint",
    "new_uuid",
]

Randomness = Callable[[int], bytes]
"""Gives that many unpredictable bytes (``secrets.token_bytes`` outside of tests)."""

TokenDigest = NewType("TokenDigest", bytes)

UUID_BYTES: Final = 16
UUID_VERSION: Final = 4

LEAST_RANDOM_BYTES: Final = 32
"""256 bits: no guessing at any rate (OWASP ASVS 5.0, V7.2)."""


class Alphabet(StrEnum):
    """The characters that a vendor's clients expect in a token."""

    HEX = "hex"
    BASE64URL = "base64url"


class Use(StrEnum):
    """What a token is good for."""

    ACCESS = "access"
    REFRESH = "refresh"
    PROOF = "proof"
    """For no call: one factor was shown, and a login with the other may make it an access token."""


@dataclass(frozen=True, slots=True)
class TokenForm:
    """How the tokens of one audience look: their alphabet and how many random bytes they carry."""

    alphabet: Alphabet
    random_bytes: int

    def __post_init__(self) -> None:
        """Refuse forms that could be guessed."""
        if self.random_bytes < LEAST_RANDOM_BYTES:
            message = f"a token needs at least {LEAST_RANDOM_BYTES} random bytes"
            raise ValueError(message)

    def render(self, raw: bytes) -> str:
        """Return ``raw`` in this form's alphabet, without padding."""
        if self.alphabet is Alphabet.HEX:
            return raw.hex()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token at the one moment at which its secret is known."""

    secret: str = field(repr=False)

    @property
    def digest(self) -> TokenDigest:
        """What the server remembers of this token."""
        return digest(self.secret)


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token as the server remembers it."""

    digest: TokenDigest = field(repr=False)
    session_id: SessionId
    use: Use


def digest(secret: str) -> TokenDigest:
    """Return the SHA-512 of a token's text.

    A token has at least 256 random bits, so a fast hash without salt is enough. SHA-512 because
    FindFace shows it as the session's id (wire contract FindFace 3.1, *observed*), and because it
    is no slower here than SHA-256. Surrogates are kept so that odd header bytes cannot raise.
    """
    return TokenDigest(hashlib.sha512(secret.encode("utf-8", "surrogatepass")).digest())


def new_uuid(random: Randomness) -> UUID:
    """Return a UUID that nobody had before (RFC 9562 section 5.4)."""
    return UUID(bytes=random(UUID_BYTES), version=UUID_VERSION)


def mint(form: TokenForm, random: Randomness) -> Token:
    """Make a new token."""
    return Token(form.render(random(form.random_bytes)))


def derive(form: TokenForm, parent: str, nonce: bytes, label: bytes) -> Token:
    """Make the token that follows from a parent token and a nonce, the same one each time.

    A refresh that is repeated must give the same pair again although only digests are kept. The
    parent is known to its holder alone and the nonce to the server alone, so neither a stolen
    database nor a stolen parent token gives the successor away. (HMAC-SHA-512 in counter mode,
    the expand step of RFC 5869 with the nonce as context.)
    """
    key = parent.encode("utf-8", "surrogatepass")
    raw = b""
    block = b""
    while len(raw) < form.random_bytes:
        counter = bytes([len(raw) // hashlib.sha512().digest_size + 1])
        block = hmac.digest(key, block + label + b"\x00" + nonce + counter, "sha512")
        raw += block
    return Token(form.render(raw[: form.random_bytes]))
