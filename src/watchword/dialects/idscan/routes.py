"""The operations of this vendor, those of identity in full, and no decisions about it."""

from typing import Final

from watchword.core.access import Principal
from watchword.core.admission import Admitted
from watchword.core.errors import InvalidCredentialsError, TenantClosedError
from watchword.core.grants import PasswordGrant, Visit
from watchword.core.sessions import EndReason
from watchword.core.subjects import Tenant
from watchword.dialects.idscan.acting import actor_of
from watchword.dialects.idscan.configuration import CONFIGURATION_OPERATIONS
from watchword.dialects.idscan.defining import DEFINITION_OPERATIONS
from watchword.dialects.idscan.errors import LOGIN_PATH
from watchword.dialects.idscan.form import read_form
from watchword.dialects.idscan.home import tenant_of
from watchword.dialects.idscan.journeys.entries import ENTRY_OPERATIONS
from watchword.dialects.idscan.journeys.retrieval import RETRIEVAL_OPERATIONS
from watchword.dialects.idscan.journeys.uploads import UPLOAD_OPERATIONS
from watchword.dialects.idscan.outline import (
    DESCRIBE,
    LOGIN,
    LOGIN_ANYHOW,
    LOGOUT,
    OUTLINE,
)
from watchword.dialects.idscan.profile import AUDIENCE, as_profile
from watchword.dialects.idscan.replies import NO_CACHE, raw_api_reply, token_reply
from watchword.dialects.idscan.security import (
    clear_cookies,
    give_cookies,
    require_own_page,
)
from watchword.dialects.idscan.settings import Settings
from watchword.dialects.idscan.translate import to_token_response
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.handbook import Handbook
from watchword.web.messages import Reply, Request
from watchword.web.operation import ANY_METHOD, Desk, Guarded, Lane, Open, Operation
from watchword.web.page import Page, page_operations

__all__ = ["OPERATIONS"]


def issue_token(desk: Desk[Settings], request: Request) -> Reply:
    """Let a subject in to one area."""
    admitted = desk.core.login.admit(*_read_login(desk.settings, request))
    tenant = _tenant(desk, admitted)
    answer = to_token_response(admitted, tenant, desk.settings.idle_timeout_minutes)
    cookies = give_cookies(admitted.token.secret, secure=request.secure)
    return token_reply(200, answer, *cookies)


def leave(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """End the session. *Chosen*: the vendor has such a call, but no page gives its path."""
    require_own_page(request)
    by = actor_of(request, principal)
    desk.core.revocation.end_session(principal.session, EndReason.LEFT, by=by)
    return Reply(204, headers=(*NO_CACHE, *clear_cookies(secure=request.secure)))


def _tenant(desk: Desk[Settings], admitted: Admitted) -> Tenant | None:
    """Return the tenant to tell of. Raises `InvalidCredentialsError` if it is one to stay out of.

    The core has judged the subject's own tenant; one that only its groups name is judged here.
    """
    profile = as_profile(admitted.profile)
    try:
        found = tenant_of(desk.core, desk.settings, admitted.subject, profile)
    except TenantClosedError as error:
        desk.core.revocation.end_session(admitted.session, EndReason.DISABLED)
        raise InvalidCredentialsError from error
    return found or admitted.tenant


def show_description(desk: Desk[Settings], _request: Request) -> Reply:
    """Return this table, for programs and for the page (*chosen*; the vendor has none)."""
    return raw_api_reply(200, _handbook.text(desk.settings))


def has_page(settings: Settings) -> bool:
    """Say whether the settings want a page on which this interface can be tried out."""
    return settings.api_page


def _read_login(settings: Settings, request: Request) -> tuple[PasswordGrant, Visit]:
    """Read a login. Raises `BadFieldError` for any grant type but ``password``.

    What is missing is not told: it goes on empty, and the core refuses it as it does a wrong
    password. So does an area that does not exist, being a scope that no profile grants.
    """
    form = read_form(request.body)
    if form.get("grant_type") != "password":
        found = form.get("grant_type", "")
        raise BadFieldError("grant_type", FieldFault.BAD_VALUE, "password", found)
    grant = PasswordGrant(form.get("username", ""), form.get("password", ""))
    area = form.get("area", "")
    scopes = frozenset({area}) if area or settings.area_required else frozenset[str]()
    return grant, Visit(AUDIENCE, scopes, address=request.address)


PAGE: Final = Page(
    OUTLINE.title,
    path="/idscanenterprisesvc/docs/",
    description="/idscanenterprisesvc/openapi.json",
)

OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    Open("POST", LOGIN_PATH, issue_token, Lane.LOGIN, about=LOGIN),
    # *Inferred* from Katana (wire contract IDscan 1.1): the method is not looked at here.
    Open(ANY_METHOD, LOGIN_PATH, issue_token, Lane.LOGIN, about=LOGIN_ANYHOW),
    Guarded("POST", "/idscanenterprisesvc/logout", leave, Lane.STORE, about=LOGOUT),
    *UPLOAD_OPERATIONS,
    *RETRIEVAL_OPERATIONS,
    *ENTRY_OPERATIONS,
    *DEFINITION_OPERATIONS,
    *CONFIGURATION_OPERATIONS,
    Open("GET", PAGE.description, show_description, Lane.STORE, about=DESCRIBE),
    *page_operations(PAGE, has_page),
)

_handbook: Final = Handbook(OUTLINE, lambda: OPERATIONS)
