"""``[subjects.findface]`` and ``[dialects.findface]``."""

import msgspec
import pytest

from watchword.config import TableError, read_table
from watchword.dialects.findface import DIALECT
from watchword.dialects.findface.languages import Language
from watchword.dialects.findface.profile import Profile, as_profile, parse, read
from watchword.dialects.findface.settings import Settings


class TestProfiles:
    def test_a_primary_group_is_enough(self):
        assert parse(read({"primary_group": "User"})) == Profile("User")

    def test_everything_that_is_said_is_kept(self):
        table = {
            "primary_group": "User",
            "groups": ["Guards"],
            "language": "ru",
            "comment": "\u043d\u043e\u0447\u044c",
        }

        expected = Profile("User", ("Guards",), Language.RUSSIAN, "\u043d\u043e\u0447\u044c")
        assert parse(read(table)) == expected

    def test_the_same_table_gives_the_same_bytes(self):
        table = {"primary_group": "User", "groups": ["B", "A"]}

        assert read(table) == read(dict(reversed(table.items())))

    @pytest.mark.parametrize(
        ("table", "key"),
        [
            ({}, "primary_group"),
            ({"primary_group": ""}, "primary_group"),
            ({"primary_group": 1}, "primary_group"),
            ({"primary_group": "User", "groups": "User"}, "groups"),
            ({"primary_group": "User", "language": "en"}, "language"),
            ({"primary_group": "User", "language": "de"}, "language"),
            ({"primary_group": "User", "comment": "x" * 2_049}, "comment"),
            ({"primary_group": "User", "role": "x"}, "role"),
        ],
    )
    def test_a_wrong_table_is_refused_where_it_is_wrong(self, table, key):
        with pytest.raises(TableError) as refused:
            read(table)

        assert refused.value.key == key

    @pytest.mark.parametrize("document", [b"", b"{}", b"[]", b'{"primary_group":1}'])
    def test_a_document_that_is_no_profile_is_a_value_error(self, document):
        with pytest.raises(ValueError, match=r"."):
            parse(document)

    def test_another_audiences_profile_is_not_taken_for_ours(self):
        with pytest.raises(TypeError, match="not a profile of findface"):
            as_profile({"primary_group": "User"})


class TestSettings:
    @pytest.mark.parametrize(
        "table",
        [
            {"auth_type": "card"},
            {"maximum_session_length": 0},
            {"maximum_session_length": 10**12},
            {"face_auth_confidence": 1.5},
            {"renew_session_interval": -1},
            {"maximum_renew_attempts": -1},
            {"language": "de"},
            {"AUTH_TYPE": "password"},
        ],
    )
    def test_a_wrong_setting_is_refused(self, table):
        with pytest.raises(TableError) as refused:
            read_table(Settings, table)

        assert refused.value.key == next(iter(table))

    @pytest.mark.parametrize(
        ("table", "count"),
        [
            ({}, 1),
            ({"maximum_session_length": 2_592_000}, 0),
            ({"maximum_session_length": 60, "auth_type": "face_and_password"}, 0),
            ({"maximum_session_length": 60, "auth_type": "face"}, 1),
            ({"auth_type": "face_or_password"}, 2),
        ],
    )
    def test_what_is_weaker_than_the_norm_is_told(self, table, count):
        told = DIALECT.weaknesses(read_table(Settings, table))

        assert len(told) == count
        assert all(sentence.endswith(".") for sentence in told)

    def test_settings_are_values(self):
        assert read_table(Settings, {}) == Settings()
        assert msgspec.structs.astuple(Settings())[1] == 15_552_000
