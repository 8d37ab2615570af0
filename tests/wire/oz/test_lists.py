"""Reading a list's query string: wire contract Oz 1.5, as far as it needs no server."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.world import World
from watchword.core.access import Principal
from watchword.core.index import Filter, Order, Page, equals, rank_of
from watchword.core.index import Test as Compare
from watchword.core.sessions import Session
from watchword.core.subjects import Subject, SubjectId, TenantId
from watchword.dialects.oz import DIALECT
from watchword.dialects.oz.columns import Column, flag, login, member, moment, number, text, uuid
from watchword.dialects.oz.lists import LARGEST_LIMIT, Listed, read_list, to_page, within
from watchword.dialects.oz.meta_data import LONGEST, check, facets_of, read_condition
from watchword.dialects.oz.profile import Profile, UserType
from watchword.dialects.oz.replies import json_reply
from watchword.dialects.oz.rights import Reach
from watchword.dialects.oz.settings import AUDIENCE, Settings
from watchword.web.errors import BadFieldError
from watchword.web.messages import Request
from watchword.web.operation import Desk

BOXES = Listed(
    "oz/box",
    {
        "box_id": Column("id", uuid),
        "label": Column("label", text),
        "email": Column("email", login),
        "kind": Column("kind", member(UserType, "user type")),
        "is_open": Column("open", flag),
        "weight": Column("weight", number, ranged=True),
        "time_created": Column("created", moment, ranged=True),
    },
    searched=("label", "email"),
    tagged=True,
)
ID = "0b0d2c0e-77a5-4b0a-9f5c-7d6f0d9c1a11"
NOW = datetime(2025, 3, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk():
    world = World()
    yield Desk(world.core, Settings())
    world.close()


def ask(query="", listed=BOXES, **parameters):
    encoded = query or urlencode(parameters)
    return read_list(Request("GET", "/api/boxes/", query=encoded.encode()), listed)


def filters(query="", **parameters):
    return list(ask(query, **parameters).query.filters)


def refusal(desk, query):
    with pytest.raises(BadFieldError) as caught:
        ask(query)
    reply = DIALECT.refuse(desk, Request("GET", "/api/boxes/"), caught.value)
    body = json.loads(reply.body)
    return reply.status, body["error_code"], body["error_message"]


class TestPaging:
    def test_without_parameters_a_list_has_a_hundred_from_the_first(self):
        asked = ask()
        assert (asked.query.offset, asked.query.limit, asked.query.counted) == (0, 100, True)
        assert (asked.query.filters, asked.query.order) == ((), ())
        assert asked.query.collection == "oz/box"

    def test_offset_and_limit_are_taken(self):
        asked = ask(offset=30, limit=10)
        assert (asked.query.offset, asked.query.limit, asked.limit) == (30, 10, 10)

    def test_a_limit_of_minus_one_is_none(self):
        asked = ask(limit=-1)
        assert asked.limit == -1
        assert asked.query.limit is not None
        assert asked.query.limit > LARGEST_LIMIT

    def test_the_largest_limit_is_five_thousand(self, desk):
        assert ask(limit=5000).limit == 5000
        message = "Invalid limit value for pagination - exceed max available"
        for larger in ("5001", "9" * 15, "9" * 16, "+" + "9" * 5_000):
            assert refusal(desk, f"limit={quote(larger)}") == (400, 4, message)

    @pytest.mark.parametrize("odd", ["-2", "-100", "-" + "9" * 40, "ten", "", "1.5", "\u0661"])
    def test_an_odd_limit_is_refused_by_name(self, desk, odd):
        message = "Invalid limit value for pagination"
        assert refusal(desk, f"limit={quote(odd)}") == (400, 4, message)

    @pytest.mark.parametrize("odd", ["-1", "ten", "", "1.5", "9" * 40, "null"])
    def test_an_odd_offset_is_refused_by_name(self, desk, odd):
        message = "Invalid offset value for pagination"
        assert refusal(desk, f"offset={odd}") == (400, 4, message)

    @pytest.mark.parametrize("word", ["1", "true", "YES", "y", "T", "on"])
    def test_truth_is_spelt_in_six_ways(self, word):
        assert ask(total_omit=word).query.counted is False
        assert filters(is_open=word) == [equals("open", 1)]

    @pytest.mark.parametrize("word", ["0", "false", "No", "n", "F", "OFF"])
    def test_and_so_is_untruth(self, word):
        assert ask(total_omit=word).query.counted is True
        assert filters(is_open=word) == [equals("open", 0)]

    def test_another_word_is_neither(self, desk):
        assert refusal(desk, "total_omit=maybe") == (400, 4, "Invalid param value")
        assert refusal(desk, "is_open=") == (400, 4, "Invalid param value")

    def test_a_page_says_what_was_asked_and_what_there_is(self):
        page = to_page(ask(offset=5, limit=-1), Page(["a"], 17), [{"a": 1}])
        assert json_reply(200, page).body == (
            b'{"offset": 5, "limit": -1, "total_count": 17, "items": [{"a": 1}]}'
        )

    def test_a_total_that_was_not_asked_for_is_null(self):
        page = to_page(ask(total_omit="true"), Page([], None), [])
        assert json.loads(json_reply(200, page).body)["total_count"] is None


class TestSorting:
    def test_a_direction_stands_in_braces(self):
        assert ask(sorting="label{asc},weight{desc}").query.order == (
            Order("label"),
            Order("weight", descending=True),
        )

    def test_a_bare_field_means_the_largest_first(self):
        assert ask(sorting="label").query.order == (Order("label", descending=True),)

    def test_white_space_and_case_of_the_direction_do_not_matter(self):
        assert ask(sorting=" label{ASC} , weight{Desc}").query.order == (
            Order("label"),
            Order("weight", descending=True),
        )

    def test_a_field_counts_once(self):
        assert ask(sorting="label{asc},label{desc}").query.order == (Order("label"),)

    def test_nothing_sorts_by_nothing(self):
        assert ask(sorting="").query.order == ()

    @pytest.mark.parametrize(
        "odd", ["colour", "label{up}", "label,", "password{asc}", "label{asc", "__class__", "{asc}"]
    )
    def test_a_field_that_is_none_is_refused_by_name(self, desk, odd):
        bad = odd.split(",")[-1]
        message = f"Invalid sorting_field value for descriptor {bad}. Not found in model"
        assert refusal(desk, f"sorting={quote(odd)}") == (400, 4, message)

    def test_what_is_repeated_of_a_bad_field_is_short_and_printable(self, desk):
        _, _, message = refusal(desk, "sorting=" + quote("\n{x}" + "y" * 5000))
        assert "\\n{x}" in message
        assert len(message) < 200


class TestFilters:
    def test_a_field_is_compared(self):
        assert filters(label="a b") == [equals("label", "a b")]

    def test_white_space_is_trimmed_and_collapsed(self):
        assert filters("label=%20a%20%20b%20") == [equals("label", "a b")]

    def test_a_comma_means_any_of_them(self):
        assert filters(label="a,b,a") == [equals("label", "a", "b")]

    def test_null_matches_what_has_no_value(self):
        assert filters(label="a,null") == [equals("label", "a", None)]
        assert filters(box_id="null") == [equals("id", None)]

    def test_exclude_means_none_of_them(self):
        found = filters("label.exclude=a,null")
        assert found == [Filter(("label",), Compare.NONE_OF, ("a", None))]

    def test_min_and_max_are_included(self):
        assert filters("weight.min=3&weight.max=%2B7") == [
            Filter(("weight",), Compare.AT_LEAST, (3,)),
            Filter(("weight",), Compare.AT_MOST, (7,)),
        ]

    @pytest.mark.parametrize(
        ("written", "micro"),
        [
            ("1700000000", 1_700_000_000_000_000),
            ("1700000000.282587", 1_700_000_000_282_587),
            ("1700000000123", 1_700_000_000_123_000),
            ("9999999999", 9_999_999_999_000_000),
            ("10000000000", 10_000_000_000_000),
            ("-5", -5_000_000),
            ("0", 0),
        ],
    )
    def test_a_time_is_in_seconds_or_from_eleven_digits_on_in_milliseconds(self, written, micro):
        found = filters(f"time_created.min={written}")
        assert found == [Filter(("created",), Compare.AT_LEAST, (micro,))]

    def test_a_member_of_an_enumeration_is_found_in_any_case(self):
        assert filters(kind="client_admin,Admin") == [equals("kind", "CLIENT_ADMIN", "ADMIN")]

    def test_an_email_is_looked_up_as_in_a_login(self):
        assert filters(email=" Alice@ACME.example") == [equals("email", "alice@acme.example")]
        assert filters(email="x" * 5000) == [equals("email", "x" * 5000)]

    def test_an_id_is_compared_as_an_id(self):
        assert filters(box_id=ID.upper().replace("-", "")) == [equals("id", ID)]

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("box_id=1", "Invalid value for uuid field"),
            (f"box_id={ID},x", "Invalid value for uuid field"),
            ("kind=KING", "Could not cast KING as valid UserType"),
            ("weight=heavy", "Invalid param value"),
            ("weight.min=1,2", "Invalid param value"),
            ("weight.min=null", "Invalid param value"),
            ("time_created.max=yesterday", "Invalid param value"),
            ("time_created.max=nan", "Invalid param value"),
            ("time_created.max=1e5", "Invalid param value"),
            ("label.min=a", "Invalid param value"),
            ("label.contains=a", "Invalid param value"),
            ("label.=a", "Invalid param value"),
            ("label=%00", "Invalid param value"),
            ("meta_data=a", "Invalid param value"),
            ("meta_data===a", "Invalid param value"),
            ("label=" + ",".join(map(str, range(501))), "Invalid param value"),
            ("&".join(f"p{n}=1" for n in range(101)), "Invalid param value"),
        ],
    )
    def test_a_wrong_value_is_refused(self, desk, query, message):
        assert refusal(desk, query) == (400, 4, message)

    def test_what_the_list_does_not_know_is_left_alone(self):
        assert filters("colour=red&colour.min=1&.exclude=2&=3&with_analyses=true") == []

    def test_of_two_the_last_counts(self):
        assert filters("label=a&label=b") == [equals("label", "b")]

    def test_several_conditions_must_all_hold(self):
        assert filters("label=a&weight=1") == [equals("label", "a"), equals("weight", 1)]

    def test_text_is_utf_8(self):
        assert filters("label=Z%C3%BCrich") == [equals("label", "Zürich")]
        assert filters("label=%ff") == [equals("label", "\ufffd")]

    def test_what_is_ones_own_comes_first_and_stays(self):
        own = [equals("owner", "me")]
        request = Request("GET", "/", query=b"label=a&owner=you")
        assert read_list(request, BOXES, own).query.filters == (own[0], equals("label", "a"))


class TestSearch:
    def test_search_looks_for_a_part_in_every_searched_field(self):
        found = filters(search_text="  lice  s")
        assert found == [Filter(("label", "email"), Compare.CONTAINS, ("lice s",))]

    def test_searching_for_nothing_finds_everything(self):
        assert filters(search_text=" ") == []

    def test_a_list_that_cannot_be_searched_leaves_it_alone(self):
        assert ask("search_text=a&meta_data=b==1", Listed("x", {})).query.filters == ()


class TestMetaData:
    @pytest.mark.parametrize(
        ("condition", "test", "values"),
        [
            ("branch==north", Compare.ANY_OF, ("north",)),
            ("branch == north pole ", Compare.ANY_OF, ("north pole",)),
            ("branch==5", Compare.ANY_OF, ("5", 5)),
            ("branch==true", Compare.ANY_OF, ("true",)),
            ("branch==null", Compare.ANY_OF, (None,)),
            ("branch==", Compare.ANY_OF, ("",)),
            ("branch==a=b", Compare.ANY_OF, ("a=b",)),
            ("branch!=north", Compare.NONE_OF, ("north",)),
            ("branch!=-7", Compare.NONE_OF, ("-7", -7)),
            ("branch>=3", Compare.AT_LEAST, (3,)),
            ("branch<=b", Compare.AT_MOST, ("b",)),
            ("branch>=0.5", Compare.AT_LEAST, ("0.5",)),
        ],
    )
    def test_a_condition_compares_a_key(self, condition, test, values):
        assert filters(meta_data=condition) == [Filter(("meta_data.branch",), test, values)]

    def test_less_and_more_leave_the_bound_out(self):
        for way, test in (("<", Compare.AT_MOST), (">", Compare.AT_LEAST)):
            assert filters(meta_data=f"n{way}3") == [
                Filter(("meta_data.n",), test, (3,)),
                Filter(("meta_data.n",), Compare.NONE_OF, (3,)),
            ]

    def test_of_several_conditions_all_hold(self):
        assert len(filters("meta_data=a%3D%3D1&meta_data=b%3D%3D2")) == 2

    @pytest.mark.parametrize("odd", ["", "a", "=a", "==a", "a=b", "a<>b", "a!b", "a=!b"])
    def test_what_is_no_condition_is_refused(self, odd):
        with pytest.raises(BadFieldError):
            read_condition(odd)

    def test_the_index_is_told_every_scalar_by_its_path(self):
        said = facets_of(
            {
                "branch": "Zürich",
                "floor": -2,
                "open": True,
                "ratio": 0.5,
                "nothing": None,
                "tags": ["a", 1, None, ["b"]],
                "nested": {"deep": {"er": "x"}},
                "nul\x00": 1,
                "k" * 129: 1,
                "": "blank",
            }
        )
        assert said == {
            "meta_data.branch": ("Zürich",),
            "meta_data.floor": (-2,),
            "meta_data.open": ("true",),
            "meta_data.ratio": ("0.5",),
            "meta_data.tags": ("a", 1, "b"),
            "meta_data.nested.deep.er": ("x",),
            "meta_data.": ("blank",),
        }

    def test_the_index_is_told_so_many_keys_and_values_and_no_more(self):
        assert len(facets_of({str(n): n for n in range(200)})) == 64
        assert len(facets_of({"list": list(range(200))})["meta_data.list"]) == 64  # type: ignore[arg-type]  # a tuple

    def test_meta_data_has_a_size(self):
        check({"a": "x" * (LONGEST - 10)})
        with pytest.raises(BadFieldError) as caught:
            check({"a": "x" * LONGEST})
        assert caught.value.path == "meta_data"


class TestReach:
    def ask(self, role, company, reach):
        company_id = TenantId(UUID(int=company)) if company else None
        subject_id = SubjectId(UUID(int=9))
        subject = Subject(subject_id, ("me@acme.example",), "", NOW, NOW, tenant_id=company_id)
        session = Session(subject_id, AUDIENCE, NOW, NOW, NOW + timedelta(hours=1))
        principal = Principal(subject, None, Profile(user_type=role), session)
        return list(within(principal, reach, "owner", "company"))

    def test_a_list_keeps_within_ones_reach(self):
        mine, nobodys = equals("owner", str(UUID(int=9))), equals("company", None)
        ours = [equals("company", str(UUID(int=1)))]
        assert self.ask(UserType.ADMIN, 0, Reach.ALL) == []
        assert self.ask(UserType.CLIENT_ADMIN, 1, Reach.COMPANY) == ours
        assert self.ask(UserType.CLIENT_ADMIN, 0, Reach.COMPANY) == [mine, nobodys]
        own = equals("company", None, str(UUID(int=1)))
        assert self.ask(UserType.CLIENT, 1, Reach.OWN) == [mine, own]
        assert self.ask(UserType.CLIENT, 0, Reach.OWN) == [mine, nobodys]


@given(st.text() | st.binary())
def test_any_query_string_is_read_or_refused(odd):
    query = odd if isinstance(odd, bytes) else quote(odd, safe="=&{},.").encode()
    try:
        asked = read_list(Request("GET", "/", query=query), BOXES)
    except BadFieldError:
        return
    assert asked.query.collection == "oz/box"


@given(
    st.dictionaries(
        st.sampled_from([*BOXES.columns, "sorting", "offset", "limit", "meta_data", "search_text"]),
        st.text() | st.integers().map(str) | st.floats().map(str),
    )
)
def test_any_value_of_a_parameter_is_read_or_refused(parameters):
    query = urlencode(parameters, errors="replace").encode()
    try:
        asked = read_list(Request("GET", "/", query=query), BOXES)
    except BadFieldError:
        return
    for each in asked.query.filters:
        assert all(isinstance(rank_of(value), bytes) for value in each.values)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_of_any_meta_data_the_index_is_told_what_it_can_hold(value):
    for name, values in facets_of({"a": value}).items():
        assert name.startswith("meta_data.a")
        assert isinstance(values, tuple)
        assert all(isinstance(each, str | int) for each in values)
