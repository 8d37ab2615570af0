"""The sign-in page, played in a real browser with a camera that is fed from a file.

The engine sees whom the test says is there (`tests.support.sign_in.Mirror`), but what it is handed
was filmed by the browser. Pictures of each step stay in ``artifacts/``.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect

from tests.support.browser import ARTEFACTS, WAIT, launched, open_browser
from tests.support.faces import enrol
from tests.support.lobby import serve_world
from tests.support.sign_in import ALLOWED, Mirror, SignIn, fed_with, grey_film
from tests.support.world import FixedClock, World
from watchword.core.subjects import Audience, Subject

PASSWORD = "plum-tree-88"
HESITATE = """() => {
  const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
  window.opened = [];
  window.asked = [];
  devices.getUserMedia = (wanted) => new Promise((done) => {
    asked.push(async () => { opened.push(await open(wanted)); done(opened.at(-1)); });
  });
}"""
"""A camera is allowed when the test says so."""
STILL_ON = "opened.filter(stream => stream.getTracks().some(t => t.readyState === 'live')).length"
KEEP_LONG_WAITS = """() => {
  const wait = window.setTimeout;
  window.ends = [];
  window.setTimeout = (work, milliseconds, ...rest) =>
    milliseconds > 60_000 ? ends.push(() => work(...rest)) : wait(work, milliseconds, ...rest);
}"""
"""What is due in minutes is due when the test says so."""
BE_FAST = "() => { const now = Date.now; Date.now = () => now() + 3_600_000; }"
"""A clock that is an hour fast."""
expect.set_options(timeout=WAIT)


@dataclass
class House:
    """A server whose door takes these factors, and whose engine sees alice."""

    world: World
    engine: Mirror
    alice: Subject
    url: str
    open_pages: list[SignIn] = field(default_factory=list)

    def open(self, browser: Browser, query: str = "", **context: Any) -> SignIn:
        self.open_pages.append(SignIn(browser, self.url, query, **context))
        return self.open_pages[-1]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[Browser]:
    film = grey_film(tmp_path_factory.mktemp("film") / "film.y4m")
    with open_browser(*fed_with(film)) as browser:
        yield browser


@pytest.fixture(scope="module")
def without_camera(browser: Browser) -> Generator[Browser]:
    with launched(browser.browser_type, ALLOWED) as other:
        yield other


@pytest.fixture
def open_house() -> Generator[Callable[..., House]]:
    """Yield what serves a house; in the end no page may have done what it must not."""
    worlds: list[tuple[World, Any]] = []
    houses: list[House] = []

    def open_house(auth_type: str, *, engine: bool = True, **more: object) -> House:
        mirror = Mirror()
        world = World(
            settings={"findface": {"auth_type": auth_type, **more}},
            clock=FixedClock(datetime.now(UTC)),
            engine=mirror if engine else None,
        )
        alice = world.add(
            "alice",
            password=PASSWORD,
            full_name="Alice Example",
            profiles={"findface": {"primary_group": "User"}},
        )
        if engine:
            enrol(world.core, Audience("findface"), alice)
        mirror.before = str(alice.id)
        serving = serve_world(world)
        worlds.append((world, serving))
        houses.append(House(world, mirror, alice, serving.__enter__()))
        return houses[-1]

    yield open_house
    for house in houses:
        for page in house.open_pages:
            page.close()
    for world, serving in worlds:
        serving.__exit__(None, None, None)
        world.close()


def hold_calls(page: SignIn, which: str) -> list[Route]:
    """Let no such call reach the server, and return those that were made, as they are made."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.page.route(which, hold)
    return held


class TestByPassword:
    def test_in_again_after_a_reload_and_out(self, open_house, browser) -> None:
        house = open_house("password")
        page = house.open(browser)
        page.take_picture("password")

        page.write("alice", PASSWORD)

        assert page.who() == "Alice Example · alice"
        expect(page.by_id("welcome")).to_be_focused()
        page.take_picture("inside")
        assert set(page.stored()) == {"watchword.session"}
        assert PASSWORD not in str(page.stored())

        page.page.reload()
        page.await_ready()
        assert page.who() == "Alice Example · alice"

        page.by_id("leave").click()
        assert page.notice() == "You are signed out."
        assert page.stored() == {}
        assert ("session.end", "left") in list(house.world.audited())

    def test_a_wrong_password_is_told_and_can_be_written_again(self, open_house, browser) -> None:
        page = open_house("password").open(browser)

        page.write("alice", "wrong")

        assert "The user name or the password is wrong." in page.problem()
        expect(page.by_id("password")).to_be_focused()
        expect(page.by_id("password")).to_have_value("")
        page.take_picture("refused")
        page.write("alice", PASSWORD)
        assert page.who() == "Alice Example · alice"

    def test_what_is_not_filled_in_is_told_beside_it(self, open_house, browser) -> None:
        page = open_house("password").open(browser)

        page.by_id("submit").click()

        assert "Enter your user name." in page.by_id("login-error").inner_text()
        assert "Enter your password." in page.by_id("password-error").inner_text()
        expect(page.by_id("login")).to_be_focused()
        expect(page.by_id("login")).to_have_attribute("aria-invalid", "true")
        expect(page.by_id("login")).to_have_accessible_description("Enter your user name.")

    def test_a_session_that_was_ended_elsewhere_is_told(self, open_house, browser) -> None:
        house = open_house("password")
        page = house.open(browser)
        page.write("alice", PASSWORD)
        page.who()
        house.world.core.directory.set_password(house.alice.id, "another-one-77")

        page.page.reload()
        page.await_ready()

        assert "You were signed out." in page.notice()
        assert page.stored() == {}

    def test_a_server_that_is_gone_is_told(self, open_house, browser) -> None:
        page = open_house("password").open(browser)
        page.page.route("**/console/doors/**", lambda route: route.abort())

        page.write("alice", PASSWORD)

        assert "The server cannot be reached." in page.problem()
        page.complaints.clear()  # the browser tells of the call that failed


class TestByFace:
    def test_whoever_does_as_told_is_in(self, open_house, browser) -> None:
        house = open_house("face")
        page = house.open(browser)
        page.take_picture("face")

        page.by_id("start").click()
        expect(page.by_id("record")).to_be_focused()
        page.take_picture("camera")
        page.by_id("record").click()
        expect(page.by_id("prompt")).to_have_text("Look straight into the camera.")
        page.page.locator("#arrow:not([data-act=look-ahead])").wait_for(state="attached")
        page.take_picture("prompt")

        assert page.who() == "Alice Example · alice"
        assert house.engine.shown == 1
        assert page.page.evaluate("document.getElementById('preview').srcObject") is None

    def test_a_refused_face_can_be_shown_again(self, open_house, browser) -> None:
        house = open_house("face")
        house.engine.before = "somebody-else"
        page = house.open(browser)

        page.film()

        assert "You were not recognised." in page.problem()
        expect(page.by_id("record")).to_be_focused()
        expect(page.by_id("record")).to_have_text("Try again")
        page.take_picture("face-refused")
        house.engine.before = str(house.alice.id)
        page.by_id("record").click()
        assert page.who() == "Alice Example · alice"

    def test_the_camera_goes_off_when_it_is_cancelled(self, open_house, browser) -> None:
        house = open_house("face")
        page = house.open(browser)

        page.film()
        page.by_id("cancel").click()

        expect(page.by_id("start")).to_be_focused()
        assert page.page.evaluate("document.getElementById('preview').srcObject") is None
        expect(page.by_id("problem")).to_be_hidden()
        assert house.engine.shown == 0

    def test_who_cancels_while_the_clip_is_sent_is_not_let_in(self, open_house, browser) -> None:
        page = open_house("face").open(browser)
        held = hold_calls(page, "**/face")

        page.film()
        expect(page.by_id("prompt")).to_have_text("Looking…")
        page.by_id("cancel").click()
        for route in held:
            route.continue_()
        page.page.evaluate("fetch(location.href).then(answer => answer.text())")

        expect(page.by_id("start")).to_be_focused()
        page.page.unroute("**/face")
        page.film()
        assert page.who() == "Alice Example · alice"

    def test_who_cancels_before_anything_is_asked_hears_of_no_trouble(
        self, open_house, browser
    ) -> None:
        page = open_house("face").open(browser)
        held = hold_calls(page, "**/challenge")

        page.film()
        page.by_id("cancel").click()
        with page.page.expect_response("**/challenge"):
            held[0].continue_()
        page.page.evaluate("fetch(location.href).then(answer => answer.text())")

        expect(page.by_id("problem")).to_be_empty()
        expect(page.by_id("record")).to_be_hidden()

    def test_a_camera_that_is_allowed_too_late_goes_off_again(self, open_house, browser) -> None:
        """Browsers ask beside the page, which can be used meanwhile."""
        page = open_house("face_or_password").open(browser)
        page.page.evaluate(HESITATE)

        page.page.get_by_label("Face", exact=True).check()
        page.by_id("start").click()
        page.by_id("start").click()
        page.page.get_by_label("Password", exact=True).first.check()
        page.page.evaluate("Promise.all(asked.splice(0).map(allow => allow()))")

        assert page.page.evaluate(STILL_ON) == 0
        expect(page.by_id("with-password")).to_be_visible()
        page.page.get_by_label("Face", exact=True).check()
        page.by_id("start").click()
        page.by_id("start").click()
        page.page.evaluate("Promise.all(asked.splice(0).map(allow => allow()))")
        page.by_id("record").wait_for()
        assert page.page.evaluate(STILL_ON) == 1

    def test_face_and_password_one_after_the_other(self, open_house, browser) -> None:
        house = open_house("face_and_password")
        page = house.open(browser)
        assert page.by_id("step").inner_text() == "Step 1 of 2: your face"

        page.film()

        assert page.notice() == "Your face was recognised. Now enter your password."
        assert page.by_id("step").inner_text() == "Step 2 of 2: your password"
        expect(page.by_id("login")).to_be_focused()
        page.take_picture("second-step")
        page.write("alice", "wrong")
        assert "those of the face that was shown" in page.problem()
        page.write("alice", PASSWORD)
        assert page.who() == "Alice Example · alice"
        results = [result for action, result in house.world.audited() if action == "login"]
        assert results == ["wrong-password", "admitted"]

    def test_a_clock_that_is_wrong_takes_no_time_from_anybody(self, open_house, browser) -> None:
        page = open_house("face_and_password").open(browser)
        page.page.evaluate(BE_FAST)

        page.film()
        page.notice()
        page.write("alice", PASSWORD)

        assert page.who() == "Alice Example · alice"

    def test_each_face_has_its_own_time(self, open_house, browser) -> None:
        """The end of an earlier one, which was made use of, is not the end of the next."""
        page = open_house("face_and_password").open(browser)
        page.page.evaluate(KEEP_LONG_WAITS)
        page.film()
        page.notice()
        page.write("alice", PASSWORD)
        page.who()
        page.by_id("leave").click()

        page.film()
        page.by_id("with-password").wait_for()
        page.page.evaluate("ends[0]()")
        expect(page.by_id("with-password")).to_be_visible()

        page.page.evaluate("ends[1]()")
        assert "Show it again." in page.problem()
        expect(page.by_id("start")).to_be_visible()

    def test_either_of_them_will_do(self, open_house, browser) -> None:
        page = open_house("face_or_password").open(browser)

        page.page.get_by_label("Face", exact=True).check()
        page.film()

        assert page.who() == "Alice Example · alice"
        page.by_id("leave").click()
        page.page.get_by_label("Password", exact=True).first.check()
        page.write("alice", PASSWORD)
        assert page.who() == "Alice Example · alice"


class TestWithoutACamera:
    def test_a_password_will_do_where_it_may(self, open_house, without_camera) -> None:
        page = open_house("face_or_password").open(without_camera)

        assert page.notice().startswith("No camera was found.")
        page.take_picture("no-camera")
        expect(page.by_id("ways")).to_be_hidden()
        page.write("alice", PASSWORD)
        assert page.who() == "Alice Example · alice"

    def test_where_a_face_is_needed_it_is_said_why_nobody_gets_in(
        self, open_house, without_camera
    ) -> None:
        page = open_house("face_and_password").open(without_camera)

        needed = "Here nobody is let in without showing a face."
        assert f"No camera was found. {needed}" in page.problem()
        expect(page.by_id("start")).to_be_visible()  # one may be plugged in

    def test_what_cannot_help_is_not_offered(self, open_house, browser) -> None:
        page = open_house("face").open(browser)

        page.page.add_init_script("delete window.MediaRecorder;")
        page.page.reload()
        page.await_ready()

        assert "This browser cannot record video." in page.problem()
        expect(page.by_id("start")).to_be_hidden()

    def test_who_denies_it_is_told_how_to_allow_it(self, open_house, browser) -> None:
        page = open_house("face_or_password").open(browser)
        page.page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia = () =>"
            " Promise.reject(new DOMException('no', 'NotAllowedError')); }"
        )

        page.page.get_by_label("Face", exact=True).check()
        page.by_id("start").click()

        assert "Allow it in the browser" in page.notice()
        assert "Sign in with your password instead." in page.notice()
        expect(page.by_id("with-password")).to_be_visible()

    def test_without_an_engine_a_password_is_asked_for_at_once(self, open_house, browser) -> None:
        page = open_house("face_or_password", engine=False).open(browser)

        assert "Faces cannot be recognised on this server now." in page.notice()
        page.write("alice", PASSWORD)
        assert page.who() == "Alice Example · alice"


class TestForEverybody:
    @pytest.mark.parametrize(
        ("locale", "title", "wrong"),
        [
            ("en-GB", "Sign in", "The user name or the password is wrong."),
            ("es-MX", "Iniciar sesión", "El nombre de usuario o la contraseña no son correctos."),
            ("ru-RU", "Вход", "Неверное имя пользователя или пароль."),
        ],
    )
    def test_it_speaks_as_the_browser_wishes(
        self, open_house, browser, locale: str, title: str, wrong: str
    ) -> None:
        page = open_house("password").open(browser, locale=locale)

        assert page.page.locator("h1").inner_text() == title
        page.by_id("login").fill("alice")
        page.by_id("password").fill("x")
        page.by_id("submit").click()
        assert wrong in page.problem()
        page.take_picture(f"language-{locale[:2]}")

    def test_a_language_can_be_picked(self, open_house, browser) -> None:
        page = open_house("password").open(browser)

        page.page.get_by_role("link", name="Español").click()
        page.await_ready()

        assert page.page.locator("h1").inner_text() == "Iniciar sesión"
        assert page.page.locator("html").get_attribute("lang") == "es"

    def test_the_keyboard_is_enough(self, open_house, browser) -> None:
        """From the first Tab to being in, and out: no pointer is used."""
        page = open_house("face_and_password").open(browser)
        press = page.page.keyboard.press

        press("Tab")
        expect(page.page.get_by_role("link", name="Skip to the form")).to_be_focused()
        press("Enter")
        for name in ("door", "switch", "login", "start"):
            press("Tab")
            expect(page.by_id(name)).to_be_focused()
        press("Enter")
        expect(page.by_id("record")).to_be_focused()
        press("Enter")
        expect(page.by_id("login")).to_be_focused()
        page.page.keyboard.type("alice")
        press("Tab")
        page.page.keyboard.type(PASSWORD)
        press("Enter")
        page.who()
        press("Tab")
        expect(page.by_id("leave")).to_be_focused()
        press("Enter")
        assert page.notice() == "You are signed out."

    @pytest.mark.parametrize(
        ("mode", "scheme"),
        [
            ("password", "light"),
            ("face", "dark"),
            ("face_or_password", "dark"),
            ("face_and_password", "light"),
        ],
    )
    def test_axe_finds_no_flaw(self, open_house, browser, mode: str, scheme: str) -> None:
        page = open_house(mode).open(browser, color_scheme=scheme, reduced_motion="reduce")
        flaws = page.flaws()

        if page.by_id("with-password").is_visible():
            page.write("alice", "wrong")
            page.problem()
            flaws += page.flaws()
            page.write("alice", PASSWORD)
            page.who()
        else:
            page.by_id("start").click()
        page.take_picture(f"{mode}-{scheme}")
        assert flaws + page.flaws() == []

    @pytest.mark.parametrize("locale", ["en", "es", "ru"])
    def test_on_a_telephone_nothing_is_cut_off(self, open_house, browser, locale: str) -> None:
        page = open_house("face_or_password").open(browser, locale=locale)
        page.page.set_viewport_size({"width": 320, "height": 640})
        width = "document.documentElement.scrollWidth"

        page.page.locator("[name=way][value=face]").check()
        page.take_picture(f"telephone-{locale}")
        assert page.page.evaluate(width) <= 320
        page.by_id("start").click()
        page.by_id("record").wait_for()

        page.take_picture("telephone")
        assert page.page.evaluate(width) <= 320

    def test_on_its_side_the_face_is_seen_with_what_it_has_to_do(self, open_house, browser) -> None:
        page = open_house("face").open(browser)
        page.page.set_viewport_size({"width": 740, "height": 360})

        page.by_id("start").click()
        page.by_id("record").wait_for()

        page.take_picture("on-its-side")
        for name in ("stage", "prompt", "record"):
            expect(page.by_id(name)).to_be_in_viewport(ratio=0.98)


class TestDoors:
    def test_another_door_can_be_gone_to(self, open_house, browser) -> None:
        """Looking at what there is goes nowhere yet."""
        page = open_house("password").open(browser)

        page.page.get_by_label("Where to").select_option("Oz API")
        assert "door=oz" not in page.page.url
        page.page.get_by_role("button", name="Go there").click()
        page.page.wait_for_url("**/login?door=oz&lang=en")
        page.await_ready()

        assert page.page.locator(".door-title").inner_text() == "Oz API"
        page.write("alice", PASSWORD)
        assert "wrong" in page.problem()  # alice has no profile there
        page.take_picture("doors")


class TestTheApiPage:
    def test_it_takes_the_key_from_there_and_gives_it_back(self, open_house, browser) -> None:
        house = open_house("password")
        page = house.open(browser)
        api = page.context.new_page()
        api.set_default_timeout(20_000)
        page.listen(api)
        api.goto(f"{house.url}/api-docs/")
        api.locator("#link-overview").wait_for()

        with api.expect_popup() as popup:
            api.get_by_role("link", name="Sign in").click()
        window = page.beside(popup.value)
        window.write("alice", PASSWORD)

        assert window.notice().startswith("The API page has your key now.")
        api.get_by_role("link", name="alice").wait_for()
        api.screenshot(path=ARTEFACTS / "sign-in-api-page.png")
        api.locator("[data-content-id='get-/users/me/']").first.click()
        assert self.who_am_i(api).json()["name"] == "alice"

        window.by_id("leave").click()
        api.get_by_role("link", name="Sign in").wait_for()
        assert self.who_am_i(api).status == 401

    def who_am_i(self, api: Page) -> Response:
        """Try the call that is open."""
        with api.expect_response("**/users/me/") as answered:
            api.locator("api-request button", has_text="TRY").click()
        return answered.value

    def test_a_page_of_another_origin_learns_nothing(self, open_house, browser) -> None:
        house, other = open_house("password"), open_house("password")
        page = house.open(browser)
        evil = page.context.new_page()
        evil.goto(f"{other.url}/healthz")
        evil.evaluate(
            "url => { window.heard = []; onmessage = event => heard.push(event.data);"
            " document.body.onclick = () => { window.opened = window.open(url); }; }",
            f"{house.url}/console/login",
        )
        with page.context.expect_page() as opened:
            evil.locator("body").click()
        window = opened.value
        window.locator("body[data-ready]").wait_for()
        window.locator("#login").fill("alice")
        window.locator("#password").fill(PASSWORD)
        window.locator("#submit").click()
        window.locator("#inside").wait_for()

        assert evil.evaluate("heard") == []
        assert window.evaluate("window.opener") is None
