"""Finding operations: exact paths, names, slashes, case, methods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.web.errors import MethodNotAllowedError, RouteUnknownError
from watchword.web.messages import Reply
from watchword.web.operation import ANY_METHOD, Lane, Open, PathRules
from watchword.web.routes import RouteTable


def operation(method, path):
    return Open(method, path, lambda _desk, _request: Reply(204), Lane.LOOP)


TABLE = [
    operation("GET", "/api/users"),
    operation("POST", "/api/users"),
    operation("GET", "/api/users/{id}"),
    operation("DELETE", "/api/users/{name}"),
    operation("GET", "/api/users/me"),
    operation("GET", "/api/users/{id}/photos/{photo}"),
    operation(ANY_METHOD, "/api/any"),
]


def table(**rules):
    return RouteTable(PathRules("/api/", **rules), TABLE)


@pytest.mark.parametrize(
    ("method", "path", "found", "parameters"),
    [
        ("GET", "/api/users", "/api/users", {}),
        ("GET", "/api/users/", "/api/users", {}),
        ("HEAD", "/api/users", "/api/users", {}),
        ("GET", "/api/users/7", "/api/users/{id}", {"id": "7"}),
        ("GET", "/api/users/7/", "/api/users/{id}", {"id": "7"}),
        ("DELETE", "/api/users/7", "/api/users/{name}", {"name": "7"}),
        ("GET", "/api/users/{id}", "/api/users/{id}", {"id": "{id}"}),
        ("GET", "/api/users/me", "/api/users/me", {}),
        ("GET", "/api/users/ME", "/api/users/{id}", {"id": "ME"}),
        (
            "GET",
            "/api/users/7/photos/\u00e9",
            "/api/users/{id}/photos/{photo}",
            {"id": "7", "photo": "\u00e9"},
        ),
        ("BREW", "/api/any", "/api/any", {}),
        ("HEAD", "/api/any", "/api/any", {}),
    ],
)
def test_an_operation_is_found_with_what_its_names_stand_for(method, path, found, parameters):
    answer = table().find(method, path)

    assert answer.operation.path == found
    assert answer.parameters == parameters


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api",
        "/",
        "",
        "api/users",
        "//api/users",
        "/api//users",
        "/api/users//",
        "/api/users//photos/1",
        "/api/users/7/photos",
        "/api/users/7/photos/1/2",
        "/API/users",
        "/api/users/../users",
        "/api/users/me/photos/1",
    ],
)
def test_no_other_path_is_known(path):
    with pytest.raises(RouteUnknownError):
        table().find("GET", path)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/users", ("GET", "POST")),
        ("POST", "/api/users/7", ("DELETE", "GET")),
        ("DELETE", "/api/users/me", ("GET",)),
    ],
)
def test_another_method_is_told_which_there_are(method, path, allowed):
    with pytest.raises(MethodNotAllowedError) as refused:
        table().find(method, path)

    assert refused.value.allowed == allowed


def test_where_a_slash_counts_it_counts():
    strict = RouteTable(
        PathRules("/api/", slash_optional=False),
        [operation("GET", "/api/users/"), operation("GET", "/api/users/{id}/")],
    )

    assert strict.find("GET", "/api/users/").parameters == {}
    assert strict.find("GET", "/api/users/7/").parameters == {"id": "7"}
    for path in ("/api/users", "/api/users/7"):
        with pytest.raises(RouteUnknownError):
            strict.find("GET", path)


def test_where_case_means_nothing_names_keep_theirs():
    folding = table(fold_case=True)

    assert folding.find("GET", "/API/Users/Ab").parameters == {"id": "Ab"}
    assert folding.find("GET", "/Api/USERS/Me").operation.path == "/api/users/me"


@pytest.mark.parametrize(
    ("rules", "path", "claimed"),
    [
        ({}, "/api/nothing", True),
        ({}, "/api/", True),
        ({}, "/api", False),
        ({}, "/API/users", False),
        ({"fold_case": True}, "/API/users", True),
        ({}, "/other/api/", False),
        ({"beside": frozenset({"/.well-known/api"})}, "/.well-known/api", True),
        ({"beside": frozenset({"/.well-known/api"})}, "/.well-known/api/more", False),
    ],
)
def test_a_door_claims_what_lies_below_its_prefix_and_single_paths_beside_it(rules, path, claimed):
    assert table(**rules).claims(path) is claimed


def test_two_operations_cannot_share_a_method_and_a_path():
    with pytest.raises(ValueError, match=r"two operations for GET /api/users/\{other\}"):
        RouteTable(PathRules("/api/"), [*TABLE, operation("GET", "/api/users/{other}")])


@given(st.text(), st.booleans(), st.booleans())
def test_no_path_makes_looking_fail_in_another_way(path, fold_case, slash_optional):
    routes = table(fold_case=fold_case, slash_optional=slash_optional)

    for each in (path, f"/api/users/{path}"):
        try:
            found = routes.find("GET", each)
        except RouteUnknownError:
            continue
        assert found.operation in TABLE
