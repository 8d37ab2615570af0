"""The console's table of contents, as one more door of the site."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from watchword.config import TableError
from watchword.console import entering, pages
from watchword.console.hall import Hall, Offer
from watchword.console.reading import LONGEST_FORM
from watchword.console.refusing import refuse
from watchword.core.core import Core
from watchword.core.policy import AudiencePolicy, Lifetime
from watchword.core.rates import Traffic
from watchword.core.subjects import Audience
from watchword.core.tokens import Alphabet, TokenForm
from watchword.web.door import Door
from watchword.web.entrance import CONSOLE, SIGN_IN
from watchword.web.messages import Request
from watchword.web.operation import Desk, Dialect, Lane, Open, Operation, PathRules

__all__ = ["OPERATIONS", "build_console"]

NAME: Final = "console"
TOKEN_FORM: Final = TokenForm(Alphabet.HEX, 32)
DOOR: Final = f"{CONSOLE}doors/{{door}}"

OPERATIONS: Final[tuple[Operation[Hall], ...]] = (
    Open("GET", CONSOLE, pages.go_to_sign_in, Lane.LOOP),
    Open("GET", SIGN_IN, pages.show_sign_in, Lane.STORE),
    Open("GET", f"{CONSOLE}assets/{{name}}", pages.show_asset, Lane.STORE),
    Open("POST", f"{DOOR}/password", entering.enter_by_password, Lane.LOGIN),
    Open(
        "POST",
        f"{DOOR}/challenge",
        entering.ask_challenge,
        Lane.STORE,
        first=entering.require_faces,
    ),
    Open(
        "POST",
        f"{DOOR}/face",
        entering.enter_by_face,
        Lane.FACE,
        LONGEST_FORM,
        first=entering.require_faces,
        traffic=Traffic.FACE,
    ),
    Open("GET", f"{DOOR}/session", entering.show_session, Lane.STORE),
    Open("DELETE", f"{DOOR}/session", entering.leave, Lane.STORE),
)


def build_console(core: Core, offers: Iterable[Offer]) -> Door[Hall]:
    """Open the console for the doors that dialects offer under their settings."""
    return Door(_CONSOLE, Desk(core, Hall.of(offers)))


def _read_profile(_table: object) -> bytes:
    raise TableError("console", "nobody has a profile here")


def _read_token(_desk: Desk[Hall], _request: Request) -> str | None:
    """Return none: tokens are those of the doors, and the operations look at them themselves."""
    return None


def _policy(_hall: Hall) -> AudiencePolicy:
    """Return how sessions of the console itself would behave: there are none."""
    nobodys = Lifetime(timedelta(0))
    return AudiencePolicy(Audience(NAME), TOKEN_FORM, bytes, lambda _subject, _profile: nobodys)


def _weaknesses(_hall: Hall) -> tuple[str, ...]:
    return ()


_CONSOLE: Final = Dialect(
    name=NAME,
    audience=Audience(NAME),
    settings=Hall,
    paths=PathRules(CONSOLE, slash_optional=False),
    operations=OPERATIONS,
    policy=_policy,
    read_profile=_read_profile,
    read_token=_read_token,
    refuse=refuse,
    weaknesses=_weaknesses,
)
