"""Letting a subject in by its face, and letting a session live on because its subject is there yet.

Phases of both, in this order:

1. is a face any use at this audience, and is there an engine at all? If not, nothing is looked at
2. ask the engine (outside of any unit of work: it takes its time)
3. decide, in one writing unit: is the device blocked, the login or the source locked, is the face
   alike enough, may its subject be here? Count a failure, or open, offer a proof, or prolong; and
   write the audit entry either way
4. after the commit, make workers look again

Rules of this file:

1. Failures count beside those of passwords (`watchword.core.tally`). What shows no face, several,
   or nothing that can be read is no guess: it is told and written down, but locks nobody out.
2. A proof clears no failures and makes no device known: a face that is half a login must not pay
   for guesses at the other half.
3. The clip is never stored, and all refusals of one that can be read look alike.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never

from watchword.core.access import require_standing
from watchword.core.admission import Admitted, displace, mint_pair, new_session, open_session
from watchword.core.audit import Entry
from watchword.core.blocklist import is_blocked
from watchword.core.errors import (
    CoreError,
    DeviceBlockedError,
    FaceRefusedError,
    ScopeRefusedError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenUnknownError,
)
from watchword.core.faces import FaceFault, Recognised
from watchword.core.grants import FaceGrant, Visit
from watchword.core.policy import Policy
from watchword.core.ports import Clock, FaceEngine, Storage, Transaction
from watchword.core.proofs import offer
from watchword.core.revocation import Revocation, record, session_slot
from watchword.core.sessions import Session, SessionId
from watchword.core.subjects import Audience, Standing, SubjectId, fold_login
from watchword.core.tally import Tally, Whence, tally_of, whence_of
from watchword.core.tokens import Randomness

__all__ = ["Recognition"]

ADMITTED: Final = "admitted"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One clip that was shown. ``seen`` None: nobody looked at it.

    ``session`` is the one to prolong, None at a login. ``standing`` is that of its subject, or at
    a login of whoever was recognised.
    """

    visit: Visit
    seen: Recognised | FaceFault | None
    session: Session | None
    standing: Standing | None
    whence: Whence
    tally: Tally
    now: datetime


@dataclass(frozen=True, slots=True)
class _Fit:
    """The face opens the door, if only by half."""

    standing: Standing
    profile: object


@dataclass(frozen=True, slots=True)
class _Refusal:
    """``result`` goes into the audit log, ``error`` to the caller; ``counts`` for the lock-out."""

    error: CoreError
    result: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Recognition:
    """Admits by face. Without an engine nobody is recognised. One instance a process."""

    storage: Storage
    revocation: Revocation
    policy: Policy
    clock: Clock
    random: Randomness
    engine: FaceEngine | None = None

    def offered(self, audience: Audience) -> bool:
        """Say whether a face is any use at an audience."""
        return self.engine is not None and self.policy.audiences[audience].entry.takes_face

    def enrolled(
        self, audience: Audience, among: Collection[SubjectId] | None = None
    ) -> frozenset[SubjectId]:
        """Return the subjects whose face is known at an audience, of these or of all."""
        return frozenset() if self.engine is None else self.engine.enrolled(audience, among)

    def admit(self, grant: FaceGrant, visit: Visit) -> Admitted:
        """Recognise a face, and open a session, or offer a proof where a password has to follow.

        Raises `FaceRefusedError`, `DeviceBlockedError`, `ScopeRefusedError` or
        `StorageUnavailableError`.
        """
        entry = self.policy.audiences[visit.audience].entry
        seen = self._look(grant, visit.audience, None) if entry.takes_face else None
        with self.revocation.change() as (transaction, stale):
            outcome, displaced = self._decide(transaction, self._place(transaction, visit, seen))
            stale.update(map(session_slot, displaced))
        if isinstance(outcome, CoreError):
            raise outcome
        return outcome

    def renew(self, grant: FaceGrant, session: Session, address: str) -> Session:
        """Let a session live as long as one that begins now, if its subject shows its face.

        Every worker knows of it once this returns. Raises what `admit` raises, and
        `TokenUnknownError` or `TokenExpiredError` for a session that is over.
        """
        entry = self.policy.audiences[session.audience].entry
        claimed = session.subject_id
        seen = self._look(grant, session.audience, claimed) if entry.face_suffices else None
        visit = Visit(session.audience, session.scopes, session.device, address)
        with self.revocation.change() as (transaction, stale):
            living = _require_living(transaction, session, self.clock())
            attempt = self._place(transaction, visit, seen, living)
            judged = self._conclude(transaction, attempt, "renewed")
            if isinstance(judged, _Fit):
                living = self._prolong(transaction, attempt, judged, living)
                stale.add(session_slot(living.id))
        if isinstance(judged, _Refusal):
            raise judged.error
        return living

    def _look(
        self, grant: FaceGrant, audience: Audience, claimed: SubjectId | None
    ) -> Recognised | FaceFault | None:
        """Phase 2. However alike the engine finds two faces, here it is decided what is enough."""
        if self.engine is None:
            return None
        seen = self.engine.recognise(grant.clip, audience, claimed)
        if isinstance(seen, FaceFault):
            return seen
        least = self.policy.audiences[audience].entry.least_likeness
        meant = claimed in {None, seen.subject_id}
        return seen if meant and seen.likeness >= least else FaceFault.NO_MATCH

    def _place(
        self,
        transaction: Transaction,
        visit: Visit,
        seen: Recognised | FaceFault | None,
        session: Session | None = None,
    ) -> _Attempt:
        """Return an attempt with all that it is judged by."""
        subject_id = seen.subject_id if isinstance(seen, Recognised) else None
        if session is not None:
            subject_id = session.subject_id
        standing = None
        if subject_id is not None:
            standing = transaction.standings.find_by_subject(subject_id, visit.audience)
        login = None if standing is None else fold_login(standing.subject.name)
        whence = whence_of(transaction, standing, visit)
        tally = tally_of(transaction, login, visit, whence)
        return _Attempt(visit, seen, session, standing, whence, tally, self.clock())

    def _decide(
        self, transaction: Transaction, attempt: _Attempt
    ) -> tuple[Admitted | CoreError, Sequence[SessionId]]:
        """Phase 3 of a login."""
        entry = self.policy.audiences[attempt.visit.audience].entry
        passed = ADMITTED if entry.face_suffices else "proved"
        judged = self._conclude(transaction, attempt, passed)
        if isinstance(judged, _Refusal):
            return judged.error, []
        return self._open(transaction, attempt, judged)

    def _judge(self, transaction: Transaction, attempt: _Attempt) -> _Fit | _Refusal:
        visit = attempt.visit
        if is_blocked(transaction, visit.audience, visit.device.key, attempt.now):
            return _Refusal(DeviceBlockedError(), "device-blocked", counts=False)
        if attempt.tally.lock(self.policy.lockout, attempt.now) is not None:
            return _refusal("locked", counts=False)
        match attempt.seen:
            case None:
                return _refusal("face-not-taken", counts=False)
            case FaceFault() as fault:
                return _Refusal(FaceRefusedError(fault), fault.value, counts=fault.is_attempt)
            case Recognised():
                return self._judge_standing(attempt)
            case _:
                assert_never(attempt.seen)

    def _judge_standing(self, attempt: _Attempt) -> _Fit | _Refusal:
        policy = self.policy.audiences[attempt.visit.audience]
        if attempt.standing is None:
            return _refusal("unknown-subject")
        try:
            profile = require_standing(attempt.standing, policy)
        except (SubjectDisabledError, TenantClosedError):
            return _refusal("disabled")
        refused = attempt.visit.scopes - policy.grantable(profile)
        if refused:
            return _Refusal(ScopeRefusedError(refused), "scope-refused", counts=False)
        return _Fit(attempt.standing, profile)

    def _conclude(
        self, transaction: Transaction, attempt: _Attempt, passed: str
    ) -> _Fit | _Refusal:
        """Judge, write down the judgement (``passed`` if it is a good one), and count."""
        judged = self._judge(transaction, attempt)
        result = judged.result if isinstance(judged, _Refusal) else passed
        record(transaction, _entry(attempt, result))
        if isinstance(judged, _Refusal):
            if judged.counts:
                attempt.tally.add_failure(transaction, self.policy.lockout, attempt.now)
        elif passed == ADMITTED:
            attempt.tally.clear(transaction)
            if attempt.whence.fresh:
                subject_id = judged.standing.subject.id
                transaction.devices.remember(subject_id, attempt.whence.fresh, attempt.now)
        return judged

    def _open(
        self, transaction: Transaction, attempt: _Attempt, fit: _Fit
    ) -> tuple[Admitted, Sequence[SessionId]]:
        policy = self.policy.audiences[attempt.visit.audience]
        begun = new_session(fit.standing, fit.profile, policy, attempt.visit, attempt.now)
        if not policy.entry.face_suffices:
            return offer(transaction, fit.standing, begun, fit.profile, policy, self.random), []
        displaced = displace(transaction, policy, begun)
        tokens = mint_pair(policy, self.random)
        return open_session(transaction, fit.standing, begun, fit.profile, tokens), displaced

    def _prolong(
        self, transaction: Transaction, attempt: _Attempt, fit: _Fit, living: Session
    ) -> Session:
        policy = self.policy.audiences[living.audience]
        lifetime = policy.lifetime(fit.standing.subject, fit.profile)
        ends, deadline = lifetime.reach(attempt.now)
        transaction.sessions.prolong(living.id, ends, deadline)
        return replace(living, expires_at=max(living.expires_at, ends), deadline=deadline)


def _refusal(result: str, *, counts: bool = True) -> _Refusal:
    """Refuse as an unknown face is refused: what else it was is told to the audit log alone."""
    return _Refusal(FaceRefusedError(FaceFault.NO_MATCH), result, counts)


def _require_living(transaction: Transaction, session: Session, now: datetime) -> Session:
    """Return a session as it is now. Raises `TokenUnknownError` or `TokenExpiredError`."""
    living = transaction.sessions.find(session.id)
    if living is None or living.ended_at is not None or living.service_token is not None:
        raise TokenUnknownError
    if living.expires_at < now:
        raise TokenExpiredError
    return living


def _entry(attempt: _Attempt, result: str) -> Entry:
    details: dict[str, str] = {}
    if isinstance(attempt.seen, Recognised):
        details["likeness"] = f"{attempt.seen.likeness:.3f}"
    if attempt.session is not None:
        details["session"] = str(attempt.session.id)
    subject = None if attempt.standing is None else attempt.standing.subject
    return Entry(
        attempt.now,
        "face-login" if attempt.session is None else "face-renewal",
        result,
        audience=attempt.visit.audience,
        subject_id=None if subject is None else subject.id,
        login="" if subject is None else subject.name,
        tenant_id=None if subject is None else subject.tenant_id,
        address=attempt.visit.address,
        device_key=attempt.visit.device.key,
        details=details,
    )
