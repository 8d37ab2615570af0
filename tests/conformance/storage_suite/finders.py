"""What every storage finds of many records at once."""

from uuid import uuid4

import pytest

from tests.conformance.storage_suite.records import (
    NORTH,
    SOUTH,
    START,
    Suite,
    make_subject,
    make_tenant,
)
from watchword.core.ports import Storage
from watchword.core.subjects import Credential, Profile, Standing, Subject, SubjectId, TenantId

__all__ = ["FinderConformance"]

STRANGER = SubjectId(uuid4())


def add(storage: Storage, many: int) -> list[Subject]:
    with storage.write() as transaction:
        return [transaction.subjects.add(make_subject(f"a{n}", f"b{n}")) for n in range(many)]


class FinderConformance(Suite):
    """Subjects, tenants, standings and documents by many keys; the subjects of a tenant."""

    @pytest.mark.parametrize("many", [0, 1, 64, 65, 130])
    def test_subjects_come_in_the_order_of_the_ids(self, storage: Storage, many: int) -> None:
        wanted = add(storage, many)[::-1]

        with storage.read() as transaction:
            found = transaction.subjects.find_many([STRANGER, *(each.id for each in wanted)])
        assert list(found) == wanted

    @pytest.mark.parametrize("many", [0, 1, 64, 65])
    def test_tenants_come_in_the_order_of_the_ids(self, storage: Storage, many: int) -> None:
        wanted = [make_tenant() for _ in range(many)]
        with storage.write() as transaction:
            for tenant in wanted[::-1]:
                transaction.tenants.add(tenant)

        with storage.read() as transaction:
            asked = [TenantId(STRANGER), *(each.id for each in wanted)]
            assert list(transaction.tenants.find_many(asked)) == wanted

    def test_standings_come_in_the_order_of_the_ids(self, storage: Storage) -> None:
        anna, bert = add(storage, 2)
        tenant = make_tenant()
        with storage.write() as transaction:
            transaction.tenants.add(tenant)
            transaction.profiles.put(anna.id, Profile(NORTH, b"1"))
            transaction.profiles.put(bert.id, Profile(SOUTH, b"2"))
            transaction.credentials.put_password(anna.id, Credential("hash"))
            belonging = make_subject("c", tenant_id=tenant.id)
            belonging = transaction.subjects.add(belonging)

        with storage.read() as transaction:
            ids = [belonging.id, bert.id, STRANGER, anna.id]
            found = list(transaction.standings.find_many(ids, NORTH))
            assert found == [
                transaction.standings.find_by_subject(s.subject.id, NORTH) for s in found
            ]
            assert list(transaction.standings.find_many([], NORTH)) == []
        assert found == [
            Standing(belonging, tenant, None, None),
            Standing(bert, None, None, None),
            Standing(anna, None, Profile(NORTH, b"1"), "hash"),
        ]

    @pytest.mark.parametrize("many", [0, 1, 64, 65])
    def test_documents_are_found_by_many_keys(self, storage: Storage, many: int) -> None:
        documents = {f"key {number}": f"{number}".encode() for number in range(many)}
        with storage.write() as transaction:
            for key, document in documents.items():
                transaction.documents.put(NORTH, "kind", key, document)
            transaction.documents.put(NORTH, "other", "key 0", b"")
            transaction.documents.put(SOUTH, "kind", "key 0", b"")

        with storage.read() as transaction:
            asked = [*documents, "unknown"]
            assert dict(transaction.documents.find_many(NORTH, "kind", asked)) == documents

    def test_a_tenant_lists_its_subjects(self, storage: Storage) -> None:
        tenants = [make_tenant(), make_tenant()]
        with storage.write() as transaction:
            for tenant in tenants:
                transaction.tenants.add(tenant)
            of_one = {
                transaction.subjects.add(make_subject(tenant_id=tenants[0].id)).id for _ in range(3)
            }
            transaction.subjects.add(make_subject(created_at=START))

        with storage.read() as transaction:
            listed = transaction.tenants.list_subjects
            assert set(listed(tenants[0].id, 9)) == of_one
            assert len(listed(tenants[0].id, 2)) == 2
            assert list(listed(tenants[1].id, 9)) == []
            assert list(listed(TenantId(uuid4()), 9)) == []
