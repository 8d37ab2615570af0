"""A face that is really looked at: filmed by Chromium, whose camera plays a film of somebody.

The film is made from a photo of a person who enrolled with others (`tests.support.face_clips`).
What it shows is fixed before anything is asked for, so the draw is fixed here, too; that it is
random otherwise, and that other acts than those that were asked for are refused, is held elsewhere.
"""

from collections.abc import Generator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import open_browser
from tests.support.face_clips import Actor, Script, hold, jpeg, perform, photo
from tests.support.lobby import serve_world
from tests.support.sign_in import SignIn, fed_with
from tests.support.world import FixedClock, World
from watchword.core.enrolment import NewFace
from watchword.core.faces import Act
from watchword.core.subjects import Audience, Subject
from watchword.faces.pool import FacePool, open_faces

HERE = Audience("findface")
PASSWORD = "plum-tree-88"
ASKED = (Act.TURN_LEFT, Act.TURN_RIGHT)
BEFORE = 6.0
"""Seconds at the beginning of a film in which nothing is done but to look about."""
READY = 4.0
"""When the button is pressed, so that what is filmed has all of the acts and no more."""
TRIES = 4
"""On a machine that is busy, a moment may be missed. A camera that is opened anew begins anew."""


def film_of(path: Path, actor: Actor, script: Script) -> Path:
    """Write a film as a fake camera takes it: pictures, one behind the other, thirty a second."""
    with path.open("wb") as file:
        for pose in script:
            file.write(2 * jpeg(actor.frame(pose)))
    return path


@pytest.fixture(scope="module")
def pool() -> Generator[FacePool]:
    pool = open_faces(at_once=1)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a film of each of two persons who do the same."""
    folder = tmp_path_factory.mktemp("films")
    script = [*hold(BEFORE), *perform(ASKED, pause=1.0), *hold(BEFORE, 5)]
    return {
        name: film_of(folder / f"{name}.mjpeg", Actor.named(f"{name}_2"), script)
        for name in ("person_a", "person_b")
    }


@pytest.fixture
def house(pool: FacePool, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[World, str]]:
    """Serve a door that wants a face and a password; alice is the first person."""
    monkeypatch.setattr("watchword.core.challenging.draw", lambda *_: ASKED)
    world = World(
        settings={"findface": {"auth_type": "face_and_password"}},
        clock=FixedClock(datetime.now(UTC)),
        engine=pool,
    )
    alice = world.add("alice", password=PASSWORD, profiles={"findface": {"primary_group": "User"}})
    enrol(world, alice)
    with serve_world(world) as url:
        yield world, url
    world.close()


def enrol(world: World, subject: Subject) -> None:
    """Enrol three pictures that are on no film: a photo, and two looks at it."""
    other = Actor.named("person_a_1")
    for picture in (photo("person_a_1"), *(jpeg(other.frame(pose)) for pose in hold(0.2))):
        (found, *_) = world.core.enrolment.find(picture)
        new = NewFace(HERE, subject.id, picture, "alice.jpg", found, "login")
        world.core.enrolment.enrol(new)


def act(page: SignIn) -> bool:
    """Show the film's face; say whether it was recognised."""
    page.by_id("start").click()
    far = "at => document.getElementById('preview').currentTime > at"
    page.page.wait_for_function(far, arg=READY)
    page.by_id("record").click()
    page.page.locator("#problem:not([hidden]), #notice:not([hidden])").wait_for(timeout=60_000)
    return page.by_id("notice").is_visible()


def shown(stack: ExitStack, film: Path, url: str) -> SignIn:
    """Open the page before somebody."""
    browser: Browser = stack.enter_context(open_browser(*fed_with(film)))
    page = SignIn(browser, url, hurry=False)
    stack.callback(page.close)
    return page


def test_whoever_enrolled_is_recognised_and_comes_in_with_the_password(house, films) -> None:
    world, url = house
    with ExitStack() as stack:
        page = shown(stack, films["person_a"], url)
        for _ in range(TRIES):
            if act(page):
                break
            page.by_id("cancel").click()
        page.take_picture("real-face")

        page.write("alice", PASSWORD)

        assert page.who().endswith("alice")
    entries = list(world.audited())
    assert ("face-login", "proved") in entries
    assert entries[-1] == ("login", "admitted")


def test_somebody_else_who_does_the_same_is_not(house, films) -> None:
    world, url = house
    with ExitStack() as stack:
        page = shown(stack, films["person_b"], url)

        assert not act(page)

        assert "You were not recognised." in page.problem()
        page.take_picture("real-stranger")
    assert [result for action, result in world.audited() if action == "face-login"] == ["no-match"]
