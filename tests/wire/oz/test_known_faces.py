"""Analyses that look for a face: what an engine is handed of collections, and what it says."""

from typing import Any

import pytest

from tests.wire.oz.collecting import NAME, add_person, make_collection, path_of, photos_of
from tests.wire.oz.engine import running
from tests.wire.oz.filing import FORBIDDEN, JPEG, MP4, NOBODY, NOT_EXIST, seat
from tests.wire.oz.people import run_jobs

OTHER = {"image1": ("other.jpg", JPEG + b"other", "image/jpeg")}
NO_COLLECTION = "there is no collection to look in"


@pytest.fixture
def engine():
    with running() as engine:
        yield engine


@pytest.fixture
def gallery():
    return False


@pytest.fixture
def settings(engine, gallery):
    table = {"url": engine.url, "timeout_seconds": 5, "patience_seconds": 600}
    return {"engines": {"collection": {**table, "gallery": gallery}, "quality": table}}


class Scene:
    """A company's administrator who keeps a black list, and a client with a folder."""

    def __init__(self, world, client, engine):
        self.world, self.engine = world, engine
        self.boss, self.own = seat(world, client, "company_admin"), seat(world, client, "client")
        self.folder = self.own.folder()
        self.collection = make_collection(self.boss, meta_data={"colour": "black"})
        self.id: str = self.collection["collection_id"]

    def add(self, *arguments: Any) -> dict[str, Any]:
        """Put somebody on the list."""
        return add_person(self.boss, self.collection, *arguments)

    def ask(self, **more: Any) -> dict[str, Any]:
        """Start looking for a face."""
        return self.own.analysis(self.folder, "collection", **more)

    def run(self, **options: Any) -> None:
        """Do what is due."""
        run_jobs(self.world, **options)

    def show(self, analysis: dict[str, Any]) -> dict[str, Any]:
        """Return an analysis as it is now."""
        found: dict[str, Any] = self.own.get(f"/api/analyses/{analysis['analyse_id']}").json()
        return found

    def failure(self, analysis: dict[str, Any]) -> str:
        """Return why an analysis failed."""
        self.run()
        found = self.show(analysis)
        assert found["state"] == "FAILED"
        reason: str = found["error_message"]
        return reason

    def told(self) -> list[Any]:
        """Return what the engine was told of collections when it was asked last."""
        found: list[Any] = self.engine.questions[-1].asked["collections"]
        return found


@pytest.fixture
def scene(world, client, engine):
    return Scene(world, client, engine)


class TestWhatIsHandedOver:
    def test_it_is_every_person_with_every_photo(self, scene):
        john = scene.add()
        scene.boss.send({}, OTHER, f"{path_of(scene.collection, john)}/images/")
        jane = scene.add({}, OTHER)
        scene.ask()
        scene.run()

        [told] = scene.told()
        assert (told["collection_id"], told["alias"]) == (scene.id, "blacklist")
        assert told["meta_data"] == {"colour": "black"}
        persons = {each["person_id"]: each for each in told["persons"]}
        assert persons.keys() == {john["person_id"], jane["person_id"]}
        assert persons[john["person_id"]]["meta_data"] == NAME
        first, second = persons[john["person_id"]]["images"]
        shown = photos_of(scene.boss, scene.collection, john)
        assert [first["person_image_id"], second["person_image_id"]] == [
            each["person_image_id"] for each in shown
        ]
        assert first["tags"] == ["photo_selfie", "orientation_portrait"]
        assert (first["content_type"], first["size"]) == ("image/jpeg", len(JPEG))

    def test_every_photo_comes_with_it(self, scene):
        for photo in ({}, OTHER):
            scene.add({}, *([photo] if photo else []))
        scene.ask()
        scene.run()

        files = scene.engine.questions[0].files
        [told] = scene.told()
        ids = [image["person_image_id"] for each in told["persons"] for image in each["images"]]
        assert sorted(files[each] for each in ids) == [JPEG, JPEG + b"other"]
        media = {each["media_id"] for each in scene.folder["media"]}
        assert {files[each] for each in media} == {JPEG, MP4}
        assert files.keys() == media | set(ids)

    def test_it_is_all_of_the_companys_and_no_others(self, world, client, scene):
        rival = seat(world, client, "foreign_admin")
        add_person(rival, make_collection(rival, "foreign"))
        other = make_collection(scene.boss, "other")["collection_id"]
        scene.ask()
        scene.run()
        assert {each["collection_id"] for each in scene.told()} == {scene.id, other}

    def test_it_is_the_one_that_is_named(self, scene):
        make_collection(scene.boss, "other")
        analysis = scene.ask(collection_id=f" {scene.id.upper()} ")
        assert analysis["collection_id"] == scene.id
        scene.run()
        assert [each["collection_id"] for each in scene.told()] == [scene.id]

    @pytest.mark.parametrize("gallery", [True])
    def test_an_engine_with_a_gallery_of_its_own_gets_ids_alone(self, scene):
        scene.add()
        scene.ask()
        scene.run()
        [told] = scene.told()
        assert told.keys() == {"collection_id", "alias", "meta_data"}
        assert len(scene.engine.questions[0].files) == len(scene.folder["media"])

    def test_other_kinds_are_told_of_no_collection(self, scene):
        analysis = scene.own.analysis(scene.folder, "quality", collection_id=scene.id)
        assert "collection_id" not in analysis
        scene.run()
        assert "collections" not in scene.engine.questions[0].asked

    def test_a_single_request_may_look_for_a_face(self, scene):
        scene.add()
        asked = [{"type": "collection", "collection_id": scene.id}]
        folder = scene.own.folder({"analyses": asked})
        assert folder["analyses"][0]["resolution"] == "SUCCESS"
        assert len(scene.engine.questions[0].files) == 3


class TestWhatComesOfIt:
    def test_it_says_who_was_known_again(self, scene):
        person = scene.add()
        match = {"results_data": {"max_confidence": 0.9}, "person_id": person["person_id"]}
        scene.engine.answers({"resolution": "DECLINED", "results_media": [match]})
        analysis = scene.ask()
        assert (analysis["results_media"], analysis["collection_id"]) == ([], None)
        scene.run()
        found = scene.show(analysis)
        assert (found["resolution"], found["results_media"]) == ("DECLINED", [match])

    @pytest.mark.parametrize("odd", [{}, "x", [1], [None], 5])
    def test_an_odd_list_of_matches_is_no_answer(self, scene, odd):
        scene.engine.answers({"resolution": "DECLINED", "results_media": odd})
        analysis = scene.ask()
        scene.run(most=1)
        assert scene.show(analysis)["state"] == "PROCESSING"

    def test_without_a_collection_it_fails_and_says_why(self, scene):
        scene.boss.delete(path_of(scene.collection))
        assert scene.failure(scene.ask()) == NO_COLLECTION
        assert scene.engine.questions == []

    def test_one_that_was_removed_meanwhile_is_not_looked_in(self, scene):
        analysis = scene.ask(collection_id=scene.id)
        scene.boss.delete(path_of(scene.collection))
        assert scene.failure(analysis) == NO_COLLECTION

    @pytest.mark.parametrize("how", ["persons", "photos"])
    def test_more_photos_than_can_be_handed_over_fail_it(self, scene, monkeypatch, how):
        monkeypatch.setattr("watchword.dialects.oz.archive.collections.handing.MOST_PHOTOS", 1)
        person = scene.add()
        if how == "persons":
            add_person(scene.boss, make_collection(scene.boss, "other"))
        else:
            scene.boss.send({}, OTHER, f"{path_of(scene.collection, person)}/images/")
        reason = "the collections hold more photos than an engine is handed at once"
        assert scene.failure(scene.ask()) == reason

    def test_a_photo_that_goes_meanwhile_has_the_engine_asked_anew(self, scene, monkeypatch):
        person, gone = scene.add(), scene.add({}, OTHER)
        vault = type(scene.world.core.vault)
        real = vault.get

        def overtaken(self, key, blob_id):
            monkeypatch.setattr(vault, "get", real)
            scene.boss.delete(path_of(scene.collection, gone))
            return real(self, key, blob_id)

        monkeypatch.setattr(vault, "get", overtaken)
        analysis = scene.ask()
        scene.run(most=1)
        assert scene.show(analysis)["state"] == "PROCESSING"
        scene.world.clock.advance(seconds=30)
        scene.run()
        assert scene.show(analysis)["resolution"] == "SUCCESS"
        [told] = scene.told()
        assert [each["person_id"] for each in told["persons"]] == [person["person_id"]]


class TestWhoMayLook:
    def test_a_foreign_collection_answers_like_one_that_is_not_there(self, world, client, scene):
        rival = seat(world, client, "foreign_admin")
        foreign = make_collection(rival)["collection_id"]
        answers = [
            scene.own.start(scene.folder, "collection", collection_id=each)
            for each in (foreign, NOBODY)
        ]
        assert [each.status_code for each in answers] == [404, 404]
        assert answers[0].content == answers[1].content
        assert answers[0].json() == NOT_EXIST
        assert scene.own.get(f"/api/folders/{scene.folder['folder_id']}/analyses").json() == []

    def test_not_even_an_administrator_looks_for_one_company_in_anothers(
        self, world, client, scene
    ):
        admin, rival = seat(world, client, "admin"), seat(world, client, "foreign_admin")
        foreign = make_collection(rival)["collection_id"]
        answer = admin.start(scene.folder, "collection", collection_id=foreign)
        assert answer.json() == NOT_EXIST

    def test_a_folder_of_no_company_is_compared_with_what_is_named(self, world, client, scene):
        admin = seat(world, client, "admin")
        folder = admin.folder()
        named = admin.analysis(folder, "collection", collection_id=scene.id)
        unnamed = admin.analysis(folder, "collection")
        scene.run()
        found = [
            admin.get(f"/api/analyses/{each['analyse_id']}").json() for each in (named, unnamed)
        ]
        assert found[0]["resolution"] == "SUCCESS"
        assert found[1]["error_message"] == NO_COLLECTION
        assert len(scene.engine.questions) == 1

    def test_a_flag_that_is_off_refuses_it(self, world, client, scene):
        caller = seat(world, client, "colleague", can_start_analysis_collection=False)
        answer = caller.start(caller.folder(), "collection", collection_id=scene.id)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    @pytest.mark.parametrize(("odd", "code"), [("x", 4), (1, 5), ([], 5)])
    def test_an_odd_id_is_told(self, scene, odd, code):
        answer = scene.own.start(scene.folder, "collection", collection_id=odd)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)

    def test_null_is_all_of_them(self, scene):
        assert scene.ask(collection_id=None)["collection_id"] is None
