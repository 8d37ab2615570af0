"""The sign-in page in a real browser, with a camera that is fed from a file."""

from collections.abc import Iterable, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Final, Self

from playwright.sync_api import Browser, Locator, Page

from tests.support.browser import ARTEFACTS, WAIT, overhear
from tests.support.checkout import ROOT
from tests.support.faces import ScriptedEngine, clip_of
from tests.support.programs import do_without
from watchword.core.faces import Act, FaceFault, Sighting

__all__ = ["ALLOWED", "AXE", "Mirror", "SignIn", "fed_with", "grey_film"]

AXE: Final = ROOT / "tests/data/axe/axe.min.js"
KINDS: Final = (b"\x1a\x45\xdf\xa3", b"ftyp")
"""How clips of browsers begin: WebM, and MP4 after four bytes."""
ALLOWED: Final = "--use-fake-ui-for-media-stream"
"""Whoever asks for a camera is given it."""
HURRY: Final = """
const wait = window.setTimeout;
window.setTimeout = (work, milliseconds, ...rest) => wait(work, milliseconds / 5, ...rest);
"""
"""People need seconds to follow a prompt, and tests do not."""
LEAST: Final = 1_000
"""Bytes of a clip that a browser has filmed."""


class Mirror(ScriptedEngine):
    """Sees whoever a test says is before the camera, whatever is filmed; but it must be a film."""

    before: str = "nobody"
    does_as_told: bool = True

    def watch(self, clip: bytes, acts: Sequence[Act] = ()) -> Sighting | FaceFault:
        """Return who stands there."""
        filmed = clip.startswith(KINDS[0]) or clip[4:8] == KINDS[1]
        if not filmed or len(clip) < LEAST:
            return FaceFault.UNREADABLE
        done = acts if self.does_as_told else ()
        return super().watch(clip_of(self.before, acts=done), acts)


def grey_film(path: Path, side: int = 160, frames: int = 20) -> Path:
    """Write a film of nothing in particular, as a fake camera takes it (YUV4MPEG2)."""
    half = side * side // 2
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{side} H{side} F20:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(frames):
            file.write(b"FRAME\n" + bytes([60 + 8 * number]) * (side * side) + b"\x80" * half)
    return path


def fed_with(film: Path) -> tuple[str, ...]:
    """Return the flags of a browser whose one camera plays a film again and again."""
    fake = "--use-fake-device-for-media-stream"
    return ALLOWED, fake, f"--use-file-for-fake-video-capture={film}"


class SignIn:
    """The page, open in a tab of its own. What it must not do is kept as a complaint."""

    def __init__(
        self,
        browser: Browser,
        base_url: str,
        query: str = "",
        *,
        hurry: bool = True,
        **context: Any,
    ) -> None:
        """Open the page and wait until its script has looked around."""
        self.base_url = base_url
        self.complaints: list[str] = []
        self.context = browser.new_context(viewport={"width": 900, "height": 1000}, **context)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.listen(self.page)
        if hurry:
            self.page.add_init_script(HURRY)
        self.page.goto(f"{base_url}/console/login{query}")
        self.await_ready()

    def listen(self, page: Page) -> None:
        """Keep what goes wrong on a page."""
        overhear(page, self.base_url, self.complaints)

    def beside(self, page: Page) -> Self:
        """Return the same page in another window, whose complaints are this one's."""
        other = copy(self)
        other.page = page
        other.await_ready()
        return other

    def await_ready(self) -> None:
        """Wait until the page has found out what it has to show."""
        self.page.locator("body[data-ready]").wait_for()

    def by_id(self, name: str) -> Locator:
        """Return an element."""
        return self.page.locator(f"#{name}")

    def write(self, login: str, password: str) -> None:
        """Fill in the form and send it."""
        self.page.get_by_role("textbox", name="User name").fill(login)
        self.page.get_by_role("textbox", name="Password").fill(password)
        self.by_id("submit").click()

    def film(self) -> None:
        """Turn the camera on, and do as one is told."""
        self.by_id("start").click()
        self.by_id("record").click()

    def problem(self) -> str:
        """Wait for a problem, and return it."""
        self.by_id("problem").wait_for()
        return self.by_id("problem").inner_text()

    def notice(self) -> str:
        """Wait for a notice, and return it."""
        self.by_id("notice").wait_for()
        return self.by_id("notice").inner_text()

    def who(self) -> str:
        """Wait until somebody is in, and return who."""
        self.by_id("inside").wait_for()
        return self.by_id("who").inner_text()

    def stored(self) -> dict[str, str]:
        """Return what the browser keeps for the page, but for the name of the device."""
        kept: dict[str, str] = self.page.evaluate("({...localStorage, ...sessionStorage})")
        return {name: value for name, value in kept.items() if name != "watchword.device"}

    def take_picture(self, name: str) -> None:
        """Keep what is to be seen."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"sign-in-{name}.png")

    def flaws(self) -> list[str]:
        """Return what keeps people from using the page as it is now, as axe-core finds it."""
        if not AXE.is_file():
            do_without("axe-core is missing; `make test` fetches it")
        # Not as an element: the page's own policy would rightly refuse that.
        self.page.evaluate(AXE.read_text())
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        options = {"runOnly": tags, "resultTypes": ["violations"]}
        found = self.page.evaluate("options => axe.run(document, options)", options)
        return [f"{each['id']}: {_targets(each['nodes'])}" for each in found["violations"]]

    def close(self) -> None:
        """Close the tab, and fail if the page did what it must not."""
        self.context.close()
        assert self.complaints == [], self.complaints


def _targets(nodes: Iterable[Any]) -> str:
    return ", ".join(str(node["target"]) for node in nodes)
