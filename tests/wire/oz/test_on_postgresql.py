"""The archive on PostgreSQL, over the wire: what the other tests do in memory, from end to end."""

from collections.abc import Generator

import pytest

from tests.support.world import World
from tests.wire.oz.collecting import add_person, make_collection, path_of, photos_of
from tests.wire.oz.engine import running
from tests.wire.oz.filing import JPEG, MP4, NOT_EXIST, seat
from tests.wire.oz.people import run_jobs
from watchword.storage.sql import migrate, open_storage

KINDS = ("folder", "media", "analysis", "collection", "person", "person-image")


@pytest.fixture
def engine():
    with running() as engine:
        yield engine


@pytest.fixture
def world(postgres_url: str, engine) -> Generator[World]:
    migrate(postgres_url)
    storage = open_storage(postgres_url)
    table = {"url": engine.url, "timeout_seconds": 5}
    world = World({"oz": {"engines": {"quality": table, "collection": table}}}, storage=storage)
    yield world
    world.close()
    storage.close()


def kept(world):
    """Return how much of everything there is, and how many pieces of content."""
    world.clock.advance(seconds=1)
    with world.storage.read() as transaction:
        records = [len(transaction.documents.list_of("oz", kind)) for kind in KINDS]
    return [*records, len(list(world.core.vault.list_older(world.clock())))]


@pytest.fixture
def own(world, client):
    return seat(world, client, "client")


@pytest.fixture
def boss(world, client):
    return seat(world, client, "company_admin")


def test_a_folder_goes_all_its_way(world, engine, own, boss):
    folder = own.folder({"folder:meta_data": {"customer": "é\u20ac", "n": 7}})
    photo, video = (each["media_id"] for each in folder["media"])
    assert own.get(f"/api/media/{video}/original").content == MP4
    tagged = own.patch(f"/api/media/{photo}", {"tags": ["front", "ü"]}).json()
    assert tagged["tags"] == ["front", "ü"]
    inside = f"/api/folders/{folder['folder_id']}"
    assert [each["media_id"] for each in own.get(f"{inside}/media", tags="ü").json()] == [photo]

    analysis = own.analysis(folder, "quality", source_media=[photo])
    engine.answers({"resolution": "DECLINED", "results": {"confidence": 0.5}})
    run_jobs(world)
    assert engine.questions[0].files == {photo: JPEG}
    shown = own.get(inside, with_analyses="true").json()
    assert (shown["resolution_status"], shown["system_resolution"]) == ("FINISHED", "DECLINED")
    assert shown["analyses"][0]["analyse_id"] == analysis["analyse_id"]

    assert boss.delete(inside).status_code == 204
    assert own.get(inside).json() == NOT_EXIST
    assert kept(world) == [0] * 7


def test_lists_of_folders_are_filtered_sorted_and_paged(world, own):
    made = []
    for number in range(3):
        made.append(own.folder({"folder:meta_data": {"n": number}}, files={})["folder_id"])
        world.clock.advance(seconds=10)
    first, second, third = made

    def ids(**query):
        answer = own.get("/api/folders/", **query)
        assert answer.status_code == 200, answer.text
        return [each["folder_id"] for each in answer.json()["items"]]

    assert ids() == [third, second, first]
    assert ids(sorting="time_created{asc}", limit=1, offset=1) == [second]
    assert ids(meta_data="n>=1") == [third, second]
    assert ids(resolution_status="initial", folder_id=f"{first},{third}") == [third, first]
    assert ids(limit=-1) == [third, second, first]
    assert own.get("/api/folders/", limit=1).json()["total_count"] == 3


def test_a_collection_goes_all_its_way(world, engine, own, boss):
    collection = make_collection(boss, "blacklist")
    person = add_person(boss, collection)
    assert boss.get(f"{path_of(collection)}/persons/").json() == [person]
    assert own.get("/api/collections", search_text="BLACK").json() == [collection]
    [photo] = photos_of(boss, collection, person)
    assert boss.get(photo["original_url"]).content == JPEG

    own.analysis(own.folder(), "collection", collection_id=collection["collection_id"])
    run_jobs(world)
    [told] = engine.questions[0].asked["collections"]
    assert told["persons"][0]["person_id"] == person["person_id"]

    assert boss.delete(path_of(collection)).status_code == 204
    run_jobs(world)
    assert kept(world) == [1, 2, 1, 0, 0, 0, 2]


def test_with_a_company_everything_goes(world, client, own, boss):
    admin, rival = seat(world, client, "admin"), seat(world, client, "foreign_admin")
    own.folder()
    add_person(boss, make_collection(boss))
    other = make_collection(rival)
    company = f"/api/companies/{boss.user['company_id']}"
    assert admin.delete(company).status_code == 204
    assert own.get("/api/folders").json()["error_code"] == 9
    run_jobs(world)
    assert admin.get(company).json() == NOT_EXIST
    assert admin.get("/api/folders/").json()["items"] == []
    assert admin.get("/api/collections").json() == [other]
    assert kept(world) == [0, 0, 0, 1, 0, 0, 0]
