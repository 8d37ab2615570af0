"""The matrix of rights over the wire: every role calls, and is let through as its cell says (6.3).

Each cell is tried on oneself, on a colleague, on a stranger of another company and on nobody.
"""

import itertools
import sys

import pytest

from tests.wire.oz.people import FORBIDDEN, NOBODY, ROLES, people_of

NAME = {"profile": {"first_name": "x"}}
STATE = {"profile": {"is_active": True}}
PASSWORD = {"credentials": {"password": "another horse"}}

# What is called, and how far each role gets. Nobody removes itself, which the contract's own matrix
# does not tell of.
CALLS = {
    "company read": lambda p, _user, company: p.get(f"companies/{company}"),
    "company update": lambda p, _user, company: p.patch(f"companies/{company}", {"name": "x"}),
    "company meta data": lambda p, _user, company: p.post(f"companies/{company}/meta_data", {}),
    "company delete": lambda p, _user, company: p.delete(f"companies/{company}"),
    "user read": lambda p, user, _company: p.get(f"users/{user}"),
    "user meta data read": lambda p, user, _company: p.get(f"users/{user}/meta_data"),
    "user names": lambda p, user, _company: p.patch(f"users/{user}", NAME),
    "user update": lambda p, user, _company: p.patch(f"users/{user}", STATE),
    "user meta data": lambda p, user, _company: p.post(f"users/{user}/meta_data", {}),
    "user password": lambda p, user, _company: p.patch(f"users/{user}", PASSWORD),
    "user delete": lambda p, user, _company: p.delete(f"users/{user}"),
    "user create": lambda p, _user, company: p.make(f"{company}@new.example", company_id=company),
    "company create": lambda p, _user, _company: p.post("companies/", {"name": "x"}),
    "collection create": lambda p, _user, company: p.post(
        "collections/", {"alias": "x", "company_id": company}
    ),
}
TABLE = """
                     ADMIN  OPERATOR  CLIENT_ADMIN  CLIENT_OPERATOR  CLIENT   CLIENT_SERVICE
company create       all    -         -             -                -        -
company read         all    all       own-co.       own-co.          own-co.  own-co.
company update       all    -         own-co.       -                -        -
company meta data    all    -         own-co.       -                -        -
company delete       all    -         -             -                -        -
user create          all    -         own-co.       -                -        -
user read            all    all       own-co.       own-co.          self     self
user meta data read  all    all       own-co.       own-co.          self     self
user names           all    -         own-co.       -                self     -
user update          all    -         own-co.       -                -        -
user meta data       all    -         own-co.       -                -        -
user password        all    self      own-co.       self             self     self
user delete          others -         own-others    -                -        -
collection create    all    -         own-co.       -                -        -
"""
TARGETS = {
    "-": set(),
    "self": {"self"},
    "own-co.": {"self", "colleague"},
    "own-others": {"colleague"},
    "others": {"colleague", "stranger"},
    "all": {"self", "colleague", "stranger"},
}
COMPANY_CALLS = {name for name in CALLS if name.startswith("company ")} | {
    "user create",
    "collection create",
}


def cells():
    lines = TABLE.strip("\n").splitlines()
    roles = lines[0].split()
    for line in lines[1:]:
        for role, cell in zip(roles, line[20:].split(), strict=True):
            yield line[:20].strip(), role, cell


@pytest.fixture
def people(world, client):
    return people_of(world, client)


@pytest.mark.parametrize(("call", "role", "cell"), list(cells()))
def test_a_role_gets_as_far_as_its_cell_says(people, call, role, cell):
    caller, stranger = people[role], people["stranger"]
    colleague = people["CLIENT_OPERATOR" if role == "CLIENT" else "CLIENT"]
    targets = {"self": caller, "colleague": colleague, "stranger": stranger}
    reached = TARGETS[cell]
    if call in COMPANY_CALLS:
        # One's own company is the colleague's. Who has none is measured by the stranger's alone.
        reached = reached - {"self"}
        targets.pop("self")
    # Whatever is removed or changed comes last, or it would answer for what follows.
    for name in sorted(targets, key=["stranger", "colleague", "self"].index):
        target = targets[name]
        company = target.company or colleague.company
        answer = CALLS[call](caller, target.id, company)
        assert (answer.status_code < 300) == (name in reached), (name, answer.text)
        if name not in reached:
            unknown = CALLS[call](caller, NOBODY, NOBODY)
            if name == "stranger" and call != "company create":
                assert answer.content == unknown.content
            assert answer.status_code in {403, 404}
            assert answer.status_code == 404 or answer.json() == FORBIDDEN


def test_every_cell_is_tried(capsys):
    with capsys.disabled():
        sys.stdout.write(TABLE)
    tried = {(call, role) for call, role, _ in cells()}
    assert tried == set(itertools.product(CALLS, ROLES))
