"""A client's own address is called when analyses are done: decision 0226."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.listener import listening
from tests.wire.oz.filing import NOBODY, seat
from tests.wire.oz.people import run_jobs
from watchword.dialects.oz.archive.notifying import NOTIFY
from watchword.dialects.oz.endpoints import may_call
from watchword.web.operation import Desk

SEGMENT = st.text("abc", min_size=1, max_size=3)


@pytest.fixture
def client_side():
    """Yield a client's own server."""
    with listening() as listener:
        yield listener


@pytest.fixture
def engine():
    with listening() as engine:
        engine.answers({"resolution": "SUCCESS"})
        yield engine


@pytest.fixture
def settings(client_side, engine):
    return {
        "resolution_endpoints": [f"{client_side.url}/hooks"],
        "engines": {
            "quality": {"url": engine.url, "timeout_seconds": 5},
            "biometry": {"stand_in": {"verdicts": {"unsure": "OPERATOR_REQUIRED"}}},
        },
    }


@pytest.fixture
def own(world, client):
    return seat(world, client, "client")


@pytest.fixture
def hook(client_side):
    return f"{client_side.url}/hooks/done?a=b"


def heard(world, client_side) -> list[Any]:
    """Do what is due, and return what the client has heard since."""
    client_side.calls.clear()
    run_jobs(world)
    return [call.json for call in client_side.calls]


class TestCalling:
    def test_it_is_told_of_the_folder_and_its_analyses(self, world, own, client_side, hook):
        folder = own.folder({"resolution_endpoint": f" {hook} "})
        assert heard(world, client_side) == []
        analysis = own.analysis(folder, "quality")
        run_jobs(world)
        [call] = client_side.calls
        assert call.path == "/hooks/done?a=b"
        assert call.headers["content-type"] == "application/json"
        assert "x-forensic-access-token" not in call.headers
        told = call.json
        assert (told["folder_id"], told["resolution_status"]) == (folder["folder_id"], "FINISHED")
        assert [each["analyse_id"] for each in told["analyses"]] == [analysis["analyse_id"]]
        assert told["analyses"][0]["resolution"] == "SUCCESS"
        assert ("folder.notify", "done") in world.audited()

    def test_verdicts_that_come_at_once_are_told_too(self, world, own, client_side, hook):
        folder = own.folder({"resolution_endpoint": hook})
        own.start(folder, "biometry")
        assert [each["resolution_status"] for each in heard(world, client_side)] == ["FINISHED"]

    def test_nothing_is_told_while_an_analysis_is_running(self, world, own, client_side, hook):
        folder = own.folder({"resolution_endpoint": hook})
        own.start(folder, "quality", "biometry")
        [told] = heard(world, client_side)
        assert [each["state"] for each in told["analyses"]] == ["FINISHED"] * 2

    def test_it_is_told_each_time(self, world, own, client_side, hook):
        folder = own.folder({"resolution_endpoint": hook})
        for number in (1, 2):
            own.start(folder, "biometry")
            [told] = heard(world, client_side)
            assert len(told["analyses"]) == number

    def test_an_operators_decision_is_told(self, world, client, own, client_side, hook):
        folder = own.folder({"resolution_endpoint": hook, "media:tags": {"photo1": ["unsure"]}})
        analysis = own.analysis(folder, "biometry")
        [told] = heard(world, client_side)
        assert told["analyses"][0]["resolution"] == "OPERATOR_REQUIRED"
        operator = seat(world, client, "operator")
        operator.patch(f"/api/analyses/{analysis['analyse_id']}", {"resolution": "DECLINED"})
        [told] = heard(world, client_side)
        assert told["analyses"][0]["resolution"] == "DECLINED"

    def test_it_may_be_named_with_the_analyses(self, world, own, client_side, hook):
        folder = own.folder({"resolution_endpoint": hook})
        path = f"/api/folders/{folder['folder_id']}/analyses/"
        asked = {"analyses": [{"type": "biometry"}], "resolution_endpoint": f"{hook}&c=d"}
        assert own.post(path, asked).status_code == 201
        run_jobs(world)
        assert [call.path for call in client_side.calls] == ["/hooks/done?a=b&c=d"]

    def test_a_single_request_is_told_of_as_well(self, world, own, client_side, hook):
        own.folder({"resolution_endpoint": hook, "analyses": [{"type": "quality"}]})
        assert len(heard(world, client_side)) == 1

    def test_whoever_names_none_is_not_called(self, world, own, client_side):
        for payload in ({}, {"resolution_endpoint": None}, {"resolution_endpoint": " "}):
            own.start(own.folder(payload), "biometry")
        assert heard(world, client_side) == []

    def test_of_a_folder_that_is_gone_nothing_is_told(self, world, client, own, client_side, hook):
        folder = own.folder({"resolution_endpoint": hook})
        own.start(folder, "biometry")
        seat(world, client, "company_admin").delete(f"/api/folders/{folder['folder_id']}")
        assert heard(world, client_side) == []


class TestWhereFilesAre:
    @pytest.fixture
    def settings(self, settings):
        return {**settings, "public_url": "https://oz.example/"}

    def test_it_is_told_as_everybody_else_is(self, world, own, client_side, hook):
        folder = own.folder({"resolution_endpoint": hook})
        own.start(folder, "biometry")
        [told] = heard(world, client_side)
        assert told["media"] == own.get(f"/api/folders/{folder['folder_id']}").json()["media"]


class TestRetrying:
    @pytest.fixture
    def folder(self, own, hook):
        folder = own.folder({"resolution_endpoint": hook})
        own.start(folder, "biometry")
        return folder

    @pytest.mark.parametrize("status", [301, 400, 500])
    def test_what_was_not_heard_is_said_again(self, world, client_side, folder, status):
        client_side.answers({}, status)
        assert len(heard(world, client_side)) == 1
        assert heard(world, client_side) == []
        client_side.answers({})
        world.clock.advance(seconds=3)
        [told] = heard(world, client_side)
        assert told["folder_id"] == folder["folder_id"]
        world.clock.advance(days=2)
        assert heard(world, client_side) == []

    def test_after_a_day_it_is_given_up(self, world, client_side, folder, caplog):
        assert folder["resolution_status"] == "INITIAL"
        client_side.answers(b"top secret", 503)
        began, tries = world.clock(), 0
        while ("folder.notify", "failed") not in world.audited():
            tries += len(heard(world, client_side))
            world.clock.advance(seconds=30)
        assert world.clock() - began >= timedelta(days=1)
        assert 100 < tries < 200
        assert "top secret" not in caplog.text
        world.clock.advance(days=2)
        assert heard(world, client_side) == []

    def test_settings_that_no_longer_allow_it_end_it(self, world, client_side, folder):
        with world.storage.write() as transaction:
            [job] = transaction.jobs.take([NOTIFY], world.clock(), timedelta(minutes=1), 10)
        opened = world.opened["oz"]
        opened.dialect.jobs[NOTIFY](Desk(world.core, opened.dialect.settings()), job.document)
        assert client_side.calls == []
        assert ("folder.notify", "not-allowed") in world.audited()
        assert folder["folder_id"] != NOBODY


class TestWhichMayBeNamed:
    ODD = (
        "http://127.0.0.1:1/hooks",
        "https://evil.example/hooks",
        "x",
        "file:///etc/passwd",
        "http://[",
        "http://127.0.0.1:99999/hooks",
    )

    @pytest.mark.parametrize("odd", ODD)
    def test_another_is_a_bad_value_and_nothing_is_made(self, own, odd):
        folder = own.folder()
        path = f"/api/folders/{folder['folder_id']}/analyses/"
        asked = {"analyses": [{"type": "biometry"}], "resolution_endpoint": odd}
        for answer in (own.send({"resolution_endpoint": odd}), own.post(path, asked)):
            assert (answer.status_code, answer.json()["error_code"]) == (400, 4)
        assert own.get("/api/folders/").json()["total_count"] == 1
        assert own.get(path).json() == []

    @pytest.mark.parametrize("settings", [{}], ids=["none allowed"])
    def test_unless_the_operator_allows_some_none_may_be(self, own):
        answer = own.send({"resolution_endpoint": "https://acme.example/"})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)

    @pytest.mark.parametrize(("odd", "code"), [(1, 5), ([], 5), ("x" * 3_000, 4)])
    def test_an_odd_one_is_told(self, own, odd, code):
        answer = own.send({"resolution_endpoint": odd})
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)

    def test_the_description_tells_of_it_where_it_is_allowed(self, client):
        document = client.get("/api/openapi.json").text
        assert "resolution_endpoint" in document


class TestBeginnings:
    ALLOWED = ("https://acme.example/hooks/", "http://10.0.0.1:8080")

    @pytest.mark.parametrize(
        "url",
        [
            "https://acme.example/hooks",
            "https://ACME.example:443/hooks/a?b=c",
            "http://10.0.0.1:8080",
            "http://10.0.0.1:8080/any/thing",
            "https://acme.example/hooks/a%20b;v=1/..c",
        ],
    )
    def test_what_begins_as_one_of_them_may_be_called(self, url):
        assert may_call(url, self.ALLOWED)

    @pytest.mark.parametrize(
        "url",
        [
            "http://acme.example/hooks",
            "https://acme.example/",
            "https://acme.example/hooksy",
            "https://acme.example.evil.example/hooks",
            "https://acme.example:444/hooks",
            "https://acme.example@evil.example/hooks",
            "https://acme.example/hooks/../admin",
            "https://acme.example/hooks/%2e%2E/admin",
            "https://acme.example/hooks/.",
            "https://acme.example/hooks/..;/admin",
            "https://acme.example/hooks/..%2fadmin",
            "https://acme.example/hooks/..%5Cadmin",
            "https://acme.example/hooks/..\\admin",
            "https://acme.example/hooks/%252e%252e/admin",
            "http://10.0.0.1/",
            "https://acme.example/hooks#x",
            "",
        ],
    )
    def test_nothing_else_may(self, url):
        assert not may_call(url, self.ALLOWED)

    @given(host=SEGMENT, path=st.lists(SEGMENT, max_size=3), more=st.lists(SEGMENT, max_size=2))
    def test_whatever_lies_below_a_beginning_may(self, host, path, more):
        beginning = f"https://{host}/{'/'.join(path)}"
        url = "/".join([beginning.rstrip("/"), *more])
        assert may_call(url, [beginning])
        assert not may_call(url.replace(host, f"{host}d", 1), [beginning])

    @given(st.text())
    def test_any_text_is_judged(self, text):
        assert not may_call(text, self.ALLOWED)
