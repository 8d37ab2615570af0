"""Removing a company: the call closes it, a job takes away what belongs to it (wire contract Oz 5).

Rules of this file:

1. Closing and ordering the job are one unit of work: no company stays in deletion for ever.
2. The job does so much and comes back; it may be cut off anywhere and done twice.
3. Who can do everything belongs to no company, so nobody of that kind is kept out by the removal of
   one that the directory puts it in.
4. A subject that other doors know is switched off: its organisation is gone, and what was closed
   to it must not open by itself (decision 0205). Another door's last administrator alone stays on:
   somebody has to let the others in again (decision 0222).
"""

from contextlib import suppress
from dataclasses import replace
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.audit import Actor
from watchword.core.changing import Picture, look
from watchword.core.core import Core
from watchword.core.errands import NotYetError
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.index import Query, equals
from watchword.core.jobs import Job
from watchword.core.ports import Transaction
from watchword.core.showing import collection_of
from watchword.core.subjects import SubjectId, Tenant, TenantId
from watchword.dialects.oz.accounts import account_of
from watchword.dialects.oz.archive.collections.removing import purge_collections
from watchword.dialects.oz.archive.removing import purge_company
from watchword.dialects.oz.profile import WITHOUT_COMPANY
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.web.operation import Desk

__all__ = ["NOTES", "PURGE", "close_company", "purge"]

PURGE: Final = "oz.purge-company"
NOTES: Final = "company"
"""The kind of the documents that hold companies' meta data, by id."""

BATCH: Final = 200


class _Order(msgspec.Struct, frozen=True):
    """What the job is told: which company, and who wanted it gone, for the audit trail."""

    company_id: UUID
    user_id: UUID
    login: str
    address: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Order).decode


def close_company(core: Core, tenant_id: TenantId, by: Actor) -> None:
    """Put a company in deletion, unless it is, and have it removed. Raises `NotFoundError`."""
    order = _encode(_Order(tenant_id, by.subject_id, by.login, by.address))

    def guard(transaction: Transaction, before: Tenant | None) -> None:
        if before is not None and not before.in_deletion:
            transaction.jobs.add(Job(PURGE, order, core.clock()))

    _release_rulers(core, tenant_id, by)
    core.tenancy.close_tenant(tenant_id, by=by, guard=guard)


def purge(desk: Desk[Settings], document: bytes) -> None:
    """Do a part of a removal. Raises `NotYetError` if there is more to do."""
    order, core = _decode(document), desk.core
    tenant_id = TenantId(order.company_id)
    by = Actor(order.user_id, order.login, AUDIENCE, order.address)
    with core.storage.read() as transaction:
        subject_ids = transaction.tenants.list_subjects(tenant_id, BATCH)
        found = [look(transaction, each) for each in transaction.subjects.find_many(subject_ids)]
    for picture in found:
        _take_leave(core, picture, by)
    if found:
        raise NotYetError(core.clock())
    if purge_company(core, tenant_id) or purge_collections(core, tenant_id):
        raise NotYetError(core.clock())
    with core.storage.write() as transaction, suppress(NotFoundError):
        transaction.documents.remove(AUDIENCE, NOTES, str(tenant_id))
    with suppress(NotFoundError):
        core.tenancy.remove_tenant(tenant_id, by=by)


def _release_rulers(core: Core, tenant_id: TenantId, by: Actor) -> None:
    """Leave those without a company whom this door shows without one."""
    seated = Query(
        collection_of(AUDIENCE), (equals("seat", str(tenant_id)),), limit=None, counted=False
    )
    with core.storage.read() as transaction:
        found = transaction.index.search(seated).keys
    for key in found:
        _release(core, SubjectId(UUID(key)), by)


def _release(core: Core, subject_id: SubjectId, by: Actor) -> None:
    with suppress(NotFoundError):
        core.directory.edit_subject(subject_id, lambda each: replace(each, tenant_id=None), by=by)


def _take_leave(core: Core, found: Picture, by: Actor) -> None:
    """Take a subject out of its company, and away where nothing else keeps it."""
    account, subject_id = account_of(found), found.subject.id
    if account is not None and account.profile.user_type in WITHOUT_COMPANY:
        _release(core, subject_id, by)
        return
    with suppress(NotFoundError):
        if account is not None and not account.shared:
            core.directory.remove_subject(subject_id, by=by)
            return
        try:
            core.directory.revise(subject_id, _left_and_off, by=by)
        except ForbiddenError:
            core.directory.revise(subject_id, _left, by=by)


def _left(picture: Picture) -> Picture:
    """Return a subject as other doors will know it, without a company."""
    profiles = {a: d for a, d in picture.profiles.items() if a != AUDIENCE}
    return Picture(replace(picture.subject, tenant_id=None), profiles)


def _left_and_off(picture: Picture) -> Picture:
    left = _left(picture)
    return replace(left, subject=replace(left.subject, active=False))
