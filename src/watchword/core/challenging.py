"""Asking a face to do what nobody could have known before, and taking each answer once.

Rules of this file:

1. A challenge is good once, soon, at one audience and on one device. Only the digest of its nonce
   is kept, so that whoever reads the storage can answer none. What counts is when a clip arrived:
   nobody is late who waits for others to be looked at.
2. Whoever shows a nonce has used it up, whether it was good or not, and of several who show it at
   once one is given its acts: the verdict falls in the unit of work that marks it as redeemed.
3. Why one was refused stands in the audit log alone. It counts for no lock-out: it guesses at
   nothing.
4. Anybody may ask for one, so no source has more than a few open, nor have all together more than
   the storage can bear.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchword.core.audit import Entry
from watchword.core.challenges import Challenge, ChallengeFault, Posed
from watchword.core.errors import ChallengeRefusedError, OverloadedError
from watchword.core.faces import Act
from watchword.core.grants import Visit
from watchword.core.lockout import source_key
from watchword.core.policy import ChallengePolicy
from watchword.core.ports import Clock, Storage
from watchword.core.revocation import record
from watchword.core.tokens import Alphabet, Randomness, TokenForm, digest, mint

__all__ = ["Challenging", "draw"]

NONCE: Final = TokenForm(Alphabet.HEX, 32)
DRAW_BYTES: Final = 8
"""So many that no act is drawn more often than another, as far as anybody could count."""


@dataclass(frozen=True, slots=True)
class Challenging:
    """Poses challenges. One instance a process; ``acts`` are those that its engine can tell."""

    storage: Storage
    policy: ChallengePolicy
    clock: Clock
    random: Randomness
    acts: Sequence[Act]

    def pose(self, visit: Visit) -> Challenge:
        """Ask a face on a device to do something.

        Raises `OverloadedError` where too many challenges are open already, and
        `StorageUnavailableError`.
        """
        now, nonce, source = self.clock(), mint(NONCE, self.random), source_key(visit.address)
        deadline = now + self.policy.life
        acts = draw(self.acts, self.policy.acts, self.random)
        device = visit.device.key
        posed = Posed(nonce.digest, visit.audience, device, source, acts, deadline)
        with self.storage.write() as transaction:
            here, everywhere = transaction.challenges.count_open(source, now)
            if here >= self.policy.of_source or everywhere >= self.policy.at_most:
                raise OverloadedError(self.policy.life)
            transaction.challenges.add(posed)
        return Challenge(nonce.secret, acts, deadline)

    def redeem(self, nonce: str, visit: Visit, waited: timedelta = timedelta(0)) -> Sequence[Act]:
        """Use a challenge up, and return what its clip has to show, which arrived so long ago.

        Raises `ChallengeRefusedError` or `StorageUnavailableError`.
        """
        now, name = self.clock(), digest(nonce)
        with self.storage.write() as transaction:
            posed = transaction.challenges.find(name)
            fault = _fault(posed, visit, now - waited)
            if posed is not None and not transaction.challenges.redeem(name):
                fault = ChallengeFault.REPLAYED
            if fault is not None:
                record(transaction, _entry(visit, fault, now))
        if fault is not None or posed is None:
            raise ChallengeRefusedError(fault or ChallengeFault.UNKNOWN)
        return posed.acts


def draw(offered: Sequence[Act], many: int, random: Randomness) -> tuple[Act, ...]:
    """Draw so many acts, none twice in a row: two of the same kind cannot be told from a long one.

    A blink is not all that is asked for where there is anything else: a pencil that is held before
    the eyes of a photo looks like one. Where nothing is offered nothing is asked for.
    """
    drawn: list[Act] = []
    if many == 1:
        offered = [act for act in offered if act is not Act.BLINK] or offered
    for _ in range(many if offered else 0):
        others = [act for act in offered if act not in drawn[-1:]] or offered
        drawn.append(others[int.from_bytes(random(DRAW_BYTES)) % len(others)])
    return tuple(drawn)


def _fault(posed: Posed | None, visit: Visit, arrived: datetime) -> ChallengeFault | None:
    if posed is None:
        return ChallengeFault.UNKNOWN
    if posed.audience != visit.audience:
        return ChallengeFault.FOREIGN
    if posed.device_key != visit.device.key:
        return ChallengeFault.WRONG_DEVICE
    return ChallengeFault.LATE if posed.deadline < arrived else None


def _entry(visit: Visit, fault: ChallengeFault, now: datetime) -> Entry:
    return Entry(
        now,
        "face-challenge",
        fault.value,
        audience=visit.audience,
        address=visit.address,
        device_key=visit.device.key,
    )
