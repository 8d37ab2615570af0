"""What has to hold of all users and companies at once.

Asked inside of a unit of work that writes, with everything changed: units that write come one
after another, so nobody slips in between.
"""

from typing import Final

from watchword.core.errors import ForbiddenError
from watchword.core.index import Query, equals
from watchword.core.ports import Transaction
from watchword.core.showing import collection_of
from watchword.core.subjects import TenantId
from watchword.dialects.oz.profile import UserType
from watchword.dialects.oz.settings import AUDIENCE

__all__ = ["require_an_admin", "require_open"]

ADMINS: Final = Query(
    collection_of(AUDIENCE),
    (equals("user_type", UserType.ADMIN.value), equals("is_active", 1)),
    limit=1,
    counted=False,
)


def require_an_admin(transaction: Transaction) -> None:
    """Require that somebody is left who can do everything. Raises `ForbiddenError`."""
    if not transaction.index.search(ADMINS).keys:
        raise ForbiddenError


def require_open(transaction: Transaction, tenant_id: TenantId | None) -> None:
    """Require that a company, if there is one, takes somebody in. Raises `ForbiddenError`.

    That it exists is the storage's affair, which puts nobody in a company that does not.
    """
    tenant = None if tenant_id is None else transaction.tenants.find(tenant_id)
    if tenant is not None and tenant.in_deletion:
        raise ForbiddenError
