"""Keys that sign statements which others verify: what is known of one. Records only.

The private half never leaves the `watchword.core.ports.Vault`; what lies in a record is wrapped.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Algorithm", "SigningKey", "encode_part", "key_id"]


class Algorithm(StrEnum):
    """How a statement is signed (RFC 7518 section 3.4); each has keys of its own."""

    ES384 = "ES384"
    """ECDSA on P-384 with SHA-384. Oz's documentation names the curve."""
    ES256 = "ES256"
    """ECDSA on P-256 with SHA-256: what everybody verifies, at less than half the cost."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One pair: its public half as the members of a JSON Web Key, its private half wrapped."""

    public: Mapping[str, str]
    wrapped: bytes = field(repr=False)

    @property
    def algorithm(self) -> Algorithm:
        """How it signs: its curve says so."""
        return Algorithm.ES256 if self.public["crv"] == "P-256" else Algorithm.ES384


def key_id(public: Mapping[str, str]) -> str:
    """Return the thumbprint of a public key (RFC 7638): the same wherever it is computed."""
    return encode_part(hashlib.sha256(_canonical(public)).digest())


def encode_part(raw: bytes) -> str:
    """Return bytes as a part of a token has them: base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _canonical(members: Mapping[str, str]) -> bytes:
    return json.dumps(dict(members), sort_keys=True, separators=(",", ":")).encode()
