"""Logins as they are compared, and texts as they may be kept and shown."""

import unicodedata
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.world import START
from watchword.core.errors import AlreadyExistsError
from watchword.core.subjects import Subject, SubjectId, fold_login, is_storable, printable

FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")

storable = st.text(st.characters(codec="utf-8"))


def subject(*logins):
    return Subject(SubjectId(UUID(int=1)), logins, "", START, START)


class TestFold:
    @pytest.mark.parametrize(
        ("written", "folded"),
        [
            ("Alice", "alice"),
            ("  alice\t", "alice"),
            ("ALICE@Acme.Example", "alice@acme.example"),
            ("\uff41\uff4c\uff49\uff43\uff45\uff20acme.example", "alice@acme.example"),
            ("\ufb01ona", "fiona"),
            ("Stra\u00dfe", "strasse"),
            ("A\u030angstro\u0308m", "\u00e5ngstr\u00f6m"),
            ("\u212angstrom", "kngstrom"),
            ("\u03aa\u0301", "\u0390"),
            ("user\u00b2", "user2"),
            ("\u00a0", ""),
            ("\u3000alice\u2003", "alice"),
        ],
    )
    def test_what_a_person_would_call_the_same_is_the_same(self, written, folded):
        assert fold_login(written) == folded

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("alice", "\u0430lice"),
            ("alice", "al\u0131ce"),
            ("alice", "al\u00edce"),
            ("a b", "ab"),
            ("alice", "alice\u200b"),
        ],
        ids=["cyrillic a", "dotless i", "accent", "space inside", "zero width"],
    )
    def test_what_only_looks_alike_is_not_the_same(self, one, other):
        assert fold_login(one) != fold_login(other)

    @given(storable)
    @example("\u0345\u0301")
    @example("\u1e9e\u0345")
    @example("\u01f0")
    @example("\u00a8x")
    def test_folding_twice_changes_nothing(self, login):
        assert fold_login(fold_login(login)) == fold_login(login)

    @given(storable)
    def test_the_normal_form_in_which_a_login_is_written_means_nothing(self, login):
        composed, apart = (unicodedata.normalize(form, login) for form in FORMS)

        assert fold_login(composed) == fold_login(apart) == fold_login(login)

    def test_logins_that_fold_together_cannot_both_be_kept(self, house):
        house.add("alice")

        with house.storage.write() as transaction, pytest.raises(AlreadyExistsError):
            transaction.subjects.add(subject("\uff21LICE"))


class TestText:
    @pytest.mark.parametrize("text", ["\x00", "a\x00b", "a\ud800", "\ud83d\ude00"])
    def test_what_no_database_holds_is_not_storable(self, text):
        assert not is_storable(text)

    @given(storable.filter(lambda text: "\x00" not in text))
    def test_everything_else_is(self, text):
        assert is_storable(text)

    @given(st.text())
    def test_what_is_shown_is_printable_storable_and_bounded(self, text):
        shown = printable(text)

        assert shown.isprintable()
        assert is_storable(shown)
        assert len(shown) <= 256

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("ålice", "ålice"),
            ("a\r\nb", "a\\r\\nb"),
            ("\x1b[1m", "\\x1b[1m"),
            ("\u202eevil", "\\u202eevil"),
            ("\u2028", "\\u2028"),
            ("\ud800", "\\ud800"),
        ],
    )
    def test_lines_colours_and_directions_are_spelt_out(self, text, shown):
        assert printable(text) == shown

    def test_the_longest_can_be_chosen(self):
        assert printable("abcdef", 3) == "abc"


class TestNames:
    @pytest.mark.parametrize(
        ("logins", "address", "name"),
        [
            (("alice",), None, "alice"),
            (("a@acme.example",), "a@acme.example", "a@acme.example"),
            (("a@acme.example", "alice", "b@acme.example", "al"), "a@acme.example", "alice"),
            (("alice", "al", "b@acme.example"), "b@acme.example", "alice"),
        ],
    )
    def test_the_first_of_each_kind_is_shown(self, logins, address, name):
        assert subject(*logins).address == address
        assert subject(*logins).name == name


def test_a_subject_without_logins_has_no_name():
    """None is made so, but a storage can hold one."""
    nobody = Subject(SubjectId(UUID(int=1)), (), "", START, START)

    assert (nobody.name, nobody.address) == ("", None)
