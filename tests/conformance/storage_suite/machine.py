"""The reference storage and another one, driven side by side: whatever is asked, both say the same.

Numbers that a storage gives out may differ (a sequence may leave gaps where a unit was undone), so
they are compared by the order in which they were given.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.conformance.storage_suite.challenges import posed
from tests.conformance.storage_suite.records import HOUR, NORTH, SOUTH, START, record
from watchword.core.errors import CoreError
from watchword.core.lockout import Attempts
from watchword.core.ports import Storage, Transaction
from watchword.core.sessions import Device, EndReason, Session, SessionFilter, SessionId, Touch
from watchword.core.subjects import Credential, Profile, Subject, SubjectId, Tenant, TenantId
from watchword.core.tokens import TokenRecord, Use, digest
from watchword.storage.memory import MemoryStorage

__all__ = ["StorageMachine"]

SUBJECTS: Final = [SubjectId(UUID(int=number)) for number in range(1, 5)]
TENANTS: Final = [TenantId(UUID(int=number)) for number in (2**100, 7, 2**127)]
LOGINS: Final = ("alice", "ALICE", "Bob", "straße", "STRASSE", "x@y.example")
AUDIENCES: Final = (NORTH, SOUTH)
KEYS: Final = ("", "a", "b", "ä", "B")
SECRETS: Final = ("one", "two", "three", "four")

subject_ids: Final = st.sampled_from(SUBJECTS)
tenant_ids: Final = st.sampled_from(TENANTS)
audiences: Final = st.sampled_from(AUDIENCES)
keys: Final = st.sampled_from(KEYS)
some_keys: Final = st.lists(keys, max_size=6, unique=True)
times: Final = st.integers(-3, 3).map(lambda hours: START + hours * HOUR)
places: Final = st.integers(0, 20)
kept: Final = st.sampled_from([True, True, True, False])
limits: Final = st.integers(0, 3)


class UndoneError(Exception):
    """Thrown to end a unit that is not to be kept."""


@dataclass
class Side:
    """One of the two storages, and the numbers it gave out, in their order."""

    storage: Storage
    numbers: list[int] = field(default_factory=list)
    sessions: list[SessionId] = field(default_factory=list)

    def session(self, place: int) -> SessionId:
        """Return the id of the session at a place, or one that was never given out."""
        if not self.sessions:
            return SessionId(10**6)
        return self.sessions[place % len(self.sessions)]

    def plain(self, value: Any) -> Any:
        """Return a value with given numbers replaced by their places."""
        if isinstance(value, Session):
            ends = (value.id, value.family, value.predecessor)
            return [self.place(each) for each in ends], self._of_record(value, "id", "family")
        if isinstance(value, Subject):
            number = self.numbers.index(value.number) if value.number in self.numbers else "new"
            return number, self._of_record(value, "number")
        if isinstance(value, TokenRecord):
            return value.digest, self.place(value.session_id), value.use
        if is_dataclass(value) and not isinstance(value, type):
            return self._of_record(value)
        if isinstance(value, Mapping):
            value = sorted(value.items())
        return [self.plain(each) for each in value] if isinstance(value, list | tuple) else value

    def place(self, session_id: SessionId | None) -> int | str | None:
        """Return in whose place an id was given out."""
        if session_id is None:
            return None
        return self.sessions.index(session_id) if session_id in self.sessions else "new"

    def _of_record(self, value: Any, *left_out: str) -> Any:
        """A naive time would compare unequal to an aware one, a time elsewhere would not."""
        left_out = (*left_out, "predecessor")
        return [
            (each.name, repr(found) if isinstance(found, datetime) else self.plain(found))
            for each in fields(value)
            if each.name not in left_out
            for found in [getattr(value, each.name)]
        ]


class StorageMachine(RuleBasedStateMachine):
    """Does the same to both storages, and compares what they say and what they hold."""

    def open(self) -> Storage:
        """Return the other storage, empty."""
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        self.sides = [Side(MemoryStorage()), Side(self.open())]

    def both(self, work: Callable[[Transaction, Side], Any], *, keep: bool = True) -> list[Any]:
        """Do something on both sides in a writing unit. Returns what each said."""
        said = [self._one(side, work, keep=keep) for side in self.sides]
        one, other = (side.plain(each) for side, each in zip(self.sides, said, strict=True))
        assert one == other
        return said

    def _one(self, side: Side, work: Callable[[Transaction, Side], Any], *, keep: bool) -> Any:
        said: Any = None
        with ExitStack() as stack:
            # Entered first, so that it swallows what the unit was undone by.
            stack.enter_context(suppress(UndoneError))
            transaction = stack.enter_context(side.storage.write())
            try:
                said = work(transaction, side)
            except CoreError as refusal:
                # The unit goes on: what was refused must have left nothing.
                said = [type(refusal).__name__, *vars(refusal).values()]
            if not keep:
                raise UndoneError
        return said

    @rule(tenant_id=tenant_ids, name=keys, at=times, keep=kept)
    def add_tenant(self, tenant_id: TenantId, name: str, at: datetime, *, keep: bool) -> None:
        self.both(lambda t, _: t.tenants.add(Tenant(tenant_id, name, at)), keep=keep)

    @rule(tenant_id=tenant_ids, name=keys, keep=kept)
    def replace_tenant(self, tenant_id: TenantId, name: str, *, keep: bool) -> None:
        tenant = Tenant(tenant_id, name, START, in_deletion=True)
        self.both(lambda t, _: t.tenants.replace(tenant), keep=keep)

    @rule(tenant_id=tenant_ids, keep=kept)
    def remove_tenant(self, tenant_id: TenantId, *, keep: bool) -> None:
        self.both(lambda t, _: t.tenants.remove(tenant_id), keep=keep)

    @rule(
        subject_id=subject_ids,
        logins=st.lists(st.sampled_from(LOGINS), max_size=3),
        tenant_id=st.none() | tenant_ids,
        at=times,
        replaces=st.booleans(),
        keep=kept,
    )
    def put_subject(self, *, replaces: bool, keep: bool, **drawn: Any) -> None:
        subject = Subject(
            id=drawn["subject_id"],
            logins=tuple(drawn["logins"]),
            full_name="ä",
            created_at=START,
            modified_at=drawn["at"],
            active=replaces,
            tenant_id=drawn["tenant_id"],
        )
        if replaces:
            self.both(lambda t, _: t.subjects.replace(subject), keep=keep)
            return
        said = self.both(lambda t, _: t.subjects.add(subject), keep=keep)
        for side, added in zip(self.sides, said, strict=True):
            if keep and isinstance(added, Subject):
                assert added.number > max(side.numbers, default=0)
                side.numbers.append(added.number)

    @rule(subject_id=subject_ids, keep=kept)
    def remove_subject(self, subject_id: SubjectId, *, keep: bool) -> None:
        self.both(lambda t, _: t.subjects.remove(subject_id), keep=keep)

    @rule(subject_id=subject_ids, encoded=keys, keep=kept)
    def put_password(self, subject_id: SubjectId, encoded: str, *, keep: bool) -> None:
        credential = Credential(encoded, encoded)
        self.both(lambda t, _: t.credentials.put_password(subject_id, credential), keep=keep)

    @rule(subject_id=subject_ids, audience=audiences, document=st.binary(max_size=3), keep=kept)
    def put_profile(self, subject_id: SubjectId, *, keep: bool, **drawn: Any) -> None:
        self.both(lambda t, _: t.profiles.put(subject_id, Profile(**drawn)), keep=keep)

    @rule(subject_id=subject_ids, audience=audiences, keep=kept)
    def remove_profile(self, subject_id: SubjectId, audience: Any, *, keep: bool) -> None:
        self.both(lambda t, _: t.profiles.remove(subject_id, audience), keep=keep)

    @rule(
        subject_id=subject_ids,
        audience=audiences,
        key=keys,
        expires_at=times,
        relatives=st.none() | places,
        keep=kept,
    )
    def add_session(self, relatives: int | None, *, keep: bool, **drawn: Any) -> None:
        session = Session(
            drawn["subject_id"],
            drawn["audience"],
            START,
            START,
            drawn["expires_at"],
            device=Device(drawn["key"]),
            scopes=frozenset(drawn["key"]),
        )

        def add(transaction: Transaction, side: Side) -> Session:
            if relatives is None:
                return transaction.sessions.add(session)
            other = side.session(relatives)
            return transaction.sessions.add(replace(session, family=other, predecessor=other))

        said = self.both(add, keep=keep)
        for side, added in zip(self.sides, said, strict=True):
            if keep and isinstance(added, Session):
                assert added.id > max(side.sessions, default=0)
                side.sessions.append(added.id)

    @rule(place=places, secret=st.sampled_from(SECRETS), use=st.sampled_from(Use), keep=kept)
    def add_token(self, place: int, secret: str, use: Use, *, keep: bool) -> None:
        name = digest(secret)
        self.both(
            lambda t, side: t.tokens.add(TokenRecord(name, side.session(place), use)), keep=keep
        )

    @rule(
        numbers=st.fixed_dictionaries(
            {}, optional={"id": places, "family": places, "other_than": places}
        ),
        others=st.fixed_dictionaries(
            {},
            optional={
                "subject_id": subject_ids,
                "tenant_id": tenant_ids,
                "audience": audiences,
                "device_key": keys,
            },
        ),
        at=times,
        limit=limits,
        keep=kept,
    )
    def end(
        self, numbers: dict[str, int], others: dict[str, Any], *, keep: bool, **drawn: Any
    ) -> None:
        def end(transaction: Transaction, side: Side) -> Any:
            asked: dict[str, Any] = {name: side.session(at) for name, at in numbers.items()}
            which = SessionFilter(**asked, **others)
            listed = transaction.sessions.list_living(which, drawn["at"], drawn["limit"])
            ended = transaction.sessions.end(which, drawn["at"], EndReason.REVOKED)
            return list(listed), [side.place(each) for each in ended]

        self.both(end, keep=keep)

    @rule(touches=st.lists(st.tuples(places, times, times), max_size=4), keep=kept)
    def touch(self, touches: list[tuple[int, datetime, datetime]], *, keep: bool) -> None:
        self.both(
            lambda t, side: t.sessions.touch(
                [Touch(side.session(place), *when) for place, *when in touches]
            ),
            keep=keep,
        )

    @rule(secret=st.sampled_from(SECRETS), keep=kept)
    def redeem(self, secret: str, *, keep: bool) -> None:
        self.both(lambda t, _: [t.tokens.redeem(digest(secret))], keep=keep)

    @rule(place=places, ends=times, deadline=st.none() | times, keep=kept)
    def prolong(self, place: int, ends: datetime, deadline: datetime | None, *, keep: bool) -> None:
        self.both(
            lambda t, side: t.sessions.prolong(side.session(place), ends, deadline), keep=keep
        )

    @rule(place=places, keep=kept)
    def settle(self, place: int, *, keep: bool) -> None:
        self.both(lambda t, side: t.sessions.settle(side.session(place)), keep=keep)

    @rule(before=times, limit=st.integers(5, 100), keep=kept)
    def purge(self, before: datetime, limit: int, *, keep: bool) -> None:
        """Not to a limit that counts: which of too many go is nobody's promise."""
        self.both(
            lambda t, _: (
                t.tokens.purge(before, limit * 100),
                t.tokens.purge_proofs(before, limit * 100),
                t.attempts.purge(before),
                t.challenges.purge(before, limit * 100),
                t.devices.purge(before),
            ),
            keep=keep,
        )

    @rule(key=keys, failures=st.integers(0, 2**40), at=times, until=st.none() | times, keep=kept)
    def count(self, key: str, failures: int, *, keep: bool, **drawn: Any) -> None:
        attempts = Attempts(key, failures, drawn["at"], drawn["until"])
        self.both(lambda t, _: t.attempts.put([attempts]), keep=keep)

    @rule(secret=st.sampled_from(SECRETS), source=keys, deadline=times, keep=kept)
    def pose(self, secret: str, *, keep: bool, **drawn: Any) -> None:
        self.both(lambda t, _: t.challenges.add(posed(secret, **drawn)), keep=keep)

    @rule(secret=st.sampled_from(SECRETS), keep=kept)
    def redeem_challenge(self, secret: str, *, keep: bool) -> None:
        self.both(lambda t, _: [t.challenges.redeem(digest(secret))], keep=keep)

    @rule(chosen=some_keys, keep=kept)
    def clear(self, chosen: list[str], *, keep: bool) -> None:
        self.both(lambda t, _: t.attempts.clear(chosen), keep=keep)

    @rule(subject_id=subject_ids, chosen=some_keys, at=times, keep=kept)
    def remember(
        self, subject_id: SubjectId, chosen: list[str], at: datetime, *, keep: bool
    ) -> None:
        self.both(lambda t, _: t.devices.remember(subject_id, chosen, at), keep=keep)

    @rule(audience=audiences, kind=keys, key=keys, document=st.binary(max_size=3), keep=kept)
    def put_document(self, *, keep: bool, **drawn: Any) -> None:
        self.both(lambda t, _: t.documents.put(*drawn.values()), keep=keep)

    @rule(audience=audiences, kind=keys, key=keys, keep=kept)
    def remove_document(self, *, keep: bool, **drawn: Any) -> None:
        self.both(lambda t, _: t.documents.remove(*drawn.values()), keep=keep)

    @rule(at=times, login=keys, keep=kept)
    def append(self, at: datetime, login: str, *, keep: bool) -> None:
        self.both(lambda t, _: record(t, at=at, login=login, details={login: login}), keep=keep)

    @invariant()
    def both_hold_the_same(self) -> None:
        one, other = (side.plain(self._everything(side)) for side in self.sides)
        assert one == other

    def _everything(self, side: Side) -> Any:
        with side.storage.read() as t:
            return [
                t.tenants.list_page(None, 2),
                t.tenants.list_page(TENANTS[1], 10),
                [t.tenants.find_by_name(key) for key in KEYS],
                t.subjects.list_page(0, 2),
                t.subjects.list_page(side.numbers[0] if side.numbers else 0, 10),
                [t.subjects.find_by_login(login) for login in LOGINS],
                [t.standings.find_by_login(login, NORTH) for login in LOGINS],
                [t.standings.find_by_token(digest(secret)) for secret in SECRETS],
                [self._of(t, subject_id) for subject_id in SUBJECTS],
                [t.sessions.find(each) for each in side.sessions],
                [t.sessions.find_successor(each) for each in side.sessions],
                t.sessions.list_living(SessionFilter(), START, 2),
                t.attempts.find(KEYS),
                [t.challenges.find(digest(secret)) for secret in SECRETS],
                [t.challenges.count_open(key, START) for key in KEYS],
                [t.documents.list_of(NORTH, kind) for kind in KEYS],
                [link for _, link in t.audit.list_page(0, 100)],
                t.audit.head(),
            ]

    def _of(self, transaction: Transaction, subject_id: SubjectId) -> Any:
        return [
            transaction.credentials.find_password(subject_id),
            transaction.profiles.list_of(subject_id),
            transaction.devices.knows(subject_id, KEYS),
            [transaction.standings.find_by_subject(subject_id, each) for each in AUDIENCES],
        ]
