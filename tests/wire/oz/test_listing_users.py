"""``GET /api/users/`` and what a list can be asked for: wire contract Oz 1.5 and 4.3."""

import pytest

from tests.support.elsewhere import profile_beside
from tests.wire.oz.people import NOBODY, enter, people_of
from tests.wire.oz.test_users import API_5


@pytest.fixture
def people(world, client):
    people = people_of(world, client)
    with world.storage.read() as transaction:
        alice = transaction.subjects.find_by_login("alice")
    world.core.directory.remove_subject(alice.id)
    return people


@pytest.fixture
def admin(people):
    return people["ADMIN"]


@pytest.fixture
def boss(people):
    return people["CLIENT_ADMIN"]


def emails(person, **query):
    answer = person.get("users/", **query)
    assert answer.status_code == 200, answer.text
    return [each["email"].removesuffix("@acme.example") for each in answer.json()["items"]]


class TestReach:
    def test_a_list_holds_what_the_caller_may_see(self, people):
        ours = {"client", "client_admin", "client_operator", "client_service"}
        theirs = {"client@other.example", "client_admin@other.example"}
        everybody = ours | theirs | {"admin", "operator"}
        expected = {
            "ADMIN": everybody,
            "OPERATOR": everybody,
            "CLIENT_ADMIN": ours,
            "CLIENT_OPERATOR": ours,
            "CLIENT": {"client"},
            "CLIENT_SERVICE": {"client_service"},
            "stranger": {"client@other.example"},
            "rival": theirs,
        }
        for name, person in people.items():
            assert set(emails(person)) == expected[name]
            assert person.get("users/").json()["total_count"] == len(expected[name])

    @pytest.mark.parametrize("query", ["company_id", "user_id"])
    def test_no_filter_reaches_further(self, boss, people, query):
        foreign = people["rival"].company if query == "company_id" else people["rival"].id
        assert emails(boss, **{query: foreign}) == []
        assert emails(boss, **{f"{query}.exclude": NOBODY}) == emails(boss)

    def test_each_item_is_what_the_item_itself_shows(self, admin):
        for item in admin.get("users/").json()["items"]:
            assert admin.get(f"users/{item['user_id']}").json() == item

    def test_who_belongs_to_no_company_here_is_in_no_companys_list(self, world, boss):
        profiles = {"oz": {"user_type": "ADMIN"}}
        world.add("seated@acme.example", tenant="Acme Bank", profiles=profiles)
        assert "seated" not in emails(boss)


class TestPages:
    def test_the_newest_come_first(self, boss):
        boss.make("newest@acme.example")
        assert emails(boss)[0] == "newest"

    def test_a_page_is_a_part(self, boss):
        whole = emails(boss)
        assert emails(boss, limit=2) + emails(boss, limit=2, offset=2) == whole
        assert emails(boss, offset=len(whole)) == []
        assert emails(boss, limit=-1) == whole
        assert emails(boss, limit=0) == []

    def test_it_says_which_part_of_how_many(self, boss):
        page = boss.get("users/", limit=1, offset=2).json()
        assert (page["offset"], page["limit"], page["total_count"]) == (2, 1, 4)
        assert boss.get("users/", total_omit="true").json()["total_count"] is None

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ({"offset": -1}, "Invalid offset value for pagination"),
            ({"limit": -2}, "Invalid limit value for pagination"),
            ({"limit": 5001}, "Invalid limit value for pagination - exceed max available"),
            (
                {"sorting": "password"},
                "Invalid sorting_field value for descriptor password. Not found in model",
            ),
            ({"user_id": "x"}, "Invalid value for uuid field"),
            ({"user_type": "KING"}, "Could not cast KING as valid UserType"),
            ({"is_active": "perhaps"}, "Invalid param value"),
        ],
    )
    def test_a_wrong_parameter_is_refused(self, boss, query, text):
        answer = boss.get("users/", **query)
        assert answer.status_code == 400
        assert answer.json() == {"error_code": 4, "error_message": text, "details": None}

    @pytest.mark.parametrize("field", ["email", "user_type", "is_active", "first_name", "user_id"])
    def test_the_order_is_stable_whatever_it_is(self, admin, field):
        for direction in ("asc", "desc"):
            sorting = f"{field}{{{direction}}}"
            whole = emails(admin, sorting=sorting)
            one_by_one = [emails(admin, sorting=sorting, limit=1, offset=n)[0] for n in range(8)]
            assert whole == one_by_one


class TestFilters:
    def test_users_are_sorted(self, boss):
        ours = ["client", "client_admin", "client_operator", "client_service"]
        assert emails(boss, sorting="email{asc}") == ours
        assert emails(boss, sorting="email{desc}") == emails(boss, sorting="email") == ours[::-1]
        for email in ("b@acme.example", "a@acme.example"):
            boss.make(email, last_name="Same")
        assert emails(boss, sorting="last_name,email{asc}")[:2] == ["a", "b"]

    def test_users_are_filtered(self, boss, people):
        client = people["CLIENT"].id
        for query, expected in [
            ({"user_id": client}, {"client"}),
            ({"user_id.exclude": client}, {"client_admin", "client_operator", "client_service"}),
            ({"user_type": "CLIENT"}, {"client"}),
            ({"user_type": "client,client_admin"}, {"client", "client_admin"}),
            (
                {"user_type.exclude": "CLIENT"},
                {"client_admin", "client_operator", "client_service"},
            ),
            ({"email": "CLIENT@acme.example"}, {"client"}),
            ({"is_service": "true"}, {"client_service"}),
            ({"is_admin": "1"}, {"client_admin"}),
            ({"company_id": boss.company, "user_type": "CLIENT"}, {"client"}),
            ({"company_id": "null"}, set()),
        ]:
            assert set(emails(boss, **query)) == expected, query

    def test_null_is_who_has_no_company(self, admin):
        assert set(emails(admin, company_id="null")) == {"admin", "operator"}
        assert "admin" not in emails(admin, **{"company_id.exclude": "null"})

    def test_who_is_switched_off_is_found(self, boss, people):
        boss.edit(people["CLIENT"].id, is_active=False)
        assert emails(boss, is_active="false") == ["client"]
        assert "client" not in emails(boss, is_active="true")

    @API_5
    def test_in_api_5_a_client_may_be_an_administrator_or_a_machine(self, boss):
        found = {"client", "client_admin", "client_service"}
        assert set(emails(boss, user_type="CLIENT")) == found
        assert emails(boss, user_type="CLIENT", is_admin="true") == ["client_admin"]
        assert emails(boss, user_type="CLIENT_SERVICE") == ["client_service"]

    def test_a_user_is_found_by_any_part_of_its_name_or_address(self, boss):
        boss.make("zed@acme.example", first_name="Zoë", middle_name="van", last_name="Doorn")
        for part in ("zoë", "DOOR", "van", "zoë doorn", "zoë van doorn", "zed@", "ZED@ACME"):
            assert emails(boss, search_text=part) == ["zed"], part
        assert emails(boss, search_text="nobody at all") == []

    def test_whoever_has_such_a_part_can_be_left_out(self, boss):
        boss.make("zed@acme.example", first_name="Zoë", last_name="Doorn")
        everybody = set(emails(boss))
        for part in ("zoë", "DOOR", "zed@"):
            assert set(emails(boss, **{"search_text.exclude": part})) == everybody - {"zed"}, part
        assert set(emails(boss, **{"search_text.exclude": " "})) == everybody

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ("branch==north", ["a"]),
            ("branch!=north", ["b"]),
            ("floor==2", ["b"]),
            ("floor>=2", ["b"]),
            ("floor<2", ["a"]),
            ("desk.number==7", ["a"]),
            ("branch==null", []),
        ],
    )
    def test_a_user_is_found_by_its_meta_data(self, boss, condition, found):
        for name, meta_data in (
            ("a", {"branch": "north", "floor": 1, "desk": {"number": 7}}),
            ("b", {"branch": "south", "floor": 2}),
        ):
            user = boss.make(f"{name}@acme.example", last_name="Tagged").json()["user_id"]
            boss.post(f"users/{user}/meta_data", meta_data)
        query = {"last_name": "Tagged", "meta_data": condition}
        assert emails(boss, **query) == found

    def test_what_changed_is_found_as_it_is_now(self, boss, people):
        boss.edit(people["CLIENT"].id, last_name="Fresh")
        assert emails(boss, last_name="Fresh") == ["client"]
        boss.delete(f"users/{people['CLIENT'].id}")
        assert emails(boss, last_name="Fresh") == []


def test_users_of_the_directory_file_are_listed(world, client):
    world.add("root@acme.example", profiles={"oz": {"user_type": "ADMIN"}})
    world.add("ida", profiles=profile_beside("oz"))
    root = enter(client, "root@acme.example")
    assert set(emails(root)) == {"alice", "root"}


class TestWithoutALimit:
    @pytest.fixture(autouse=True)
    def longest(self, monkeypatch):
        """Let one answer hold as many users as there are."""
        monkeypatch.setattr("watchword.dialects.oz.lists.LONGEST", 8)

    def test_all_are_shown(self, people):
        page = people["ADMIN"].get("users/", limit=-1).json()
        assert (len(page["items"]), page["total_count"], page["limit"]) == (8, 8, -1)

    def test_what_is_too_long_for_an_answer_is_refused_and_not_cut(self, people):
        people["CLIENT_ADMIN"].make()
        answer = people["ADMIN"].get("users/", limit=-1)
        message = "Invalid limit value for pagination - exceed max available"
        assert answer.status_code == 400
        assert answer.json() == {"error_code": 4, "error_message": message, "details": None}
        assert people["ADMIN"].get("users/", limit=9).json()["total_count"] == 9
        assert people["CLIENT"].get("users/", limit=-1).json()["total_count"] == 1
