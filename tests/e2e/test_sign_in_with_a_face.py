"""A face that is really looked at, filmed by Chromium, whose camera plays a film of somebody.

The server is one as an operator runs it, and its people enrolled photos that are on no film. What a
film shows is fixed before anything is asked for, so the page is let ask until it is asked for that.
"""

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx2
import pytest
from playwright.sync_api import Route

from tests.support.browser import open_browser
from tests.support.face_clips import Actor, Script, hold, jpeg, looks, perform
from tests.support.processes import serve
from tests.support.sign_in import SignIn, fed_with
from watchword.core.faces import Act

PASSWORD: Final = "plum-tree-88"
DIRECTORY: Final = f"""
[[subjects]]
logins = ["alice"]
full_name = "Alice Example"
password = "{PASSWORD}"
[subjects.findface]
primary_group = "Administrator"
"""
SETTINGS: Final = """
[limits]
exempt = ["127.0.0.1"]
[dialects.findface]
auth_type = "face_and_password"
"""
ACTS: Final = (Act.TURN_LEFT, Act.TURN_RIGHT)
BEFORE: Final = 6.0
"""Seconds at the beginning of a film in which nothing is done but to look about."""
READY: Final = 4.0
"""When the button is pressed, so that what is filmed has all of the acts and no more."""
TRIES: Final = 4
"""On a machine that is busy, a moment may be missed. A camera that is opened anew begins anew."""
DRAWS: Final = 200
"""Of six draws one is what the film shows."""


def film_of(path: Path, actor: Actor, script: Script) -> Path:
    """Write a film as a fake camera takes it: pictures, one behind the other, thirty a second."""
    with path.open("wb") as file:
        for pose in script:
            file.write(2 * jpeg(actor.frame(pose)))
    return path


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a film of each of two persons who do the same."""
    folder = tmp_path_factory.mktemp("films")
    script = [*hold(BEFORE), *perform(ACTS, pause=1.0), *hold(BEFORE, 5)]
    return {
        name: film_of(folder / f"{name}.mjpeg", Actor.named(f"{name}_2"), script)
        for name in ("person_a", "person_b")
    }


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an installation in which the first person enrolled as alice."""
    folder = tmp_path_factory.mktemp("installation")
    (folder / "directory.toml").write_text(DIRECTORY)
    with (
        serve(folder, "--directory", "directory.toml") as server,
        httpx2.Client(base_url=server.base_url, timeout=120) as client,
    ):
        _enrol(client)
    return folder


@pytest.fixture(scope="module")
def url(installation: Path) -> Generator[str]:
    """Serve that installation, and want a face and a password."""
    path = installation / "watchword.toml"
    path.write_text(SETTINGS)
    with serve(installation, "--config", str(path)) as server:
        yield server.base_url


def _enrol(client: httpx2.Client) -> None:
    """Add alice's photos."""
    answer = client.post("/auth/login/", json={"uuid": "d"}, auth=("alice", PASSWORD))
    headers = {"authorization": f"Token {answer.json()['token']}"}
    user = {"user": str(answer.json()["user"]["id"])}
    for picture in looks("person_a_1"):
        files = {"source_photo": ("me.jpg", picture, "image/jpeg")}
        added = client.post("/user-face/", data=user, files=files, headers=headers)
        assert added.status_code == 201, added.text


def ask_again(route: Route) -> None:
    """Ask the server for a challenge until it is the one that the film meets."""
    for _ in range(DRAWS):
        answer = route.fetch()
        if answer.json()["acts"] == list(ACTS):
            route.fulfill(response=answer)
            return
    pytest.fail("the draw is not random")


def is_recognised(page: SignIn) -> bool:
    """Show the film's face; say whether it was recognised."""
    page.by_id("start").click()
    far = "at => document.getElementById('preview').currentTime > at"
    page.page.wait_for_function(far, arg=READY)
    page.by_id("record").click()
    page.page.locator("#problem:not(:empty), #notice:not(:empty)").wait_for(timeout=60_000)
    return page.by_id("notice").is_visible()


def before_a_camera(stack: ExitStack, film: Path, url: str) -> SignIn:
    """Open the page before somebody."""
    browser = stack.enter_context(open_browser(*fed_with(film)))
    page = SignIn(browser, url, "?door=findface", hurry=False)
    stack.callback(page.close)
    page.page.route("**/challenge", ask_again)
    return page


def test_whoever_enrolled_is_recognised_and_comes_in_with_the_password(
    url: str, films: dict[str, Path]
) -> None:
    with ExitStack() as stack:
        page = before_a_camera(stack, films["person_a"], url)
        for _ in range(TRIES):
            if is_recognised(page):
                break
            page.by_id("cancel").click()
        page.take_picture("real-face")

        page.write("alice", PASSWORD)

        assert page.who() == "Alice Example · alice"


def test_somebody_else_who_does_the_same_is_not(url: str, films: dict[str, Path]) -> None:
    with ExitStack() as stack:
        page = before_a_camera(stack, films["person_b"], url)

        assert not is_recognised(page)

        assert "You were not recognised." in page.problem()
        page.take_picture("real-stranger")
