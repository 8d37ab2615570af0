"""Who may call what: the area that a token was acquired for, and the permissions of a role.

*Documented* (seed 001) is the area alone, and that a full administrator sees more than others (wire
contract IDscan 2.2). Permissions and what each role has of them are *chosen* (3.3). A permission
that is missing is answered like a wrong area: ASP.NET's filter does not tell them apart (1.7).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watchword.core.access import Principal
from watchword.core.errors import ScopeMissingError
from watchword.dialects.idscan.profile import Area, Role, as_profile
from watchword.dialects.idscan.security import require_area, require_own_page
from watchword.dialects.idscan.settings import Settings
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = [
    "CONFIGURE",
    "DELETE",
    "INVESTIGATE",
    "READ_CONFIGURATION",
    "SCAN",
    "Endpoint",
    "Permission",
    "Right",
    "entitled",
    "may",
    "require_right",
]

Endpoint = Callable[[Desk[Settings], Request, Principal], Reply]


class Permission(StrEnum):
    """What a role may do beside working in its areas."""

    METADATA = "metadata"
    """See the technical data of a journey."""
    DELETE = "delete"
    """Delete and deactivate journeys."""
    CONFIGURATION = "configuration"
    """See and change configuration items, change journey definitions."""


PERMISSIONS_OF: Final[Mapping[Role, frozenset[Permission]]] = {
    "SuperAdministrator": frozenset(Permission),
    "Administrator": frozenset({Permission.DELETE, Permission.CONFIGURATION}),
    "Investigator": frozenset(),
    "User": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Right:
    """What a call wants of its caller.

    ``guarded_page``: a browser that sends the cookie alone must send the anti-forgery token too
    (wire contract IDscan 1.6: for what administrators change). ``of_journeys``: the call is about
    journeys, so that a token that is bound to one may make it.
    """

    area: Area
    permission: Permission | None = None
    guarded_page: bool = False
    of_journeys: bool = True


SCAN: Final = Right("scanning")
INVESTIGATE: Final = Right("investigation")
DELETE: Final = Right("investigation", Permission.DELETE, guarded_page=True)
READ_CONFIGURATION: Final = Right("investigation", Permission.CONFIGURATION, of_journeys=False)
CONFIGURE: Final = Right(
    "investigation", Permission.CONFIGURATION, guarded_page=True, of_journeys=False
)


def may(principal: Principal, permission: Permission) -> bool:
    """Say whether the role of a principal has a permission."""
    return permission in PERMISSIONS_OF[as_profile(principal.profile).role]


def entitled(right: Right, endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that only those reach who have the right."""

    def guarded(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
        require_right(desk, request, principal, right)
        return endpoint(desk, request, principal)

    return guarded


def require_right(
    desk: Desk[Settings], request: Request, principal: Principal, right: Right
) -> None:
    """Raise `ScopeMissingError`, or `ForbiddenError`, unless the call may be made."""
    require_area(desk, principal, right.area)
    if right.permission is not None and not may(principal, right.permission):
        raise ScopeMissingError(right.permission)
    if not right.of_journeys and as_profile(principal.profile).journey_id:
        raise ScopeMissingError("journeys")
    if right.guarded_page:
        require_own_page(request)
