"""The core's public API, used as its docstrings say. mypy reads this file as part of the tests.

Each function is a reader's first attempt; what mypy makes of it is the test. `assert_type` fails
the check where a type changes, and `test_it_also_runs` makes sure that none of it is fiction.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import assert_never, assert_type

from tests.support.world import CHEAPEST
from watchword.core.access import Principal
from watchword.core.admission import Admitted
from watchword.core.challenges import ChallengeFault
from watchword.core.core import Core, assemble
from watchword.core.errors import (
    AlreadyExistsError,
    AnyCoreError,
    ChallengeRefusedError,
    DeviceBlockedError,
    FaceRefusedError,
    ForbiddenError,
    InvalidCredentialsError,
    NotFoundError,
    OverloadedError,
    RefreshForeignError,
    RefreshUnknownError,
    RosterUnavailableError,
    ScopeMissingError,
    ScopeRefusedError,
    StorageUnavailableError,
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenMissingError,
    TokenUnknownError,
    TooManyAttemptsError,
    TooManyRequestsError,
)
from watchword.core.faces import FaceFault
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.policy import AudiencePolicy, Lifetime, Policy
from watchword.core.ports import Stamps, Storage, Transaction, Vault
from watchword.core.seeding import Change, SubjectDraft
from watchword.core.sessions import EndReason, Session
from watchword.core.subjects import Audience, Standing, Subject
from watchword.core.tokens import Alphabet, Token, TokenForm
from watchword.storage.memory import MemoryStorage, MemoryVault
from watchword.storage.stamps import LocalStamps

HERE = Audience("here")


def tell_time() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def build() -> Core:
    """Build a core from parts of the reader's own."""
    storage: Storage = MemoryStorage()
    stamps: Stamps = LocalStamps()
    form = TokenForm(Alphabet.HEX, 32)
    here = AudiencePolicy(
        HERE,
        form,
        read_profile=lambda document: document,
        lifetime=lambda _subject, _profile: Lifetime(timedelta(hours=1)),
        refresh_form=form,
    )
    policy = Policy(passwords=CHEAPEST, audiences={HERE: here})
    vault: Vault = MemoryVault(tell_time)
    return assemble(storage, stamps, vault, policy, tell_time, secrets.token_bytes)


def seed(core: Core) -> None:
    """Put a subject as drafted."""
    draft = SubjectDraft(("alice",), password="correct horse", profiles={HERE: b"{}"})
    assert_type(core.seeding.put_subject(draft), Change)


def log_in(core: Core) -> Admitted:
    """Let somebody in."""
    admitted = core.login.admit(PasswordGrant("alice", "correct horse"), Visit(HERE))
    assert_type(admitted.subject, Subject)
    assert_type(admitted.session, Session)
    assert_type(admitted.token, Token)
    assert_type(admitted.refresh, Token | None)
    return admitted


def verify(core: Core, secret: str) -> Principal:
    """Ask who is calling: quickly, then thoroughly."""
    known = core.access.recall(secret, HERE)
    assert_type(known, Principal | None)
    if known is not None:
        return known
    return core.access.principal(secret, HERE)


def renew(core: Core, admitted: Admitted) -> Admitted:
    """Exchange a pair for a new one."""
    assert admitted.refresh is not None
    return core.renewal.renew(admitted.token.secret, admitted.refresh.secret, HERE)


def leave(core: Core, session: Session) -> None:
    """End a session."""
    core.revocation.end_session(session, EndReason.LEFT)


def look(core: Core) -> Standing | None:
    """Look at the storage through its reading door."""
    with core.storage.read() as transaction:
        assert_type(transaction, Transaction)
        found = transaction.standings.find_by_login("alice", HERE)
        assert_type(found, Standing | None)
        return found


def shelve(core: Core) -> Mapping[str, bytes]:
    """Keep small documents at hand."""
    core.shelf.put(HERE, "role", {"admin": b"{}"})
    return core.shelf.list_of(HERE, "role")


def explain(error: AnyCoreError) -> str:  # noqa: C901, PLR0911, PLR0912 - one arm a refusal is the point
    """Map every refusal, as each dialect does; one that is missing is an error of mypy's."""
    match error:
        case InvalidCredentialsError():
            return "credentials"
        case FaceRefusedError(fault):
            assert_type(fault, FaceFault)
            return fault
        case ChallengeRefusedError(fault):
            assert_type(fault, ChallengeFault)
            return fault
        case TooManyAttemptsError(retry_after) | OverloadedError(retry_after):
            assert_type(retry_after, timedelta)
            return "later"
        case TooManyRequestsError(retry_after):
            assert_type(retry_after, timedelta)
            return "later"
        case StorageUnavailableError(retry_after) | RosterUnavailableError(retry_after):
            assert_type(retry_after, timedelta)
            return "later"
        case ScopeRefusedError(scopes):
            assert_type(scopes, frozenset[str])
            return "scopes"
        case ScopeMissingError(scope):
            assert_type(scope, str)
            return scope
        case TokenMissingError() | TokenUnknownError() | TokenExpiredError():
            return "token"
        case SubjectDisabledError() | TenantClosedError() | ForbiddenError() | DeviceBlockedError():
            return "forbidden"
        case RefreshUnknownError() | RefreshForeignError():
            return "refresh"
        case NotFoundError(kind):
            assert_type(kind, str)
            return kind
        case AlreadyExistsError(kind, field):
            return f"{kind} {field}"
        case _:
            assert_never(error)


def test_it_also_runs() -> None:
    core = build()
    seed(core)
    admitted = log_in(core)

    assert verify(core, admitted.token.secret) == verify(core, admitted.token.secret)
    successor = renew(core, admitted)
    assert verify(core, successor.token.secret).session.id == successor.session.id
    leave(core, successor.session)

    assert core.access.recall(successor.token.secret, HERE) is None
    standing = look(core)
    assert standing is not None
    assert standing.subject == admitted.subject
    assert shelve(core) == {"admin": b"{}"}
    assert explain(NotFoundError("tenant")) == "tenant"
    core.close()
