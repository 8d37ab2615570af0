"""Lists of long records: what one answer holds is bounded in bytes as well (decision 0223)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.oz.filing import FILES, seat
from watchword.dialects.oz.allowance import PORTION, portions

TOO_MUCH = {
    "error_code": 4,
    "error_message": "Invalid limit value for pagination - exceed max available",
    "details": None,
}
LONG = {"x": "a" * 2_000}


@pytest.fixture
def boss(world, client, monkeypatch):
    """Return somebody to whom an answer holds one long record, and who is told each by itself."""
    monkeypatch.setattr("watchword.dialects.oz.allowance.HEAVIEST", 4_000)
    monkeypatch.setattr("watchword.dialects.oz.allowance.PORTION", 1)
    return seat(world, client, "company_admin")


def make_folders(boss):
    """Make two folders, and return where they are listed."""
    for _ in range(2):
        boss.folder({"folder:meta_data": LONG}, files={})
    return "/api/folders/"


def make_media(boss):
    folder = boss.folder({"media:meta_data": dict.fromkeys(FILES, LONG)})
    return f"/api/folders/{folder['folder_id']}/media/"


def make_analyses(boss):
    folder = boss.folder()
    boss.start(folder, "quality", "biometry", params=LONG)
    return f"/api/folders/{folder['folder_id']}/analyses/"


def make_users(boss):
    for name in ("sam", "ida"):
        credentials = {"email": f"{name}@acme.example", "password": "correct horse"}
        profile = {
            "first_name": name,
            "last_name": "Example",
            "company_id": boss.user["company_id"],
        }
        user = boss.post("/api/users/", {"credentials": credentials, "profile": profile}).json()
        boss.post(f"/api/users/{user['user_id']}/meta_data", LONG)
    return "/api/users/"


def make_collections(boss):
    for alias in ("a", "b"):
        boss.post("/api/collections/", {"alias": alias, "meta_data": LONG})
    return "/api/collections/"


def make_persons(boss):
    made = boss.post("/api/collections/", {"alias": "a"}).json()
    path = f"/api/collections/{made['collection_id']}/persons/"
    photo = {"photo1": FILES["photo1"]}
    for _ in range(2):
        assert boss.send({"person:meta_data": LONG}, photo, path).status_code == 201
    return path


@pytest.mark.parametrize(
    "make",
    [make_folders, make_media, make_analyses, make_users, make_collections, make_persons],
)
def test_a_list_of_long_records_is_refused_and_not_cut(boss, make):
    path = make(boss)

    for query in ({}, {"limit": 2}, {"limit": -1}):
        answer = boss.get(path, **query)
        assert (answer.status_code, answer.json()) == (400, TOO_MUCH)
    assert boss.get(path, limit=1).status_code == 200


def test_what_a_folder_holds_counts_where_it_is_shown(boss):
    folder = boss.folder()
    boss.start(folder, "quality", "biometry", params=LONG)

    assert boss.get("/api/folders/").status_code == 200
    assert boss.get("/api/folders/", with_analyses="yes").json() == TOO_MUCH
    alone = boss.get(f"/api/folders/{folder['folder_id']}", with_analyses="yes").json()
    assert len(alone["analyses"]) == 2


def test_portions_come_in_the_order_of_the_whole(boss):
    made = [boss.folder(files={})["folder_id"] for _ in range(5)]

    listed = boss.get("/api/folders/").json()["items"]
    assert [each["folder_id"] for each in listed] == made[::-1]


@given(st.lists(st.integers(), max_size=3))
def test_no_key_is_lost_between_portions(few):
    keys = few * PORTION
    cut = list(portions(keys))

    assert [key for each in cut for key in each] == keys
    assert all(cut)
