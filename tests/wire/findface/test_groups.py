"""Roles: built in, as configuration, and at hand (wire contract FindFace 2.9, 4.2, 4.3)."""

import msgspec
import pytest

from tests.support.world import World
from tests.wire.findface.door import PASSWORD
from watchword.config import TableError
from watchword.core.shelf import ColdError
from watchword.dialects.findface.groups import (
    BUILT_IN,
    KIND,
    kept_groups,
    read_groups,
    recall_groups,
)
from watchword.dialects.findface.permissions import CATALOGUE, OPERATOR, USER
from watchword.dialects.findface.profile import AUDIENCE, read
from watchword.dialects.findface.seed import check_profile

VIEW = "ffsecurity.view_camera"
GUARDS = {"name": "Guards", "permissions": [VIEW, "ffsecurity.view_user", VIEW]}


def stored(visitor):
    """Return the stored documents by number."""
    documents = visitor.world.core.shelf.list_of(AUDIENCE, KIND)
    return {key: msgspec.json.decode(document) for key, document in documents.items()}


class TestThePermissionTables:
    def test_the_counts_are_those_of_the_observed_build(self):
        assert (len(CATALOGUE), len(OPERATOR), len(USER)) == (279, 93, 37)

    def test_what_a_role_has_is_in_the_catalogue(self):
        assert OPERATOR <= CATALOGUE
        assert USER <= CATALOGUE

    @pytest.mark.parametrize(
        "name",
        [
            "ffsecurity.view_all_own_sessions",
            "ffsecurity.delete_all_own_sessions",
            "ffsecurity.add_onvifcamera",
            "ffsecurity.view_onvifcamera",
            "ffsecurity.batchupload_cards",
            "ffsecurity.create_batchupload",
            "ffsecurity.configure_ntls",
            "auth.add_group",
            "admin.view_logentry",
            "knox.delete_authtoken",
            "sessions.change_session",
            "reversion.view_revision",
            "reversion.view_version",
        ],
    )
    def test_names_outside_the_main_quartets_are_there(self, name):
        assert name in CATALOGUE

    def test_a_user_may_edit_itself_and_see_no_sessions_but_its_own(self):
        assert {"ffsecurity.change_user", "ffsecurity.view_user"} <= USER
        assert "ffsecurity.view_all_own_sessions" in OPERATOR - USER

    def test_three_roles_are_built_in(self):
        assert [(group.id, group.name) for group in BUILT_IN] == [
            (1, "Administrator"),
            (2, "Operator"),
            (3, "User"),
        ]


class TestSeeding:
    def test_a_new_role_gets_the_next_number_from_4_on(self, visitor):
        plan = visitor.define(GUARDS, {"name": "Guests"})

        assert plan == ["+ findface group Guards", "+ findface group Guests"]
        assert stored(visitor) == {
            "4": {"name": "Guards", "permissions": [VIEW, "ffsecurity.view_user"]},
            "5": {"name": "Guests", "permissions": []},
        }

    def test_applying_again_changes_nothing(self, visitor):
        visitor.define(GUARDS)
        before = stored(visitor)

        assert visitor.define(GUARDS) == []
        assert stored(visitor) == before

    def test_a_role_keeps_its_number_whatever_stands_around_it(self, visitor):
        visitor.define({"name": "Guests"}, GUARDS)
        visitor.define(GUARDS, {"name": "Drivers"}, {"name": "Guests"})

        assert {key: each["name"] for key, each in stored(visitor).items()} == {
            "4": "Guests",
            "5": "Guards",
            "6": "Drivers",
        }

    def test_other_permissions_are_a_change(self, visitor):
        visitor.define(GUARDS)

        plan = visitor.define({"name": "Guards", "permissions": []})
        assert plan == ["~ findface group Guards (permissions)"]
        assert stored(visitor)["4"]["permissions"] == []

    def test_a_dry_run_tells_and_changes_nothing(self, visitor):
        assert visitor.define(GUARDS, dry_run=True) == ["+ findface group Guards"]
        assert stored(visitor) == {}

    def test_a_built_in_role_can_be_given_other_permissions(self, visitor):
        plan = visitor.define({"name": "Operator", "permissions": [VIEW]})

        assert plan == ["~ findface group Operator (permissions)"]
        assert stored(visitor) == {"2": {"name": "Operator", "permissions": [VIEW]}}

    @pytest.mark.parametrize(
        ("groups", "key"),
        [
            ([{"name": "Administrator"}], "groups[0].name"),
            ([{"name": "A"}, {"name": "A"}], "groups[1].name"),
            ([{"name": ""}], "groups[0].name"),
            ([{"name": "x" * 151}], "groups[0].name"),
            ([{"name": "A", "permissions": ["ffsecurity.fly"]}], "groups[0].permissions"),
            ([{"name": "A", "rights": []}], "groups[0].rights"),
            ([{"permissions": []}], "groups[0].name"),
        ],
    )
    def test_a_wrong_table_is_refused_where_it_is_wrong(self, visitor, groups, key):
        with pytest.raises(TableError) as refused:
            visitor.define(*groups)

        assert refused.value.key == key
        assert stored(visitor) == {}


class TestRoles:
    def test_a_changed_role_counts_for_living_sessions_at_once(self, visitor):
        visitor.define(GUARDS)
        visitor.world.add(
            "bob", password=PASSWORD, profiles={"findface": {"primary_group": "Guards"}}
        )
        token = visitor.enter("bob")
        assert visitor.me(token).json()["permissions"] == [VIEW, "ffsecurity.view_user"]

        visitor.define({"name": "Guards", "permissions": ["ffsecurity.change_cameragroup"]})

        user = visitor.me(token).json()
        assert (user["primary_group"], user["permissions"]) == (
            4,
            ["ffsecurity.change_cameragroup"],
        )
        assert user["camera_group_permissions"] == {"1": "edit", "-1": "edit"}
        assert user["watch_list_permissions"] == {}

    def test_roles_are_recalled_without_blocking_once_they_were_read(self, visitor):
        shelf = visitor.world.core.shelf
        with pytest.raises(ColdError):
            recall_groups(shelf)

        assert kept_groups(shelf) == recall_groups(shelf) == ()

    def test_a_stored_role_goes_before_a_built_in_one(self):
        document = b'{"name":"Operator","permissions":[]}'

        assert read_groups((("2", document),))["Operator"].permissions == frozenset()


class TestProfilesThatNameRoles:
    @pytest.fixture
    def core(self):
        world = World()
        yield world.core
        world.close()

    @pytest.mark.parametrize("name", ["Administrator", "Operator", "User", "Guards"])
    def test_a_role_that_is_built_in_or_drafted_is_known(self, core, name):
        document = read({"primary_group": name, "groups": ["Guards", "User"]})

        check_profile(core, {"groups": [GUARDS]}, document)

    def test_so_is_one_that_is_stored(self, visitor):
        visitor.define(GUARDS)

        check_profile(visitor.world.core, {}, read({"primary_group": "Guards"}))

    @pytest.mark.parametrize(
        ("table", "key"),
        [
            ({"primary_group": "guards"}, "primary_group"),
            ({"primary_group": "User", "groups": ["Guards", "Nobodies"]}, "groups[1]"),
        ],
    )
    def test_an_unknown_name_is_told_with_its_place(self, core, table, key):
        with pytest.raises(TableError, match="no group is named") as refused:
            check_profile(core, {"groups": [GUARDS]}, read(table))

        assert refused.value.key == key
