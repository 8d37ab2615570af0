"""What happens to an upload when somebody else does something in the middle of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.support.listener import listening
from tests.wire.idscan.calls import PROFILE, opened, token_of
from tests.wire.idscan.capture import JPEG, PNG, Person, image, journeys_of, run_jobs, sealed_in
from watchword.core.errors import NotFoundError, StorageUnavailableError
from watchword.dialects.idscan.journeys import removing, retaining


def while_sealing(world, monkeypatch, *deeds: Callable[[], object]) -> None:
    """Do one thing after the other, each while the next images are being sealed."""
    put, left = world.vault.put, list(deeds)

    def disturbed(key, content):
        if left:
            left.pop(0)()
        return put(key, content)

    monkeypatch.setattr(world.vault, "put", disturbed)


def fetched(investigator, journey_id: str) -> list[bytes]:
    shown = investigator.journey(journey_id)["JourneyImages"]
    return [investigator.fetch(each["ImageUrl"]).content for each in shown]


class TestUploads:
    def test_a_journey_that_begins_meanwhile_is_gone_on_with(
        self, world, scanner, investigator, monkeypatch
    ) -> None:
        own = str(uuid4())
        while_sealing(world, monkeypatch, lambda: scanner.upload(PersonEntryId=own))

        scanner.upload(image(content=PNG), PersonEntryId=own)

        assert fetched(investigator, own) == [JPEG, PNG]
        assert (journeys_of(world), sealed_in(world)) == (1, 2)

    def test_a_journey_that_is_removed_meanwhile_begins_anew(
        self, world, scanner, investigator, monkeypatch
    ) -> None:
        own = scanner.upload()["JourneyId"]
        path = "entrymanagement/deleteentrybyid"
        while_sealing(world, monkeypatch, lambda: investigator.delete(path, entryId=own))

        scanner.upload(image(content=PNG), PersonEntryId=own)

        assert fetched(investigator, own) == [PNG]
        assert (journeys_of(world), sealed_in(world)) == (1, 1)

    def test_a_document_that_is_removed_meanwhile_is_missing(
        self, world, scanner, investigator, monkeypatch
    ) -> None:
        made = scanner.upload()
        path = "entrymanagement/deleteentrybyid"
        while_sealing(
            world, monkeypatch, lambda: investigator.delete(path, entryId=made["JourneyId"])
        )

        answer = scanner.upload(IdentitiyMeansId=made["IdentityMeansId"])

        assert answer["CurrentResult"] == "SpecifiedEntryNotFound"
        assert (journeys_of(world), sealed_in(world)) == (0, 0)

    def test_who_is_disturbed_again_and_again_is_told_to_come_back(
        self, world, scanner, investigator, monkeypatch
    ) -> None:
        own = str(uuid4())
        path = "entrymanagement/deleteentrybyid"

        def begin() -> None:
            monkeypatch.undo()
            scanner.upload(PersonEntryId=own)
            while_sealing(world, monkeypatch, end)

        def end() -> None:
            monkeypatch.undo()
            investigator.delete(path, entryId=own)
            while_sealing(world, monkeypatch, begin)

        while_sealing(world, monkeypatch, begin)
        answer = scanner.send(PersonEntryId=own)

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert sealed_in(world) == journeys_of(world)

    def test_what_a_storage_may_have_kept_is_left_to_the_sweep(
        self, world, scanner, monkeypatch
    ) -> None:
        scanner.upload()
        write = type(world.storage).write

        @contextmanager
        def fail(storage):
            with write(storage) as transaction:
                yield transaction
                raise StorageUnavailableError(timedelta(seconds=1))

        monkeypatch.setattr(type(world.storage), "write", fail)
        answer = scanner.send()
        monkeypatch.undo()

        assert (answer.status_code, sealed_in(world)) == (503, 2)
        world.clock.advance(hours=2)
        assert (world.core.sweep(), sealed_in(world)) == (1, 1)

    def test_many_at_once_get_a_number_each_and_lose_nothing(
        self, world, scanner, investigator
    ) -> None:
        own = str(uuid4())
        with ThreadPoolExecutor(8) as threads:
            apart = list(threads.map(lambda _: scanner.upload(), range(16)))
            together = list(threads.map(lambda _: scanner.upload(PersonEntryId=own), range(8)))

        numbers = {each["EntryData"]["ScanReference"] for each in apart}
        assert len(numbers) == 16
        assert {each["JourneyId"] for each in together} == {own}
        assert fetched(investigator, own) == [JPEG] * 8
        assert sealed_in(world) == 24


class TestReading:
    @pytest.fixture
    def engine(self):
        with listening() as engine:
            engine.answers({"HighLevelResult": "Passed"})
            yield engine

    @pytest.fixture
    def world(self, engine):
        with opened(PROFILE, engines={"identity": {"url": engine.url}}) as world:
            yield world

    def test_a_job_whose_scan_was_read_already_asks_nobody(self, world, engine, scanner) -> None:
        scanner.upload()
        world.clock.advance(hours=1)
        run_jobs(world)

        assert len(engine.calls) == 1

    @pytest.mark.parametrize("fault", [NotFoundError("blob"), ValueError("damaged")], ids=repr)
    def test_of_what_is_gone_or_damaged_no_engine_is_asked_again(
        self, world, engine, scanner, monkeypatch, fault
    ) -> None:
        def get(_key, _blob_id):
            raise fault

        monkeypatch.setattr(world.vault, "get", get)
        answer = scanner.upload()
        world.clock.advance(hours=1)
        run_jobs(world)

        # The one call was broken off where the image should have come, noted or not.
        assert answer["CurrentResult"] == "CommunicationError"
        assert len(engine.calls) <= 1
        investigator = Person(scanner.client, token_of(scanner.client))
        shown = investigator.journey(answer["JourneyId"])
        assert shown["HighLevelResult"] == "Undefined"

    def test_of_two_answers_the_first_is_kept(self, world, engine, scanner, investigator) -> None:
        def answer(_call):
            engine.answers({"HighLevelResult": "Passed"})
            world.clock.advance(minutes=1)
            run_jobs(world)
            return 200, {"HighLevelResult": "Refer"}

        engine.behave = answer
        made = scanner.upload()["JourneyId"]

        assert len(engine.calls) == 2
        assert investigator.journey(made)["HighLevelResult"] == "Passed"


class TestRemoving:
    def test_what_another_round_has_removed_is_passed_over(self, monkeypatch) -> None:
        with opened(PROFILE, retention_days=1) as world, world.client() as client:
            Person(client, token_of(client, area="scanning")).upload()
            world.clock.advance(days=2)
            purge = removing.purge

            def twice(core, journey, reason):
                assert purge(core, journey, reason) is True
                return purge(core, journey, reason)

            monkeypatch.setattr(retaining, "purge", twice)
            run_jobs(world)

            assert (journeys_of(world), sealed_in(world)) == (0, 0)

    def test_what_began_anew_under_the_id_of_an_old_one_stays(self, monkeypatch) -> None:
        with opened(PROFILE, retention_days=1) as world, world.client() as client:
            own = Person(client, token_of(client, area="scanning")).upload()["JourneyId"]
            world.clock.advance(days=2)
            purge = removing.purge

            def late(core, journey, reason):
                investigator = Person(client, token_of(client))
                investigator.delete("entrymanagement/deleteentrybyid", entryId=own)
                Person(client, token_of(client, area="scanning")).upload(PersonEntryId=own)
                return purge(core, journey, reason)

            monkeypatch.setattr(retaining, "purge", late)
            run_jobs(world, most=1)

            assert (journeys_of(world), sealed_in(world)) == (1, 1)

    def test_a_number_never_stands_for_what_began_anew_under_the_same_id(
        self, world, scanner, investigator, monkeypatch
    ) -> None:
        made = scanner.upload()
        own, number = made["JourneyId"], made["EntryData"]["ScanReference"]
        write = type(world.storage).write

        def late(storage):
            monkeypatch.undo()
            investigator.delete("entrymanagement/deleteentrybyid", entryId=own)
            scanner.upload(PersonEntryId=own)
            return write(storage)

        monkeypatch.setattr(type(world.storage), "write", late)
        answer = investigator.delete("entrymanagement/deleteentrybyref", entryRef=number)

        assert answer.status_code == 404
        assert investigator.journey(own)["ReferenceNumber"] != number
        assert (journeys_of(world), sealed_in(world)) == (1, 1)
