"""Opening a session: what a passed check turns into.

Only `watchword.core.login`, `watchword.core.recognition`, `watchword.core.renewal` and
`watchword.core.service_tokens` call this, and `watchword.core.proofs` beside it; nothing else
mints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from watchword.core.grants import Visit
from watchword.core.policy import AudiencePolicy
from watchword.core.ports import Transaction
from watchword.core.sessions import EndReason, Session, SessionFilter, SessionId
from watchword.core.subjects import Credential, Standing, Subject, SubjectId, Tenant
from watchword.core.tokens import Randomness, Token, TokenRecord, Use, mint

__all__ = ["Admitted", "Checked", "displace", "mint_pair", "new_session", "open_session", "upgrade"]


@dataclass(frozen=True, slots=True)
class Admitted:
    """A subject that was let in: the one moment at which its tokens' secrets exist."""

    subject: Subject
    tenant: Tenant | None
    profile: object
    session: Session
    token: Token
    refresh: Token | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A subject whose credentials were found good, with its profile, though it was not let in."""

    subject: Subject
    profile: object


def new_session(
    standing: Standing,
    profile: object,
    policy: AudiencePolicy,
    visit: Visit,
    now: datetime,
    deadline: datetime | None = None,
) -> Session:
    """Return a session as it would begin now; nothing is stored.

    ``deadline`` is what a refresh inherits: a sliding session cannot buy more time with it.
    """
    ends, deadline = policy.lifetime(standing.subject, profile).reach(now, deadline)
    return Session(
        subject_id=standing.subject.id,
        audience=policy.audience,
        opened_at=now,
        seen_at=now,
        expires_at=ends,
        deadline=deadline,
        scopes=visit.scopes,
        device=visit.device,
        address=visit.address,
    )


def open_session(
    transaction: Transaction,
    standing: Standing,
    session: Session,
    profile: object,
    tokens: tuple[Token, Token | None],
) -> Admitted:
    """Store a new session with the digests of its tokens (access, and refresh if there is one)."""
    stored = transaction.sessions.add(session)
    token, refresh = tokens
    transaction.tokens.add(TokenRecord(token.digest, stored.id, Use.ACCESS))
    if refresh is not None:
        transaction.tokens.add(TokenRecord(refresh.digest, stored.id, Use.REFRESH))
    return Admitted(standing.subject, standing.tenant, profile, stored, token, refresh)


def displace(
    transaction: Transaction, policy: AudiencePolicy, session: Session
) -> Sequence[SessionId]:
    """End the subject's other sessions on the same device, where the policy wants one only."""
    if not policy.one_session_per_device or not session.device.key:
        return []
    which = SessionFilter(
        subject_id=session.subject_id,
        audience=session.audience,
        device_key=session.device.key,
        other_than=session.id or None,
    )
    return transaction.sessions.end(which, session.seen_at, EndReason.DISPLACED)


def mint_pair(policy: AudiencePolicy, random: Randomness) -> tuple[Token, Token | None]:
    """Mint the tokens that a login at this audience hands out."""
    refresh = None if policy.refresh_form is None else mint(policy.refresh_form, random)
    return mint(policy.access_form, random), refresh


def upgrade(transaction: Transaction, subject_id: SubjectId, encoded: str) -> None:
    """Replace an outdated hash; where it came from stays known, and that it was ours."""
    before = transaction.credentials.find_password(subject_id)
    if before is not None:
        transaction.credentials.put_password(subject_id, Credential(encoded, before.origin))
