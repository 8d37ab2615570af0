"""Whose journeys, definitions and settings a caller works with: those of one tenant.

The vendor gives each tenant a database of its own and tells by a group of the directory to which a
user belongs (wire contract IDscan 3.4). Here a subject's own tenant counts first; for one without,
``group_tenants`` of the settings is asked. Those of no tenant share what belongs to none.
"""

from watchword.core.access import Principal
from watchword.core.core import Core
from watchword.core.errors import TenantClosedError
from watchword.core.subjects import Subject, Tenant, TenantId
from watchword.dialects.idscan.profile import Profile, as_profile
from watchword.dialects.idscan.settings import Settings
from watchword.web.operation import Desk

__all__ = ["home_of", "needs_look", "tenant_of"]


def home_of(desk: Desk[Settings], principal: Principal) -> TenantId | None:
    """Return the id of the tenant that a principal works for, None for no tenant's.

    Asks the storage where `needs_look` says so. Raises `TenantClosedError`.
    """
    if not needs_look(desk.settings, principal.subject):
        return principal.subject.tenant_id
    profile = as_profile(principal.profile)
    found = tenant_of(desk.core, desk.settings, principal.subject, profile)
    return None if found is None else found.id


def needs_look(settings: Settings, subject: Subject) -> bool:
    """Say whether the tenant of a subject has to be looked up by its groups."""
    return bool(settings.group_tenants) and subject.tenant_id is None


def tenant_of(core: Core, settings: Settings, subject: Subject, profile: Profile) -> Tenant | None:
    """Return the tenant that the groups of a subject name, the first group's first.

    Raises `TenantClosedError` if it is not there or in deletion: nobody falls through to what
    belongs to no tenant.
    """
    if not needs_look(settings, subject):
        return None
    mapped = {group.casefold(): name for group, name in settings.group_tenants.items()}
    names = [mapped[g.casefold()] for g in profile.groups if g.casefold() in mapped]
    if not names:
        return None
    with core.storage.read() as transaction:
        tenant = transaction.tenants.find_by_name(names[0])
    if tenant is None or tenant.in_deletion:
        raise TenantClosedError
    return tenant
