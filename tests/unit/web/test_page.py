"""The page of an interface: what it loads, what it forbids, and what it says without its viewer."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.checkout import ROOT
from watchword.web.about import Outline
from watchword.web.entrance import Entrance
from watchword.web.messages import Request
from watchword.web.openapi import describe
from watchword.web.operation import Desk, Operation
from watchword.web.page import VIEWER_VERSION, Page, page_operations

DESK: Any = None
"""A page asks for nothing."""
REQUEST = Request("GET", "/docs/")
TITLE = "Things & <Parts>"


@pytest.fixture
def page(tmp_path):
    """Return a page whose viewer is there."""
    viewer = tmp_path / "viewer.js"
    viewer.write_bytes(b"export {}")
    return Page(TITLE, "/docs/", "/things.json", viewer)


@pytest.fixture
def bare(tmp_path):
    """Return a page whose viewer was never fetched."""
    return Page(TITLE, "/docs/", "/things.json", tmp_path / "viewer.js")


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html.decode())

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data.strip())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def operations_of(page: Page, when: Callable[[str], bool]) -> tuple[Operation[str], ...]:
    return page_operations(page, when)


def policy(reply) -> dict[str, list[str]]:
    """Return the content security policy by directive."""
    written = dict(reply.headers)[b"content-security-policy"].decode()
    return {name: values for name, *values in map(str.split, written.split(";"))}


class TestPage:
    def test_it_shows_the_description_in_the_viewer(self, page):
        elements = Elements(page.show(DESK, REQUEST).body)

        (viewer,) = elements.of("rapi-doc")
        assert viewer["spec-url"] == "/things.json"

    def test_its_one_script_is_the_viewer_at_an_address_of_its_version(self, page):
        (script,) = Elements(page.show(DESK, REQUEST).body).of("script")

        assert script == {"type": "module", "src": f"/docs/rapidoc.js?v={VIEWER_VERSION}"}

    def test_a_title_is_text_and_never_markup(self, page):
        elements = Elements(page.show(DESK, REQUEST).body)

        assert elements.texts.count(TITLE) == 1
        assert elements.of("parts") == []

    def test_keys_stay_on_the_page_and_calls_carry_nothing_else(self, page):
        (viewer,) = Elements(page.show(DESK, REQUEST).body).of("rapi-doc")

        assert viewer["persist-auth"] == "false"
        assert viewer["fetch-credentials"] == "omit"
        assert viewer["load-fonts"] == "false"


class TestHeaders:
    def test_no_script_runs_but_those_of_this_server(self, page):
        told = policy(page.show(DESK, REQUEST))

        assert told["default-src"] == ["'none'"]
        assert told["script-src"] == ["'self'"]

    def test_nothing_is_called_but_this_server(self, page):
        told = policy(page.show(DESK, REQUEST))

        assert told["connect-src"] == ["'self'"]
        assert told["form-action"] == ["'none'"]
        assert told["base-uri"] == ["'none'"]

    def test_nobody_can_frame_it(self, page):
        reply = page.show(DESK, REQUEST)

        assert policy(reply)["frame-ancestors"] == ["'none'"]
        assert dict(reply.headers)[b"x-frame-options"] == b"DENY"

    def test_it_is_what_it_says_and_tells_nobody_of_itself(self, page):
        told = dict(page.show(DESK, REQUEST).headers)

        assert told[b"x-content-type-options"] == b"nosniff"
        assert told[b"referrer-policy"] == b"no-referrer"
        assert told[b"content-type"] == b"text/html; charset=utf-8"

    def test_a_browser_asks_for_the_page_each_time_and_for_the_script_once(self, page):
        shown, given = page.show(DESK, REQUEST), page.give_script(DESK, REQUEST)

        assert dict(shown.headers)[b"cache-control"] == b"no-cache"
        assert b"immutable" in dict(given.headers)[b"cache-control"]


class TestScript:
    def test_it_is_read_from_disk_each_time(self, page):
        assert page.give_script(DESK, REQUEST).body == b"export {}"

        page.viewer.write_bytes(b"export {a}")

        assert page.give_script(DESK, REQUEST).body == b"export {a}"

    def test_it_is_javascript_and_nothing_else(self, page):
        told = dict(page.give_script(DESK, REQUEST).headers)

        assert told[b"content-type"] == b"text/javascript; charset=utf-8"
        assert told[b"x-content-type-options"] == b"nosniff"


class TestWithoutTheViewer:
    def test_the_page_says_what_to_run(self, bare):
        reply = bare.show(DESK, REQUEST)

        assert reply.status == 503
        assert b"make setup" in reply.body
        assert b"Content-Security-Policy" not in reply.body

    def test_it_leads_to_the_description_all_the_same(self, bare):
        elements = Elements(bare.show(DESK, REQUEST).body)

        assert [each["href"] for each in elements.of("a")] == ["/things.json"]
        assert elements.of("script") == []

    def test_the_script_is_not_found(self, bare):
        reply = bare.give_script(DESK, REQUEST)

        assert reply.status == 404
        assert b"make setup" in reply.body
        assert dict(reply.headers)[b"cache-control"] == b"no-store"


class TestOperations:
    def test_the_settings_decide_whether_there_is_a_page(self, page):
        operations = operations_of(page, when=lambda settings: settings == "wanted")

        assert [each.path for each in operations] == ["/docs/", "/docs/rapidoc.js"]
        assert all(each.when("wanted") and not each.when("not") for each in operations)

    def test_the_description_does_not_have_them(self, page):
        operations = operations_of(page, when=lambda _settings: True)
        outline = Outline("Things", "", "3.1.0", {}, refusal=str)

        assert describe(outline, operations, "wanted")["paths"] == {}


def test_what_is_fetched_is_the_version_that_the_page_names():
    fetched = re.search(
        r"^version=(\S+)$", (ROOT / "scripts/fetch-assets").read_text(), re.MULTILINE
    )

    assert fetched is not None
    assert fetched[1] == VIEWER_VERSION


class TestSigningIn:
    """Where its door can be signed in at, the page has a link and takes the key."""

    @pytest.fixture
    def desk(self):
        nobody: Any = None  # a page asks the core for nothing
        return Desk(nobody, "open")

    def invited(self, page: Page, *, viewer: bool = True) -> Page:
        entrance: Entrance[str] = Entrance(
            "door", "Door", "Key", lambda settings: settings == "open"
        )
        missing = page.viewer.with_name("missing.js")
        return replace(page, entrance=entrance, viewer=page.viewer if viewer else missing)

    def test_a_link_and_a_script_of_ours_beside_the_viewers(self, page, desk):
        elements = Elements(self.invited(page).show(desk, REQUEST).body)

        assert [each["href"] for each in elements.of("a") if "data-sign-in" in each] == [
            "/console/login?door=door"
        ]
        scripts = [each["src"] for each in elements.of("script")]
        assert scripts == [
            f"/docs/rapidoc.js?v={VIEWER_VERSION}",
            "/console/assets/api-page.mjs",
        ]

    def test_neither_where_the_settings_say_no_or_the_viewer_is_missing(self, page, desk):
        shut = replace(desk, settings="shut")

        assert b"/console/" not in self.invited(page).show(shut, REQUEST).body
        assert b"/console/" not in self.invited(page, viewer=False).show(desk, REQUEST).body
        assert b"/console/" not in page.show(desk, REQUEST).body

    def test_the_window_that_it_opens_may_answer_it(self, page):
        """A page that a page of another origin opens would be cut off from it, as that one is."""
        headers = dict(page.show(DESK, REQUEST).headers)

        assert headers[b"cross-origin-opener-policy"] == b"same-origin"
