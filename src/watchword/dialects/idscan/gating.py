"""Which call of the vendor's API needs which area and permission, for gateways before its own.

The areas are *documented* (seed 001), the permissions *chosen*, as they are for our own calls
(`watchword.dialects.idscan.rights`), whose words these are.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from watchword.core.access import Principal
from watchword.dialects.idscan.home import home_of, needs_look, tenant_of
from watchword.dialects.idscan.profile import as_profile
from watchword.dialects.idscan.rights import (
    CONFIGURE,
    DELETE,
    INVESTIGATE,
    READ_CONFIGURATION,
    SCAN,
    Right,
    require_right,
)
from watchword.dialects.idscan.settings import Settings
from watchword.web.gating import GateSide, Identity, Need, read_rules
from watchword.web.messages import LONGEST_CREDENTIAL, Request
from watchword.web.operation import Desk

__all__ = ["GATE"]

RIGHTS: Final[Mapping[str, Right]] = {
    "scanning": SCAN,
    "investigation": INVESTIGATE,
    "delete": DELETE,
    "read-configuration": READ_CONFIGURATION,
    "configure": CONFIGURE,
}

RULES: Final = read_rules("""
*           /idscanenterprisesvc/token                                     anybody
POST        /idscanenterprisesvc/logout                                    authenticated
POST        /idscanenterprisesvc/journey/upload                            scanning
GET         /idscanenterprisesvc/Journey/Get                               investigation
GET         /idscanenterprisesvc/Journey/GetImage                          investigation
GET         /idscanenterprisesvc/Search/ExportEntries                      investigation
GET,POST    /idscanenterprisesvc/Search/Entries                            investigation
GET         /idscanenterprisesvc/Search/GetEvaluatedPersonEntryValidationResults  investigation
GET         /idscanenterprisesvc/reporting/ExportJourneyReports            investigation
DELETE      /idscanenterprisesvc/entrymanagement/deleteentrybyref          delete
DELETE      /idscanenterprisesvc/entrymanagement/deleteentrybyid           delete
POST        /idscanenterprisesvc/EntryManagement/DeactivateEntries         delete
POST        /idscanenterprisesvc/entrymanagement/deletejourneyperson       delete
GET         /idscanenterprisesvc/JourneyDefinition/GetAll                  investigation
GET         /idscanenterprisesvc/JourneyDefinition/Get                     investigation
POST        /idscanenterprisesvc/JourneyDefinition/Add                     configure
POST        /idscanenterprisesvc/JourneyDefinition/Update                  configure
POST,DELETE /idscanenterprisesvc/JourneyDefinition/delete                  configure
POST        /idscanenterprisesvc/JourneyDefinition/AddOrUpdateEntryDefinition  configure
POST        /idscanenterprisesvc/JourneyEntryDefinition/Add                configure
GET         /idscanenterprisesvc/Configuration/GetAll                      read-configuration
POST        /idscanenterprisesvc/Configuration/Update                      configure
""")


def quick_token(desk: Desk[Settings], headers: Mapping[bytes, bytes]) -> str | None:
    """Return the token from ``Authorization``, where it stands bare."""
    token = headers.get(b"authorization", b"")
    plain = token.translate(None, b"-_").isalnum() and len(token) <= LONGEST_CREDENTIAL
    return token.decode("latin-1") if plain and not desk.settings.accept_bearer_prefix else None


def present(secret: str) -> tuple[bytes, bytes]:
    """Return the header in which a token is sent."""
    return b"authorization", secret.encode()


def identify(desk: Desk[Settings], principal: Principal) -> Identity:
    """Tell the login, the role, the tenant that a group stands for, and the token's areas."""
    profile = as_profile(principal.profile)
    tenant = tenant_of(desk.core, desk.settings, principal.subject, profile)
    return Identity(
        principal.subject.name,
        (profile.role,),
        tuple(sorted(principal.session.scopes & profile.areas)),
        "" if tenant is None else tenant.name,
    )


def read_need(word: str) -> Need[Settings] | None:
    """Return what a word stands for: an area, or one with a permission."""
    right = RIGHTS.get(word)
    return None if right is None else Need(partial(_require, right), by_request=right.guarded_page)


def asks_storage(desk: Desk[Settings], principal: Principal) -> bool:
    """Say whether the tenant of a principal has to be looked up by its groups."""
    return needs_look(desk.settings, principal.subject)


def _require(right: Right, desk: Desk[Settings], request: Request, principal: Principal) -> None:
    home_of(desk, principal)
    require_right(desk, request, principal, right)


GATE: Final[GateSide[Settings]] = GateSide(
    RULES, read_need, identify, quick_token, present, slow=asks_storage
)
