"""What holds for any body about users and companies: nothing odd is a fault, nothing escalates."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.world import World
from tests.wire.oz.people import NOBODY, people_of

RELAXED = settings(
    deadline=None, max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True
)
KEYS = [
    "credentials",
    "profile",
    "email",
    "password",
    "company_id",
    "user_type",
    "first_name",
    "middle_name",
    "last_name",
    "is_admin",
    "is_service",
    "is_active",
    "can_start_analysis_quality",
    "can_start_analyse_biometry",
    "name",
    "meta_data",
]
TEXT = st.text(max_size=12)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.sampled_from(["ADMIN", "OPERATOR", "CLIENT_ADMIN", "a@b", NOBODY, "\x00", ""])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | TEXT, inner, max_size=6)
    ),
    max_leaves=12,
)
PROFILES = st.dictionaries(st.sampled_from(KEYS), LEAVES, max_size=8)
CREDENTIALS = st.dictionaries(st.sampled_from(["email", "password"]), LEAVES | TEXT)
BODIES = st.fixed_dictionaries({}, optional={"credentials": CREDENTIALS, "profile": PROFILES})
WHOLE = BODIES | JSON.map(lambda value: {"profile": value}) | JSON
CALLERS = ["ADMIN", "OPERATOR", "CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"]


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()


@pytest.fixture
def people(world):
    with world.client() as client:
        yield people_of(world, client)


def paths(people, target):
    person = people[target]
    company = person.company or NOBODY
    return [
        ("POST", "users/"),
        ("PATCH", f"users/{person.id}"),
        ("POST", f"users/{person.id}/meta_data"),
        ("PATCH", f"users/{person.id}/meta_data"),
        ("POST", "companies/"),
        ("PATCH", f"companies/{company}"),
        ("POST", f"companies/{company}/meta_data"),
    ]


@RELAXED
@given(
    caller=st.sampled_from(CALLERS),
    target=st.sampled_from([*CALLERS, "stranger"]),
    body=WHOLE,
    which=st.integers(0, 6),
)
def test_any_body_is_taken_or_refused(people, caller, target, body, which):
    method, path = paths(people, target)[which]
    answer = people[caller].client.request(
        method, f"/api/{path}", content=json.dumps(body), headers=people[caller].headers
    )
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert list(answer.json()) == ["error_code", "error_message", "details"]


def standing(world):
    """Return who is what, and where, of everybody that there was at first."""
    with world.storage.read() as transaction:
        subjects = transaction.subjects.list_page(0, 1_000)
        return {
            subject.id: (
                json.loads(transaction.profiles.list_of(subject.id)[0].document)["user_type"],
                subject.tenant_id,
            )
            for subject in subjects
        }


@RELAXED
@given(
    caller=st.sampled_from(["CLIENT_ADMIN", "CLIENT_OPERATOR", "CLIENT", "CLIENT_SERVICE"]),
    target=st.sampled_from([*CALLERS, "stranger", "rival"]),
    profile=PROFILES,
    method=st.sampled_from(["POST", "PATCH"]),
)
def test_whatever_is_said_nobody_of_a_company_makes_anybody_reach_further(
    world, people, caller, target, profile, method
):
    before = standing(world)
    body = {
        "credentials": {"email": f"{len(before)}@new.example", "password": "sesame"},
        "profile": {"first_name": "a", "last_name": "b", "company_id": people[caller].company}
        | profile,
    }
    body = body if method == "POST" else {"profile": profile}
    path = "users/" if method == "POST" else f"users/{people[target].id}"
    people[caller].client.request(
        method, f"/api/{path}", content=json.dumps(body), headers=people[caller].headers
    )

    for subject_id, (role, tenant_id) in standing(world).items():
        was = before.get(subject_id)
        if was is not None and was[0] in {"ADMIN", "OPERATOR"}:
            assert (role, tenant_id) == was
        else:
            assert role not in {"ADMIN", "OPERATOR"}
            company = people[caller].company
            assert str(tenant_id) == company if was is None else tenant_id == was[1]


@RELAXED
@given(meta_data=st.dictionaries(TEXT, JSON, max_size=4))
def test_any_meta_data_survives(people, meta_data):
    boss = people["CLIENT_ADMIN"]
    path = f"users/{people['CLIENT'].id}/meta_data"
    answer = boss.post(path, meta_data)
    if answer.status_code == 200:
        assert answer.json() == boss.get(path).json() == meta_data
    else:
        assert answer.json()["error_code"] in {3, 4}
