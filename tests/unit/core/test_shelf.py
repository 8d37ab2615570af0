"""Documents at hand in every worker: cold, warm, and cold again after a change."""

import threading
from uuid import UUID

import pytest

from tests.support.house import NORTH, SOUTH
from tests.support.storages import FailingStorage, WatchedStorage
from watchword.core.audit import Actor
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.shelf import ColdError

ROLES = {"admin": b"{}", "user": b"[]"}


@pytest.fixture
def shelf(house):
    house.core.shelf.put(NORTH, "role", ROLES)
    return house.core.shelf


def test_what_was_never_read_is_cold_and_says_how_to_warm_it(shelf):
    with pytest.raises(ColdError) as cold:
        shelf.recall(NORTH, "role")

    cold.value.warm()
    assert shelf.recall(NORTH, "role") == ROLES


@pytest.mark.usefixtures("shelf")
def test_what_was_read_is_recalled_without_the_storage(house):
    storage = FailingStorage(house.storage)
    worker = house.worker(storage=storage)
    worker.shelf.list_of(NORTH, "role")

    with storage.outage():
        assert worker.shelf.recall(NORTH, "role") == ROLES


def test_a_kind_without_documents_is_recalled_as_empty(shelf):
    shelf.list_of(NORTH, "nothing")

    assert shelf.recall(NORTH, "nothing") == {}


def test_kinds_and_audiences_are_apart(shelf):
    assert shelf.list_of(SOUTH, "role") == shelf.list_of(NORTH, "roles") == {}


@pytest.mark.parametrize("change", ["put", "remove", "everything"])
def test_a_change_makes_it_cold_in_every_worker(house, shelf, change):
    other = house.worker().shelf
    for each in (shelf, other):
        each.list_of(NORTH, "role")
    {
        "put": lambda: shelf.put(NORTH, "role", {"admin": b"1"}),
        "remove": lambda: shelf.remove(NORTH, "role", "admin"),
        "everything": house.core.revocation.forget_everything,
    }[change]()

    for each in (shelf, other):
        with pytest.raises(ColdError):
            each.recall(NORTH, "role")
    assert other.list_of(NORTH, "role").get("admin") == {"put": b"1", "everything": b"{}"}.get(
        change
    )


def test_a_change_elsewhere_disturbs_nothing(house, shelf):
    house.add("alice")
    shelf.list_of(NORTH, "role")

    shelf.put(NORTH, "other", {"x": b"1"})
    house.core.revocation.end_device("phone", "revoked")

    assert shelf.recall(NORTH, "role") == ROLES


@pytest.mark.usefixtures("shelf")
def test_changes_elsewhere_do_not_keep_it_cold(house):
    """Logouts never cease on a busy server; reading must not wait for a quiet moment."""
    storage = WatchedStorage(house.storage)
    worker = house.worker(storage=storage)
    storage.seen = lambda _event: house.core.revocation.end_device("phone", "revoked")

    worker.shelf.list_of(NORTH, "role")

    assert worker.shelf.recall(NORTH, "role") == ROLES


def test_documents_are_put_all_or_none(shelf):
    class Torn(dict[str, bytes]):
        def items(self):
            yield "admin", b"1"
            raise EOFError

    with pytest.raises(EOFError):
        shelf.put(NORTH, "role", Torn())

    assert shelf.list_of(NORTH, "role") == ROLES


def test_what_is_not_there_cannot_be_removed(shelf):
    with pytest.raises(NotFoundError) as missing:
        shelf.remove(NORTH, "role", "nobody")

    assert missing.value.kind == "document"


def test_nobody_can_change_what_is_shared(shelf):
    with pytest.raises(TypeError):
        shelf.list_of(NORTH, "role")["admin"] = b"x"


class TestChange:
    def test_it_is_made_in_the_light_of_what_is_there(self, shelf):
        def work(before):
            assert before == ROLES
            return {"admin": None, "guest": b"1", "nobody": None}

        done = shelf.change(NORTH, "role", work)

        assert done == {"admin": None, "guest": b"1", "nobody": None}
        assert shelf.list_of(NORTH, "role") == {"user": b"[]", "guest": b"1"}

    def test_what_it_raises_leaves_everything_as_it_was(self, house, shelf):
        before = house.audited()

        def work(_before):
            raise EOFError

        with pytest.raises(EOFError):
            shelf.change(NORTH, "role", work)

        assert shelf.list_of(NORTH, "role") == ROLES
        assert house.audited() == before

    def test_none_is_lost_among_many(self, house):
        """Each takes the next number, as who numbers roles does."""

        def add(before):
            return {str(len(before)): b""}

        def run():
            for _ in range(10):
                house.core.shelf.change(NORTH, "number", add)

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(house.core.shelf.list_of(NORTH, "number")) == 40

    def test_who_asked_for_it_is_told_but_not_what_they_say(self, house, shelf):
        boss = Actor(UUID(int=7), "boss", address="192.0.2.1")
        shelf.put(NORTH, "role", {"b": b"s3cr3t", "a": b""}, by=boss)
        shelf.remove(NORTH, "role", "a", by=boss)

        *_, put, removed = house.audited("document.change")
        who = {"by": str(boss.subject_id), "by_login": "boss"}
        assert put.details == {"kind": "role", "put": "a b", **who}
        assert removed.details == {"kind": "role", "removed": "a", **who}
        assert (put.audience, put.address) == (NORTH, "192.0.2.1")
        assert "s3cr3t" not in repr(put)


def test_a_guard_looks_at_the_rest_of_the_unit_and_can_undo_it(house):
    shelf = house.core.shelf
    seen = []

    def guard(transaction):
        seen.append(transaction.documents.find(SOUTH, "role", "1"))
        raise ForbiddenError

    with pytest.raises(ForbiddenError):
        shelf.change(SOUTH, "role", lambda _: {"1": b"new"}, guard=guard)

    assert seen == [b"new"]
    assert shelf.list_of(SOUTH, "role") == {}
