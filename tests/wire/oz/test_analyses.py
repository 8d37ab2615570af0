"""Analyses, what the flags guard of them, and who decides: wire contract Oz 6.2, 6.3 and 8."""

import json
from itertools import product

import pytest

from tests.wire.oz.filing import FILES, FORBIDDEN, NOBODY, NOT_EXIST, PEOPLE, seat

KINDS = ["BIOMETRY", "COLLECTION", "DOCUMENTS", "QUALITY"]
KEYS = [
    "technical_meta_data",
    "meta_data",
    "time_created",
    "time_updated",
    "analyse_id",
    "folder_id",
    "type",
    "state",
    "resolution",
    "resolution_status",
    "source_media",
    "params",
    "results_data",
    "results_media",
    "error_message",
]
START = {"admin", "client", "company_admin"}
SEE = {"admin", "operator", "client", "company_admin", "company_operator"}
DELETE = {"admin", "company_admin"}
DECIDE = {"operator", "company_operator"}


def stand_ins(**verdicts):
    """Return settings with a stand-in for every kind, which does as media are tagged."""
    script = {"spoof": "DECLINED", "broken": "FAILED", "fine": "SUCCESS", **verdicts}
    table = {"stand_in": {"verdicts": script}}
    unsure = {"stand_in": {"verdicts": {"unsure": "OPERATOR_REQUIRED", **script}}}
    return {"engines": {kind: table if kind == "QUALITY" else unsure for kind in KINDS}}


STAND_INS = pytest.mark.parametrize("settings", [stand_ins()], ids=["stand-ins"])


@pytest.fixture
def own(world, client):
    return seat(world, client, "client")


@pytest.fixture
def folder(own):
    return own.folder()


def tagged(caller, *tags):
    """Make a folder with one file that has these tags."""
    return caller.folder({"media:tags": {"a": list(tags)}}, files={"a": FILES["photo1"]})


def status(caller, folder):
    shown = caller.get(f"/api/folders/{folder['folder_id']}").json()
    return shown["resolution_status"], shown["system_resolution"]


def path_of(analysis):
    return f"/api/analyses/{analysis['analyse_id']}"


def counted(world):
    with world.storage.read() as transaction:
        kinds = ("folder", "media", "analysis")
        return [len(transaction.documents.list_of("oz", kind)) for kind in kinds]


class TestStarting:
    @STAND_INS
    def test_the_answer_is_an_array_of_what_was_started(self, world, own, folder):
        answer = own.start(folder, "quality", params={"a": [1]}, meta_data={"b": 2})
        assert answer.status_code == 201
        [analysis] = answer.json()
        assert list(analysis) == KEYS
        assert analysis["folder_id"] == folder["folder_id"]
        assert (analysis["type"], analysis["state"]) == ("QUALITY", "FINISHED")
        assert analysis["resolution"] == analysis["resolution_status"] == "SUCCESS"
        assert (analysis["params"], analysis["meta_data"]) == ({"a": [1]}, {"b": 2})
        assert analysis["time_created"] == world.clock().timestamp()
        assert analysis["error_message"] is None

    def test_several_are_started_in_their_order(self, own, folder):
        started = own.start(folder, *KINDS).json()
        assert [each["type"] for each in started] == KINDS
        listed = own.get(f"/api/folders/{folder['folder_id']}/analyses").json()
        assert listed == started

    @pytest.mark.parametrize("kind", ["quality", "QUALITY", "Quality", " quality "])
    def test_a_kind_is_found_in_any_case(self, own, folder, kind):
        assert own.analysis(folder, kind)["type"] == "QUALITY"

    def test_it_is_about_all_media_unless_some_are_named(self, own, folder):
        ids = [medium["media_id"] for medium in folder["media"]]
        assert own.analysis(folder, "quality")["source_media"] == ids
        assert own.analysis(folder, "quality", source_media=None)["source_media"] == ids
        named = own.analysis(folder, "quality", source_media=[ids[1].upper()])
        assert named["source_media"] == ids[1:]

    def test_media_of_another_folder_do_not_exist(self, world, own, folder):
        other = own.folder()["media"][0]["media_id"]
        for named in (other, NOBODY, "odd", ""):
            answer = own.start(folder, "quality", source_media=[named])
            assert (answer.status_code, answer.json()) == (404, NOT_EXIST)
        assert counted(world)[2] == 0

    def test_without_media_there_is_nothing_to_analyse(self, world, own):
        answer = own.start(own.folder(files={}), "quality")
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)
        assert counted(world)[2] == 0

    @pytest.mark.parametrize(
        ("body", "code", "path"),
        [
            ({}, 3, "analyses"),
            ({"analyses": None}, 5, "analyses"),
            ({"analyses": {}}, 5, "analyses"),
            ({"analyses": []}, 4, None),
            ({"analyses": [None]}, 5, "analyses.0"),
            ({"analyses": [{}]}, 3, "analyses.0.type"),
            ({"analyses": [{"type": "quality"}, {"type": None}]}, 5, "analyses.1.type"),
            ({"analyses": [{"type": "quality", "params": []}]}, 5, "analyses.0.params"),
            (
                {"analyses": [{"type": "quality", "source_media": "a"}]},
                5,
                "analyses.0.source_media",
            ),
            ({"analyses": [{"type": "quality", "source_media": []}]}, 4, None),
            ({"analyses": [{"type": "quality"}] * 33}, 14, None),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_what_cannot_be_read_starts_nothing(self, world, own, folder, body, code, path):
        answer = own.post(f"/api/folders/{folder['folder_id']}/analyses/", body)
        details = None if path is None else {"key_path": path}
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)
        assert answer.json()["details"] == details
        assert counted(world)[2] == 0

    def test_a_kind_that_is_none_is_told(self, own, folder):
        answer = own.start(folder, "quality", "liveness")
        assert answer.status_code == 400
        assert answer.json()["error_message"] == "Could not cast liveness as valid AnalyseType"

    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_starts_analyses(self, world, client, own, folder, name):
        caller = own if name == "client" else seat(world, client, name)
        answer = caller.start(folder, "quality")
        if name in START:
            assert answer.status_code == 201
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert caller.start({"folder_id": NOBODY}, "quality").content == answer.content
            assert counted(world)[2] == 0

    def test_who_asked_is_recorded(self, world, client, own, folder):
        boss = seat(world, client, "company_admin")
        analysis = boss.analysis(folder, "quality")
        with world.storage.read() as transaction:
            found = transaction.documents.find("oz", "analysis", analysis["analyse_id"])
        record = json.loads(found)
        assert record["asked_by"] == boss.user["user_id"]
        assert record["owner_id"] == own.user["user_id"]
        assert ("analysis.start", "done") in world.audited()

    def test_a_folder_has_an_end(self, own, folder, monkeypatch):
        monkeypatch.setattr("watchword.dialects.oz.archive.filing.MOST_IN_FOLDER", 1)
        assert own.start(folder, "quality").status_code == 201
        answer = own.start(folder, "quality")
        assert (answer.status_code, answer.json()["error_code"]) == (400, 14)


class TestFlags:
    @pytest.mark.parametrize(
        ("name", "off"), list(product(["client", "machine", "company_admin", "freelance"], KINDS))
    )
    def test_a_flag_that_is_off_refuses_its_kind_and_no_other(self, world, client, name, off):
        caller = seat(world, client, name, **{f"can_start_analysis_{off.lower()}": False})
        folder = caller.folder()
        for kind in KINDS:
            answer = caller.start(folder, kind)
            if kind == off:
                assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            else:
                assert answer.status_code == 201
        assert counted(world) == [1, 2, 3]

    def test_a_client_may_start_quality_and_is_refused_biometry(self, world, client):
        caller = seat(world, client, "client", can_start_analysis_biometry=False)
        folder = caller.folder()
        assert caller.start(folder, "quality").status_code == 201
        assert caller.start(folder, "biometry").json()["error_code"] == 9

    def test_one_that_is_forbidden_forbids_them_all(self, world, client):
        caller = seat(world, client, "client", can_start_analysis_biometry=False)
        answer = caller.start(caller.folder(), "quality", "biometry")
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
        assert counted(world) == [1, 2, 0]

    def test_an_administrator_is_not_bound_by_flags(self, world, client):
        flags = {f"can_start_analysis_{kind.lower()}": False for kind in KINDS}
        admin = seat(world, client, "admin", **flags)
        assert admin.start(admin.folder(), *KINDS).status_code == 201

    @STAND_INS
    def test_a_single_request_is_refused_as_a_whole(self, world, client):
        caller = seat(world, client, "client", can_start_analysis_documents=False)
        payload = {"analyses": [{"type": "quality"}, {"type": "documents"}]}
        answer = caller.send(payload)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
        assert counted(world) == [0, 0, 0]
        world.clock.advance(seconds=1)
        assert list(world.core.vault.list_older(world.clock())) == []


class TestSingleRequest:
    @STAND_INS
    def test_it_is_answered_with_the_verdicts(self, own):
        payload = {
            "media:tags": {"video1": ["spoof"]},
            "analyses": [{"type": "quality"}, {"type": "biometry", "source_media": ["photo1"]}],
        }
        folder = own.folder(payload)
        liveness, matching = folder["analyses"]
        assert (liveness["type"], liveness["resolution"]) == ("QUALITY", "DECLINED")
        assert (matching["type"], matching["resolution"]) == ("BIOMETRY", "SUCCESS")
        assert matching["source_media"] == [folder["media"][0]["media_id"]]
        assert (folder["resolution_status"], folder["system_resolution"]) == (
            "FINISHED",
            "DECLINED",
        )

    @STAND_INS
    def test_analyses_without_media_make_nothing(self, world, own):
        answer = own.send({"analyses": [{"type": "quality"}]}, files={})
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)
        assert counted(world) == [0, 0, 0]

    @pytest.mark.parametrize("settings", [{"api_version": 5, **stand_ins()}], ids=["5"])
    def test_api_5_has_no_single_request(self, world, own):
        folder = own.folder({"analyses": [{"type": "quality"}]})
        assert "analyses" not in folder
        assert counted(world) == [1, 2, 0]


class TestVerdicts:
    def test_without_an_engine_an_analysis_fails_and_says_why(self, own, folder):
        analysis = own.analysis(folder, "quality")
        assert (analysis["state"], analysis["resolution"]) == ("FAILED", "FAILED")
        assert analysis["error_message"] == "no engine is configured for this kind of analysis"
        assert status(own, folder) == ("FAILED", "FAILED")

    @STAND_INS
    @pytest.mark.parametrize(
        ("tags", "state", "resolution"),
        [
            (["spoof", "fine"], "FINISHED", "DECLINED"),
            (["fine"], "FINISHED", "SUCCESS"),
            ([], "FINISHED", "SUCCESS"),
            (["unsure", "spoof"], "FINISHED", "OPERATOR_REQUIRED"),
            (["broken"], "FAILED", "FAILED"),
        ],
    )
    def test_a_stand_in_judges_by_tag(self, own, tags, state, resolution):
        folder = tagged(own, *tags)
        analysis = own.analysis(folder, "biometry")
        assert (analysis["state"], analysis["resolution"]) == (state, resolution)
        assert own.get(path_of(analysis)).json() == analysis
        assert status(own, folder) == (state, resolution)

    @STAND_INS
    def test_a_stand_in_looks_at_the_media_in_question_alone(self, own):
        folder = own.folder({"media:tags": {"photo1": ["spoof"]}})
        video = folder["media"][1]["media_id"]
        assert own.analysis(folder, "quality", source_media=[video])["resolution"] == "SUCCESS"

    @STAND_INS
    def test_a_folder_shows_what_went_wrong_before_what_was_found(self, own):
        folder = own.folder({"media:tags": {"photo1": ["unsure"], "video1": ["spoof"]}})
        photo, video = (medium["media_id"] for medium in folder["media"])
        assert status(own, folder) == ("INITIAL", "INITIAL")
        own.start(folder, "quality", source_media=[photo])
        assert status(own, folder) == ("FINISHED", "SUCCESS")
        own.start(folder, "biometry", source_media=[photo])
        assert status(own, folder) == ("FINISHED", "OPERATOR_REQUIRED")
        own.start(folder, "biometry", source_media=[video])
        assert status(own, folder) == ("FINISHED", "DECLINED")


class TestShowing:
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_sees_an_analysis(self, world, client, own, folder, name):
        analysis = own.analysis(folder, "quality")
        caller = own if name == "client" else seat(world, client, name)
        for path in (path_of(analysis), f"/api/folders/{folder['folder_id']}/analyses/"):
            answer = caller.get(path)
            if name in SEE:
                assert answer.status_code == 200
            else:
                assert (answer.status_code, answer.json()) == (404, NOT_EXIST)

    @STAND_INS
    def test_a_folders_analyses_can_be_filtered(self, own):
        folder = tagged(own, "broken")
        liveness, matching = own.start(folder, "quality", "biometry").json()
        photo = own.send(path=f"/api/folders/{folder['folder_id']}/media/").json()[0]["media_id"]
        fine = own.analysis(folder, "quality", source_media=[photo])

        def found(**query):
            answer = own.get(f"/api/folders/{folder['folder_id']}/analyses/", **query)
            return [each["analyse_id"] for each in answer.json()]

        first, second, third = (each["analyse_id"] for each in (liveness, matching, fine))
        assert found() == [first, second, third]
        assert found(type="quality") == [first, third]
        assert found(**{"type.exclude": "QUALITY"}) == [second]
        assert found(state="FINISHED,PROCESSING") == [third]
        assert found(**{"state.exclude": "finished"}) == [first, second]
        assert found(analyse_id=first) == [first]
        assert found(**{"analyse_id.exclude": f"{first},{third}"}) == [second]
        assert found(resolution_status="SUCCESS") == [third]

    @pytest.mark.parametrize("query", [{"state": "DONE"}, {"type": "x"}, {"analyse_id": "x"}])
    def test_an_odd_filter_is_refused(self, own, folder, query):
        answer = own.get(f"/api/folders/{folder['folder_id']}/analyses/", **query)
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)

    def test_patch_on_a_path_that_does_not_know_it_is_405(self, own, folder):
        answer = own.patch(f"/api/folders/{folder['folder_id']}/analyses/", {})
        assert (answer.status_code, answer.json()["error_code"]) == (405, 1)


class TestDeciding:
    @STAND_INS
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_decides(self, world, client, own, name):
        folder = tagged(own, "unsure")
        analysis = own.analysis(folder, "biometry")
        caller = own if name == "client" else seat(world, client, name)
        answer = caller.patch(path_of(analysis), {"resolution": "declined"})
        if name in DECIDE:
            assert (answer.status_code, answer.json()["resolution"]) == (200, "DECLINED")
            assert own.get(path_of(analysis)).json() == answer.json()
            assert status(own, folder) == ("FINISHED", "OPERATOR_REQUIRED")
            assert ("analysis.resolve", "done") in world.audited()
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert own.get(path_of(analysis)).json() == analysis

    @STAND_INS
    def test_a_decision_may_be_thought_over(self, world, client, own):
        operator = seat(world, client, "operator")
        analysis = own.analysis(tagged(own, "unsure"), "biometry")
        for decision in ("SUCCESS", "DECLINED"):
            answer = operator.patch(path_of(analysis), {"resolution": decision})
            assert answer.json()["resolution_status"] == decision

    @STAND_INS
    @pytest.mark.parametrize("tags", [["fine"], ["spoof"], ["broken"]])
    def test_only_what_was_left_open_is_decided(self, world, client, own, tags):
        operator = seat(world, client, "operator")
        analysis = own.analysis(tagged(own, *tags), "biometry")
        answer = operator.patch(path_of(analysis), {"resolution": "SUCCESS"})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 4)
        assert own.get(path_of(analysis)).json() == analysis

    @STAND_INS
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 3),
            ({"resolution": None}, 5),
            ({"resolution": "OPERATOR_REQUIRED"}, 4),
            ({"resolution": "FAILED"}, 4),
        ],
        ids=str,
    )
    def test_nothing_else_can_be_decided(self, world, client, own, body, code):
        operator = seat(world, client, "operator")
        analysis = own.analysis(tagged(own, "unsure"), "biometry")
        answer = operator.patch(path_of(analysis), body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, code)

    @STAND_INS
    def test_nothing_else_can_be_changed(self, world, client, own):
        operator = seat(world, client, "operator")
        analysis = own.analysis(tagged(own, "unsure"), "biometry")
        fields = dict.fromkeys((*KEYS, "verdict", "decision", "owner_id"), "changed")
        answer = operator.patch(path_of(analysis), fields | {"resolution": "SUCCESS"})
        decided = {"resolution": "SUCCESS", "resolution_status": "SUCCESS"}
        assert answer.json() == analysis | decided

    def test_one_that_nobody_has_does_not_exist(self, world, client):
        operator = seat(world, client, "operator")
        answer = operator.patch(f"/api/analyses/{NOBODY}", {"resolution": "SUCCESS"})
        assert (answer.status_code, answer.json()) == (404, NOT_EXIST)


class TestRemoving:
    @STAND_INS
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_removes_an_analysis(self, world, client, own, name):
        folder = tagged(own, "spoof")
        analysis = own.analysis(folder, "quality")
        caller = own if name == "client" else seat(world, client, name)
        answer = caller.delete(path_of(analysis))
        if name in DELETE:
            assert (answer.status_code, answer.content) == (204, b"")
            assert own.get(path_of(analysis)).json() == NOT_EXIST
            assert status(own, folder) == ("INITIAL", "INITIAL")
        else:
            assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
            assert own.get(path_of(analysis)).json() == analysis


class TestMetaData:
    @pytest.fixture
    def paths(self, own, folder):
        return {
            "folder": f"/api/folders/{folder['folder_id']}",
            "media": f"/api/media/{folder['media'][0]['media_id']}",
            "analysis": path_of(own.analysis(folder, "quality")),
        }

    @pytest.mark.parametrize("what", ["folder", "media", "analysis"])
    def test_it_has_its_four_methods(self, own, paths, what):
        path = f"{paths[what]}/meta_data/"
        assert own.get(path).json() == {}
        assert own.post(path, {"a": 1, "b": [2]}).json() == {"a": 1, "b": [2]}
        assert own.patch(path, {"b": None, "c": "3"}).json() == {"a": 1, "b": None, "c": "3"}
        assert own.get(paths[what]).json()["meta_data"] == own.get(path).json()
        assert own.delete(path).status_code == 204
        assert own.get(path).json() == {}

    @pytest.mark.parametrize("what", ["folder", "media", "analysis"])
    @pytest.mark.parametrize("name", sorted(PEOPLE))
    def test_who_sees_and_changes_it(self, world, client, own, paths, what, name):
        caller = own if name == "client" else seat(world, client, name)
        path = f"{paths[what]}/meta_data"
        assert caller.get(path).status_code == (200 if name in SEE else 404)
        answers = [caller.post(path, {"a": 1}), caller.patch(path, {"a": 1}), caller.delete(path)]
        expected = [200, 200, 204] if name in START else [403] * 3
        assert [answer.status_code for answer in answers] == expected

    @pytest.mark.parametrize("kind", ["folders", "media", "analyses"])
    def test_of_one_that_nobody_has_there_is_none(self, world, client, kind):
        admin = seat(world, client, "admin")
        path = f"/api/{kind}/{NOBODY}/meta_data"
        assert admin.get(path).json() == admin.delete(path).json() == NOT_EXIST
