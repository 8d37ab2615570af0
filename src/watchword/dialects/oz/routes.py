"""What Oz's clients can call: the table, and a few lines for each entry.

No decision about identity is made here; each function asks the core once.
"""

from typing import Final

from watchword.dialects.oz.archive.analyses import ANALYSES_OPERATIONS
from watchword.dialects.oz.archive.collections.persons import PERSONS
from watchword.dialects.oz.archive.collections.routes import COLLECTIONS
from watchword.dialects.oz.archive.folders import FOLDERS_OPERATIONS
from watchword.dialects.oz.archive.media import MEDIA_OPERATIONS
from watchword.dialects.oz.archive.tagging import ARCHIVE_META_DATA
from watchword.dialects.oz.authorize import AUTHORIZE
from watchword.dialects.oz.companies import COMPANIES
from watchword.dialects.oz.entrance import ENTRANCE
from watchword.dialects.oz.outline import OUTLINE
from watchword.dialects.oz.replies import raw_json_reply
from watchword.dialects.oz.settings import Settings
from watchword.dialects.oz.system import SYSTEM
from watchword.dialects.oz.users import USERS
from watchword.web.about import About
from watchword.web.handbook import Handbook
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Lane, Open, Operation
from watchword.web.page import Page, page_operations

__all__ = ["OPERATIONS"]


def show_description(desk: Desk[Settings], _request: Request) -> Reply:
    """``GET /api/openapi.json``: this table, for programs (*chosen*; the vendor has none)."""
    return raw_json_reply(200, _handbook.text(desk.settings))


def has_page(settings: Settings) -> bool:
    """Say whether the settings want a page on which this interface can be tried out."""
    return settings.api_page


PAGE: Final = Page(
    OUTLINE.title, path="/api/docs/", description="/api/openapi.json", entrance=ENTRANCE
)

OPERATIONS: Final[tuple[Operation[Settings], ...]] = (
    *AUTHORIZE,
    *COMPANIES,
    *USERS,
    *FOLDERS_OPERATIONS,
    *MEDIA_OPERATIONS,
    *ANALYSES_OPERATIONS,
    *ARCHIVE_META_DATA,
    *COLLECTIONS,
    *PERSONS,
    *SYSTEM,
    Open(
        "GET",
        "/api/openapi.json",
        show_description,
        Lane.STORE,
        about=About("Describe this interface", gives=dict[str, object]),
    ),
    *page_operations(PAGE, has_page),
)

_handbook: Final = Handbook(OUTLINE, lambda: OPERATIONS)
