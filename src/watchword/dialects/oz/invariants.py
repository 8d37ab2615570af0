"""What has to hold of companies, whoever changes what belongs to them.

Asked inside of a unit of work that writes, with everything changed: units that write come one
after another, so nobody slips in between.
"""

from watchword.core.errors import ForbiddenError
from watchword.core.ports import Transaction
from watchword.core.subjects import TenantId

__all__ = ["require_open"]


def require_open(transaction: Transaction, tenant_id: TenantId | None) -> None:
    """Require that a company, if there is one, takes somebody in. Raises `ForbiddenError`.

    That it exists is the storage's affair, which puts nobody in a company that does not.
    """
    tenant = None if tenant_id is None else transaction.tenants.find(tenant_id)
    if tenant is not None and tenant.in_deletion:
        raise ForbiddenError
