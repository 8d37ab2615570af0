"""A company with everybody in it, another one beside it, and their calls."""

from collections.abc import Mapping
from typing import Any, Final

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.oz.talk import PASSWORD, TOKEN, log_in
from watchword.bootstrap import build_works
from watchword.core.errands import Outcome

__all__ = ["FORBIDDEN", "NOBODY", "NOT_EXIST", "ROLES", "Person", "enter", "people_of", "run_jobs"]

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
NOT_EXIST: Final = {"error_code": 10, "error_message": "Object not exist", "details": None}
FORBIDDEN: Final = {
    "error_code": 9,
    "error_message": "You have not access to this resource",
    "details": None,
}
ROLES: Final = (
    "ADMIN",
    "OPERATOR",
    "CLIENT_ADMIN",
    "CLIENT_OPERATOR",
    "CLIENT",
    "CLIENT_SERVICE",
)


class Person:
    """Somebody who has logged in, and what it can call."""

    def __init__(self, client: TestClient, session: Mapping[str, Any]) -> None:
        self.client = client
        self.session = session
        self.id: str = session["user_id"]
        self.company: str | None = session["user"]["company_id"]
        self.email: str = session["user"]["email"]
        self.headers = {TOKEN: session["access_token"]}

    def get(self, path: str, **query: Any) -> Response:
        return self.client.get(f"/api/{path}", params=query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Response:
        return self.client.post(f"/api/{path}", json=body, headers=self.headers)

    def patch(self, path: str, body: Any) -> Response:
        return self.client.patch(f"/api/{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> Response:
        return self.client.delete(f"/api/{path}", headers=self.headers)

    def make(
        self, email: str = "new@acme.example", password: str = PASSWORD, **profile: Any
    ) -> Any:
        """Make a user of one's own company, but for what is said."""
        names = {"first_name": "john", "last_name": "doe", "company_id": self.company}
        body = {
            "credentials": {"email": email, "password": password},
            "profile": {**names, **profile},
        }
        return self.post("users/", body)

    def edit(self, user_id: str, /, **profile: Any) -> Response:
        """Change a user's profile."""
        return self.patch(f"users/{user_id}", {"profile": profile})

    def shows(self) -> int:
        """Return the status of asking who one is: 200 as long as the token lives."""
        return self.get(f"users/{self.id}").status_code


def enter(client: TestClient, email: str, password: str = PASSWORD) -> Person:
    """Log in."""
    answer = log_in(client, email, password)
    assert answer.status_code == 200, answer.text
    return Person(client, answer.json())


def people_of(world: World, client: TestClient) -> dict[str, Person]:
    """Return one user of each role in one company, by role, and two of another company."""
    for role in ROLES:
        email, tenant = f"{role.lower()}@acme.example", "Acme Bank"
        placed = None if role in {"ADMIN", "OPERATOR"} else tenant
        world.add(email, tenant=placed, profiles={"oz": {"user_type": role}}, password=PASSWORD)
    for role in ("CLIENT", "CLIENT_ADMIN"):
        email = f"{role.lower()}@other.example"
        profiles = {"oz": {"user_type": role}}
        world.add(email, tenant="Other Bank", profiles=profiles, password=PASSWORD)
    people = {role: enter(client, f"{role.lower()}@acme.example") for role in ROLES}
    people["stranger"] = enter(client, "client@other.example")
    people["rival"] = enter(client, "client_admin@other.example")
    return people


def run_jobs(world: World, most: int = 100) -> list[Outcome]:
    """Do what is due, as the server does in the background."""
    works = build_works(world.core, world.opened)
    done: list[Outcome] = []
    while len(done) < most:
        outcome = world.core.errands.run_next(works)
        if outcome is None:
            return done
        assert outcome.error is None, outcome.error
        done.append(outcome)
    return done
