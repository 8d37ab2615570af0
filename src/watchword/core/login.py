"""Letting a subject in: the only way in which a chain of sessions begins.

Phases of `Login.admit`, in this order for every audience:

1. look: how does the subject with this login stand here? (a reading unit)
2. verify the password, or something that costs as much
3. decide, in one writing unit: is the login locked, does the subject still stand as it did when
   its password was verified, may it have the scopes? Count a failure or open the session, and
   write the audit entry either way
4. after the commit, make workers forget the sessions that this login displaced
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from watchword.core.access import require_standing
from watchword.core.admission import Admitted, displace, mint_pair, new_session, open_session
from watchword.core.audit import Entry
from watchword.core.errors import (
    CoreError,
    InvalidCredentialsError,
    ScopeRefusedError,
    SubjectDisabledError,
    TenantClosedError,
    TooManyAttemptsError,
)
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.lockout import (
    Attempts,
    device_keys,
    judge,
    login_key,
    record_failure,
    source_key,
)
from watchword.core.passwords import Passwords, Verdict, origin_of
from watchword.core.policy import Policy
from watchword.core.ports import Clock, Storage, Transaction
from watchword.core.revocation import Revocation, record, session_slot
from watchword.core.sessions import SessionId
from watchword.core.subjects import Credential, Standing, fold_login, is_storable, printable
from watchword.core.tokens import Randomness
from watchword.core.verified import VerifiedCredentials

__all__ = ["Login"]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try, as the phases hand it on. ``upgraded`` is a new hash for an outdated one."""

    login: str
    shown: str
    visit: Visit
    seen: Standing | None
    verdict: Verdict
    upgraded: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class _Fit:
    """The attempt passed every check."""

    standing: Standing
    profile: object


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
    policy: Policy
    clock: Clock
    random: Randomness

    def admit(self, grant: PasswordGrant, visit: Visit) -> Admitted:
        """Check a grant and open a session.

        Raises `InvalidCredentialsError`, `TooManyAttemptsError`, `ScopeRefusedError`,
        `OverloadedError` or `StorageUnavailableError`.
        """
        attempt = self._verify(grant, visit)
        with self.storage.write() as transaction:
            outcome, displaced = self._decide(transaction, attempt)
        if isinstance(outcome, CoreError):
            raise outcome
        if displaced:
            self.revocation.forget([session_slot(session_id) for session_id in displaced])
        if attempt.seen is not None:
            encoded = attempt.upgraded or attempt.seen.password
            standing = replace(attempt.seen, password=encoded)
            self.verified.remember(standing, grant.password, attempt.now)
        return outcome

    def check(self, grant: PasswordGrant, visit: Visit) -> None:
        """Judge a grant as `admit` does, counting and auditing it alike, but open no session.

        For wires that look at the credentials before they find fault with the rest of a request.
        Raises what `admit` raises.
        """
        attempt = self._verify(grant, visit)
        with self.storage.write() as transaction:
            judged = self._conclude(transaction, attempt, passed="verified")
        if isinstance(judged, _Refusal):
            raise judged.error

    def _verify(self, grant: PasswordGrant, visit: Visit) -> _Attempt:
        """Phases 1 and 2."""
        login = fold_login(grant.login) if is_storable(grant.login) else ""
        seen = self._look(login, visit)
        if seen is not None and self.verified.knows(seen, grant.password, self.clock()):
            verdict = Verdict(fits=True)
        else:
            verdict = self.passwords.check(grant.password, None if seen is None else seen.password)
        upgraded = self.passwords.hash(grant.password) if verdict.outdated else None
        shown = printable(grant.login)
        return _Attempt(login, shown, visit, seen, verdict, upgraded, self.clock())

    def _look(self, login: str, visit: Visit) -> Standing | None:
        """Phase 1. A source that guesses at large is refused before any hashing."""
        key = source_key(visit.address)
        with self.storage.read() as transaction:
            counted = transaction.attempts.find([key]).get(key)
            locked = judge(self.policy.lockout, counted, self.clock())
            if locked is not None:
                raise TooManyAttemptsError(locked)
            return transaction.standings.find_by_login(login, visit.audience) if login else None

    def _decide(
        self, transaction: Transaction, attempt: _Attempt
    ) -> tuple[Admitted | CoreError, Sequence[SessionId]]:
        """Phase 3."""
        judged = self._conclude(transaction, attempt, passed="admitted")
        if isinstance(judged, _Refusal):
            return judged.error, []
        return self._open(transaction, attempt, judged)

    def _conclude(
        self, transaction: Transaction, attempt: _Attempt, *, passed: str
    ) -> _Fit | _Refusal:
        """Judge, write down the judgement (``passed`` if it is a good one), and count."""
        standing = None
        if attempt.login:
            standing = transaction.standings.find_by_login(attempt.login, attempt.visit.audience)
        key, fresh_devices = _count_under(transaction, attempt, standing)
        source = source_key(attempt.visit.address)
        before = transaction.attempts.find([key, source])
        judged = self._judge(attempt, standing, before.get(key))
        result = judged.result if isinstance(judged, _Refusal) else passed
        record(transaction, _entry(attempt, standing, result))
        if isinstance(judged, _Refusal):
            if isinstance(judged.error, InvalidCredentialsError):
                self._count(transaction, key, source, before, attempt.now)
            return judged
        if key in before:
            transaction.attempts.clear([key])
        if fresh_devices:
            transaction.devices.remember(judged.standing.subject.id, fresh_devices, attempt.now)
        return judged

    def _judge(
        self, attempt: _Attempt, standing: Standing | None, counted: Attempts | None
    ) -> _Fit | _Refusal:
        locked = judge(self.policy.lockout, counted, attempt.now)
        if locked is not None:
            return _Refusal(TooManyAttemptsError(locked), "locked")
        if standing is None or attempt.seen is None:
            return _Refusal(InvalidCredentialsError(), "unknown-login")
        if not attempt.verdict.fits or standing.password != attempt.seen.password:
            return _Refusal(InvalidCredentialsError(), "wrong-password")
        try:
            profile = require_standing(standing, self.policy.audiences[attempt.visit.audience])
        except (SubjectDisabledError, TenantClosedError):
            # Told to nobody but the audit log: promise 3, all refusals of a login look alike.
            return _Refusal(InvalidCredentialsError(), "disabled")
        policy = self.policy.audiences[attempt.visit.audience]
        refused = attempt.visit.scopes - policy.grantable(profile)
        if refused:
            return _Refusal(ScopeRefusedError(refused), "scope-refused")
        return _Fit(standing, profile)

    def _count(
        self,
        transaction: Transaction,
        key: str,
        source: str,
        before: dict[str, Attempts],
        now: datetime,
    ) -> None:
        lockout = self.policy.lockout
        counts = [record_failure(lockout, key, before.get(key), now)]
        if source:
            counts.append(record_failure(lockout, source, before.get(source), now, source=True))
        transaction.attempts.put(counts)

    def _open(
        self, transaction: Transaction, attempt: _Attempt, fit: _Fit
    ) -> tuple[Admitted, Sequence[SessionId]]:
        policy = self.policy.audiences[attempt.visit.audience]
        if attempt.upgraded is not None:
            _upgrade(transaction, fit.standing, attempt.upgraded)
        session = new_session(fit.standing, fit.profile, policy, attempt.visit, attempt.now)
        displaced = displace(transaction, policy, session)
        tokens = mint_pair(policy, self.random)
        return open_session(transaction, fit.standing, session, fit.profile, tokens), displaced


def _count_under(
    transaction: Transaction, attempt: _Attempt, standing: Standing | None
) -> tuple[str, Sequence[str]]:
    """Return the key that this attempt counts under, and the visit's device keys not yet known."""
    if standing is None:
        return login_key(attempt.login or attempt.shown), []
    keys = device_keys(attempt.visit.device.key, attempt.visit.address)
    known = transaction.devices.knows(standing.subject.id, keys)
    first_known = next((key for key in keys if key in known), "")
    return login_key(attempt.login, first_known), [key for key in keys if key not in known]


def _upgrade(transaction: Transaction, standing: Standing, upgraded: str) -> None:
    """Replace an outdated hash; where it came from stays known."""
    subject_id = standing.subject.id
    before = transaction.credentials.find_password(subject_id)
    if before is not None:
        origin = before.origin or origin_of(before.encoded)
        transaction.credentials.put_password(subject_id, Credential(upgraded, origin))


def _entry(attempt: _Attempt, standing: Standing | None, result: str) -> Entry:
    return Entry(
        attempt.now,
        "login",
        result,
        audience=attempt.visit.audience,
        subject_id=None if standing is None else standing.subject.id,
        login=attempt.shown,
        tenant_id=None if standing is None else standing.subject.tenant_id,
        address=attempt.visit.address,
        device_key=attempt.visit.device.key,
    )
