"""Telling a webhook how journeys come along (wire contract IDscan 2.4)."""

import pytest

from tests.support.listener import listening
from tests.wire.idscan.calls import PROFILE, opened, token_of
from tests.wire.idscan.capture import Person, image, run_jobs, seat
from watchword.dialects.idscan.settings import Settings

PROGRESS = "/hook/OnJourneyProgress"
FINISHED = "/hook/OnJourneyFinised"


@pytest.fixture
def listener():
    with listening() as listener:
        yield listener


@pytest.fixture
def settings(listener):
    return {"webhook": {"url": f"{listener.url}/hook/", "timeout_seconds": 5}}


@pytest.fixture
def world(settings):
    with opened(PROFILE, public_url="https://id.example", **settings) as world:
        yield world


def told(listener) -> list[str]:
    """Return what the listener was told, call by call."""
    return [call.json.get("Event", call.path.rpartition("/")[2]) for call in listener.calls]


class TestCalls:
    def test_an_upload_that_ends_a_journey_is_told_in_three_calls(
        self, world, listener, scanner
    ) -> None:
        made = scanner.upload()["JourneyId"]
        assert listener.calls == []
        run_jobs(world)

        assert [call.path for call in listener.calls] == [PROGRESS, PROGRESS, FINISHED]
        assert [call.json for call in listener.calls[:2]] == [
            {"JourneyId": made, "Event": "EntryStarted"},
            {"JourneyId": made, "Event": "EntryFinished"},
        ]
        assert listener.calls[0].headers["content-type"] == "application/json; charset=utf-8"

    def test_a_finished_journey_is_told_as_retrieval_shows_it_but_for_technical_data(
        self, world, listener, scanner, investigator
    ) -> None:
        made = scanner.upload(AdditionalData={"uid": "7"})["JourneyId"]
        run_jobs(world)

        shown = investigator.journey(made)
        del shown["MetaData"]
        assert listener.calls[-1].json == shown
        assert shown["JourneyImages"][0]["ImageUrl"].startswith("https://id.example/")

    def test_a_back_that_is_needed_is_told(self, world, listener, scanner, investigator) -> None:
        definition = {"JourneyDefinitionId": investigator.define(1, 2)}
        front = scanner.upload(AdditionalData=definition)
        run_jobs(world)
        assert told(listener) == ["EntryStarted", "EntryFinished", "BacksideNeeded"]

        listener.calls.clear()
        scanner.upload(IdentitiyMeansId=front["IdentityMeansId"])
        run_jobs(world)
        assert told(listener) == ["EntryStarted", "EntryFinished", "OnJourneyFinised"]

    def test_a_capture_that_an_engine_wants_again_is_told(self, listener, settings) -> None:
        with listening() as engine:
            engine.answers({"HighLevelResult": "Refer", "RequiredAction": "FRONTSIDE:SECONDSCAN"})
            engines = {"identity": {"url": engine.url}}
            with opened(PROFILE, engines=engines, **settings) as world, world.client() as client:
                Person(client, token_of(client, area="scanning")).upload()
                run_jobs(world)

        assert told(listener) == ["EntryStarted", "EntryFinished", "CaptureRetry"]

    def test_what_comes_of_a_capture_is_told_when_its_engine_has_answered(
        self, listener, settings
    ) -> None:
        with listening() as engine:
            engine.answers({}, 503)
            engines = {"identity": {"url": engine.url, "timeout_seconds": 5}}
            with opened(PROFILE, engines=engines, **settings) as world, world.client() as client:
                Person(client, token_of(client, area="scanning")).upload()
                run_jobs(world)
                assert told(listener) == ["EntryStarted"]
                engine.answers({"HighLevelResult": "Passed"})
                world.clock.advance(minutes=1)
                run_jobs(world)
                run_jobs(world)

        assert told(listener) == ["EntryStarted", "EntryFinished", "OnJourneyFinised"]
        assert listener.calls[-1].json["HighLevelResult"] == "Passed"

    def test_a_token_out_of_a_file_is_sent_along(self, listener, tmp_path) -> None:
        file = tmp_path / "token"
        file.write_text("secret\n")
        hook = {"url": listener.url, "token_file": str(file)}
        with opened(PROFILE, webhook=hook) as world, world.client() as client:
            Person(client, token_of(client, area="scanning")).upload()
            run_jobs(world)

        assert listener.calls[0].headers["authorization"] == "Bearer secret"


class TestSilence:
    def test_without_a_webhook_nothing_is_ordered(self) -> None:
        with opened() as world, world.client() as client:
            Person(client, token_of(client, area="scanning")).upload()

            assert run_jobs(world) == []

    def test_what_is_refused_is_told_to_nobody(self, world, listener, scanner) -> None:
        scanner.send(image(Data="x"))
        run_jobs(world)

        assert listener.calls == []

    def test_a_tenant_may_switch_it_off(self, world, client, listener) -> None:
        admin = seat(world, client, area="investigation", tenant="north")
        admin.post("Configuration/Update", {"Id": 4, "Value": "false"})
        seat(world, client, area="scanning", tenant="north").upload()
        run_jobs(world)
        assert listener.calls == []

        seat(world, client, area="scanning", tenant="south").upload()
        run_jobs(world)
        assert len(listener.calls) == 3

    def test_of_a_journey_that_is_gone_nothing_is_told(
        self, world, listener, scanner, investigator
    ) -> None:
        made = scanner.upload()["JourneyId"]
        investigator.delete("entrymanagement/deleteentrybyid", entryId=made)
        run_jobs(world)

        assert listener.calls == []

    def test_nor_of_one_that_was_deactivated(self, world, listener, scanner, investigator) -> None:
        made = scanner.upload()["JourneyId"]
        investigator.post("EntryManagement/DeactivateEntries", [made])
        run_jobs(world)

        assert listener.calls == []

    def test_a_webhook_that_was_taken_out_of_the_settings_is_told_nothing(
        self, world, listener, scanner
    ) -> None:
        scanner.upload()
        run_jobs(world, Settings())

        assert listener.calls == []


class TestTrying:
    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_any_success_will_do(self, world, listener, scanner, status) -> None:
        listener.answers(b"", status)
        scanner.upload()
        run_jobs(world)
        world.clock.advance(minutes=5)
        run_jobs(world)

        assert len(listener.calls) == 3

    @pytest.mark.parametrize("status", [301, 400, 404, 500])
    def test_a_call_is_made_again_until_it_is_a_success(
        self, world, listener, scanner, status
    ) -> None:
        listener.answers({}, status)
        scanner.upload()
        run_jobs(world)
        assert len(listener.calls) == 3
        listener.answers({})
        world.clock.advance(seconds=1)
        run_jobs(world)
        assert len(listener.calls) == 3
        world.clock.advance(seconds=2)
        run_jobs(world)
        assert len(listener.calls) == 6
        world.clock.advance(minutes=30)
        run_jobs(world)
        assert len(listener.calls) == 6

    def test_the_longer_it_fails_the_longer_the_pause(self, world, listener, scanner) -> None:
        listener.answers({}, 503)
        scanner.upload()
        for _ in range(72):
            world.clock.advance(hours=1)
            run_jobs(world)

        # Once at the beginning, then at most once in an hour.
        assert len(listener.calls) <= 3 * 73

    def test_a_call_that_never_arrives_is_given_up_and_audited(
        self, world, listener, scanner
    ) -> None:
        listener.answers({}, 503)
        scanner.upload()
        for _ in range(75):
            world.clock.advance(hours=1)
            run_jobs(world)
        tried = len(listener.calls)
        world.clock.advance(hours=5)
        run_jobs(world)

        assert len(listener.calls) == tried
        assert list(world.audited()).count(("journey.notify", "given-up")) == 3
