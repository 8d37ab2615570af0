"""``/api/companies/``: making, showing, listing, changing and removing companies (contract Oz 5).

A company is a tenant. Removing one is a job: the call puts it in deletion, and what belongs to it
goes in the background (`watchword.dialects.oz.purging`).
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import msgspec

from watchword.core.access import Principal
from watchword.core.audit import Entry, attributed
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.core.subjects import Tenant, TenantId
from watchword.dialects.oz.bodies import CompanyPatch, NewCompany
from watchword.dialects.oz.drafts import read_label
from watchword.dialects.oz.listing import COMPANIES as LISTED
from watchword.dialects.oz.lists import read_list, search, to_page, within
from watchword.dialects.oz.meta_data import MetaData
from watchword.dialects.oz.parameters import list_query
from watchword.dialects.oz.purging import NOTES, close_company
from watchword.dialects.oz.reading import read_body, read_company_id
from watchword.dialects.oz.replies import json_reply, no_content
from watchword.dialects.oz.rights import Action, Whose, require, require_over, require_sight
from watchword.dialects.oz.schemas import CompanyBody, CompanyPage
from watchword.dialects.oz.security import actor_of
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.dialects.oz.tagging import Tagged, operations_of
from watchword.dialects.oz.translate import to_company
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["COMPANIES"]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


def create(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /api/companies/`` (seed 000, step 2). Names need not be unique (*chosen*, 5)."""
    require(principal, Action.COMPANY_CREATE)
    name = read_label(read_body(request), "name")
    tenant = desk.core.tenancy.add_tenant(name, by=actor_of(request, principal))
    return json_reply(201, to_company(tenant))


def show(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/companies/{company_id}``."""
    return json_reply(200, to_company(_see(desk, request, principal)))


def list_all(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/companies/``: those that the caller may see."""
    own = within(principal, require(principal, Action.COMPANY_READ), "owner", "id")
    asked = read_list(request, LISTED, own)
    with desk.core.storage.read() as transaction:
        page = search(transaction, asked)
        tenants = transaction.tenants.find_many([TenantId(UUID(key)) for key in page.keys])
    return json_reply(200, to_page(asked, page, [to_company(tenant) for tenant in tenants]))


def edit(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /api/companies/{company_id}``: its name; not any more of one in deletion."""
    tenant = _touch(desk, request, principal, Action.COMPANY_UPDATE)
    body, by = read_body(request), actor_of(request, principal)
    name = read_label(body, "name") if "name" in body.values else tenant.name
    renamed = desk.core.tenancy.rename_tenant(tenant.id, name, by=by, guard=_require_open)
    return json_reply(200, to_company(renamed))


def remove(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /api/companies/{company_id}``: at once for its users, in time for the rest."""
    tenant = _touch(desk, request, principal, Action.COMPANY_DELETE)
    close_company(desk.core, tenant.id, actor_of(request, principal))
    return no_content()


def see_meta_data(desk: Desk[Settings], request: Request, principal: Principal) -> MetaData:
    """Return the meta data of a company that the caller may see."""
    tenant = _see(desk, request, principal)
    with desk.core.storage.read() as transaction:
        return _notes(transaction, tenant.id)


def change_meta_data(
    desk: Desk[Settings],
    request: Request,
    principal: Principal,
    change: Callable[[MetaData], MetaData],
) -> MetaData:
    """Change the meta data of a company that the caller may change."""
    tenant = _touch(desk, request, principal, Action.COMPANY_UPDATE)
    by = actor_of(request, principal)
    with desk.core.storage.write() as transaction:
        _require_open(transaction, transaction.tenants.find(tenant.id))
        meta_data = change(_notes(transaction, tenant.id))
        transaction.documents.put(AUDIENCE, NOTES, str(tenant.id), _encode(meta_data))
        fields = {"name": tenant.name, "fields": "meta_data"}
        entry = Entry(
            desk.core.clock(), "tenant.update", "done", tenant_id=tenant.id, details=fields
        )
        record(transaction, attributed(entry, by))
    return meta_data


def _notes(transaction: Transaction, tenant_id: TenantId) -> MetaData:
    document = transaction.documents.find(AUDIENCE, NOTES, str(tenant_id))
    return {} if document is None else _decode(document)


def _see(desk: Desk[Settings], request: Request, principal: Principal) -> Tenant:
    """Return a company that the caller may see. Raises `NotFoundError`."""
    tenant = _find(desk, read_company_id(request))
    require_sight(principal, Action.COMPANY_READ, _whose(tenant), "tenant")
    return _known(tenant)


def _touch(desk: Desk[Settings], request: Request, principal: Principal, action: Action) -> Tenant:
    """Return a company that the caller may change. Raises `ForbiddenError` or `NotFoundError`."""
    tenant = _find(desk, read_company_id(request))
    require_over(principal, action, _whose(tenant), "tenant")
    return _known(tenant)


def _find(desk: Desk[Settings], tenant_id: TenantId) -> Tenant | None:
    with desk.core.storage.read() as transaction:
        return transaction.tenants.find(tenant_id)


def _known(tenant: Tenant | None) -> Tenant:
    if tenant is None:
        raise NotFoundError("tenant")
    return tenant


def _whose(tenant: Tenant | None) -> Whose | None:
    return None if tenant is None else Whose(None, tenant.id)


def _require_open(_transaction: Transaction, tenant: Tenant | None) -> None:
    """Require that a company is not in deletion (*chosen*). Raises `ForbiddenError`."""
    if _known(tenant).in_deletion:
        raise ForbiddenError


ALL: Final = "/api/companies"
ONE: Final = "/api/companies/{company_id}"

CREATE: Final = About("Make a company", NewCompany, CompanyBody, status=201)
LIST: Final = About("List companies", gives=CompanyPage, query=list_query(LISTED))
SHOW: Final = About("Show a company", gives=CompanyBody)
EDIT: Final = About("Change a company", CompanyPatch, CompanyBody)
REMOVE: Final = About("Remove a company with all that belongs to it", status=204)

COMPANIES: Final[tuple[Operation[Settings], ...]] = (
    Guarded("POST", ALL, create, Lane.STORE, about=CREATE),
    Guarded("GET", ALL, list_all, Lane.STORE, about=LIST),
    Guarded("GET", ONE, show, Lane.STORE, about=SHOW),
    Guarded("PATCH", ONE, edit, Lane.STORE, about=EDIT),
    Guarded("DELETE", ONE, remove, Lane.STORE, about=REMOVE),
    *operations_of(Tagged(ONE, "company", see_meta_data, change_meta_data)),
)
