"""Giving pages and what they are made of, as they lie in ``assets``.

Rules of this file:

1. Nothing of a page is anybody's but this server's, and no script stands in one: the content
   security policy would let neither in. What scripts have to know is data, escaped.
2. Files are read when a browser asks for them, and kept by the browser for as long as they are the
   same (`ETag`): scripts name each other, so none has a version in its address.
3. The camera is allowed to the sign-in page alone, and to no page that another one frames.
"""

import hashlib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from watchword.console.hall import Entry, Hall
from watchword.console.texts import OWN_NAMES, Language, choose, said_in
from watchword.core.errors import NotFoundError
from watchword.web.entrance import SIGN_IN
from watchword.web.messages import Headers, Reply, Request
from watchword.web.operation import Desk

__all__ = ["ASSETS", "go_to_sign_in", "show_asset", "show_sign_in"]

ASSETS: Final = Path(__file__).with_name("assets")
TYPES: Final[Mapping[str, bytes]] = {
    ".css": b"text/css; charset=utf-8",
    ".mjs": b"text/javascript; charset=utf-8",
}
POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS: Final[Headers] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", POLICY),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(), display-capture=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"vary", b"accept-language"),
)
LONGEST_QUERY: Final = 1_024


def show_sign_in(desk: Desk[Hall], request: Request) -> Reply:
    """``GET /console/login``"""
    asked = _asked(request)
    language = choose(asked.get("lang"), request.header(b"accept-language"))
    hall = desk.settings.seen_by(request)
    entry = hall.chosen(asked.get("door"))
    html = Template((ASSETS / "login.html").read_text(encoding="utf-8"))
    page = html.substitute(
        {name: escape(said) for name, said in said_in(language).items()},
        lang=language.value,
        door_title=escape(entry.entrance.title),
        doors=_doors(hall, entry, language),
        languages=_languages(language, entry),
        facts=_facts(desk, entry, language),
    )
    headers = (*PAGE_HEADERS, (b"content-language", language.value.encode()))
    return Reply(200, page.encode(), headers)


def show_asset(_desk: Desk[Hall], request: Request) -> Reply:
    """``GET /console/assets/{name}``"""
    place = ASSETS / request.parameters["name"]
    kind = TYPES.get(place.suffix)
    # Looked up, not tried: what a file is called, and how long, is for nobody outside to say.
    if kind is None or place not in ASSETS.iterdir():
        raise NotFoundError("asset")
    content = place.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = (
        (b"content-type", kind),
        (b"cache-control", b"no-cache"),
        (b"etag", tag.encode()),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"x-content-type-options", b"nosniff"),
    )
    known = request.header(b"if-none-match") == tag
    return Reply(304, b"", headers) if known else Reply(200, content, headers)


def go_to_sign_in(_desk: Desk[Hall], _request: Request) -> Reply:
    """``GET /console/``: this is the only page yet."""
    return Reply(303, b"", ((b"location", SIGN_IN.encode()), (b"cache-control", b"no-store")))


def _asked(request: Request) -> dict[str, str]:
    """Return what a query asks for; of several the first counts, and nonsense is nothing."""
    query = request.query[:LONGEST_QUERY].decode("latin-1")
    return {name: values[0] for name, values in parse_qs(query).items()}


def _doors(hall: Hall, here: Entry, language: Language) -> str:
    """Return the choice among doors; none where there is one."""
    if len(hall.entries) == 1:
        return ""
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if entry is here else ""}>'
        f"{escape(entry.entrance.title)}</option>"
        for name, entry in hall.entries.items()
    )
    said = said_in(language)
    return (
        f'<label for="door">{escape(said["where"])}</label>'
        f'<select id="door">{options}</select>'
        f'<button id="switch" type="button">{escape(said["switch"])}</button>'
    )


def _languages(here: Language, entry: Entry) -> str:
    """Return a link to this page in each language."""
    place = f"{SIGN_IN}?door={escape(entry.entrance.door)}&amp;lang="
    current = {here: ' aria-current="true"'}
    return "".join(
        f'<li><a href="{place}{each}" lang="{each}" hreflang="{each}"{current.get(each, "")}>'
        f"{OWN_NAMES[each]}</a></li>"
        for each in Language
    )


def _facts(desk: Desk[Hall], entry: Entry, language: Language) -> str:
    """Return what the script has to know, such that it cannot end the element that it stands in."""
    factors, faces = entry.offers(desk.core)
    facts: dict[str, Any] = {
        "door": entry.entrance.door,
        "factors": factors,
        "faces": faces,
        "lang": language.value,
        "texts": dict(said_in(language)),
    }
    return msgspec.json.encode(facts).decode().replace("<", "\\u003c")
