"""Media in a folder: wire contract Oz 6.3 and 8."""

import hashlib
import json
from uuid import UUID

import pytest

from tests.wire.oz.filing import FILES, FORBIDDEN, JPEG, MP4, NOBODY, NOT_EXIST, PEOPLE, seat
from watchword.dialects.oz.archive.media_types import tell_type

KEYS = [
    "technical_meta_data",
    "meta_data",
    "time_created",
    "time_updated",
    "media_id",
    "folder_id",
    "media_type",
    "tags",
    "original_name",
    "original_url",
]
SEE = {"admin", "operator", "client", "company_admin", "company_operator"}
CHANGE = {"admin", "client", "company_admin"}
DELETE = {"admin", "company_admin"}


@pytest.fixture
def own(world, client):
    return seat(world, client, "client")


@pytest.fixture
def folder(own):
    return own.folder()


@pytest.fixture
def medium(folder):
    return folder["media"][0]


def media_of(folder):
    return f"/api/folders/{folder['folder_id']}/media/"


def path_of(medium):
    return f"/api/media/{medium['media_id']}"


class TestAdding:
    def test_the_answer_is_an_array_of_what_came(self, own, folder):
        answer = own.send({"media:tags": {"photo1": ["new"]}}, path=media_of(folder))
        assert answer.status_code == 201
        photo, video = answer.json()
        assert list(photo) == KEYS
        assert (photo["tags"], video["tags"]) == (["new"], [])
        assert {each["folder_id"] for each in (photo, video)} == {folder["folder_id"]}
        shown = own.get(f"/api/folders/{folder['folder_id']}").json()["media"]
        assert shown == [*folder["media"], photo, video]

    def test_the_folder_tells_when_it_was_changed(self, world, own, folder):
        world.clock.advance(seconds=5)
        own.send(path=media_of(folder))
        shown = own.get(f"/api/folders/{folder['folder_id']}").json()
        assert shown["time_created"] == folder["time_created"]
        assert shown["time_updated"] == folder["time_updated"] + 5

    def test_nothing_is_no_upload(self, own, folder):
        answer = own.send({}, files={}, path=media_of(folder))
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)
        assert answer.json()["details"] == {"key_path": "media"}

    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_adds_media(self, world, client, own, folder, name):
        caller = own if name == "client" else seat(world, client, name)
        answer = caller.send(path=media_of(folder))
        if name in CHANGE:
            assert answer.status_code == 201
        else:
            unknown = caller.send(path=f"/api/folders/{NOBODY}/media/")
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert unknown.content == answer.content

    def test_a_folder_that_nobody_has_does_not_exist(self, world, client):
        answer = seat(world, client, "admin").send(path=f"/api/folders/{NOBODY}/media/")
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    def test_a_folder_has_an_end(self, own, folder, monkeypatch):
        monkeypatch.setattr("watchword.dialects.oz.archive.filing.MOST_IN_FOLDER", 3)
        answer = own.send(path=media_of(folder))
        assert (answer.status_code, answer.json()["error_code"]) == (400, 14)
        assert len(own.get(media_of(folder)).json()) == 2


class TestShowing:
    def test_a_file_is_shown_as_it_was_uploaded(self, own, medium):
        answer = own.get(path_of(medium))
        assert (answer.status_code, answer.json()) == (200, medium)

    def test_its_url_leads_to_its_content(self, own, folder):
        for medium, content in zip(folder["media"], (JPEG, MP4), strict=True):
            path = f"/api/media/{medium['media_id']}/original"
            assert medium["original_url"] == f"http://testserver{path}"
            assert own.get(medium["original_url"]).content == content

    @pytest.mark.parametrize("settings", [{"public_url": "https://oz.example/"}])
    def test_a_url_may_begin_with_a_host(self, medium):
        assert medium["original_url"].startswith("https://oz.example/api/media/")

    @pytest.mark.parametrize("host", ["10.1.2.3:8443", "oz.example", "[::1]:80"])
    def test_its_url_begins_where_the_client_came(self, world, own, medium, host):
        def shown(base_url):
            with world.client(base_url=base_url) as client:
                return client.get(path_of(medium), headers={**own.headers, "host": host}).json()

        for scheme in ("http", "https"):
            url = shown(f"{scheme}://testserver")["original_url"]
            assert url == f"{scheme}://{host}/api/media/{medium['media_id']}/original"

    @pytest.mark.parametrize("host", ["", "a b", "x/y", 'x"', "é", "x:y", "a" * 256])
    def test_with_an_odd_host_it_is_a_bare_path(self, own, medium, host):
        answer = own.client.get(
            path_of(medium), headers=[*own.headers.items(), (b"host", host.encode())]
        )
        assert answer.json()["original_url"] == f"/api/media/{medium['media_id']}/original"

    def test_content_is_told_by_its_bytes_and_is_for_saving(self, own, folder):
        answers = [own.get(medium["original_url"]) for medium in folder["media"]]
        assert [a.headers["content-type"] for a in answers] == ["image/jpeg", "video/mp4"]
        for answer in answers:
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-disposition"] == "attachment"
            assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_sees_a_file(self, world, client, own, folder, medium, name):
        caller = own if name == "client" else seat(world, client, name)
        paths = [path_of(medium), medium["original_url"], media_of(folder)]
        for path in paths:
            answer = caller.get(path)
            if name in SEE:
                assert answer.status_code == 200
            else:
                assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    def test_a_folders_files_are_an_array_in_their_order(self, own, folder):
        assert own.get(media_of(folder)).json() == folder["media"]

    def test_they_can_be_filtered_and_cut(self, own, folder):
        photo, video = folder["media"]

        def found(**query):
            return own.get(media_of(folder), **query).json()

        assert found(media_type="video_folder") == [video]
        assert found(**{"media_id.exclude": video["media_id"]}) == [photo]
        assert found(limit=1) == found(sorting="media_type{asc}", limit=1) == [photo]
        assert found(offset=1) == found(sorting="media_type", limit=1) == [video]
        assert found(limit=-1) == [photo, video]

    def test_only_a_limit_cuts_them(self, own, monkeypatch):
        monkeypatch.setattr("watchword.dialects.oz.lists.USUAL_LIMIT", 1)
        tags = {part: ["limit"] for part in FILES}
        folder = own.folder({"media:tags": tags})
        assert own.get(media_of(folder), tags="limit").json() == folder["media"]


class TestTagging:
    def test_tags_are_replaced(self, own, medium):
        answer = own.patch(path_of(medium), {"tags": ["b", " a  c ", "b"]})
        assert (answer.status_code, answer.json()["tags"]) == (200, ["b", "a c"])
        assert own.get(path_of(medium)).json() == answer.json()

    def test_an_empty_list_clears_them(self, own):
        [medium] = own.folder({"media:tags": {"a": ["x"]}}, files={"a": FILES["photo1"]})["media"]
        assert own.patch(path_of(medium), {"tags": []}).json()["tags"] == []

    def test_nothing_else_can_be_changed(self, own, medium):
        fields = dict.fromkeys((*KEYS, "user_id", "company_id", "blob_id", "sha256"), "changed")
        answer = own.patch(path_of(medium), fields | {"tags": ["new"]})
        assert answer.json() == medium | {"tags": ["new"]}
        assert own.get(medium["original_url"]).content == JPEG

    @pytest.mark.parametrize(
        ("body", "code"),
        [({}, 3), ({"tags": None}, 5), ({"tags": "a"}, 5), ({"tags": [1]}, 5), ({"tags": [""]}, 4)],
        ids=str,
    )
    def test_tags_of_the_wrong_kind_are_told(self, own, medium, body, code):
        answer = own.patch(path_of(medium), body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)

    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_tags_a_file(self, world, client, own, medium, name):
        caller = own if name == "client" else seat(world, client, name)
        answer = caller.patch(path_of(medium), {"tags": ["new"]})
        if name in CHANGE:
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            unknown = caller.patch(f"/api/media/{NOBODY}", {"tags": ["new"]})
            assert unknown.content == answer.content

    def test_it_is_in_the_audit_trail(self, world, own, medium):
        own.patch(path_of(medium), {"tags": ["new"]})
        assert ("media.update", "done") in world.audited()


class TestRemoving:
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_removes_a_file(self, world, client, own, folder, medium, name):
        caller = own if name == "client" else seat(world, client, name)
        answer = caller.delete(path_of(medium))
        left = own.get(media_of(folder)).json()
        if name in DELETE:
            assert (answer.status_code, answer.content) == (204, b"")
            assert left == folder["media"][1:]
            assert own.get(path_of(medium)).json() == NOT_EXIST
            assert own.get(medium["original_url"]).json() == NOT_EXIST
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert len(left) == 2

    def test_its_bytes_go_with_it(self, world, client):
        admin = seat(world, client, "admin")
        photo, _video = admin.folder()["media"]
        record = stored(world, photo)
        admin.delete(path_of(photo))
        with world.storage.read() as transaction:
            assert transaction.blobs.known([record["blob_id"]]) == frozenset()
        world.clock.advance(seconds=1)
        left = list(world.core.vault.list_older(world.clock()))
        assert len(left) == 1
        assert record["blob_id"] not in left

    @pytest.mark.parametrize("path", ["/api/media/{}", "/api/media/{}/original"])
    def test_one_that_nobody_has_does_not_exist(self, world, client, path):
        admin = seat(world, client, "admin")
        assert admin.get(path.format(NOBODY)).json() == NOT_EXIST
        assert admin.delete(f"/api/media/{NOBODY}").json() == NOT_EXIST


def stored(world, medium):
    with world.storage.read() as transaction:
        record: dict[str, object] = json.loads(
            transaction.documents.find("oz", "media", medium["media_id"])
        )
        return record


class TestKeeping:
    def test_the_digest_is_that_of_the_content(self, world, folder):
        for medium, content in zip(folder["media"], (JPEG, MP4), strict=True):
            record = stored(world, medium)
            assert record["sha256"] == hashlib.sha256(content).hexdigest()
            assert record["size"] == len(content)

    def test_a_file_name_can_forge_nothing(self, own):
        name = "a\r\nX-Odd: 1\u202e\\..\\..\\b.jpg"
        files = {"a": (name, JPEG, "text/html")}
        [medium] = own.folder(files=files)["media"]
        assert medium["original_name"].isprintable()
        assert str(UUID(medium["media_id"])) == medium["media_id"]


@pytest.mark.parametrize(
    ("content", "kind", "media_type"),
    [
        (b"\xff\xd8\xff\xe0", "IMAGE_FOLDER", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "IMAGE_FOLDER", "image/png"),
        (b"GIF89a", "IMAGE_FOLDER", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "IMAGE_FOLDER", "image/webp"),
        (b"\0\0\0\x18ftypheic", "IMAGE_FOLDER", "image/heic"),
        (b"\0\0\0\x18ftypavif", "IMAGE_FOLDER", "image/avif"),
        (b"\0\0\0\x18ftypisom", "VIDEO_FOLDER", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "VIDEO_FOLDER", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x9fB\x86", "VIDEO_FOLDER", "video/webm"),
        (b"RIFF\0\0\0\0AVI LIST", "VIDEO_FOLDER", "video/x-msvideo"),
    ],
)
def test_a_file_is_told_by_its_first_bytes(content, kind, media_type):
    assert tell_type(content) == (kind, media_type)
    assert tell_type(b"x" + content) is None
