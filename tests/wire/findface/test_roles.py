"""Roles through the API, and rights to objects (wire contract FindFace 2.9, 2.10, 4)."""

import pytest

from watchword.dialects.findface.permissions import CATALOGUE, OPERATOR, USER

CAMERA = "ffsecurity.view_camera"
GUID = "0b9f6d1e-5a5e-4f0a-9d57-2f6a4a1c7e10"
LISTS = "/permissions/watch-lists/"
CAMERAS = "/permissions/camera-groups/"


@pytest.fixture
def admin(visitor):
    """Return an administrator's token."""
    return visitor.add("ada", "Administrator")


def make(visitor, token, name="Guards", **body):
    """Make a role and return it."""
    answer = visitor.call("POST", "/groups/", token, json={"name": name, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


def wrong(answer):
    """Return what a refusal finds fault with, and how."""
    assert answer.status_code == 400, answer.text
    return answer.json()["param"], answer.json()["desc"]


class TestLooking:
    def test_the_built_in_roles_are_listed_with_all_they_permit(self, visitor, admin):
        answer = visitor.call("GET", "/groups/?limit=1000", admin).json()

        assert list(answer) == ["results"]
        assert [(each["id"], each["name"]) for each in answer["results"]] == [
            (1, "Administrator"),
            (2, "Operator"),
            (3, "User"),
        ]
        permitted = [each["permissions"] for each in answer["results"]]
        assert permitted == [sorted(CATALOGUE), sorted(OPERATOR), sorted(USER)]
        assert list(answer["results"][0]) == ["id", "name", "permissions", "ad_group"]
        assert answer["results"][0]["ad_group"] is None

    @pytest.mark.parametrize(
        ("query", "shown"), [("?ordering=-id", [3, 2, 1]), ("?limit=2", [1, 2]), ("", [1, 2, 3])]
    )
    def test_roles_are_ordered_and_limited(self, visitor, admin, query, shown):
        answer = visitor.call("GET", f"/groups/{query}", admin).json()

        assert [each["id"] for each in answer["results"]] == shown

    def test_roles_are_not_ordered_by_what_they_have_not(self, visitor, admin):
        answer = visitor.call("GET", "/groups/?ordering=permissions", admin)

        assert answer.status_code == 400
        assert answer.json()["param"] == "ordering"

    def test_everybody_may_look(self, visitor):
        token = visitor.enter()

        assert visitor.call("GET", "/groups/", token).status_code == 200
        assert visitor.call("GET", "/groups/3/", token).json()["name"] == "User"

    @pytest.mark.parametrize("number", ["4", "0", "x", "9" * 30])
    @pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
    def test_a_role_that_is_not_there_is_404(self, visitor, admin, method, number):
        answer = visitor.call(method, f"/groups/{number}/", admin, json={"name": "x"})

        assert answer.status_code == 404
        assert answer.json()["desc"] == "No Group matches the given query."


class TestChanging:
    def test_a_new_role_is_shown_as_it_was_asked_for(self, visitor, admin):
        group = make(visitor, admin, permissions=[CAMERA], ad_group={"group_guid": GUID}, x=1)

        assert group == {
            "id": 4,
            "name": "Guards",
            "permissions": [CAMERA],
            "ad_group": {"group_guid": GUID},
        }
        assert visitor.call("GET", "/groups/4/", admin).json() == group
        assert make(visitor, admin, "Guests")["permissions"] == []

    def test_changed_permissions_are_echoed_and_count_at_once(self, visitor, admin):
        make(visitor, admin)
        token = visitor.add("gus", "Guards")
        assert visitor.me(token).json()["permissions"] == []

        wanted = ["ffsecurity.view_user", CAMERA]
        answer = visitor.call("PATCH", "/groups/4/", admin, json={"permissions": wanted})

        assert (answer.status_code, answer.json()["permissions"]) == (200, sorted(wanted))
        assert visitor.me(token).json()["permissions"] == sorted(wanted)

    def test_put_replaces_the_whole(self, visitor, admin):
        make(visitor, admin, permissions=[CAMERA], ad_group={"group_guid": GUID})

        answer = visitor.call("PUT", "/groups/4/", admin, json={"name": "Guests"})
        assert answer.json() == {"id": 4, "name": "Guests", "permissions": [], "ad_group": None}
        assert wrong(visitor.call("PUT", "/groups/4/", admin, json={})) == (
            "name",
            "This field is required.",
        )

    def test_a_renamed_role_stays_with_whoever_has_it(self, visitor, admin):
        make(visitor, admin, permissions=[CAMERA])
        token = visitor.add("gus", "User", groups=["Guards"])

        visitor.call("PATCH", "/groups/4/", admin, json={"name": "Wardens"})

        user = visitor.me(token).json()
        assert (user["groups"], CAMERA in user["permissions"]) == ([4], True)
        assert visitor.add("wanda", "Wardens")
        taken = visitor.call("POST", "/groups/", admin, json={"name": "Guards"})
        assert wrong(taken) == ("name", "This field must be unique.")
        back = visitor.call("PATCH", "/groups/4/", admin, json={"name": "Guards"})
        assert back.json()["name"] == "Guards"

    @pytest.mark.parametrize(
        ("body", "param", "desc"),
        [
            ({}, "name", "This field is required."),
            ({"name": ""}, "name", "This field may not be blank."),
            ({"name": "User"}, "name", "This field must be unique."),
            (
                {"name": "x" * 151},
                "name",
                "Ensure this field has no more than 150 characters.",
            ),
            (
                {"name": "x", "permissions": ["ffsecurity.fly"]},
                "permissions",
                '"ffsecurity.fly" is not a valid choice.',
            ),
            (
                {"name": "x", "permissions": "all"},
                "permissions",
                'Expected a list of items but got type "str".',
            ),
            ({"name": "x", "ad_group": {"group_guid": "x"}}, "ad_group", "Must be a valid UUID."),
            ({"name": "x", "ad_group": {"group_guid": 7}}, "ad_group", "Must be a valid UUID."),
        ],
    )
    def test_a_wrong_role_is_told(self, visitor, admin, body, param, desc):
        assert wrong(visitor.call("POST", "/groups/", admin, json=body)) == (param, desc)

    @pytest.mark.parametrize("ad_group", [None, {"group_guid": None}, {}])
    def test_no_directory_group_is_null(self, visitor, admin, ad_group):
        make(visitor, admin, ad_group={"group_guid": GUID})

        answer = visitor.call("PATCH", "/groups/4/", admin, json={"ad_group": ad_group})
        assert answer.json()["ad_group"] is None

    def test_built_in_roles_keep_their_names_and_the_administrator_its_permissions(
        self, visitor, admin
    ):
        said = "A built-in role cannot be changed in this way."
        for number, body, param in (
            (1, {"permissions": []}, "permissions"),
            (1, {"name": "Root"}, "name"),
            (3, {"name": "Person"}, "name"),
        ):
            answer = visitor.call("PATCH", f"/groups/{number}/", admin, json=body)
            assert wrong(answer) == (param, said)

        answer = visitor.call("PATCH", "/groups/3/", admin, json={"permissions": [CAMERA]})
        assert answer.json()["permissions"] == [CAMERA]
        same = {"name": "Administrator", "permissions": sorted(CATALOGUE)}
        assert visitor.call("PATCH", "/groups/1/", admin, json=same).status_code == 200


class TestRemoving:
    def test_a_removed_role_is_gone_and_its_number_is_not_given_out_again(self, visitor, admin):
        make(visitor, admin)

        answer = visitor.call("DELETE", "/groups/4/", admin)

        assert (answer.status_code, answer.content) == (204, b"")
        assert visitor.call("GET", "/groups/4/", admin).status_code == 404
        assert make(visitor, admin)["id"] == 5

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_built_in_roles_stay(self, visitor, admin, number):
        answer = visitor.call("DELETE", f"/groups/{number}/", admin)

        assert wrong(answer) == ("id", "A built-in role cannot be changed in this way.")

    def test_somebodys_primary_role_stays(self, visitor, admin):
        make(visitor, admin)
        visitor.add("gus", "Guards")

        answer = visitor.call("DELETE", "/groups/4/", admin)
        assert wrong(answer) == ("id", "This role is somebody's primary role.")

    def test_it_is_taken_from_whoever_has_it_beside_another(self, visitor, admin):
        make(visitor, admin, permissions=["ffsecurity.configure_ntls"])
        tokens = [visitor.add(f"gus{n}", "User", groups=["Guards"]) for n in range(3)]

        assert visitor.call("DELETE", "/groups/4/", admin).status_code == 204
        make(visitor, admin, permissions=["ffsecurity.configure_ntls"])

        for token in tokens:
            user = visitor.me(token).json()
            assert (user["groups"], len(user["permissions"])) == ([], 37)


class TestRights:
    @pytest.mark.parametrize(
        ("method", "path", "permission"),
        [
            ("POST", "/groups/", "auth.add_group"),
            ("PATCH", "/groups/2/", "auth.change_group"),
            ("PUT", "/groups/2/", "auth.change_group"),
            ("DELETE", "/groups/2/", "auth.delete_group"),
            ("PATCH", f"{LISTS}1/", "ffsecurity.change_watchlist"),
            ("PATCH", f"{CAMERAS}1/", "ffsecurity.change_cameragroup"),
        ],
    )
    def test_nobody_but_administrators_changes_roles_whatever_they_may(
        self, visitor, method, path, permission
    ):
        visitor.define({"name": "All", "permissions": sorted(CATALOGUE)})
        token = visitor.add("olga", "All")

        answer = visitor.call(method, path, token, json={"name": "x"})
        assert answer.status_code == 403
        assert answer.json()["missing_permissions"] == [permission]

    def test_changes_are_audited_with_who_made_them(self, visitor, admin):
        make(visitor, admin)

        with visitor.world.storage.read() as transaction:
            [(_, link)] = transaction.audit.list_page(0, 1_000)[-1:]
        assert (link.entry.action, link.entry.details["by_login"]) == ("group.create", "ada")


class TestCatalogue:
    def test_it_has_279_permissions_with_their_names(self, visitor):
        answer = visitor.call("GET", "/permissions/", visitor.enter()).json()

        assert [each["id"] for each in answer["results"]] == list(range(1, 280))
        assert {each["permission_id"] for each in answer["results"]} == CATALOGUE
        assert {
            "name": "Can add user",
            "codename": "add_user",
            "permission_id": "ffsecurity.add_user",
        }.items() <= next(e for e in answer["results"] if e["codename"] == "add_user").items()

    def test_one_of_them_is_shown_by_its_number(self, visitor):
        token = visitor.enter()
        whole = visitor.call("GET", "/permissions/?limit=7", token).json()["results"]

        assert len(whole) == 7
        assert visitor.call("GET", "/permissions/7/", token).json() == whole[6]
        for number in ("0", "280", "x"):
            answer = visitor.call("GET", f"/permissions/{number}/", token)
            assert answer.json()["desc"] == "No Permission matches the given query."


class TestObjects:
    @pytest.mark.parametrize(
        ("path", "names"),
        [
            (LISTS, {1: "Default Watch List", -1: "Unmatched"}),
            (CAMERAS, {1: "Default Camera Group", -1: "Video archive default Camera Group"}),
        ],
    )
    def test_the_built_in_objects_are_listed_with_the_rights_of_all_roles(
        self, visitor, admin, path, names
    ):
        answer = visitor.call("GET", path, admin).json()

        assert answer == {
            "results": [
                {"id": number, "name": name, "permissions": {"1": "edit", "2": "edit", "3": "view"}}
                for number, name in names.items()
            ]
        }
        assert visitor.call("GET", f"{path}-1/", admin).json() == answer["results"][1]

    @pytest.mark.parametrize(
        ("path", "key"),
        [(LISTS, "watch_list_permissions"), (CAMERAS, "camera_group_permissions")],
    )
    def test_null_takes_a_right_away_and_others_stay(self, visitor, admin, path, key):
        token = visitor.enter()

        answer = visitor.call("PATCH", f"{path}1/", admin, json={"permissions": {"3": None}})

        assert answer.status_code == 200
        assert answer.json()["permissions"] == {"1": "edit", "2": "edit"}
        assert visitor.call("GET", f"{path}1/", admin).json() == answer.json()
        assert visitor.me(token).json()[key] == {"-1": "view"}

    def test_the_whole_item_can_be_sent_back(self, visitor, admin):
        item = visitor.call("GET", f"{LISTS}1/", admin).json()
        item["permissions"]["2"] = "view"

        answer = visitor.call("PATCH", f"{LISTS}1/", admin, json=item)
        assert answer.json() == item

    def test_the_strongest_of_all_roles_counts_within_what_the_model_allows(self, visitor, admin):
        token = visitor.add("olga", "User", groups=["Operator"])
        plain = visitor.enter()
        wanted = {"permissions": {"3": "edit", "2": None}}
        visitor.call("PATCH", f"{LISTS}1/", admin, json=wanted)

        assert visitor.me(token).json()["watch_list_permissions"]["1"] == "edit"
        assert visitor.me(plain).json()["watch_list_permissions"]["1"] == "view"

    def test_a_role_without_the_models_rights_sees_none(self, visitor, admin):
        make(visitor, admin)
        visitor.call("PATCH", f"{CAMERAS}1/", admin, json={"permissions": {"4": "edit"}})

        user = visitor.me(visitor.add("gus", "Guards")).json()
        assert user["camera_group_permissions"] == {}

    @pytest.mark.parametrize(
        ("wanted", "desc"),
        [
            ({"99": "view"}, 'Invalid pk "99" - object does not exist.'),
            ({"3": "delete"}, '"delete" is not a valid choice.'),
            ({"3": "off"}, '"off" is not a valid choice.'),
            ({"3": ["view"]}, "\"['view']\" is not a valid choice."),
            ({"1": None}, "A built-in role cannot be changed in this way."),
            (["view"], 'Expected a dictionary of items but got type "list".'),
        ],
    )
    def test_a_wrong_right_is_told_and_nothing_is_changed(self, visitor, admin, wanted, desc):
        before = visitor.call("GET", f"{LISTS}1/", admin).json()

        answer = visitor.call("PATCH", f"{LISTS}1/", admin, json={"permissions": wanted})

        assert wrong(answer) == ("permissions", desc)
        assert visitor.call("GET", f"{LISTS}1/", admin).json() == before

    def test_nothing_asked_is_nothing_changed(self, visitor, admin):
        before = visitor.call("GET", f"{LISTS}1/", admin).json()

        assert visitor.call("PATCH", f"{LISTS}1/", admin, json={}).json() == before

    @pytest.mark.parametrize(
        ("path", "model"), [(f"{LISTS}7/", "WatchList"), (f"{CAMERAS}x/", "CameraGroup")]
    )
    @pytest.mark.parametrize("method", ["GET", "PATCH"])
    def test_an_object_that_is_not_there_is_404(self, visitor, admin, method, path, model):
        answer = visitor.call(method, path, admin, json={})

        assert answer.status_code == 404
        assert answer.json()["desc"] == f"No {model} matches the given query."

    def test_looking_needs_the_models_permission(self, visitor):
        visitor.define({"name": "Guests"})
        token = visitor.add("gus", "Guests")

        for path in (LISTS, CAMERAS, f"{LISTS}1/", f"{CAMERAS}1/"):
            assert visitor.call("GET", path, token).status_code == 403


def test_a_directory_file_finds_a_renamed_role_by_the_name_that_it_knows(visitor, admin):
    make(visitor, admin, permissions=[CAMERA])
    wanted = {"permissions": {"4": None}}
    visitor.call("PATCH", f"{LISTS}1/", admin, json=wanted)
    visitor.call("PATCH", "/groups/4/", admin, json={"name": "Wardens"})

    visitor.define({"name": "Guards", "permissions": [CAMERA]})

    assert visitor.call("GET", "/groups/4/", admin).json()["name"] == "Guards"
    assert visitor.call("GET", "/groups/?limit=9", admin).json()["results"][-1]["id"] == 4
