"""A page on which people read and try out an interface: RapiDoc, fed with its description.

Rules of this file:

1. Everything comes from this server. The viewer's script is a file that set-up fetched; no script
   stands in the page, and none would run (Content-Security-Policy). Where its door can be signed in
   at on a page, there is a link, and a script of ours that takes the key from there.
2. Nothing is held in memory: the script is read from disk whenever a browser asks for it.
3. Where the script is missing, the page says what to run; the server works without it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final, TypeVar

from watchword.web.about import About
from watchword.web.entrance import Entrance, invite
from watchword.web.messages import Headers, Reply, Request
from watchword.web.operation import Desk, Lane, Open, Operation

__all__ = [
    "HOW_TO_GET_IT",
    "VIEWER",
    "VIEWER_VERSION",
    "Page",
    "offered_pages",
    "page_operations",
]

S = TypeVar("S")

VIEWER_VERSION: Final = "9.3.8"
"""Part of the script's address, so that browsers may keep it for good. `scripts/fetch-assets` has
it too; a test compares them."""
VIEWER: Final = Path(__file__).with_name("assets") / "rapidoc-min.js"
HOW_TO_GET_IT: Final = "run in the source folder: make setup"

# What RapiDoc needs beyond scripts and calls to this server: it writes its theme into style
# elements and attributes, draws its icons from data, and shows images that a call answered with.
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; "
    b"img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

PAGE_HEADERS: Final[Headers] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", POLICY),
    # So that the sign-in page, which says the same, may tell this one what it has to.
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
SCRIPT_HEADERS: Final[Headers] = (
    (b"content-type", b"text/javascript; charset=utf-8"),
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)
MISSING_HEADERS: Final[Headers] = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
)

FRAME: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
{head}</head>
<body>
{body}</body>
</html>
"""

SCRIPT: Final = '<script type="module" src="{script}?v={version}"></script>\n'
# Calls carry the keys that the reader has set and nothing else: no cookie of this host, so that a
# key that was removed is seen to be. Keys are kept as long as the page is open, not in the browser.
VIEW: Final = """\
<noscript>This page needs JavaScript. The description itself is at
<a href="{description}">{description}</a>.</noscript>
<rapi-doc spec-url="{description}" render-style="focused" theme="light" primary-color="#2a5db0"
 show-header="false" load-fonts="false" show-method-in-nav-bar="as-colored-block"
 use-path-in-nav-bar="true" allow-server-selection="false" allow-spec-url-load="false"
 allow-spec-file-load="false" persist-auth="false" fetch-credentials="omit"
 schema-description-expanded="true">
{link}</rapi-doc>
"""
ABSENT: Final = """\
<h1>{title}</h1>
<p>The viewer of this page, RapiDoc {version}, is not installed on this server. To get it,
{how}.</p>
<p>The description itself is at <a href="{description}">{description}</a>.</p>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one interface: its own path (with a slash at the end) and its description's.

    ``entrance`` is where its readers can sign in, if there is such a page.
    """

    title: str
    path: str
    description: str
    viewer: Path = VIEWER
    entrance: Entrance[Any] | None = None

    @property
    def script(self) -> str:
        """The path of the viewer's script."""
        return f"{self.path}rapidoc.js"

    def show(self, desk: Desk[S], _request: Request) -> Reply:
        """Answer with the page, or with what is missing for it."""
        there = self.viewer.is_file()
        script, link = invite(self.entrance, desk.settings) if self.entrance else ("", "")
        words = {
            "title": escape(self.title),
            "description": escape(self.description),
            "script": escape(self.script),
            "version": VIEWER_VERSION,
            "how": HOW_TO_GET_IT,
            "link": link,
        }
        head, body = (SCRIPT + script, VIEW) if there else ("", ABSENT)
        html = FRAME.format(
            title=words["title"], head=head.format(**words), body=body.format(**words)
        )
        return Reply(200 if there else 503, html.encode(), PAGE_HEADERS)

    def give_script(self, _desk: Desk[S], _request: Request) -> Reply:
        """Answer with the viewer's script."""
        try:
            return Reply(200, self.viewer.read_bytes(), SCRIPT_HEADERS)
        except FileNotFoundError:
            missing = f"RapiDoc is not installed here. To get it, {HOW_TO_GET_IT}.\n"
            return Reply(404, missing.encode(), MISSING_HEADERS)


def offered_pages(operations: Iterable[Operation[S]], settings: S) -> Sequence[str]:
    """Return the paths of the pages in a table that these settings offer."""
    return [each.path for each in operations if each.about is SHOW and each.when(settings)]


def page_operations(page: Page, when: Callable[[S], bool]) -> tuple[Operation[S], ...]:
    """Return what serves a page, for a dialect's table. ``when`` says whether settings want it."""
    return (
        Open("GET", page.path, page.show, Lane.STORE, about=SHOW, when=when),
        Open("GET", page.script, page.give_script, Lane.BULK, about=GIVE, when=when),
    )


SHOW: Final = About("Read and try out this interface", shown=False)
GIVE: Final = About("Give the script of that page", shown=False)
