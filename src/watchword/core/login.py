"""Letting a subject in: the only way in which a chain of sessions begins.

Phases of `Login.admit`, in this order for every audience:

1. look: how does the subject with this login stand here? (a reading unit)
2. verify the password, or something that costs as much; ask the roster about who is not ours
3. decide, in one writing unit: has the stored hash changed meanwhile (then begin again), is the
   login or the source locked, may the subject be here, may it have the scopes, is the proof good
   where one is wanted? Count a failure or open the session, and write the audit entry either way
4. after the commit, make workers forget the sessions that this login displaced
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from watchword.core.access import require_standing
from watchword.core.admission import (
    Admitted,
    Checked,
    displace,
    mint_pair,
    new_session,
    open_session,
    upgrade,
)
from watchword.core.audit import Entry
from watchword.core.blocklist import is_blocked
from watchword.core.enlisting import Enlisting
from watchword.core.errors import (
    CoreError,
    DeviceBlockedError,
    InvalidCredentialsError,
    RosterUnavailableError,
    ScopeRefusedError,
    SubjectDisabledError,
    TenantClosedError,
    TooManyAttemptsError,
)
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.lockout import judge, source_key
from watchword.core.passwords import Passwords, Verdict
from watchword.core.patience import forget_face_failures
from watchword.core.policy import Policy
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.proofs import ProofFault, activate, claim
from watchword.core.revocation import Change, Revocation, record, session_slot
from watchword.core.sessions import Session, SessionId
from watchword.core.subjects import (
    LONGEST_LOGIN,
    Standing,
    SubjectId,
    fold_login,
    is_storable,
    printable,
)
from watchword.core.tally import Tally, tally_of, whence_of
from watchword.core.tokens import Randomness, Token
from watchword.core.verified import VerifiedCredentials

__all__ = ["Login"]

T = TypeVar("T")

NOT: Final = Verdict(fits=False)
VOUCHED: Final = "login.vouched"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try, as the phases hand it on.

    ``recalled`` says that the password was not hashed but remembered; ``upgraded`` is a new hash
    for an outdated one. ``action`` is what the audit log calls this way in.
    """

    login: str
    shown: str
    visit: Visit
    seen: Standing | None
    verdict: Verdict
    now: datetime
    recalled: bool = False
    upgraded: str | None = field(default=None, repr=False)
    action: str = "login"
    proof: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Fit:
    """The attempt passed every check; ``waiting`` is the session of the proof that it redeemed."""

    standing: Standing
    profile: object
    waiting: Session | None = None


@dataclass(frozen=True, slots=True)
class _Refusal:
    """The attempt failed; ``result`` goes into the audit log, ``error`` to the caller."""

    error: CoreError
    result: str


@dataclass(frozen=True, slots=True)
class Login:
    """Admits subjects. One instance a process, shared by its threads."""

    storage: Storage
    revocation: Revocation
    passwords: Passwords
    verified: VerifiedCredentials
    enlisting: Enlisting
    policy: Policy
    clock: Clock
    random: Randomness

    def admit(self, grant: PasswordGrant, visit: Visit) -> Admitted:
        """Check a grant and open a session.

        Raises `InvalidCredentialsError`, `TooManyAttemptsError`, `DeviceBlockedError`, by policy
        `TenantClosedError`, `ScopeRefusedError`, `OverloadedError` or `StorageUnavailableError`.
        """
        attempt, outcome = self._try(grant, visit, self._decide)
        if isinstance(outcome, CoreError):
            raise self._slowed(outcome, attempt, grant)
        self._remember(grant, attempt, attempt.upgraded)
        return outcome

    def check(self, grant: PasswordGrant, visit: Visit) -> Checked:
        """Judge a grant as `admit` does, counting and auditing it alike, but open no session.

        For wires that look at the credentials before they find fault with the rest of a request,
        or that take them with every request. Raises what `admit` raises.
        """
        attempt, judged = self._try(grant, visit, self._look_only)
        if isinstance(judged, _Refusal):
            raise self._slowed(judged.error, attempt, grant)
        self._remember(grant, attempt, None)
        return Checked(judged.standing.subject, judged.profile)

    def _remember(self, grant: PasswordGrant, attempt: _Attempt, upgraded: str | None) -> None:
        if attempt.seen is not None and not attempt.recalled:
            standing = replace(attempt.seen, password=upgraded or attempt.seen.password)
            self.verified.remember(standing, grant.login, grant.password, attempt.now)

    def admit_vouched(self, login: str, visit: Visit) -> Admitted:
        """Open a session for somebody on the roster for whom whoever asks has vouched.

        A login that is ours is refused: nobody but its password speaks for it. Raises what `admit`
        raises.
        """
        possible = len(login) <= LONGEST_LOGIN and is_storable(login)
        subject_id = self.enlisting.find(login) if possible else None
        with self.revocation.change() as change:
            attempt = self._vouched(change[0], login if possible else "", visit, subject_id)
            outcome = self._decide(change, attempt, attempt.seen)
        if isinstance(outcome, CoreError):
            raise outcome
        return outcome

    def _vouched(
        self, transaction: Transaction, login: str, visit: Visit, subject_id: SubjectId | None
    ) -> _Attempt:
        folded = fold_login(login)
        found = _find(transaction, folded, visit)
        seen = found if found is not None and found.subject.id == subject_id else None
        return _Attempt(
            folded,
            printable(login),
            visit,
            seen,
            Verdict(fits=seen is not None),
            now=self.clock(),
            action=VOUCHED,
        )

    def _try(
        self,
        grant: PasswordGrant,
        visit: Visit,
        decide: Callable[[Change, _Attempt, Standing | None], T],
    ) -> tuple[_Attempt, T]:
        """Run phases 1 to 3, and again if the stored hash changed between the first and the last.

        Of two first logins with an imported hash one upgrades it under the feet of the other.
        """
        if self.verified.expects(grant.login, grant.password, self.clock()):
            with self.revocation.change() as change:
                recalled = self._recall(change[0], grant, visit)
                if recalled is not None:
                    return recalled, decide(change, recalled, recalled.seen)
        while True:
            attempt = self._verify(grant, visit)
            with self.revocation.change() as change:
                standing = _find(change[0], attempt.login, visit)
                if not _overtaken(attempt.seen, standing):
                    return attempt, decide(change, attempt, standing)

    def _recall(
        self, transaction: Transaction, grant: PasswordGrant, visit: Visit
    ) -> _Attempt | None:
        """Do phases 1 and 2 where phase 3 is done, if the password is remembered; else None."""
        login, now = fold_login(grant.login), self.clock()
        seen = _find(transaction, login, visit)
        if seen is None or not self.verified.knows(seen, grant.password, now):
            return None
        return _Attempt(
            login,
            printable(grant.login),
            visit,
            seen,
            Verdict(fits=True),
            now,
            recalled=True,
            proof=grant.proof,
        )

    def _slowed(self, error: CoreError, attempt: _Attempt, grant: PasswordGrant) -> CoreError:
        """Return a refusal after the work that any costs: speed must not tell a right password."""
        if attempt.recalled and attempt.seen is not None:
            self.passwords.check(grant.password, attempt.seen.password)
        return error

    def _verify(self, grant: PasswordGrant, visit: Visit) -> _Attempt:
        """Phases 1 and 2."""
        possible = len(grant.login) <= LONGEST_LOGIN and is_storable(grant.login)
        login = fold_login(grant.login) if possible else ""
        seen = self._look(login, visit)
        verdict = self.passwords.check(grant.password, None if seen is None else seen.password)
        if self.enlisting.is_on and not verdict.fits:
            seen, verdict = self._ask_roster(login, seen, grant, visit)
        upgraded = self.passwords.hash(grant.password) if verdict.outdated else None
        return _Attempt(
            login,
            printable(grant.login),
            visit,
            seen,
            verdict,
            self.clock(),
            upgraded=upgraded,
            proof=grant.proof,
        )

    def _ask_roster(
        self, login: str, seen: Standing | None, grant: PasswordGrant, visit: Visit
    ) -> tuple[Standing | None, Verdict]:
        """Phase 2 for whoever is not ours: how does the copy of whom the roster knows stand?"""
        try:
            found = self.enlisting.verify(seen, (login, grant.login), grant.password, visit)
        except RosterUnavailableError:
            self._note_unjudged(seen, grant, visit)
            raise
        if found is None:
            return seen, NOT
        with self.storage.read() as transaction:
            seen = _find(transaction, login, visit)
        # The roster may find people by logins that their copies could not have.
        return seen, Verdict(fits=seen is not None and seen.subject.id == found)

    def _note_unjudged(self, seen: Standing | None, grant: PasswordGrant, visit: Visit) -> None:
        """Tell the audit log of a login that nobody could judge; it is no failure."""
        attempt = _Attempt("", printable(grant.login), visit, seen, NOT, self.clock())
        with self.storage.write() as transaction:
            record(transaction, _entry(attempt, seen, "roster-unavailable"))

    def _look(self, login: str, visit: Visit) -> Standing | None:
        """Phase 1. A source that guesses at large is refused before any hashing.

        But for subjects that it has let in before: behind one gateway all share its address, and
        nobody there may lock the others out.
        """
        key = source_key(visit.address)
        with self.storage.read() as transaction:
            standing = _find(transaction, login, visit)
            counted = transaction.attempts.find([key]).get(key)
            locked = judge(self.policy.lockout, counted, self.clock())
            if locked is not None and not whence_of(transaction, standing, visit).known:
                raise TooManyAttemptsError(locked)
            return standing

    def _decide(
        self, change: Change, attempt: _Attempt, standing: Standing | None
    ) -> Admitted | CoreError:
        """Phase 3."""
        transaction, stale = change
        judged = self._conclude(transaction, attempt, standing, whole=True)
        if isinstance(judged, _Refusal):
            return judged.error
        admitted, displaced = self._open(transaction, attempt, judged)
        stale.update(map(session_slot, displaced))
        return admitted

    def _look_only(
        self, change: Change, attempt: _Attempt, standing: Standing | None
    ) -> _Fit | _Refusal:
        """Phase 3, but for the session."""
        return self._conclude(change[0], attempt, standing, whole=False)

    def _conclude(
        self, transaction: Transaction, attempt: _Attempt, standing: Standing | None, *, whole: bool
    ) -> _Fit | _Refusal:
        """Judge, write down the judgement, and count; unless ``whole``, ask for no proof."""
        whence = whence_of(transaction, standing, attempt.visit)
        tally = tally_of(transaction, attempt.login or attempt.shown, attempt.visit, whence)
        if is_blocked(transaction, attempt.visit.audience, attempt.visit.device.key, attempt.now):
            # Whatever the credentials are: of a blocked device nothing else may be learnt.
            judged: _Fit | _Refusal = _Refusal(DeviceBlockedError(), "device-blocked")
        else:
            judged = self._judge(attempt, standing, tally)
        if isinstance(judged, _Fit):
            judged = self._prove(transaction, attempt, judged, whole=whole)
        passed = "admitted" if whole else "verified"
        result = judged.result if isinstance(judged, _Refusal) else passed
        record(transaction, _entry(attempt, standing, result))
        if isinstance(judged, _Refusal):
            if isinstance(judged.error, InvalidCredentialsError):
                tally.add_failure(transaction, self.policy.lockout, attempt.now)
            return judged
        tally.clear(transaction)
        if whence.fresh:
            transaction.devices.remember(judged.standing.subject.id, whence.fresh, attempt.now)
        return judged

    def _judge(self, attempt: _Attempt, standing: Standing | None, tally: Tally) -> _Fit | _Refusal:
        locked = tally.lock(self.policy.lockout, attempt.now)
        if locked is not None:
            return _Refusal(TooManyAttemptsError(locked), "locked")
        if standing is None or attempt.seen is None:
            return _Refusal(InvalidCredentialsError(), "unknown-login")
        policy = self.policy.audiences[attempt.visit.audience]
        if not (attempt.verdict.fits and policy.entry.takes_password):
            result = "password-not-taken" if attempt.verdict.fits else "wrong-password"
            return _Refusal(InvalidCredentialsError(), result)
        try:
            profile = require_standing(standing, policy)
        except (SubjectDisabledError, TenantClosedError) as error:
            # Promise 3: refusals of a login look alike, but for those that a wire has a word for.
            told = policy.tells_of_closed_tenant and isinstance(error, TenantClosedError)
            return _Refusal(error if told else InvalidCredentialsError(), "disabled")
        if refused := attempt.visit.scopes - policy.grantable(profile):
            return _Refusal(ScopeRefusedError(refused), "scope-refused")
        return _Fit(standing, profile)

    def _prove(
        self, transaction: Transaction, attempt: _Attempt, fit: _Fit, *, whole: bool
    ) -> _Fit | _Refusal:
        """Redeem the proof, where the audience wants a face beside the password."""
        entry, subject = self.policy.audiences[attempt.visit.audience].entry, fit.standing.subject
        if entry.takes_face:
            forget_face_failures(transaction, subject.id)
        if not (whole and entry.wants_proof):
            return fit
        found = claim(transaction, attempt.proof, subject, attempt.visit, attempt.now)
        if isinstance(found, ProofFault):
            return _Refusal(InvalidCredentialsError(), found.value)
        return replace(fit, waiting=found)

    def _open(
        self, transaction: Transaction, attempt: _Attempt, fit: _Fit
    ) -> tuple[Admitted, Sequence[SessionId]]:
        policy = self.policy.audiences[attempt.visit.audience]
        if attempt.upgraded is not None:
            upgrade(transaction, fit.standing.subject.id, attempt.upgraded)
        session = new_session(fit.standing, fit.profile, policy, attempt.visit, attempt.now)
        if fit.waiting is None:
            displaced = displace(transaction, policy, session)
            tokens = mint_pair(policy, self.random)
            return open_session(transaction, fit.standing, session, fit.profile, tokens), displaced
        active, refresh = activate(transaction, fit.waiting, session, policy, self.random)
        subject, tenant = fit.standing.subject, fit.standing.tenant
        admitted = Admitted(subject, tenant, fit.profile, active, Token(attempt.proof), refresh)
        return admitted, displace(transaction, policy, active)


def _find(transaction: Transaction, login: str, visit: Visit) -> Standing | None:
    return transaction.standings.find_by_login(login, visit.audience) if login else None


def _overtaken(seen: Standing | None, standing: Standing | None) -> bool:
    """Say whether the verdict was about another subject, or about a hash that is no longer its."""
    if seen is None or standing is None:
        return False
    return (seen.subject.id, seen.password) != (standing.subject.id, standing.password)


def _entry(attempt: _Attempt, standing: Standing | None, result: str) -> Entry:
    return Entry(
        attempt.now,
        attempt.action,
        result,
        audience=attempt.visit.audience,
        subject_id=None if standing is None else standing.subject.id,
        login=attempt.shown,
        tenant_id=None if standing is None else standing.subject.tenant_id,
        address=attempt.visit.address,
        device_key=attempt.visit.device.key,
    )
