"""Statements about a principal that others can verify by themselves: signed, short-lived tokens.

For systems that cannot ask: Oz's capture SDK puts such a token into an encrypted container, and a
back-end behind the gate is told in one who is calling. They are JSON Web Tokens (RFC 7519); public
keys are published as a JSON Web Key Set (RFC 7517).

Rules of this file:

1. A statement lives for `LONGEST_LIFE` at most, and a public key is published for that long after
   its last signature: what was good when it was signed can be verified for as long as it lives.
2. A new key is published for `AHEAD` before it signs, so that whoever keeps the published set for a
   while has it in time. The very first key has nobody to wait for.
3. What is published is read from the storage each time: a key may have been changed on another
   host, where nobody tells this one. Who signs often does so with a `Pen`, which is put away after
   `PEN_LIFE`: what it signs after its key was changed is covered by rule 1 all the same, since a
   key that signs until then is published for a day.
4. Each algorithm has keys of its own, which are changed by themselves.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from watchword.core.ports import Clock, Vault
from watchword.core.shelf import Shelf
from watchword.core.signing import Algorithm, SigningKey, encode_part, key_id
from watchword.core.subjects import Audience
from watchword.core.tokens import Randomness, new_uuid

__all__ = ["AHEAD", "ISSUER", "LONGEST_LIFE", "PEN_LIFE", "Pen", "Vouching"]

ISSUER: Final = "watchword"
OWNER: Final = Audience("watchword")
KIND: Final = "signing-key"

LONGEST_LIFE: Final = timedelta(days=1)
AHEAD: Final = timedelta(minutes=10)
"""Twice as long as the published set may be kept (`watchword.server`)."""
CLOCKS_DIFFER: Final = timedelta(minutes=5)
PEN_LIFE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Known:
    """A key with the time in which it signs; ``until`` None is without end."""

    key: SigningKey
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pen:
    """A key in hand, up to ``until``. Writing with it asks no storage."""

    key: SigningKey
    until: datetime
    vault: Vault = field(repr=False)
    random: Randomness = field(repr=False)

    def write(
        self, audience: str, claims: Mapping[str, object], life: timedelta, at: datetime
    ) -> str:
        """Return a signed statement for those who trust this audience, made at that moment.

        Who issues it stands in ``claims``, if it is not `ISSUER`. Raises ``ValueError`` for a life
        that is too long (rule 1).
        """
        if not timedelta(0) < life <= LONGEST_LIFE:
            raise ValueError("a statement lives for a day at most")
        issued_at = int(at.timestamp())
        body = {
            "iss": ISSUER,
            **claims,
            "aud": audience,
            "iat": issued_at,
            "exp": issued_at + int(life.total_seconds()),
            "jti": str(new_uuid(self.random)),
        }
        head = {"alg": self.key.algorithm, "kid": key_id(self.key.public), "typ": "JWT"}
        signed = f"{_part(head)}.{_part(body)}"
        signature = self.vault.sign(self.key.wrapped, signed.encode())
        return f"{signed}.{encode_part(signature)}"


@dataclass(frozen=True, slots=True)
class Vouching:
    """Signs statements. One instance a process, shared by its threads."""

    shelf: Shelf
    vault: Vault
    clock: Clock
    random: Randomness

    def vouch(self, audience: Audience, claims: Mapping[str, object], life: timedelta) -> str:
        """Return a signed statement for those who trust this audience.

        Raises ``ValueError`` for a life that is too long (rule 1), `StorageUnavailableError`.
        """
        return self.pen().write(audience, {**claims, "iss": ISSUER}, life, self.clock())

    def pen(self, algorithm: Algorithm = Algorithm.ES384) -> Pen:
        """Return the key that signs now; the first to ask makes the first of its algorithm.

        Raises `StorageUnavailableError`.
        """
        now = self.clock()
        return Pen(self._signing(algorithm, now).key, now + PEN_LIFE, self.vault, self.random)

    def published(self) -> Sequence[Mapping[str, str]]:
        """Return the public keys by which living statements can be verified, newest first."""
        now = self.clock()
        known = self._known() or self._begin(Algorithm.ES384, now)
        keys = sorted(known.values(), key=lambda each: each.since, reverse=True)
        return [
            {
                **each.key.public,
                "alg": each.key.algorithm,
                "kid": key_id(each.key.public),
                "use": "sig",
            }
            for each in keys
            if not _is_over(each, now)
        ]

    def algorithms(self) -> Sequence[Algorithm]:
        """Return the algorithms that are in use: the first, and whichever have signed before."""
        used = {each.key.algorithm for each in self._known().values()}
        return [each for each in Algorithm if each in used or each is Algorithm.ES384]

    def rotate(self, algorithm: Algorithm = Algorithm.ES384) -> str:
        """Let another key sign from soon on, and return its id.

        Where the operator gives the key, that is the one; it changes nothing if it signs already.
        """
        fresh = self.vault.new_signing_key(algorithm)
        signs = self._known().get(key_id(fresh.public))
        if signs is not None and signs.until is None:
            return key_id(fresh.public)

        def work(before: Mapping[str, bytes]) -> Mapping[str, bytes | None]:
            read = {name: _read(document) for name, document in before.items()}
            known = {name: each for name, each in read.items() if each.key.algorithm is algorithm}
            return _rotated(known, fresh, self.clock())

        self.shelf.change(OWNER, KIND, work)
        return key_id(fresh.public)

    def forget(self) -> None:
        """Forget all keys: nobody can unwrap them any more. What they signed verifies no longer."""
        self.shelf.change(OWNER, KIND, dict.fromkeys)

    def _signing(self, algorithm: Algorithm, now: datetime) -> _Known:
        known = self._of(algorithm) or self._begin(algorithm, now)
        signing = [each for each in known.values() if _signs(each, now)]
        # Where this host's clock is behind another's, the first key signs before its time.
        return max(signing or known.values(), key=lambda each: each.since)

    def _begin(self, algorithm: Algorithm, now: datetime) -> Mapping[str, _Known]:
        fresh = self.vault.new_signing_key(algorithm)

        def work(before: Mapping[str, bytes]) -> Mapping[str, bytes | None]:
            # Somebody else may have been first.
            if any(_read(document).key.algorithm is algorithm for document in before.values()):
                return {}
            return {key_id(fresh.public): _write(_Known(fresh, now))}

        self.shelf.change(OWNER, KIND, work)
        return self._of(algorithm)

    def _of(self, algorithm: Algorithm) -> Mapping[str, _Known]:
        known = self._known().items()
        return {name: each for name, each in known if each.key.algorithm is algorithm}

    def _known(self) -> Mapping[str, _Known]:
        documents = self.shelf.list_of(OWNER, KIND)
        return {name: _read(document) for name, document in documents.items()}


def _rotated(
    known: Mapping[str, _Known], fresh: SigningKey, now: datetime
) -> Mapping[str, bytes | None]:
    """Return what becomes of the keys when another one is to sign."""
    earlier = known.get(key_id(fresh.public))
    if earlier is not None and earlier.until is None:
        return {}
    active = {name: each for name, each in known.items() if each.until is None}
    since = now + AHEAD if active else now
    if earlier is not None and _signs(earlier, now):
        # It was to be retired and has not been yet.
        since = earlier.since
    until = max(since, now)
    retired = {name: _write(replace(each, until=until)) for name, each in active.items()}
    gone = {name: None for name, each in known.items() if _is_over(each, now)}
    return {**gone, **retired, key_id(fresh.public): _write(_Known(fresh, since))}


def _signs(known: _Known, now: datetime) -> bool:
    return known.since <= now and (known.until is None or now < known.until)


def _is_over(known: _Known, now: datetime) -> bool:
    """Say whether nothing that the key signed can still be alive."""
    return known.until is not None and known.until + LONGEST_LIFE + CLOCKS_DIFFER < now


def _part(members: Mapping[str, object]) -> str:
    return encode_part(json.dumps(dict(members), separators=(",", ":")).encode())


def _write(known: _Known) -> bytes:
    document = {
        "public": dict(known.key.public),
        "wrapped": known.key.wrapped.hex(),
        "since": known.since.astimezone(UTC).isoformat(),
        "until": None if known.until is None else known.until.astimezone(UTC).isoformat(),
    }
    return json.dumps(document).encode()


def _read(document: bytes) -> _Known:
    read: dict[str, Any] = json.loads(document)
    until = read["until"]
    return _Known(
        SigningKey(read["public"], bytes.fromhex(read["wrapped"])),
        datetime.fromisoformat(read["since"]),
        None if until is None else datetime.fromisoformat(until),
    )
