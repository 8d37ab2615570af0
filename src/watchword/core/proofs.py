"""Proofs: one factor was shown, and the other is still to come.

Rules of this file:

1. A proof is the session that it will become, opened when the first factor was shown. Its token
   stands for nothing but itself (`Use.PROOF`): no call is answered with it.
2. It is redeemed once, soon, and only by who logs in with the other factor as the same subject, at
   the same audience, on the same device. Then its token is that session's access token.
3. Whatever ends a session ends a proof: a new password, a block of the device, a subject that is
   switched off. Whoever redeems it is looked at as closely as at any login.
4. Why a proof was refused stands in the audit log and nowhere else.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from watchword.core.admission import Admitted
from watchword.core.grants import Visit
from watchword.core.policy import AudiencePolicy
from watchword.core.ports import Transaction
from watchword.core.sessions import Session, Touch
from watchword.core.subjects import Standing, Subject
from watchword.core.tokens import Randomness, Token, TokenRecord, Use, digest, mint

__all__ = ["ProofFault", "activate", "claim", "offer"]


class ProofFault(StrEnum):
    """Why a proof was refused: results in the audit log."""

    MISSING = "proof-missing"
    UNKNOWN = "proof-unknown"
    FOREIGN = "proof-foreign"
    """It is somebody else's, or for another door."""
    WRONG_DEVICE = "proof-wrong-device"
    REPLAYED = "proof-replayed"
    """It was redeemed before, or never was one."""
    ENDED = "proof-ended"
    EXPIRED = "proof-expired"


def offer(
    transaction: Transaction,
    standing: Standing,
    begun: Session,
    profile: object,
    policy: AudiencePolicy,
    random: Randomness,
) -> Admitted:
    """Store a session that waits for the other factor, and return it with its proof."""
    ends = begun.opened_at + policy.entry.proof_life
    session = transaction.sessions.add(replace(begun, expires_at=ends, deadline=ends))
    proof = mint(policy.access_form, random)
    transaction.tokens.add(TokenRecord(proof.digest, session.id, Use.PROOF))
    return Admitted(standing.subject, standing.tenant, profile, session, proof)


def claim(
    transaction: Transaction, secret: str, subject: Subject, visit: Visit, now: datetime
) -> Session | ProofFault:
    """Redeem a proof for who has shown the other factor. Of several who try, one is given it."""
    if not secret:
        return ProofFault.MISSING
    name = digest(secret)
    found = transaction.standings.find_by_token(name)
    if found is None or found[2].use is Use.REFRESH:
        return ProofFault.UNKNOWN
    fault = _fault(found[1], subject, visit, now)
    if fault is None and not transaction.tokens.redeem(name):
        fault = ProofFault.REPLAYED
    return found[1] if fault is None else fault


def activate(
    transaction: Transaction,
    waiting: Session,
    begun: Session,
    policy: AudiencePolicy,
    random: Randomness,
) -> tuple[Session, Token | None]:
    """Let the session of a redeemed proof live as long as one that has ``begun`` now.

    Returns it with a refresh token, where the audience has such.
    """
    ends, deadline = begun.expires_at, begun.deadline
    transaction.sessions.touch([Touch(waiting.id, begun.opened_at, ends)])
    transaction.sessions.prolong(waiting.id, ends, deadline)
    refresh = None if policy.refresh_form is None else mint(policy.refresh_form, random)
    if refresh is not None:
        transaction.tokens.add(TokenRecord(refresh.digest, waiting.id, Use.REFRESH))
    active = replace(waiting, seen_at=begun.opened_at, expires_at=ends, deadline=deadline)
    return active, refresh


def _fault(session: Session, subject: Subject, visit: Visit, now: datetime) -> ProofFault | None:
    here = (session.subject_id, session.audience, session.scopes)
    if here != (subject.id, visit.audience, visit.scopes):
        return ProofFault.FOREIGN
    if session.device.key != visit.device.key:
        return ProofFault.WRONG_DEVICE
    if session.ended_at is not None:
        return ProofFault.ENDED
    if session.expires_at < now:
        return ProofFault.EXPIRED
    return None
