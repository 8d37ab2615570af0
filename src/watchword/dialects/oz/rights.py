"""Who may do what: the one place that knows (wire contract Oz 6.3).

Rules of this file:

1. Roles are compared here and nowhere else. Whoever changes or shows something names the action.
2. A record that is beyond the caller's reach answers like one that does not exist: as missing
   where it would be read, as forbidden where it would be changed (*chosen*, wire contract 6.3;
   with 403 for a foreign id and 404 for an unknown one, ids could be told apart).
3. Nobody gives away what it lacks: neither a role nor a flag.
4. Nobody takes along to another company what belongs to the old one, even if it was its maker
   (*chosen*).

Which cells are documented and which were chosen: ``docs/dialects/oz.md``, section Rights.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from watchword.core.access import Principal
from watchword.core.errors import ForbiddenError, NotFoundError
from watchword.core.subjects import SubjectId, TenantId
from watchword.dialects.oz.profile import AnalysisType, UserType, company_of, profile_of

__all__ = [
    "FLAGGED",
    "MATRIX",
    "Action",
    "Reach",
    "Whose",
    "can_give_role",
    "covers",
    "reach_of",
    "require",
    "require_flags",
    "require_over",
    "require_sight",
]


class Action(StrEnum):
    """What can be done, by its name in the matrix."""

    COMPANY_CREATE = "company-create"
    COMPANY_READ = "company-read"
    COMPANY_UPDATE = "company-update"
    COMPANY_DELETE = "company-delete"
    USER_CREATE = "user-create"
    USER_READ = "user-read"
    USER_UPDATE = "user-update"
    USER_NAMES = "user-names"
    USER_PASSWORD = "user-password"
    USER_DELETE = "user-delete"
    SERVICE_TOKEN_ISSUE = "service-token-issue"
    SESSION_TOKEN = "session-token"
    FOLDER_CREATE = "folder-create"
    FOLDER_READ = "folder-read"
    FOLDER_DELETE = "folder-delete"
    ANALYSIS_START = "analysis-start"
    ANALYSIS_RESOLVE = "analysis-resolve"
    COLLECTION_CREATE = "collection-create"
    COLLECTION_READ = "collection-read"
    PERSON_READ = "person-read"


class Reach(StrEnum):
    """How far a right goes."""

    NOTHING = "-"
    OWN = "own"
    """Oneself, and what oneself has made."""
    COMPANY = "own-co."
    """Whatever belongs to the caller's company, and the caller itself."""
    ALL = "all"


# Folders stand for all that is in them: media, analyses and their meta data. A star: only those
# kinds of analysis whose flag is on.
_TABLE: Final = """
                     ADMIN  OPERATOR  CLIENT_ADMIN  CLIENT_OPERATOR  CLIENT   CLIENT_SERVICE
company-create       all    -         -             -                -        -
company-read         all    all       own-co.       own-co.          own-co.  own-co.
company-update       all    -         own-co.       -                -        -
company-delete       all    -         -             -                -        -
user-create          all    -         own-co.       -                -        -
user-read            all    all       own-co.       own-co.          own      own
user-update          all    -         own-co.       -                -        -
user-names           all    -         own-co.       -                own      -
user-password        all    own       own-co.       own              own      own
user-delete          all    -         own-co.       -                -        -
service-token-issue  all    -         -             -                -        -
session-token        own    -         own           -                own      own
folder-create        all    -         own-co.       -                own      own
folder-read          all    all       own-co.       own-co.          own      own
folder-delete        all    -         own-co.       -                -        -
analysis-start       all    -         own-co.*      -                own*     own*
analysis-resolve     -      all       -             own-co.          -        -
collection-create    all    -         own-co.       -                -        -
collection-read      all    all       own-co.       own-co.          own-co.  own-co.
person-read          all    all       own-co.       own-co.          -        -
"""


def _cells() -> Iterable[tuple[Action, UserType, str]]:
    head, *rows = (line.split() for line in _TABLE.strip().splitlines())
    for action, *cells in rows:
        for role, cell in zip(head, cells, strict=True):
            yield Action(action), UserType(role), cell


MATRIX: Final[Mapping[tuple[Action, UserType], Reach]] = {
    (action, role): Reach(cell.removesuffix("*")) for action, role, cell in _cells()
}
FLAGGED: Final = frozenset((action, role) for action, role, cell in _cells() if cell[-1] == "*")
"""Where the flags decide as well. Chosen: for every role of a company (wire contract Oz 8)."""

# Chosen (wire contract Oz 6.3): a company's administrator makes no accounts that reach further.
COMPANY_ROLES: Final = frozenset(UserType) - {UserType.ADMIN, UserType.OPERATOR}


@dataclass(frozen=True, slots=True)
class Whose:
    """To whom a record belongs. None: to nobody, which no reach but `Reach.ALL` covers."""

    owner_id: SubjectId | None
    company_id: TenantId | None


def reach_of(principal: Principal, action: Action) -> Reach:
    """Return how far the caller's right goes, which may be nowhere."""
    return MATRIX[action, profile_of(principal.profile).user_type]


def require(principal: Principal, action: Action) -> Reach:
    """Return how far the caller's right goes. Raises `ForbiddenError` if it has none."""
    reach = reach_of(principal, action)
    if reach is Reach.NOTHING:
        raise ForbiddenError
    return reach


def covers(principal: Principal, reach: Reach, whose: Whose) -> bool:
    """Say whether a record lies within a reach."""
    company_id = company_of(principal.subject, profile_of(principal.profile))
    own = whose.owner_id == principal.subject.id and whose.company_id in {None, company_id}
    match reach:
        case Reach.NOTHING:
            return False
        case Reach.OWN:
            return own
        case Reach.COMPANY:
            return own or (company_id is not None and whose.company_id == company_id)
        case Reach.ALL:
            return True
        case _:
            assert_never(reach)


def require_over(principal: Principal, action: Action, whose: Whose | None, kind: str) -> None:
    """Require the right to change one record; None is a record that does not exist.

    Raises `ForbiddenError`, or `NotFoundError` of that kind to whom all records are open.
    """
    reach = require(principal, action)
    if whose is None and reach is Reach.ALL:
        raise NotFoundError(kind)
    if whose is None or not covers(principal, reach, whose):
        raise ForbiddenError


def require_sight(principal: Principal, action: Action, whose: Whose | None, kind: str) -> None:
    """Require the right to read one record; None is a record that does not exist.

    Raises `NotFoundError` of that kind, or `ForbiddenError` to whom all records are closed.
    """
    reach = require(principal, action)
    if whose is None or not covers(principal, reach, whose):
        raise NotFoundError(kind)


def require_flags(principal: Principal, kinds: Iterable[AnalysisType]) -> None:
    """Require the right to start analyses of all these kinds. Raises `ForbiddenError`."""
    require(principal, Action.ANALYSIS_START)
    profile = profile_of(principal.profile)
    flagged = (Action.ANALYSIS_START, profile.user_type) in FLAGGED
    if flagged and not all(profile.may_start(kind) for kind in kinds):
        raise ForbiddenError


def can_give_role(principal: Principal, role: UserType) -> bool:
    """Say whether the caller may make somebody a user of this role."""
    return profile_of(principal.profile).user_type is UserType.ADMIN or role in COMPANY_ROLES
