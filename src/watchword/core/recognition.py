"""Letting a subject in by its face, and letting a session live on because its subject is there yet.

Phases of both, in this order:

1. is a face any use at this audience, and is there an engine at all? If not, nothing is looked at
2. look (`watchword.core.looking`; outside of any unit of work: it takes its time)
3. decide, in one writing unit: is the device blocked, the login or the source locked, the face off,
   is it somebody's, may that one be here? Count a failure, or open, offer a proof, or prolong; and
   write the audit entry either way
4. after the commit, make workers look again

Rules of this file:

1. Failures count beside those of passwords (`watchword.core.tally`), and in a row of their own
   (`watchword.core.patience`). What shows no face, several, or nothing that can be read is no
   guess: it is told and written down, but locks nobody out.
2. A proof clears no failures of passwords and makes no device known: a face that is half a login
   must not pay for guesses at the other half.
3. The clip is never stored, and all refusals of one that can be read look alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

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
from watchword.core.faces import FaceFault
from watchword.core.grants import FaceGrant, Visit
from watchword.core.looking import ANYBODY, Claim, Look, Looking
from watchword.core.matching import still_holds
from watchword.core.patience import (
    add_face_failure,
    face_is_off,
    forget_face_failures,
    lockout_of_faces,
)
from watchword.core.policy import Policy
from watchword.core.ports import Clock, FaceEngine, Storage, Transaction
from watchword.core.proofs import offer
from watchword.core.revocation import Revocation, record, session_slot
from watchword.core.sessions import Session, SessionId
from watchword.core.subjects import (
    LONGEST_LOGIN,
    Audience,
    Standing,
    fold_login,
    is_storable,
)
from watchword.core.tally import Tally, Whence, tally_of, whence_of
from watchword.core.tokens import Randomness

__all__ = ["Recognition"]

ADMITTED: Final = "admitted"
PROVED: Final = "proved"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One clip that was shown. ``look`` None: nobody looked at it.

    ``session`` is the one to prolong, None at a login. ``standing`` is that of its subject, or at
    a login of whoever was named or found; ``named`` tells the first from the second.
    """

    visit: Visit
    look: Look | None
    session: Session | None
    named: bool
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
    looking: Looking | None = None

    @property
    def engine(self) -> FaceEngine | None:
        """Who looks at clips, if anybody does."""
        return None if self.looking is None else self.looking.engine

    def offered(self, audience: Audience) -> bool:
        """Say whether a face is any use at an audience."""
        return self.looking is not None and self.policy.audiences[audience].entry.takes_face

    def admit(self, grant: FaceGrant, visit: Visit) -> Admitted:
        """Recognise a face, and open a session, or offer a proof where a password has to follow.

        Raises `FaceRefusedError`, `ChallengeRefusedError`, `DeviceBlockedError`,
        `ScopeRefusedError`, `OverloadedError` or `StorageUnavailableError`.
        """
        entry = self.policy.audiences[visit.audience].entry
        claim = ANYBODY if grant.login is None else self._claim(grant.login, visit.audience)
        look = self._look(grant, visit, claim) if entry.takes_face else None
        with self.revocation.change() as (transaction, stale):
            attempt = self._place(transaction, visit, look, named=claim.named)
            outcome, displaced = self._decide(transaction, attempt)
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
        visit = Visit(session.audience, session.scopes, session.device, address)
        own = Claim(named=True, subject_id=session.subject_id)
        look = self._look(grant, visit, own) if entry.face_suffices else None
        with self.revocation.change() as (transaction, stale):
            living = _require_living(transaction, session, self.clock())
            attempt = self._place(transaction, visit, look, living, named=True)
            judged = self._conclude(transaction, attempt, "renewed")
            if isinstance(judged, _Fit):
                living = self._prolong(transaction, attempt, judged, living)
                stale.add(session_slot(living.id))
        if isinstance(judged, _Refusal):
            raise judged.error
        return living

    def _claim(self, login: str, audience: Audience) -> Claim:
        """Return who is meant by a login; somebody whom nobody knows, where that is no one."""
        if len(login) > LONGEST_LOGIN or not is_storable(login):
            return Claim(named=True)
        with self.storage.read() as transaction:
            standing = transaction.standings.find_by_login(fold_login(login), audience)
        return Claim(named=True, subject_id=None if standing is None else standing.subject.id)

    def _look(self, grant: FaceGrant, visit: Visit, claim: Claim) -> Look | None:
        """Phase 2. How alike is alike enough is for the audience to say."""
        if self.looking is None:
            return None
        least = self.policy.audiences[visit.audience].entry.least_likeness
        return self.looking.look(grant, visit, claim, least)

    def _place(
        self,
        transaction: Transaction,
        visit: Visit,
        look: Look | None,
        session: Session | None = None,
        *,
        named: bool,
    ) -> _Attempt:
        """Return an attempt with all that it is judged by."""
        subject_id = None if look is None else look.subject_id
        if session is not None:
            subject_id = session.subject_id
        standing = None
        if subject_id is not None:
            standing = transaction.standings.find_by_subject(subject_id, visit.audience)
        login = None if standing is None else fold_login(standing.subject.name)
        whence = whence_of(transaction, standing, visit)
        # Who has a session guesses at nobody's login: that counts against its subject alone.
        counted = visit if session is None else replace(visit, address="")
        tally = tally_of(transaction, login, counted, whence)
        return _Attempt(visit, look, session, named, standing, whence, tally, self.clock())

    def _decide(
        self, transaction: Transaction, attempt: _Attempt
    ) -> tuple[Admitted | CoreError, Sequence[SessionId]]:
        """Phase 3 of a login."""
        entry = self.policy.audiences[attempt.visit.audience].entry
        passed = ADMITTED if entry.face_suffices else PROVED
        judged = self._conclude(transaction, attempt, passed)
        if isinstance(judged, _Refusal):
            return judged.error, []
        return self._open(transaction, attempt, judged)

    def _judge(self, transaction: Transaction, attempt: _Attempt) -> _Fit | _Refusal:
        visit, look = attempt.visit, attempt.look
        if is_blocked(transaction, visit.audience, visit.device.key, attempt.now):
            return _Refusal(DeviceBlockedError(), "device-blocked", counts=False)
        if attempt.tally.lock(self.policy.lockout, attempt.now) is not None:
            return _refusal("locked", counts=False)
        if look is None:
            return _refusal("face-not-taken", counts=False)
        return self._judge_look(transaction, attempt, look)

    def _judge_look(
        self, transaction: Transaction, attempt: _Attempt, look: Look
    ) -> _Fit | _Refusal:
        subject = None if attempt.standing is None else attempt.standing.subject
        if subject is not None and face_is_off(transaction, subject.id, self.policy.faces):
            return _refusal("face-off", counts=False)
        if look.fault is not None:
            fault = look.fault if isinstance(look.fault, FaceFault) else FaceFault.NO_MATCH
            return _Refusal(FaceRefusedError(fault), look.fault.value, counts=look.counts)
        if not still_holds(transaction, attempt.visit.audience, look.found):
            return _refusal("face-removed", counts=False)
        return self._judge_standing(attempt)

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
                self._count(transaction, attempt)
            return judged
        subject_id = judged.standing.subject.id
        forget_face_failures(transaction, subject_id)
        if passed != PROVED:
            attempt.tally.clear(transaction)
        if passed == ADMITTED and attempt.whence.fresh:
            transaction.devices.remember(subject_id, attempt.whence.fresh, attempt.now)
        return judged

    def _count(self, transaction: Transaction, attempt: _Attempt) -> None:
        """Keep rule 1."""
        delays = lockout_of_faces(self.policy.lockout, self.policy.faces)
        attempt.tally.add_failure(transaction, delays, attempt.now)
        if attempt.named and attempt.standing is not None:
            add_face_failure(transaction, attempt.standing.subject.id)

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
    details = {} if attempt.look is None else dict(attempt.look.told)
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
