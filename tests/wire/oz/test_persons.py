"""``/api/collections/…/persons/`` and their photos: wire contract Oz 6.3 and 8."""

from uuid import UUID

import pytest

from tests.wire.oz.collecting import (
    FACE,
    NAME,
    add_person,
    make_collection,
    path_of,
    photos_of,
    send_person,
)
from tests.wire.oz.filing import FILES, FORBIDDEN, JPEG, NOBODY, NOT_EXIST, PEOPLE, seat

PERSON = [
    "technical_meta_data",
    "meta_data",
    "time_created",
    "time_updated",
    "person_id",
    "collection_id",
]
PHOTO = [
    "technical_meta_data",
    "meta_data",
    "time_created",
    "time_updated",
    "person_image_id",
    "person_id",
    "collection_id",
    "media_type",
    "tags",
    "original_name",
    "original_url",
]
CHANGE = {"admin", "company_admin"}
SEE = {"admin", "operator", "company_admin", "company_operator"}
# Whom a right to see persons does not reach at all, rather than not this far.
BLIND = {"client", "colleague", "machine", "foreign_client", "freelance"}


@pytest.fixture
def boss(world, client):
    return seat(world, client, "company_admin")


@pytest.fixture
def collection(boss):
    return make_collection(boss)


@pytest.fixture
def person(boss, collection):
    return add_person(boss, collection)


def stored(world):
    with world.storage.read() as transaction:
        kinds = ("person", "person-image")
        return [len(transaction.documents.list_of("oz", kind)) for kind in kinds]


def blobs(world):
    world.clock.advance(seconds=1)
    return len(list(world.core.vault.list_older(world.clock())))


class TestAdding:
    def test_a_person_is_made_of_photos_and_a_payload(self, world, boss, collection):
        answer = send_person(boss, collection)
        assert answer.status_code == 201
        person = answer.json()
        assert list(person) == PERSON
        assert person["meta_data"] == NAME
        assert person["collection_id"] == collection["collection_id"]
        assert UUID(person["person_id"]).version == 4
        assert boss.get(path_of(collection, person)).json() == person
        assert ("person.create", "done") in world.audited()

    def test_its_photos_are_kept_with_their_tags(self, boss, collection, person):
        [photo] = photos_of(boss, collection, person)
        assert list(photo) == PHOTO
        assert photo["tags"] == ["photo_selfie", "orientation_portrait"]
        assert (photo["original_name"], photo["media_type"]) == ("face.jpg", "IMAGE_FOLDER")
        assert photo["person_id"] == person["person_id"]
        original = boss.get(photo["original_url"])
        assert (original.content, original.headers["content-type"]) == (JPEG, "image/jpeg")
        assert original.headers["x-content-type-options"] == "nosniff"

    def test_a_payload_need_not_come(self, boss, collection):
        answer = boss.client.post(
            f"{path_of(collection)}/persons", files=FACE, headers=boss.headers
        )
        assert (answer.status_code, answer.json()["meta_data"]) == (201, {})

    def test_without_a_photo_there_is_nobody(self, world, boss, collection):
        answers = [
            send_person(boss, collection, files={}),
            boss.post(f"{path_of(collection)}/persons/", {"person:meta_data": {}}),
        ]
        for answer in answers:
            assert (answer.status_code, answer.json()["error_code"]) == (400, 3)
            assert answer.json()["details"] == {"key_path": "media"}
        assert stored(world) == [0, 0]

    @pytest.mark.parametrize("content", [FILES["video1"][1], b"x"])
    def test_what_is_no_image_is_refused(self, world, boss, collection, content):
        files = {**FACE, "image2": ("v.jpg", content, "image/jpeg")}
        answer = send_person(boss, collection, files=files)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)
        assert (stored(world), blobs(world)) == ([0, 0], 0)

    @pytest.mark.parametrize(
        ("payload", "code", "path"),
        [
            ({"person:meta_data": []}, 5, "person:meta_data"),
            ({"media:tags": {"image1": "x"}}, 5, "media:tags.image1"),
            ({"media:meta_data": 1}, 5, "media:meta_data"),
            ({"person:meta_data": {"a": "x" * 40_000}}, 4, None),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_a_payload_of_the_wrong_kind_is_told(
        self, world, boss, collection, payload, code, path
    ):
        answer = send_person(boss, collection, payload)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)
        assert answer.json()["details"] == (None if path is None else {"key_path": path})
        assert stored(world) == [0, 0]

    @pytest.mark.parametrize("settings", [{"attachment_max_count": 1, "attachment_max_size": 300}])
    def test_the_bounds_of_uploads_hold(self, boss, collection):
        two = {**FACE, "image2": FACE["image1"]}
        large = {"image1": ("a.jpg", JPEG + b"x" * 300, "image/jpeg")}
        for files in (two, large):
            answer = send_person(boss, collection, files=files)
            assert (answer.status_code, answer.json()["error_code"]) == (400, 14)

    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_adds_persons(self, world, client, boss, collection, name):
        caller = boss if name == "company_admin" else seat(world, client, name)
        answer = send_person(caller, collection)
        if name in CHANGE:
            assert answer.status_code == 201
        else:
            unknown = send_person(caller, {"collection_id": NOBODY})
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert unknown.content == answer.content
            assert (stored(world), blobs(world)) == ([0, 0], 0)

    def test_a_collection_that_goes_meanwhile_takes_nobody_in(
        self, world, boss, collection, monkeypatch
    ):
        real = type(world.core.vault).put

        def overtaken(self, key, content):
            boss.delete(path_of(collection))
            return real(self, key, content)

        monkeypatch.setattr(type(world.core.vault), "put", overtaken)
        answer = send_person(boss, collection)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
        assert stored(world) == [0, 0]


class TestShowing:
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_sees_persons(self, world, client, boss, collection, person, name):
        [photo] = photos_of(boss, collection, person)
        caller = boss if name == "company_admin" else seat(world, client, name)
        inside = path_of(collection, person)
        for path in (
            inside,
            f"{path_of(collection)}/persons/",
            f"{inside}/images/",
            photo["original_url"],
        ):
            answer = caller.get(path)
            if name in SEE:
                assert answer.status_code == 200
            elif name in BLIND:
                assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            else:
                assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    def test_a_person_is_in_its_own_collection_alone(self, boss, collection, person):
        other = make_collection(boss, "other")
        stray = path_of(other, person)
        [photo] = photos_of(boss, collection, person)
        for path in (stray, f"{stray}/images", f"{stray}/meta_data"):
            assert boss.get(path).json() == NOT_EXIST
        image = f"{stray}/images/{photo['person_image_id']}"
        assert boss.get(f"{image}/original").json() == NOT_EXIST
        for path in (stray, image):
            assert boss.delete(path).json() == FORBIDDEN
        assert boss.get(f"{path_of(other)}/persons/").json() == []
        assert photos_of(boss, collection, person) == [photo]

    def test_a_photo_is_its_own_persons_alone(self, boss, collection, person):
        other = add_person(boss, collection)
        [photo] = photos_of(boss, collection, person)
        stray = f"{path_of(collection, other)}/images/{photo['person_image_id']}"
        assert boss.get(f"{stray}/original").json() == NOT_EXIST
        assert boss.delete(stray).json() == NOT_EXIST
        assert len(photos_of(boss, collection, person)) == 1

    def test_persons_are_listed_as_a_bare_array(self, world, boss, collection, person):
        world.clock.advance(seconds=1)
        other = add_person(boss, collection, {"person:meta_data": {"a": 1}})
        path = f"{path_of(collection)}/persons/"
        assert boss.get(path).json() == [other, person]
        assert boss.get(path, sorting="time_created{asc}", limit=1).json() == [person]
        assert boss.get(path, meta_data="a==1").json() == [other]
        assert boss.get(path, person_id=person["person_id"]).json() == [person]

    @pytest.mark.parametrize("path", ["persons/1", f"persons/{NOBODY}/images/1/original"])
    def test_an_id_that_is_none_is_refused(self, boss, collection, path):
        answer = boss.get(f"{path_of(collection)}/{path}")
        assert answer.json()["error_message"] == "Invalid value for uuid field"

    def test_patch_on_a_path_that_does_not_know_it_is_405(self, boss, collection):
        answer = boss.patch(f"{path_of(collection)}/persons/", {})
        assert (answer.status_code, answer.json()["error_code"]) == (405, 1)


class TestPhotos:
    def send(self, caller, collection, person, files=FACE, payload=None):
        path = f"{path_of(collection, person)}/images/"
        return caller.send(payload or {"media:tags": {"image1": ["b"]}}, files, path)

    def test_the_answer_is_an_array_of_what_came(self, world, boss, collection, person):
        world.clock.advance(seconds=5)
        answer = self.send(boss, collection, person)
        assert answer.status_code == 201
        [added] = answer.json()
        assert added["tags"] == ["b"]
        assert photos_of(boss, collection, person)[1:] == [added]
        shown = boss.get(path_of(collection, person)).json()
        assert shown["time_updated"] == world.clock().timestamp()
        assert ("person-image.add", "done") in world.audited()

    def test_without_files_there_is_nothing_to_add(self, boss, collection, person):
        answer = self.send(boss, collection, person, files={})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)

    def test_a_person_has_an_end(self, boss, collection, person, monkeypatch):
        monkeypatch.setattr("watchword.dialects.oz.archive.collections.filing.MOST_IMAGES", 2)
        assert self.send(boss, collection, person).status_code == 201
        answer = self.send(boss, collection, person)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 14)
        assert len(photos_of(boss, collection, person)) == 2

    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_adds_and_removes_photos(self, world, client, boss, collection, person, name):
        [photo] = photos_of(boss, collection, person)
        caller = boss if name == "company_admin" else seat(world, client, name)
        path = f"{path_of(collection, person)}/images/{photo['person_image_id']}"
        added, removed = self.send(caller, collection, person), caller.delete(path)
        if name in CHANGE:
            assert (added.status_code, removed.status_code) == (201, 204)
            assert boss.get(f"{path}/original").json() == NOT_EXIST
            assert ("person-image.remove", "done") in world.audited()
        else:
            assert added.json() == removed.json() == FORBIDDEN
            assert photos_of(boss, collection, person) == [photo]

    def test_with_a_photo_goes_its_content(self, world, boss, collection, person):
        [photo] = photos_of(boss, collection, person)
        path = f"{path_of(collection, person)}/images/{photo['person_image_id']}"
        assert boss.delete(path).status_code == 204
        assert (stored(world), blobs(world)) == ([1, 0], 0)
        assert photos_of(boss, collection, person) == []
        assert boss.delete(path).json() == NOT_EXIST


class TestRemoving:
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_removes_a_person(self, world, client, boss, collection, person, name):
        caller = boss if name == "company_admin" else seat(world, client, name)
        answer = caller.delete(path_of(collection, person))
        if name in CHANGE:
            assert (answer.status_code, answer.content) == (204, b"")
            assert boss.get(path_of(collection, person)).json() == NOT_EXIST
            assert (stored(world), blobs(world)) == ([0, 0], 0)
            assert ("person.remove", "done") in world.audited()
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert boss.get(path_of(collection, person)).json() == person

    def test_others_stay(self, boss, collection, person):
        other = add_person(boss, collection)
        boss.delete(path_of(collection, person))
        assert boss.get(f"{path_of(collection)}/persons").json() == [other]
        assert len(photos_of(boss, collection, other)) == 1

    def test_one_that_nobody_has_does_not_exist(self, world, client, collection):
        admin = seat(world, client, "admin")
        assert admin.delete(f"{path_of(collection)}/persons/{NOBODY}").json() == NOT_EXIST
