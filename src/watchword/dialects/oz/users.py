"""``/api/users/``: making, showing, listing, changing and removing users (wire contract Oz 4)."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from watchword.core.access import Principal
from watchword.core.index import Page
from watchword.core.ports import Transaction
from watchword.core.subjects import SubjectId
from watchword.dialects.oz.accounts import Account
from watchword.dialects.oz.allowance import Allowance, portions
from watchword.dialects.oz.bodies import NewUser, UserPatch
from watchword.dialects.oz.drafts import UserDraft, read_draft
from watchword.dialects.oz.listing import list_users_of
from watchword.dialects.oz.lists import read_list, search, to_page, within
from watchword.dialects.oz.meta_data import MetaData
from watchword.dialects.oz.outline import user_page_shape, user_shape
from watchword.dialects.oz.parameters import list_query
from watchword.dialects.oz.profile import parse_profile, profile_of
from watchword.dialects.oz.reading import read_body, read_user_id
from watchword.dialects.oz.register import Register
from watchword.dialects.oz.replies import json_reply, no_content
from watchword.dialects.oz.rights import Action, require
from watchword.dialects.oz.roles import API_6
from watchword.dialects.oz.security import actor_of
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.dialects.oz.tagging import Tagged, operations_of
from watchword.dialects.oz.translate import to_account
from watchword.web.about import About
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, LongerError, Operation

__all__ = ["USERS"]


def create(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``POST /api/users/`` (seed 000, step 3)."""
    require(principal, Action.USER_CREATE)
    draft = _read(desk, request, new=True)
    return _reply(desk, _register(desk, request, principal).add(draft), 201)


def show(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/users/{user_id}``: oneself without asking the storage."""
    user_id = read_user_id(request)
    if user_id == principal.subject.id:
        return _reply(desk, Account(principal.subject, profile_of(principal.profile)))
    register = _register(desk, request, principal)
    raise LongerError(lambda: _reply(desk, register.see(user_id)))


def list_all(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /api/users/``: those that the caller may see."""
    own = within(principal, require(principal, Action.USER_READ), "id", "company_id")
    asked = read_list(request, list_users_of(AUDIENCE, desk.settings.api_version), own)
    with desk.core.storage.read() as transaction:
        page = search(transaction, asked)
        accounts = _look(transaction, page)
    return json_reply(200, to_page(asked, page, [_body(desk, each) for each in accounts]))


def edit(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PATCH /api/users/{user_id}``: profile, credentials, or both (*chosen*, 4.3)."""
    user_id, draft = read_user_id(request), _read(desk, request, new=False)
    return _reply(desk, _register(desk, request, principal).edit(user_id, draft))


def remove(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /api/users/{user_id}``: a subject that other doors know keeps those (0205)."""
    _register(desk, request, principal).remove(read_user_id(request))
    return no_content()


def see_meta_data(desk: Desk[Settings], request: Request, principal: Principal) -> MetaData:
    """Return the meta data of a user that the caller may see."""
    register = _register(desk, request, principal)
    return register.see(read_user_id(request)).profile.meta_data


def change_meta_data(
    desk: Desk[Settings],
    request: Request,
    principal: Principal,
    change: Callable[[MetaData], MetaData],
) -> MetaData:
    """Change the meta data of a user that the caller may change."""
    register = _register(desk, request, principal)
    return register.change_meta_data(read_user_id(request), change)


def _look(transaction: Transaction, page: Page) -> Sequence[Account]:
    """Return the users on a page. Raises `BadFieldError` if they are more than an answer holds."""
    accounts: list[Account] = []
    allowance = Allowance()
    for ids in portions([SubjectId(UUID(key)) for key in page.keys]):
        for each in transaction.standings.find_many(ids, AUDIENCE):
            if each.profile is not None:
                allowance.spend(len(each.profile.document))
                accounts.append(Account(each.subject, parse_profile(each.profile.document)))
    return accounts


def _register(desk: Desk[Settings], request: Request, principal: Principal) -> Register:
    by = actor_of(request, principal)
    return Register(desk.core, principal, by, desk.settings.api_version)


def _read(desk: Desk[Settings], request: Request, *, new: bool) -> UserDraft:
    """Read what is wanted of a user, with a password that can be hashed."""
    draft = read_draft(read_body(request), new=new)
    if draft.password is not None:
        length = len(draft.password.encode("utf-8", "surrogatepass"))
        longest = desk.core.policy.passwords.longest
        if not 0 < length <= longest:
            raise BadFieldError("credentials.password", FieldFault.TOO_LONG, str(longest))
    return draft


def _body(desk: Desk[Settings], account: Account) -> object:
    return to_account(account.subject, account.profile, desk.settings.api_version)


def _reply(desk: Desk[Settings], account: Account, status: int = 200) -> Reply:
    return json_reply(status, _body(desk, account))


ALL: Final = "/api/users"
ONE: Final = "/api/users/{user_id}"

CREATE: Final = About("Make a user", NewUser, user_shape, status=201, refuses=(404,))
LIST: Final = About(
    "List users", gives=user_page_shape, query=list_query(list_users_of(AUDIENCE, API_6))
)
SHOW: Final = About("Show a user", gives=user_shape)
EDIT: Final = About("Change a user", UserPatch, user_shape)
REMOVE: Final = About("Remove a user", status=204)

USERS: Final[tuple[Operation[Settings], ...]] = (
    Guarded("POST", ALL, create, Lane.LOGIN, about=CREATE),
    Guarded("GET", ALL, list_all, Lane.STORE, about=LIST),
    Guarded("GET", ONE, show, Lane.LOOP, about=SHOW),
    Guarded("PATCH", ONE, edit, Lane.LOGIN, about=EDIT),
    Guarded("DELETE", ONE, remove, Lane.STORE, about=REMOVE),
    *operations_of(Tagged(ONE, "user", see_meta_data, change_meta_data)),
)
