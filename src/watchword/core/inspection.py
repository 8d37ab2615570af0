"""Looking at tokens that were shown elsewhere, and ending them, by somebody authorised to.

A token is good at its own audience only (`watchword.core.access`), and that stays so: nobody enters
anywhere by a look. It is for machines that guard something of their own, are shown a token there,
and have to know whose it is.

Rules of this file:

1. What a look does not cover is as unknown as what was never issued.
2. A look is no use of the looker's, but of whoever showed the token: a session that slides lives on
   from it, and what a refresh replaced ends with it, as at the token's own door (decision 0502).
3. To revoke a token is to end what it was granted with: its session, and every other of the family
   that a refresh may have made of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchword.core.access import Access, Principal, lifetime_of
from watchword.core.audit import Actor, Entry, attributed
from watchword.core.errors import TokenUnknownError
from watchword.core.policy import Policy
from watchword.core.ports import Clock, Storage
from watchword.core.revocation import Revocation, record, session_slot
from watchword.core.sessions import EndReason, Session, SessionFilter
from watchword.core.subjects import Audience, Subject
from watchword.core.tokens import digest

__all__ = ["Inspected", "Inspection", "Look"]

DONE: Final = ("session.end", EndReason.REVOKED.value)
REFUSED: Final = ("token.revoke", "not-covered")
"""What the audit log says: the action and its result."""


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody may ask about: the tokens of some audiences, and its own of its own audience.

    Who belongs to a tenant learns of that tenant's subjects only. ``address`` is where the asker
    calls from.
    """

    by: Subject
    at: Audience
    audiences: frozenset[Audience] = frozenset()
    address: str = ""

    def covers(self, subject: Subject, audience: Audience) -> bool:
        """Say whether a subject's tokens of an audience may be asked about."""
        if subject.id == self.by.id and audience == self.at:
            return True
        tenant_id = self.by.tenant_id
        return audience in self.audiences and tenant_id in {None, subject.tenant_id}


@dataclass(frozen=True, slots=True)
class Inspected:
    """A token that was found good, and when it ends if nobody uses it again."""

    principal: Principal
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Inspection:
    """Looks at tokens, and ends them. One instance a process, shared by its threads."""

    storage: Storage
    access: Access
    revocation: Revocation
    policy: Policy
    clock: Clock

    def recall(self, secret: str, look: Look, address: str = "") -> Inspected | None:
        """Return what a covered token stands for if this process knows it, else None.

        Pure computation, as `watchword.core.access.Access.recall`. ``address`` is from where the
        token was shown: one that is bound to networks is not good without it.
        """
        principal = self.access.recall_if(secret, look.covers, address)
        return None if principal is None else self._inspected(principal)

    def inspect(self, secret: str, look: Look, address: str = "") -> Inspected:
        """Return what a covered token stands for; may block.

        Raises `TokenUnknownError`, `TokenExpiredError`, `SubjectDisabledError`,
        `TenantClosedError` or `StorageUnavailableError`.
        """
        known = self.recall(secret, look, address)
        if known is not None:
            return known
        with self.storage.read() as transaction:
            found = transaction.standings.find_by_token(digest(secret))
        if found is None:
            raise TokenUnknownError
        standing, session, _ = found
        audience = session.audience
        # What was issued by a door that is closed by now is good nowhere.
        if audience not in self.policy.audiences or not look.covers(standing.subject, audience):
            raise TokenUnknownError
        return self._inspected(self.access.principal(secret, audience, address))

    def revoke(self, secret: str, look: Look) -> bool:
        """End what a covered token was granted with; no worker accepts it once this returns.

        It may be an access token, a refresh token or a proof, and may have ended before. Returns
        whether it was covered. Raises `StorageUnavailableError`.
        """
        now = self.clock()
        with self.revocation.change() as (transaction, stale):
            found = transaction.standings.find_by_token(digest(secret))
            if found is None:
                return False
            standing, session, _ = found
            if not look.covers(standing.subject, session.audience):
                record(transaction, _entry(look, standing.subject, session, now, REFUSED))
                return False
            which = SessionFilter(family=session.family)
            ended = transaction.sessions.end(which, now, EndReason.REVOKED)
            if ended:
                record(transaction, _entry(look, standing.subject, session, now, DONE))
            # Its own slot in any case: whoever ended it may not have come to renewing it.
            stale.update(map(session_slot, {session.id, *ended}))
        return True

    def _inspected(self, principal: Principal) -> Inspected:
        """Say when a token ends: what slides does so from now, whatever was stored meanwhile."""
        session = principal.session
        lifetime = lifetime_of(self.policy.audiences[session.audience], principal)
        if not lifetime.slides:
            return Inspected(principal, session.expires_at)
        return Inspected(principal, lifetime.reach(self.clock(), session.deadline)[0])


def _entry(
    look: Look, subject: Subject, session: Session, now: datetime, told: tuple[str, str]
) -> Entry:
    entry = Entry(
        now,
        *told,
        audience=session.audience,
        subject_id=subject.id,
        login=subject.name,
        tenant_id=subject.tenant_id,
        device_key=session.device.key,
        details={"session": str(session.id)},
    )
    return attributed(entry, Actor(look.by.id, look.by.name, look.at, look.address))
