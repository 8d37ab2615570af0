"""Which call of Oz's API needs which right, for gateways before an Oz of the vendor's own.

*Chosen* throughout, after the matrix (wire contract Oz 6.3) and in its words: a caller whose role
has no right to an action at all is stopped; whose record it is, only the back-end knows. Analyses
are judged by the body where the gateway forwards it; else the back-end has to, by the flags in the
scopes that it is told. A container is sealed, so what it asks for cannot be judged here.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from watchword.core.access import Principal
from watchword.core.errors import ForbiddenError
from watchword.dialects.oz.archive.containers import is_container
from watchword.dialects.oz.archive.drafts import read_analyses
from watchword.dialects.oz.profile import CANONICAL, AnalysisType, profile_of
from watchword.dialects.oz.reading import read_body
from watchword.dialects.oz.rights import FLAGGED, Action, require, require_flags
from watchword.dialects.oz.security import TOKEN
from watchword.dialects.oz.settings import Settings
from watchword.web.gating import GateSide, Identity, Need, read_rules
from watchword.web.messages import LONGEST_CREDENTIAL, Request
from watchword.web.operation import Desk

__all__ = ["GATE"]

UPLOAD: Final = "folder-create+analysis-start"
"""A new folder that may bring the analyses of it along (*documented* since API 6, 8)."""

RULES: Final = read_rules("""
GET          /api/version                                             anybody
POST         /api/authorize/auth                                      anybody
POST         /api/authorize/refresh                                   anybody
GET,POST     /api/authorize/service_token                             authenticated
GET,POST     /api/authorize/service_token/{user_id}                   service-token-issue
GET          /api/authorize/session_token                             session-token
GET          /api/config                                              authenticated
GET          /api/event_sessions                                      folder-read
POST         /api/companies                                           company-create
GET          /api/companies                                           company-read
GET          /api/companies/{company_id}                              company-read
PATCH        /api/companies/{company_id}                              company-update
DELETE       /api/companies/{company_id}                              company-delete
GET          /api/companies/{company_id}/meta_data                    company-read
POST,PATCH   /api/companies/{company_id}/meta_data                    company-update
DELETE       /api/companies/{company_id}/meta_data                    company-update
POST         /api/users                                               user-create
GET          /api/users                                               user-read
GET          /api/users/{user_id}                                     user-read
PATCH        /api/users/{user_id}                                     user-password
DELETE       /api/users/{user_id}                                     user-delete
GET          /api/users/{user_id}/meta_data                           user-read
POST,PATCH   /api/users/{user_id}/meta_data                           user-update
DELETE       /api/users/{user_id}/meta_data                           user-update
POST         /api/folders                                             folder-create+analysis-start
POST         /api/instant/folders                                     folder-create+analysis-start
GET          /api/folders                                             folder-read
GET          /api/folders/{folder_id}                                 folder-read
PATCH        /api/folders/{folder_id}                                 folder-create
DELETE       /api/folders/{folder_id}                                 folder-delete
GET          /api/folders/{folder_id}/meta_data                       folder-read
POST,PATCH   /api/folders/{folder_id}/meta_data                       folder-create
DELETE       /api/folders/{folder_id}/meta_data                       folder-create
GET          /api/folders/{folder_id}/media                           folder-read
POST         /api/folders/{folder_id}/media                           folder-create
GET          /api/folders/{folder_id}/analyses                        folder-read
POST         /api/folders/{folder_id}/analyses                        analysis-start
GET          /api/media/{media_id}                                    folder-read
GET          /api/media/{media_id}/original                           folder-read
PATCH        /api/media/{media_id}                                    folder-create
DELETE       /api/media/{media_id}                                    folder-delete
GET          /api/media/{media_id}/meta_data                          folder-read
POST,PATCH   /api/media/{media_id}/meta_data                          folder-create
DELETE       /api/media/{media_id}/meta_data                          folder-create
GET          /api/analyses/{analyse_id}                               folder-read
PATCH        /api/analyses/{analyse_id}                               analysis-resolve
DELETE       /api/analyses/{analyse_id}                               folder-delete
GET          /api/analyses/{analyse_id}/meta_data                     folder-read
POST,PATCH   /api/analyses/{analyse_id}/meta_data                     folder-create
DELETE       /api/analyses/{analyse_id}/meta_data                     folder-create
POST         /api/collections                                         collection-create
GET          /api/collections                                         collection-read
GET          /api/collections/{collection_id}                         collection-read
DELETE       /api/collections/{collection_id}                         collection-create
GET          /api/collections/{collection_id}/meta_data               collection-read
POST,PATCH   /api/collections/{collection_id}/meta_data               collection-create
DELETE       /api/collections/{collection_id}/meta_data               collection-create
GET          /api/collections/{collection_id}/persons/**              person-read
POST,PATCH   /api/collections/{collection_id}/persons/**              collection-create
DELETE       /api/collections/{collection_id}/persons/**              collection-create
""")


def quick_token(_desk: Desk[Settings], headers: Mapping[bytes, bytes]) -> str | None:
    """Return the token from the vendor's own header."""
    token = headers.get(TOKEN)
    return token.decode("latin-1") if token and len(token) <= LONGEST_CREDENTIAL else None


def present(secret: str) -> tuple[bytes, bytes]:
    """Return the header in which a token is sent."""
    return TOKEN, secret.encode()


def identify(_desk: Desk[Settings], principal: Principal) -> Identity:
    """Tell the e-mail address, the role, and which analyses may be started, by their flags."""
    subject, profile = principal.subject, profile_of(principal.profile)
    scopes = (f"{CANONICAL}{kind.lower()}" for kind in _startable(principal))
    return Identity(subject.address or subject.name, (profile.user_type,), tuple(scopes))


def read_need(word: str) -> Need[Settings] | None:
    """Return what a word stands for: an action of the matrix."""
    if word == UPLOAD:
        return Need(_require_upload, by_request=True)
    if word == Action.ANALYSIS_START:
        return Need(_require_start, by_request=True)
    if word not in set(Action):
        return None
    return Need(partial(_require, Action(word)))


def _require(
    action: Action, _desk: Desk[Settings], _request: Request, principal: Principal
) -> None:
    require(principal, action)


def _require_upload(desk: Desk[Settings], request: Request, principal: Principal) -> None:
    require(principal, Action.FOLDER_CREATE)
    if not request.body or is_container(request, desk.settings):
        return
    said = read_body(request)
    if "analyses" in said.values:
        require_flags(principal, (each.type for each in read_analyses(said)))


def _require_start(_desk: Desk[Settings], request: Request, principal: Principal) -> None:
    require(principal, Action.ANALYSIS_START)
    if request.body:
        require_flags(principal, (each.type for each in read_analyses(read_body(request))))
    elif not any(_startable(principal)):
        raise ForbiddenError


def _startable(principal: Principal) -> Iterable[AnalysisType]:
    profile = profile_of(principal.profile)
    flagged = (Action.ANALYSIS_START, profile.user_type) in FLAGGED
    try:
        require(principal, Action.ANALYSIS_START)
    except ForbiddenError:
        return ()
    return [kind for kind in AnalysisType if not flagged or profile.may_start(kind)]


GATE: Final[GateSide[Settings]] = GateSide(RULES, read_need, identify, quick_token, present)
