"""What every storage promises of a unit of work."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from tests.conformance.storage_suite.challenges import posed
from tests.conformance.storage_suite.records import (
    HOUR,
    NORTH,
    START,
    Suite,
    add_subject,
    make_session,
    make_subject,
    make_tenant,
    open_session,
    record,
)
from watchword.core.blobs import BlobId
from watchword.core.errors import AlreadyExistsError, NotFoundError
from watchword.core.index import Query, equals
from watchword.core.jobs import Job
from watchword.core.lockout import Attempts
from watchword.core.ports import Storage, Transaction
from watchword.core.sessions import EndReason, Session, SessionFilter, Touch
from watchword.core.subjects import Credential, Profile, Subject, Tenant
from watchword.core.tokens import TokenRecord, Use, digest

__all__ = ["TransactionConformance"]


class Scene:
    """One of everything, stored, and every way of changing it."""

    def __init__(self, storage: Storage) -> None:
        self.tenant: Tenant = make_tenant()
        with storage.write() as transaction:
            transaction.tenants.add(self.tenant)
            self.subject: Subject = transaction.subjects.add(make_subject("alice"))
            transaction.credentials.put_password(self.subject.id, Credential("before"))
            transaction.profiles.put(self.subject.id, Profile(NORTH, b"before"))
            self.session: Session = open_session(transaction, self.subject, "before")
            transaction.attempts.put([Attempts("before", 1, START)])
            transaction.challenges.add(posed("before"))
            transaction.devices.remember(self.subject.id, ["before"], START)
            transaction.documents.put(NORTH, "kind", "before", b"before")
            transaction.index.put("kind", "before", {"facet": "before"})
            self.job = transaction.jobs.add(Job("kind", b"before", START))
            transaction.blobs.add(BlobId("before"))
            record(transaction)

    def state(self, transaction: Transaction) -> object:
        """Return all that a unit can see of it."""
        return (
            transaction.tenants.list_page(None, 10),
            transaction.subjects.list_page(0, 10),
            transaction.credentials.find_password(self.subject.id),
            transaction.profiles.list_of(self.subject.id),
            transaction.standings.find_by_token(digest("before")),
            transaction.standings.find_by_token(digest("after")),
            transaction.sessions.find(self.session.id),
            transaction.sessions.list_living(SessionFilter(), START, 10),
            transaction.attempts.find(["before", "after"]),
            transaction.challenges.find(digest("before")),
            transaction.challenges.find(digest("after")),
            transaction.devices.knows(self.subject.id, ["before", "after"]),
            transaction.documents.list_of(NORTH, "kind"),
            transaction.index.search(Query("kind")),
            transaction.index.search(Query("kind", (equals("facet", "before"),))),
            transaction.blobs.known([BlobId("before"), BlobId("after")]),
            transaction.audit.list_page(0, 10),
        )

    def changes(self, transaction: Transaction) -> dict[str, Callable[[], object]]:
        """Return every change that the port knows."""
        subject, session = self.subject, self.session
        touch = Touch(session.id, START + HOUR, START + 3 * HOUR)
        token = TokenRecord(digest("after"), session.id, Use.REFRESH)
        return {
            "add a tenant": lambda: transaction.tenants.add(make_tenant()),
            "replace a tenant": lambda: transaction.tenants.replace(
                replace(self.tenant, name="after")
            ),
            "add a subject": lambda: transaction.subjects.add(make_subject()),
            "replace a subject": lambda: transaction.subjects.replace(
                replace(subject, logins=("after",), tenant_id=self.tenant.id)
            ),
            "put a password": lambda: transaction.credentials.put_password(
                subject.id, Credential("after")
            ),
            "put a profile": lambda: transaction.profiles.put(subject.id, Profile(NORTH, b"after")),
            "add a session": lambda: transaction.sessions.add(make_session(subject)),
            "add a token": lambda: transaction.tokens.add(token),
            "touch a session": lambda: transaction.sessions.touch([touch]),
            "put a count": lambda: transaction.attempts.put([Attempts("after", 1, START)]),
            "pose a challenge": lambda: transaction.challenges.add(posed("after")),
            "redeem a challenge": lambda: transaction.challenges.redeem(digest("before")),
            "remember a device": lambda: transaction.devices.remember(subject.id, ["after"], START),
            "put a document": lambda: transaction.documents.put(NORTH, "kind", "after", b""),
            "put an entry": lambda: transaction.index.put("kind", "after", {"facet": "before"}),
            "change an entry": lambda: transaction.index.put("kind", "before", {}),
            "add a job": lambda: transaction.jobs.add(Job("kind", b"after", START)),
            "take a job": lambda: transaction.jobs.take(["kind"], START, HOUR, 1),
            "put a job off": lambda: transaction.jobs.retry(self.job.id, START + HOUR),
            "forget a job": lambda: transaction.jobs.done(self.job.id),
            "note a blob": lambda: transaction.blobs.add(BlobId("after")),
            "append to the trail": lambda: record(transaction),
            "settle a session": lambda: transaction.sessions.settle(session.id),
            "end a session": lambda: transaction.sessions.end(
                SessionFilter(id=session.id), START, EndReason.LEFT
            ),
            "clear a count": lambda: transaction.attempts.clear(["before"]),
            "purge counts": lambda: transaction.attempts.purge(START + HOUR),
            "purge challenges": lambda: transaction.challenges.purge(START + HOUR, 9),
            "purge devices": lambda: transaction.devices.purge(START + HOUR),
            "purge sessions": lambda: transaction.tokens.purge(START + 9 * HOUR, 10),
            "remove an entry": lambda: transaction.index.remove("kind", "before"),
            "remove no entry": lambda: transaction.index.remove("nothing", "before"),
            "forget a blob": lambda: transaction.blobs.remove(BlobId("before")),
            "remove a document": lambda: transaction.documents.remove(NORTH, "kind", "before"),
            "remove a profile": lambda: transaction.profiles.remove(subject.id, NORTH),
            "remove a subject": lambda: transaction.subjects.remove(subject.id),
            "remove a tenant": lambda: transaction.tenants.remove(self.tenant.id),
        }


class InterruptionError(BaseException):
    """What a signal might raise in the middle of a unit; no `Exception`."""


class TransactionConformance(Suite):
    """Units of work, one after another."""

    def test_a_unit_sees_what_it_wrote(self, storage: Storage) -> None:
        with storage.write() as transaction:
            subject = transaction.subjects.add(make_subject("alice"))
            assert transaction.subjects.find_by_login("alice") == subject

        with storage.read() as transaction:
            assert transaction.subjects.find_by_login("alice") == subject

    @pytest.mark.parametrize("error", [ValueError, InterruptionError])
    def test_an_exception_undoes_everything_and_passes(
        self, storage: Storage, error: type[BaseException]
    ) -> None:
        scene = Scene(storage)
        with storage.read() as transaction:
            before = scene.state(transaction)

        def fail() -> None:
            with storage.write() as transaction:
                for change in scene.changes(transaction).values():
                    change()
                assert scene.state(transaction) != before
                raise error

        with pytest.raises(error):
            fail()

        with storage.read() as transaction:
            assert scene.state(transaction) == before
        add_subject(storage, "after")

    def test_a_reading_unit_sees_one_state(self, storage: Storage) -> None:
        scene = Scene(storage)

        with storage.read() as early:
            before = scene.state(early)
            with storage.write() as transaction:
                for change in scene.changes(transaction).values():
                    change()
            with storage.read() as late:
                assert scene.state(late) != before
            assert scene.state(early) == before

    def test_nobody_sees_a_unit_that_is_not_over(self, storage: Storage) -> None:
        scene = Scene(storage)
        with storage.read() as transaction:
            before = scene.state(transaction)

        with storage.write() as transaction:
            for change in scene.changes(transaction).values():
                change()
            with storage.read() as other:
                assert scene.state(other) == before

    def test_a_reading_unit_changes_nothing(self, storage: Storage) -> None:
        scene = Scene(storage)

        with storage.read() as transaction:
            before = scene.state(transaction)
            for name, change in scene.changes(transaction).items():
                with pytest.raises(RuntimeError, match="only looks"):
                    change()
                assert scene.state(transaction) == before, name

        with storage.read() as transaction:
            assert scene.state(transaction) == before

    def test_a_unit_goes_on_after_a_refusal(self, storage: Storage) -> None:
        scene = Scene(storage)

        with storage.write() as transaction:
            with pytest.raises(AlreadyExistsError):
                transaction.subjects.add(make_subject("alice"))
            with pytest.raises(AlreadyExistsError):
                transaction.tokens.add(TokenRecord(digest("before"), scene.session.id, Use.ACCESS))
            with pytest.raises(NotFoundError):
                transaction.sessions.add(make_session(make_subject()))
            with pytest.raises(NotFoundError):
                transaction.credentials.put_password(make_subject().id, Credential("x"))
            transaction.documents.put(NORTH, "kind", "after", b"")

        with storage.read() as transaction:
            assert transaction.documents.find(NORTH, "kind", "after") == b""

    def test_a_writing_unit_inside_of_another_is_a_mistake(self, storage: Storage) -> None:
        with storage.write() as transaction:
            transaction.documents.put(NORTH, "kind", "key", b"")
            with pytest.raises(RuntimeError, match="inside"):
                storage.write().__enter__()

        with storage.read() as transaction:
            assert transaction.documents.find(NORTH, "kind", "key") == b""

    def test_units_can_be_opened_again_and_again(self, storage: Storage) -> None:
        """Each gives back what it took, whether it went well or not."""

        def fail(opening: AbstractContextManager[Transaction]) -> None:
            with opening as transaction:
                transaction.documents.find(NORTH, "kind", "key")
                raise KeyError

        for _ in range(100):
            for door in (storage.read, storage.write):
                with pytest.raises(KeyError):
                    fail(door())
                with door() as transaction:
                    transaction.documents.find(NORTH, "kind", "key")
