"""A real browser, and RapiDoc in it as a reader uses it: fields, buttons and what they bring about.

Whatever a page must not do is kept as a complaint: an error in its console, a breach of its content
security policy, a request to any other place than its own server.
"""

import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import (
    Browser,
    BrowserType,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    sync_playwright,
)

from tests.support.checkout import ROOT
from tests.support.programs import do_without
from watchword.web.page import VIEWER

__all__ = [
    "ARTEFACTS",
    "WAIT",
    "Viewer",
    "launched",
    "open_browser",
    "overhear",
]

ARTEFACTS: Final = ROOT / "artifacts"
"""Where pictures of pages are left for whoever looks at a run."""

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
FLAGS: Final = (
    # A container has neither the user namespaces nor the shared memory that it would like.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT: Final = 20_000
"""Milliseconds that anything may take to appear: a busy machine is slow."""

REFUSED: Final = "Failed to load resource: the server responded with a status of 4"
"""How a browser tells of an answer that a reader may well have asked for."""

SHOWN: Final = "api-request .tab-panel:has([data-tab=headers]) .tab-content pre >> nth=0"
"""Where the viewer shows an answer's body: beside its headers."""

READING: Final = "\N{HOURGLASS}"
"""What it shows there until it has read the body; the status stands there before."""

TELL_BREACHES: Final = """
document.addEventListener('securitypolicyviolation', breach =>
    console.error(`breach of ${breach.violatedDirective}: ${breach.blockedURI}`));
"""


@contextmanager
def open_browser(*flags: str) -> Generator[Browser]:
    """Run Chromium without a window, with flags beside the usual ones.

    Where it or our viewer is missing, skip, and fail in CI.
    """
    if not VIEWER.is_file():
        do_without("the viewer of our pages is missing; `make setup` fetches it")
    with sync_playwright() as playwright, launched(playwright.chromium, *flags) as browser:
        yield browser


@contextmanager
def launched(kind: BrowserType, *flags: str) -> Generator[Browser]:
    """Run one more browser of a kind that runs already: there is one Playwright in a thread."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), "")
    if not program:
        do_without("Chromium is not installed; `make test` installs it where it may")
    browser = kind.launch(executable_path=program, args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


def overhear(page: Page, base_url: str, complaints: list[str]) -> None:
    """Keep as a complaint whatever a page does from now on that none of ours may."""

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(REFUSED):
            complaints.append(message.text)

    def watch(request: Request) -> None:
        if not request.url.startswith((f"{base_url}/", "data:", "blob:")):
            complaints.append(f"a request to {request.url}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", watch)
    page.add_init_script(TELL_BREACHES)


class Viewer:
    """One page of ours, open in a browser."""

    def __init__(self, browser: Browser, base_url: str, path: str) -> None:
        """Open the page and wait for its description to be shown."""
        self.complaints: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": 1280, "height": 1000})
        self.page.set_default_timeout(WAIT)
        overhear(self.page, base_url, self.complaints)
        self.page.goto(f"{base_url}{path}")
        self.page.locator("#link-overview").wait_for()

    def show_keys(self) -> Locator:
        """Go to the keys that calls are sent with."""
        self.page.locator("#link-auth").click()
        section = self.page.locator("section#auth")
        section.wait_for()
        return section

    def set_basic(self, scheme: str, user: str, password: str) -> None:
        """Write a user name and a password, and press SET."""
        row = self.show_keys().locator(f"#security-scheme-{scheme}")
        row.locator("input.api-key-user").fill(user)
        row.locator("input.api-key-password").fill(password)
        row.get_by_role("button", name="SET", exact=True).click()
        row.get_by_text("Key Applied").wait_for()

    def set_key(self, scheme: str, value: str) -> None:
        """Paste a key, and press SET."""
        row = self.show_keys().locator(f"#security-scheme-{scheme}")
        row.locator("input.api-key-input").fill(value)
        row.get_by_role("button", name="SET", exact=True).click()
        row.get_by_text("Key Applied").wait_for()

    def press(self, name: str) -> None:
        """Press a button beside the keys."""
        self.show_keys().get_by_role("button", name=name, exact=True).first.click()

    def open(self, operation: str) -> None:
        """Go to an operation by its method and path, ``POST /auth/login/``."""
        method, path = operation.split(" ")
        wanted = f"{method.lower()}-{path}"
        self.page.locator(f"[data-content-id='{wanted}']").first.click()
        self.page.locator("api-request button", has_text="TRY").wait_for()

    def write_body(self, body: str) -> None:
        """Write the body of the operation that is open."""
        self.page.locator("api-request textarea.request-body-param-user-input").fill(body)

    def write_form(self, fields: Mapping[str, str]) -> None:
        """Fill in the form of the operation that is open."""
        for name, value in fields.items():
            self.page.locator(f"api-request [data-pname='{name}']").fill(value)

    def press_try(self) -> tuple[int, str]:
        """Press TRY and return the status and the body of the answer, as they are shown."""
        with self.page.expect_response(lambda answer: "/rapidoc" not in answer.url) as awaited:
            self.page.locator("api-request button", has_text="TRY").click()
        answer = awaited.value
        told = self.page.locator("api-request .response-message")
        told.get_by_text(str(answer.status)).wait_for()
        shown = self.page.locator(SHOWN)
        shown.filter(has_not_text=READING).wait_for(state="attached")
        return answer.status, shown.inner_text()

    def take_picture(self, name: str) -> Path:
        """Keep what is to be seen."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path
