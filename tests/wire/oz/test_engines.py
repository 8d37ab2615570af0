"""Analyses that an engine judges: from the request to the verdict, whatever happens in between."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest

from tests.support.world import World
from tests.wire.oz.engine import running
from tests.wire.oz.filing import JPEG, MP4, NOT_EXIST, seat
from watchword.core.errands import NotYetError
from watchword.dialects.oz.archive.filing import ANALYSE
from watchword.dialects.oz.archive.keeping import FOLDERS, MEDIA
from watchword.web.operation import Desk

DOWN = "http://127.0.0.1:1/"


@pytest.fixture
def engine():
    with running() as engine:
        yield engine


@pytest.fixture
def settings(engine):
    table = {"url": engine.url, "timeout_seconds": 5, "patience_seconds": 600}
    return {"engines": {"quality": table, "biometry": table}}


@pytest.fixture
def own(world, client):
    return seat(world, client, "client")


@pytest.fixture
def folder(own):
    return own.folder(
        {"media:tags": {"photo1": ["front"]}, "media:meta_data": {"photo1": {"a": 1}}}
    )


def works(world):
    """Return who does the jobs of this dialect, as the server puts them together."""
    opened = world.opened["oz"]
    desk = Desk(world.core, opened.settings)
    return {kind: partial(work, desk) for kind, work in opened.dialect.jobs.items()}


def run(world, **later):
    """Do the next job of this world that is due after a while. Returns how it went, or None."""
    world.clock.advance(**later)
    return world.core.errands.run_next(works(world))


def show(caller, analysis):
    return caller.get(f"/api/analyses/{analysis['analyse_id']}").json()


class TestVerdict:
    def test_it_comes_after_the_answer(self, world, engine, own, folder):
        analysis = own.analysis(folder, "quality")
        assert (analysis["state"], analysis["resolution"]) == ("PROCESSING", "PROCESSING")
        assert engine.questions == []
        shown = own.get(f"/api/folders/{folder['folder_id']}").json()
        assert (shown["resolution_status"], shown["system_resolution"]) == ("PROCESSING",) * 2
        assert run(world).error is None
        found = show(own, analysis)
        assert (found["state"], found["resolution"]) == ("FINISHED", "SUCCESS")
        assert found["results_data"] == {"confidence": 0.25}
        shown = own.get(f"/api/folders/{folder['folder_id']}").json()
        assert (shown["resolution_status"], shown["system_resolution"]) == ("FINISHED", "SUCCESS")
        assert ("analysis.finish", "SUCCESS") in world.audited()

    def test_the_engine_is_told_everything_about_the_media_in_question(
        self, world, engine, own, folder
    ):
        photo, video = folder["media"]
        both = own.analysis(folder, "quality", params={"threshold": 0.5})
        one = own.analysis(folder, "biometry", source_media=[video["media_id"]])
        run(world)
        run(world)
        first, second = engine.questions
        assert first.asked["analyse_id"] == both["analyse_id"]
        assert first.asked["folder_id"] == folder["folder_id"]
        assert (first.asked["type"], first.asked["params"]) == ("QUALITY", {"threshold": 0.5})
        assert first.files == {photo["media_id"]: JPEG, video["media_id"]: MP4}
        told = first.asked["media"][0]
        assert (told["media_id"], told["tags"]) == (photo["media_id"], ["front"])
        assert (told["media_type"], told["content_type"]) == ("IMAGE_FOLDER", "image/jpeg")
        assert (told["meta_data"], told["size"]) == ({"a": 1}, len(JPEG))
        assert second.asked["analyse_id"] == one["analyse_id"]
        assert second.files == {video["media_id"]: MP4}

    def test_one_that_is_left_open_is_an_operators(self, world, client, engine, own, folder):
        engine.answers({"resolution": "OPERATOR_REQUIRED"})
        analysis = own.analysis(folder, "biometry")
        run(world)
        assert show(own, analysis)["resolution"] == "OPERATOR_REQUIRED"
        operator = seat(world, client, "company_operator")
        path = f"/api/analyses/{analysis['analyse_id']}"
        assert operator.patch(path, {"resolution": "DECLINED"}).status_code == 200
        assert show(own, analysis)["resolution"] == "DECLINED"

    def test_one_that_is_running_is_nobodys_to_decide(self, world, client, own, folder):
        analysis = own.analysis(folder, "biometry")
        operator = seat(world, client, "operator")
        path = f"/api/analyses/{analysis['analyse_id']}"
        assert operator.patch(path, {"resolution": "DECLINED"}).status_code == 400

    def test_the_first_one_is_kept(self, world, engine, own, folder):
        analysis = own.analysis(folder, "quality")
        [job] = taken(world)
        work = works(world)[ANALYSE]
        work(job.document)
        engine.answers({"resolution": "DECLINED"})
        work(job.document)
        assert show(own, analysis)["resolution"] == "SUCCESS"
        assert len(engine.questions) == 1

    def test_of_two_that_come_at_once_the_first_one_is_kept(self, world, engine, own, folder):
        analysis = own.analysis(folder, "quality")
        [job] = taken(world)
        work = works(world)[ANALYSE]
        answer = engine.behave

        def overtaken(handler):
            engine.answers({"resolution": "DECLINED"})
            work(job.document)
            answer(handler)

        engine.behave = overtaken
        work(job.document)
        assert len(engine.questions) == 2
        assert show(own, analysis)["resolution"] == "DECLINED"


def taken(world):
    with world.storage.write() as transaction:
        return transaction.jobs.take([ANALYSE], world.clock(), timedelta(minutes=1), 10)


class TestSingleRequest:
    def test_it_waits_for_the_verdicts(self, world, engine, own):
        folder = own.folder({"analyses": [{"type": "quality"}, {"type": "biometry"}]})
        assert [each["resolution"] for each in folder["analyses"]] == ["SUCCESS"] * 2
        assert (folder["resolution_status"], folder["system_resolution"]) == ("FINISHED", "SUCCESS")
        assert len(engine.questions) == 2
        assert run(world, hours=1).error is None
        assert len(engine.questions) == 2

    def test_what_the_engine_does_not_answer_is_asked_again_later(self, world, engine, own):
        engine.answers(b"garbage")
        folder = own.folder({"analyses": [{"type": "quality"}]})
        assert folder["analyses"][0]["state"] == "PROCESSING"
        engine.answers({"resolution": "DECLINED"})
        # Not while the request that brought it may still be asking.
        assert run(world) is None
        assert run(world, seconds=30).error is None
        assert show(own, folder["analyses"][0])["resolution"] == "DECLINED"


class TestRetrying:
    @pytest.mark.parametrize("answer", [b"garbage", {"resolution": "MAYBE"}, {}])
    def test_garbage_is_no_verdict(self, world, engine, own, folder, answer):
        engine.answers(answer)
        analysis = own.analysis(folder, "quality")
        assert run(world).error is None
        assert show(own, analysis)["state"] == "PROCESSING"
        engine.answers({"resolution": "SUCCESS"})
        assert run(world) is None
        assert run(world, seconds=5).error is None
        assert show(own, analysis)["resolution"] == "SUCCESS"

    def test_it_waits_longer_each_time_and_then_gives_up(self, world, engine, own, folder):
        engine.answers({}, 503)
        analysis = own.analysis(folder, "quality")
        began, tries = world.clock(), []
        while show(own, analysis)["state"] == "PROCESSING":
            if run(world, seconds=1) is not None:
                tries.append((world.clock() - began).total_seconds())
        pauses = [later - sooner for sooner, later in pairwise(tries)]
        assert 5 < len(tries) < 20
        assert pauses[:-1] == sorted(pauses[:-1])
        assert tries[-1] == pytest.approx(600, abs=2)
        found = show(own, analysis)
        assert (found["state"], found["resolution"]) == ("FAILED", "FAILED")
        assert found["error_message"] == "the engine answered with status 503"
        assert run(world, hours=2) is None
        assert ("analysis.finish", "FAILED") in world.audited()

    def test_patience_may_be_none_at_all(self):
        table = {"url": DOWN, "timeout_seconds": 1, "patience_seconds": 0}
        world = World({"oz": {"engines": {"quality": table}}})
        with world.client() as client:
            own = seat(world, client, "client")
            analysis = own.analysis(own.folder(), "quality")
            run(world)
            assert show(own, analysis)["error_message"] == "the engine could not be reached"
        world.close()

    def test_a_failure_is_logged_without_what_the_engine_said(
        self, world, engine, own, folder, caplog
    ):
        engine.answers(b"top secret")
        own.analysis(folder, "quality")
        run(world)
        [entry] = [each for each in caplog.records if each.message == "an engine gave no verdict"]
        assert entry.reason == "the engine's answer cannot be read"
        assert "secret" not in caplog.text

    def test_a_job_says_when_to_look_again(self, world, engine, own, folder):
        engine.answers(b"")
        own.analysis(folder, "quality")
        [job] = taken(world)
        with pytest.raises(NotYetError) as later:
            works(world)[ANALYSE](job.document)
        assert later.value.look_again_at > world.clock()


class TestWhatIsGone:
    def test_an_analysis_that_was_removed_is_not_asked_about(
        self, world, client, engine, own, folder
    ):
        analysis = own.analysis(folder, "quality")
        boss = seat(world, client, "company_admin")
        boss.delete(f"/api/analyses/{analysis['analyse_id']}")
        assert run(world).error is None
        assert engine.questions == []
        assert run(world, hours=2) is None

    def test_one_that_is_removed_meanwhile_stays_so(self, world, client, engine, own, folder):
        analysis = own.analysis(folder, "quality")
        boss = seat(world, client, "company_admin")
        answer = engine.behave

        def removed(handler):
            boss.delete(f"/api/folders/{folder['folder_id']}")
            answer(handler)

        engine.behave = removed
        assert run(world).error is None
        assert show(own, analysis) == NOT_EXIST

    def test_media_that_were_removed_cannot_be_judged(self, world, client, engine, own, folder):
        analysis = own.analysis(folder, "quality")
        boss = seat(world, client, "company_admin")
        boss.delete(f"/api/media/{folder['media'][0]['media_id']}")
        run(world)
        found = show(own, analysis)
        assert found["state"] == "FAILED"
        assert found["error_message"] == "media of this analysis were removed before it was judged"
        assert engine.questions == []

    def test_content_that_is_gone_cannot_be_judged(self, world, own, folder):
        analysis = own.analysis(folder, "quality")
        with world.storage.read() as transaction:
            medium = MEDIA.get(transaction, UUID(folder["media"][1]["media_id"]))
        world.core.vault.remove(medium.blob_id)
        run(world)
        reason = "media of this analysis were removed before it was judged"
        assert show(own, analysis)["error_message"] == reason

    def test_content_that_was_damaged_cannot_be_judged(self, world, own, folder):
        analysis = own.analysis(folder, "quality")
        with world.storage.write() as transaction:
            kept = FOLDERS.get(transaction, UUID(folder["folder_id"]))
            other = msgspec.structs.replace(kept, key=world.core.vault.new_key())
            FOLDERS.put(transaction, other)
        run(world)
        reason = "media of this analysis can no longer be opened"
        assert show(own, analysis)["error_message"] == reason

    def test_an_engine_that_was_taken_out_of_the_settings_judges_nothing(self, world, own, folder):
        analysis = own.analysis(folder, "quality")
        opened = world.opened["oz"]
        bare = Desk(world.core, opened.dialect.settings())
        [job] = taken(world)
        opened.dialect.jobs[ANALYSE](bare, job.document)
        found = show(own, analysis)
        assert found["error_message"] == "no engine is configured for this kind of analysis"


class TestRestart:
    def test_a_job_outlives_the_process(self, world, engine, own, folder):
        engine.answers({}, 500)
        analysis = own.analysis(folder, "quality")
        run(world)
        # The worker that took the job again dies with it.
        world.clock.advance(seconds=5)
        assert len(taken(world)) == 1
        engine.answers({"resolution": "DECLINED"})
        another = World(world.settings, storage=world.storage, clock=world.clock)
        another.core = replace(another.core, vault=world.core.vault)
        assert run(another) is None
        assert run(another, minutes=6).error is None
        assert show(own, analysis)["resolution"] == "DECLINED"
        another.close()
