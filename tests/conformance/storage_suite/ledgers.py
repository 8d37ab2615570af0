"""What every storage keeps of counts, devices, documents and decisions."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.conformance.storage_suite.records import (
    HOUR,
    HUGE,
    MICROSECOND,
    NORTH,
    SOUTH,
    START,
    Suite,
    add_subject,
    record,
)
from watchword.core.audit import GENESIS, AuditSearch, Entry, find_break, seal
from watchword.core.errors import NotFoundError
from watchword.core.lockout import Attempts
from watchword.core.ports import Storage
from watchword.core.subjects import SubjectId

__all__ = ["AuditConformance", "LedgerConformance"]

ALICE = UUID(int=1)
BOB = UUID(int=2)
KEYS = tuple(f"key {number}" for number in range(9))


class LedgerConformance(Suite):
    """Counts, devices and documents."""

    def test_counts_come_back_as_they_were_put(self, storage: Storage) -> None:
        counts = [
            Attempts("plain", 1, START),
            Attempts("lockéd", 2**40, START + MICROSECOND, START + HOUR),
        ]

        with storage.write() as transaction:
            transaction.attempts.put(counts)

        with storage.read() as transaction:
            found = transaction.attempts.find(["plain", "lockéd", "unknown"])
        assert found == {each.key: each for each in counts}

    @pytest.mark.parametrize("many", range(len(KEYS) + 1))
    def test_any_number_of_counts_is_found_at_once(self, storage: Storage, many: int) -> None:
        with storage.write() as transaction:
            transaction.attempts.put([Attempts(key, 1, START) for key in KEYS])

        with storage.read() as transaction:
            assert set(transaction.attempts.find(KEYS[:many])) == set(KEYS[:many])

    def test_a_count_is_replaced_and_cleared(self, storage: Storage) -> None:
        with storage.write() as transaction:
            transaction.attempts.put([Attempts(key, 7, START, START) for key in KEYS[:3]])
            transaction.attempts.put([Attempts(KEYS[0], 8, START)])
            transaction.attempts.clear([KEYS[1], "unknown"])
            transaction.attempts.clear([])

        with storage.read() as transaction:
            assert transaction.attempts.find(KEYS[:3]) == {
                KEYS[0]: Attempts(KEYS[0], 8, START),
                KEYS[2]: Attempts(KEYS[2], 7, START, START),
            }

    def test_counts_are_purged_by_their_last_failure(self, storage: Storage) -> None:
        old = Attempts("old", 1, START - MICROSECOND, START + HOUR)
        with storage.write() as transaction:
            transaction.attempts.put([old, Attempts("new", 1, START)])

            assert transaction.attempts.purge(START) == 1
            assert transaction.attempts.purge(START) == 0
            assert set(transaction.attempts.find(["old", "new"])) == {"new"}

    def test_devices_are_known_to_their_subject_only(self, storage: Storage) -> None:
        alice, bob = add_subject(storage), add_subject(storage)

        with storage.write() as transaction:
            transaction.devices.remember(alice.id, KEYS, START)
            transaction.devices.remember(bob.id, KEYS[:1], START)

        with storage.read() as transaction:
            knows = transaction.devices.knows
            assert knows(alice.id, [*KEYS, "unknown"]) == set(KEYS)
            assert knows(bob.id, KEYS) == {KEYS[0]}
            assert knows(alice.id, []) == frozenset()
            assert knows(SubjectId(uuid4()), KEYS) == frozenset()
            list_of = transaction.devices.list_of
            assert sorted(list_of(alice.id)) == sorted(KEYS)
            assert list(list_of(bob.id)) == [KEYS[0]]
            assert list(list_of(SubjectId(uuid4()))) == []

    def test_a_device_that_is_seen_again_is_renewed(self, storage: Storage) -> None:
        subject = add_subject(storage)
        with storage.write() as transaction:
            transaction.devices.remember(subject.id, KEYS[:2], START - HOUR)
            transaction.devices.remember(subject.id, KEYS[:1], START)

            assert transaction.devices.purge(START) == 1
            assert transaction.devices.purge(START) == 0
            assert transaction.devices.knows(subject.id, KEYS) == {KEYS[0]}

    def test_nobody_has_no_device(self, storage: Storage) -> None:
        with storage.write() as transaction, pytest.raises(NotFoundError, match="subject"):
            transaction.devices.remember(SubjectId(uuid4()), ["key"], START)

    def test_documents_come_back_byte_by_byte(self, storage: Storage) -> None:
        with storage.write() as transaction:
            put = transaction.documents.put
            put(NORTH, "role", "1", b"before")
            put(NORTH, "role", "1", b'{"\xc3\xa4":1}')
            put(NORTH, "group", "1", b"another kind")
            put(SOUTH, "role", "1", b"another audience")

        with storage.read() as transaction:
            documents = transaction.documents
            assert documents.find(NORTH, "role", "1") == b'{"\xc3\xa4":1}'
            assert documents.find(SOUTH, "role", "1") == b"another audience"
            assert documents.find(NORTH, "role", "2") is None
            assert list(documents.list_of(NORTH, "group")) == [("1", b"another kind")]
            assert list(documents.list_of(SOUTH, "group")) == []

    def test_documents_are_listed_by_key(self, storage: Storage) -> None:
        keys = ["B", "_", "a", "b", "ä"]

        with storage.write() as transaction:
            for key in reversed(keys):
                transaction.documents.put(NORTH, "role", key, key.encode())

        with storage.read() as transaction:
            listed = transaction.documents.list_of(NORTH, "role")
        assert list(listed) == [(key, key.encode()) for key in keys]

    def test_a_document_is_removed_once(self, storage: Storage) -> None:
        with storage.write() as transaction:
            transaction.documents.put(NORTH, "role", "1", b"{}")
            transaction.documents.remove(NORTH, "role", "1")
            with pytest.raises(NotFoundError, match="document"):
                transaction.documents.remove(NORTH, "role", "1")


class AuditConformance(Suite):
    """The chain of audit entries."""

    def test_the_chain_begins_with_nothing(self, storage: Storage) -> None:
        with storage.read() as transaction:
            assert transaction.audit.head() == GENESIS
            assert list(transaction.audit.list_page(0, 10)) == []

    def test_an_entry_comes_back_as_it_was_sealed(self, storage: Storage) -> None:
        entry = Entry(
            START,
            "subject.update",
            "dönë",
            audience=NORTH,
            subject_id=uuid4(),
            login="zoë\\n",
            tenant_id=uuid4(),
            address="2001:db8::1",
            device_key="D-1",
            details={"z": "1", "a": 'q"\\'},
        )

        with storage.write() as transaction:
            link = seal(transaction.audit.head(), entry)
            transaction.audit.append(link)
            assert transaction.audit.head() == link.hash

        with storage.read() as transaction:
            [(_, kept)] = transaction.audit.list_page(0, 10)
        assert kept == link
        assert find_break([kept]) is None

    def test_the_chain_holds_over_units_and_pages(self, storage: Storage) -> None:
        for number in range(7):
            with storage.write() as transaction:
                record(transaction, details={"number": str(number)})

        pages = []
        after = 0
        with storage.read() as transaction:
            while page := transaction.audit.list_page(after, 3):
                pages.append(page)
                after = page[-1][0]
            assert list(transaction.audit.list_page(HUGE, 3)) == []

        links = [link for page in pages for _, link in page]
        serials = [serial for page in pages for serial, _ in page]
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [link.entry.details["number"] for link in links] == list("0123456")
        assert serials == sorted(set(serials))
        assert find_break(links) is None

    def test_an_entry_keeps_its_time_to_the_microsecond(self, storage: Storage) -> None:
        times = [START.replace(year=year, microsecond=999_999) for year in (1970, 2025, 9999)]

        with storage.write() as transaction:
            for at in times:
                record(transaction, at=at + timedelta(0))

        with storage.read() as transaction:
            links = [link for _, link in transaction.audit.list_page(0, 10)]
        assert [link.entry.at.isoformat() for link in links] == [at.isoformat() for at in times]
        assert find_break(links) is None

    @pytest.mark.parametrize(
        ("asked", "meant"),
        [
            ({}, [5, 4, 3, 2, 1, 0]),
            ({"descending": False}, [0, 1, 2, 3, 4, 5]),
            ({"limit": 2}, [5, 4]),
            ({"audiences": (NORTH,)}, [3, 0]),
            ({"audiences": (NORTH, ""), "actions": ("test", "other")}, [5, 4, 3, 2, 0]),
            ({"actions": ("login",)}, [1]),
            ({"actions": ()}, []),
            ({"actor": ALICE}, [4, 0]),
            ({"actor": BOB}, [3, 1]),
            ({"actor_login": 'q"%'}, [4, 0]),
            ({"actor_login": "bob"}, [3, 1]),
            ({"actor_login": "q"}, []),
            ({"about": (ALICE, ())}, [3, 0]),
            ({"about": (None, (("by_login", "bob"),))}, [3]),
            ({"about": (BOB, (("note", "x"), ("by_login", "bob")))}, [4, 3, 1]),
            ({"address": "192.0.2.1"}, [2]),
            ({"device_key": "D"}, [5]),
            ({"since": START + HOUR}, [5, 4]),
            ({"until": START + HOUR}, [4, 3, 2, 1, 0]),
            ({"since": START + HOUR, "until": START + HOUR}, [4]),
            ({"actor": ALICE, "since": START + HOUR, "descending": False}, [4]),
        ],
    )
    def test_links_are_found_by_what_they_say(
        self, storage: Storage, asked: dict[str, Any], meant: list[int]
    ) -> None:
        serials = _trail(storage)

        with storage.read() as transaction:
            found = transaction.audit.search(AuditSearch(**asked))

        assert [serial for serial, _ in found] == [serials[place] for place in meant]

    def test_pages_of_links_begin_behind_a_serial(self, storage: Storage) -> None:
        serials = _trail(storage)

        with storage.read() as transaction:
            search = transaction.audit.search
            newer = search(AuditSearch(after=serials[3], descending=False, limit=1))
            older = search(AuditSearch(after=serials[3], limit=2))
            named = search(AuditSearch(serials=(serials[1], serials[4], HUGE)))
            assert list(search(AuditSearch(after=-HUGE))) == []

        assert [serial for serial, _ in newer] == [serials[4]]
        assert [serial for serial, _ in older] == [serials[2], serials[1]]
        assert [serial for serial, _ in named] == [serials[4], serials[1]]


def _trail(storage: Storage) -> list[int]:
    """Store six entries that differ. Returns their serials."""
    by_alice = {"by": str(ALICE), "by_login": 'q"%'}
    by_bob = {"by": str(BOB), "by_login": "bob"}
    entries: list[dict[str, Any]] = [
        {"audience": NORTH, "subject_id": ALICE, "login": 'q"%'},
        {"audience": SOUTH, "action": "login", "subject_id": BOB, "login": "bob"},
        {"address": "192.0.2.1", "details": {"note": '"by": "x"'}},
        {"audience": NORTH, "subject_id": ALICE, "login": 'q"%', "details": by_bob},
        {"at": START + HOUR, "subject_id": BOB, "login": "bob", "details": by_alice},
        {"at": START + 2 * HOUR, "device_key": "D", "action": "other"},
    ]
    with storage.write() as transaction:
        for fields in entries:
            record(transaction, **fields)
        return [serial for serial, _ in transaction.audit.list_page(0, 10)]
