"""Folders: wire contract Oz 1.5, 6.3 and 8."""

import json
from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest

from tests.wire.oz.filing import FILES, FORBIDDEN, JPEG, MP4, NOBODY, NOT_EXIST, PEOPLE, seat
from watchword.core.subjects import TenantId
from watchword.web.operation import Desk

KEYS = [
    "technical_meta_data",
    "meta_data",
    "time_created",
    "time_updated",
    "folder_id",
    "user_id",
    "company_id",
    "resolution_status",
    "system_resolution",
    "media",
]
CANNOT_CREATE = ["operator", "company_operator", "foreign_operator"]
SEE = {"admin", "operator", "client", "company_admin", "company_operator"}
DELETE = {"admin", "company_admin"}


@pytest.fixture
def own(world, client):
    return seat(world, client, "client")


def stored(world):
    """Return how much of everything there is."""
    with world.storage.read() as transaction:
        kinds = ("folder", "media", "analysis")
        return {kind: len(transaction.documents.list_of("oz", kind)) for kind in kinds}


NOTHING = {"folder": 0, "media": 0, "analysis": 0}


class TestMaking:
    def test_a_folder_is_made_of_files_and_a_payload(self, own):
        payload = {
            "folder:meta_data": {"customer": "42"},
            "media:tags": {"video1": ["video_selfie", "orientation_portrait"]},
            "media:meta_data": {"photo1": {"page": 1}},
        }
        answer = own.send(payload)
        assert answer.status_code == 201
        folder = answer.json()
        assert list(folder) == KEYS
        assert folder["meta_data"] == {"customer": "42"}
        photo, video = folder["media"]
        assert (photo["media_type"], photo["tags"]) == ("IMAGE_FOLDER", [])
        assert (photo["original_name"], photo["meta_data"]) == ("face.jpg", {"page": 1})
        assert (video["media_type"], video["original_name"]) == ("VIDEO_FOLDER", "v.mp4")
        assert video["tags"] == ["video_selfie", "orientation_portrait"]

    def test_ids_are_uuids_and_times_are_unix_seconds(self, world, own):
        folder = own.folder()
        now = world.clock().timestamp()
        assert folder["time_created"] == folder["time_updated"] == now
        for shown in (folder, *folder["media"]):
            assert {"time_created", "time_updated"} <= set(shown)
        assert (
            len({UUID(folder["folder_id"]), *(UUID(m["media_id"]) for m in folder["media"])}) == 3
        )

    def test_it_belongs_to_who_made_it_and_to_the_company(self, own):
        folder = own.folder()
        assert folder["user_id"] == own.user["user_id"]
        assert folder["company_id"] == own.user["company_id"]

    @pytest.mark.parametrize("name", ["admin", "freelance"])
    def test_without_a_company_it_belongs_to_none(self, world, client, name):
        assert seat(world, client, name).folder()["company_id"] is None

    def test_nothing_asked_is_initial(self, own):
        folder = own.folder()
        assert (folder["resolution_status"], folder["system_resolution"]) == ("INITIAL",) * 2

    def test_files_may_come_without_a_payload(self, own):
        assert len(own.folder()["media"]) == 2

    def test_a_payload_may_come_without_files(self, own):
        assert own.folder({"folder:meta_data": {"a": 1}}, files={})["media"] == []

    def test_json_alone_is_the_payload(self, own):
        answer = own.post("/api/folders", {"folder:meta_data": {"a": 1}})
        assert (answer.status_code, answer.json()["meta_data"]) == (201, {"a": 1})

    def test_names_in_the_payload_that_no_part_has_are_left_alone(self, own):
        payload = {"media:tags": {"other": ["x"]}, "media:meta_data": {"other": {}}, "else": 1}
        assert [m["tags"] for m in own.folder(payload)["media"]] == [[], []]

    def test_null_stands_for_nothing(self, own):
        payload = {
            "folder:meta_data": None,
            "media:tags": None,
            "media:meta_data": {"video1": None},
        }
        assert own.folder(payload)["meta_data"] == {}

    def test_a_field_that_is_neither_is_left_alone(self, own):
        parts = {**FILES, "comment": (None, "hello")}
        assert len(own.folder(files=parts)["media"]) == 2

    @pytest.mark.parametrize("name", sorted(PEOPLE.keys() - CANNOT_CREATE))
    def test_who_may_make_folders(self, world, client, name):
        assert seat(world, client, name).send().status_code == 201

    @pytest.mark.parametrize("name", CANNOT_CREATE)
    def test_who_may_not_make_folders(self, world, client, name):
        answer = seat(world, client, name).send()
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
        assert stored(world) == NOTHING

    def test_the_slash_at_the_end_is_optional(self, own):
        assert own.send(path="/api/folders").status_code == 201

    def test_without_a_token_nothing_is_looked_at(self, client):
        assert client.post("/api/folders/", files=FILES).json()["error_code"] == 6

    def test_it_is_in_the_audit_trail(self, world, own):
        own.folder()
        assert ("folder.create", "done") in world.audited()


class TestBounds:
    @pytest.mark.parametrize("settings", [{"attachment_max_count": 2, "attachment_max_size": 300}])
    def test_the_number_of_files_is_bounded(self, world, own):
        assert own.send(files={**FILES}).status_code == 201
        three = {**FILES, "more": ("m.jpg", JPEG, "image/jpeg")}
        answer = own.send(files=three)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 14)
        assert answer.json()["error_message"] == "Request data too big"
        assert stored(world)["folder"] == 1

    @pytest.mark.parametrize("settings", [{"attachment_max_size": 300}])
    def test_the_size_of_a_file_is_bounded(self, world, own):
        def send(size):
            return own.send(files={"a": ("a.jpg", JPEG + b"x" * (size - len(JPEG)), "image/jpeg")})

        assert send(300).status_code == 201
        answer = send(301)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 14)
        assert stored(world)["folder"] == 1

    @pytest.mark.parametrize("settings", [{"attachment_max_count": 1, "attachment_max_size": 300}])
    def test_a_body_that_no_upload_can_have_is_refused_unread(self, own):
        answer = own.send(files={"a": ("a.jpg", JPEG + b"x" * 300_000, "image/jpeg")})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 14)

    def test_a_whole_upload_of_the_documented_size_is_taken(self, own):
        content = MP4 + b"\x00" * (10_485_760 - len(MP4))
        files = {f"v{i}": ("v.mp4", content, "video/mp4") for i in range(2)}
        folder = own.folder(files=files)
        answer = own.get(f"/api/media/{folder['media'][1]['media_id']}/original")
        assert answer.content == content

    def test_a_payload_is_no_larger_than_any_other_json(self, own):
        answer = own.send({"folder:meta_data": {"a": "x" * 70_000}})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 14)

    def test_meta_data_is_bounded(self, own):
        answer = own.send({"folder:meta_data": {"a": "x" * 40_000}})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)


class TestOddUploads:
    @pytest.mark.parametrize(
        "content", [b"", b"x", b"<html><script>", b"%PDF-1.7", b"MZ\x90", b"GIF", b"RIFF0000WAVE"]
    )
    def test_what_is_neither_image_nor_video_is_refused(self, world, own, content):
        files = {**FILES, "odd": ("photo.jpg", content, "image/jpeg")}
        answer = own.send(files=files)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)
        assert stored(world) == NOTHING

    @pytest.mark.parametrize(
        ("payload", "code", "path"),
        [
            ({"folder:meta_data": []}, 5, "folder:meta_data"),
            ({"media:tags": []}, 5, "media:tags"),
            ({"media:tags": {"video1": "tag"}}, 5, "media:tags.video1"),
            ({"media:tags": {"video1": [1]}}, 5, "media:tags.video1"),
            ({"media:tags": {"video1": None}}, 5, "media:tags.video1"),
            ({"media:meta_data": {"video1": 1}}, 5, "media:meta_data.video1"),
            ({"media:tags": {"video1": [""]}}, 4, None),
            ({"media:tags": {"video1": ["a\0b"]}}, 4, None),
            ({"media:tags": {"video1": ["x" * 129]}}, 4, None),
            ({"media:tags": {"video1": [str(n) for n in range(65)]}}, 4, None),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_a_payload_of_the_wrong_kind_is_told(self, world, own, payload, code, path):
        answer = own.send(payload)
        details = None if path is None else {"key_path": path}
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)
        assert answer.json()["details"] == details
        assert stored(world) == NOTHING

    @pytest.mark.parametrize("payload", ["", "{", "[]", "null", "\ud83d"])
    def test_a_payload_that_is_no_object_is_refused(self, own, payload):
        parts = {**FILES, "payload": (None, payload.encode("utf-8", "surrogatepass"))}
        answer = own.client.post("/api/folders/", files=parts, headers=own.headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)

    def test_two_payloads_are_refused(self, own):
        parts = [("payload", (None, "{}"))] * 2
        answer = own.client.post("/api/folders/", files=parts, headers=own.headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)

    def test_a_body_that_ends_too_early_is_refused(self, world, own):
        headers = own.headers | {"content-type": "multipart/form-data; boundary=b"}
        body = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' + JPEG
        answer = own.client.post("/api/folders/", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)
        assert stored(world) == NOTHING

    def test_a_file_with_a_name_of_an_older_client_is_a_file(self, own):
        body = b"--b\r\nContent-Disposition: form-data; name=a; filename*=utf-8''%D1%8F.jpg\r\n\r\n"
        headers = own.headers | {"content-type": "multipart/form-data; boundary=b"}
        answer = own.client.post(
            "/api/folders/", content=body + JPEG + b"\r\n--b--", headers=headers
        )
        assert answer.status_code == 201
        assert [each["original_name"] for each in answer.json()["media"]] == ["я.jpg"]

    def test_files_that_nobody_can_tell_from_each_other_are_not_lost_without_a_word(
        self, world, own
    ):
        body = b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' + JPEG
        headers = own.headers | {"content-type": "multipart/form-data"}
        answer = own.client.post("/api/folders/", content=body + b"\r\n--b--", headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)
        assert stored(world) == NOTHING


class TestContainers:
    SEALED = b"\x00OZ?" + bytes(range(256)) * 8

    def send(self, own, body, content_type="application/octet-stream"):
        headers = own.headers | {"content-type": content_type}
        return own.client.post("/api/folders", content=body, headers=headers)

    @pytest.mark.parametrize(
        "content_type", ["application/octet-stream", "Application/Octet-Stream ;a=b"]
    )
    def test_a_container_is_kept_as_it_came(self, own, content_type):
        answer = self.send(own, self.SEALED, content_type)
        assert answer.status_code == 201
        assert list(answer.json()) == KEYS
        [medium] = answer.json()["media"]
        assert (medium["media_type"], medium["tags"]) == ("DATA_CONTAINER", [])
        original = own.get(f"/api/media/{medium['media_id']}/original")
        assert original.content == self.SEALED
        assert original.headers["content-type"] == "application/octet-stream"

    @pytest.mark.parametrize(
        "settings", [{"engines": {"quality": {"stand_in": {}}}}], ids=["stand-in"]
    )
    def test_it_can_be_analysed(self, own):
        folder = self.send(own, self.SEALED).json()
        assert own.analysis(folder, "quality")["resolution"] == "SUCCESS"

    def test_none_is_told_so(self, world, own):
        answer = self.send(own, b"")
        assert (answer.status_code, answer.json()) == (
            400,
            {"error_code": 13, "error_message": "No data container provided", "details": None},
        )
        assert stored(world) == NOTHING

    @pytest.mark.parametrize("body", [JPEG, MP4, b"{}", b'{"folder:meta_data": {}}', b" [1]"])
    def test_what_plainly_is_none_is_told_so(self, world, own, body):
        answer = self.send(own, body)
        assert (answer.status_code, answer.json()) == (
            400,
            {"error_code": 14, "error_message": "Invalid Data Container", "details": None},
        )
        assert stored(world) == NOTHING

    @pytest.mark.parametrize("body", [b"{" + SEALED, b"[" * 70_000])
    def test_its_first_byte_is_nobodys_affair(self, own, body):
        assert self.send(own, body).status_code == 201

    @pytest.mark.parametrize("settings", [{"attachment_max_count": 1, "attachment_max_size": 300}])
    def test_one_that_is_too_big_is_refused(self, own):
        answer = self.send(own, self.SEALED + b"x" * 300_000)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 14)
        assert answer.json()["error_message"] == "Request data too big"

    @pytest.mark.parametrize("settings", [{"api_version": 5}], ids=["5"])
    def test_api_5_knows_none(self, own):
        answer = self.send(own, self.SEALED)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)
        assert self.send(own, b"{}").status_code == 201

    @pytest.mark.parametrize("name", CANNOT_CREATE)
    def test_who_may_not_make_folders_is_told_so_first(self, world, client, name):
        answer = self.send(seat(world, client, name), b"")
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)

    def test_a_file_that_is_added_is_none(self, own):
        folder = own.folder()
        headers = own.headers | {"content-type": "application/octet-stream"}
        path = f"/api/folders/{folder['folder_id']}/media/"
        answer = own.client.post(path, content=self.SEALED, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 3)


class TestShowing:
    def test_a_folder_is_shown_as_it_was_made(self, own):
        folder = own.folder({"folder:meta_data": {"a": 1}})
        answer = own.get(f"/api/folders/{folder['folder_id']}")
        assert (answer.status_code, answer.json()) == (200, folder)

    def test_its_analyses_are_shown_if_asked_for(self, own):
        folder = own.folder()
        analysis = own.analysis(folder, "quality")
        path = f"/api/folders/{folder['folder_id']}/"
        assert "analyses" not in own.get(path).json()
        assert "analyses" not in own.get(path, with_analyses="false").json()
        shown = own.get(path, with_analyses="True").json()
        assert list(shown) == [*KEYS, "analyses"]
        assert [each["analyse_id"] for each in shown["analyses"]] == [analysis["analyse_id"]]

    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_sees_a_folder(self, world, client, own, name):
        folder = own.folder()
        caller = own if name == "client" else seat(world, client, name)
        answer = caller.get(f"/api/folders/{folder['folder_id']}")
        listed = [f["folder_id"] for f in caller.get("/api/folders/").json()["items"]]
        if name in SEE:
            assert (answer.status_code, listed) == (200, [folder["folder_id"]])
        else:
            unknown = caller.get(f"/api/folders/{NOBODY}")
            assert (answer.status_code, answer.json(), listed) == (404, NOT_EXIST, [])
            assert (unknown.status_code, unknown.content) == (404, answer.content)

    @pytest.mark.parametrize("odd", ["1", "x" * 36, "null", "é"])
    def test_an_id_that_is_none_is_refused(self, own, odd):
        answer = own.get(f"/api/folders/{odd}")
        assert answer.status_code == 400
        assert answer.json()["error_message"] == "Invalid value for uuid field"


class TestMovingOn:
    def test_what_belongs_to_a_company_stays_there(self, world, client, own):
        admin, rival = seat(world, client, "admin"), seat(world, client, "foreign_admin")
        folder = own.folder()
        other = {"profile": {"company_id": rival.user["company_id"]}}
        assert admin.patch(f"/api/users/{own.user['user_id']}", other).status_code == 200
        path = f"/api/folders/{folder['folder_id']}"
        assert own.get(path).json() == NOT_EXIST
        assert own.get(folder["media"][0]["original_url"]).json() == NOT_EXIST
        assert own.post(f"{path}/meta_data", {}).json() == FORBIDDEN
        assert own.get("/api/folders/").json()["items"] == []

    def test_what_belongs_to_none_goes_along(self, world, client):
        admin, boss = seat(world, client, "admin"), seat(world, client, "company_admin")
        lone = seat(world, client, "freelance")
        folder = lone.folder()
        placed = {"profile": {"company_id": boss.user["company_id"]}}
        assert admin.patch(f"/api/users/{lone.user['user_id']}", placed).status_code == 200
        assert lone.get(f"/api/folders/{folder['folder_id']}").json() == folder
        assert lone.get("/api/folders/").json()["items"] == [folder]
        assert boss.get(f"/api/folders/{folder['folder_id']}").json() == NOT_EXIST


class TestListing:
    def test_the_newest_come_first_in_the_paged_envelope(self, world, own):
        made = []
        for _ in range(3):
            made.append(own.folder(files={})["folder_id"])
            world.clock.advance(seconds=1)
        page = own.get("/api/folders/", limit=2).json()
        assert list(page) == ["offset", "limit", "total_count", "items"]
        assert (page["offset"], page["limit"], page["total_count"]) == (0, 2, 3)
        assert [f["folder_id"] for f in page["items"]] == made[:0:-1]
        assert [f["folder_id"] for f in own.get("/api/folders/", offset=2).json()["items"]] == [
            made[0]
        ]

    def test_the_usual_limit_is_a_hundred(self, own):
        assert own.get("/api/folders").json()["limit"] == 100

    def test_analyses_are_shown_if_asked_for(self, own):
        folder = own.folder()
        own.start(folder, "quality", "biometry")
        own.folder(files={})
        items = own.get("/api/folders/", with_analyses="true").json()["items"]
        assert [len(each["analyses"]) for each in items] == [0, 2]
        assert [len(each["media"]) for each in items] == [0, 2]
        assert all("analyses" not in each for each in own.get("/api/folders/").json()["items"])

    def test_it_can_be_filtered_by_status(self, own):
        idle = own.folder()["folder_id"]
        asked = own.folder()
        own.start(asked, "quality")

        def ids(**query):
            return [f["folder_id"] for f in own.get("/api/folders/", **query).json()["items"]]

        assert ids(resolution_status="INITIAL") == ids(resolution_status="initial") == [idle]
        assert ids(resolution_status="FAILED") == ids(system_resolution="FAILED,SUCCESS")
        assert ids(**{"resolution_status.exclude": "INITIAL"}) == [asked["folder_id"]]

    @pytest.mark.parametrize("query", [{"resolution_status": "odd"}, {"sorting": "odd"}])
    def test_an_odd_filter_is_refused(self, own, query):
        answer = own.get("/api/folders/", **query)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)

    def test_it_can_be_filtered_and_sorted_by_time(self, world, own):
        made = []
        for _ in range(3):
            made.append(own.folder(files={}))
            world.clock.advance(seconds=10)
        middle = made[1]["time_created"]

        def ids(**query):
            return [f["folder_id"] for f in own.get("/api/folders/", **query).json()["items"]]

        first, second, third = (each["folder_id"] for each in made)
        assert ids(sorting="time_created{asc}") == [first, second, third]
        assert ids(**{"time_created.min": middle}) == [third, second]
        assert ids(**{"time_created.max": middle}) == [second, first]
        assert ids(**{"time_created.min": int(middle * 1000) + 1}) == [third]

    def test_it_can_be_filtered_by_meta_data(self, own):
        own.folder({"folder:meta_data": {"customer": "1"}}, files={})
        own.folder({"folder:meta_data": {"customer": "2"}}, files={})
        items = own.get("/api/folders/", meta_data="customer==2").json()["items"]
        assert [each["meta_data"]["customer"] for each in items] == ["2"]

    def test_an_administrator_can_filter_by_owner_and_company(self, world, client, own):
        admin = seat(world, client, "admin")
        own.folder(files={})
        admin.folder(files={})
        for query in ({"user_id": own.user["user_id"]}, {"company_id": own.user["company_id"]}):
            items = admin.get("/api/folders/", **query).json()["items"]
            assert [each["user_id"] for each in items] == [own.user["user_id"]]

    def test_a_filter_reaches_no_further_than_its_caller(self, world, client, own):
        foreign = seat(world, client, "foreign_admin")
        own.folder(files={})
        for query in ({"user_id": own.user["user_id"]}, {"company_id": own.user["company_id"]}):
            assert foreign.get("/api/folders/", **query).json()["items"] == []


class TestRemoving:
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_removes_a_folder(self, world, client, own, name):
        folder = own.folder()
        caller = own if name == "client" else seat(world, client, name)
        path = f"/api/folders/{folder['folder_id']}"
        answer = caller.delete(path)
        if name in DELETE:
            assert (answer.status_code, answer.content) == (204, b"")
            assert own.get(path).json() == NOT_EXIST
            assert stored(world) == NOTHING
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert caller.delete(f"/api/folders/{NOBODY}").content == answer.content
            assert own.get(path).status_code == 200

    def test_a_folder_that_is_gone_does_not_exist(self, world, client):
        admin = seat(world, client, "admin")
        path = f"/api/folders/{admin.folder()['folder_id']}"
        assert [admin.delete(path).status_code for _ in range(2)] == [204, 404]

    def test_with_it_go_its_media_analyses_and_bytes(self, world, client):
        admin = seat(world, client, "admin")
        folder = admin.folder()
        analysis = admin.analysis(folder, "quality")
        with world.storage.read() as transaction:
            blobs = [
                json.loads(d)["blob_id"] for _, d in transaction.documents.list_of("oz", "media")
            ]
            key = transaction.documents.find("oz", "folder", folder["folder_id"])
        assert len(blobs) == 2
        assert admin.delete(f"/api/folders/{folder['folder_id']}").status_code == 204
        assert admin.get(f"/api/analyses/{analysis['analyse_id']}").status_code == 404
        for medium in folder["media"]:
            assert admin.get(f"/api/media/{medium['media_id']}").status_code == 404
            assert admin.get(f"/api/media/{medium['media_id']}/original").status_code == 404
        with world.storage.read() as transaction:
            assert transaction.blobs.known(blobs) == frozenset()
        assert (
            list(
                world.core.vault.list_older(
                    world.clock.time.max.replace(tzinfo=world.clock.time.tzinfo)
                )
            )
            == []
        )
        assert key is not None
        assert stored(world) == NOTHING

    def test_it_is_in_the_audit_trail(self, world, client):
        admin = seat(world, client, "admin")
        admin.delete(f"/api/folders/{admin.folder()['folder_id']}")
        assert ("folder.remove", "done") in world.audited()


class TestCompanyThatIsRemoved:
    def test_its_folders_go_with_it_and_no_others(self, world, client, own):
        admin, foreign = seat(world, client, "admin"), seat(world, client, "foreign_client")
        own.folder()
        kept = [admin.folder(), foreign.folder()]
        company = own.user["company_id"]
        assert admin.delete(f"/api/companies/{company}").status_code == 204
        assert own.send().json() == FORBIDDEN
        while run_next(world) is not None:
            world.clock.advance(seconds=1)
        assert admin.get(f"/api/companies/{company}").json() == NOT_EXIST
        shown = admin.get("/api/folders/").json()["items"]
        assert {each["folder_id"] for each in shown} == {each["folder_id"] for each in kept}
        assert stored(world) == {"folder": 2, "media": 4, "analysis": 0}
        assert len(list(world.core.vault.list_older(world.clock()))) == 4

    def test_nothing_is_put_into_what_is_being_removed(self, world, client, own):
        boss = seat(world, client, "admin")
        folder = own.folder()
        with world.storage.write() as transaction:
            tenant = transaction.tenants.find(TenantId(UUID(own.user["company_id"])))
            transaction.tenants.replace(replace(tenant, in_deletion=True))
        path = f"/api/folders/{folder['folder_id']}"
        answers = [
            boss.send(path=f"{path}/media/"),
            boss.start(folder, "quality"),
            boss.post(f"{path}/meta_data", {"a": 1}),
            # Known to this worker from before, so the company is looked at once more.
            own.send(),
        ]
        assert [answer.json() for answer in answers] == [FORBIDDEN] * 4
        assert boss.get(path).status_code == 200


def run_next(world):
    opened = world.opened["oz"]
    desk = Desk(world.core, opened.settings)
    works = {kind: partial(work, desk) for kind, work in opened.dialect.jobs.items()}
    outcome = world.core.errands.run_next(works)
    assert outcome is None or outcome.error is None
    return outcome
