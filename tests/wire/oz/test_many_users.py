"""Many users, many callers at once, and a server that dies in between: on a database."""

import asyncio
import json
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.elsewhere import profile_beside
from tests.support.world import World
from tests.wire.oz.people import NOT_EXIST, Person, enter, people_of, run_jobs
from tests.wire.oz.talk import PASSWORD, log_in
from watchword.core.audit import Actor
from watchword.core.errors import ForbiddenError
from watchword.core.subjects import Audience
from watchword.storage.sql import SqlStorage, migrate, open_storage

pytestmark = pytest.mark.once

MANY = 10_000
AT_ONCE = 16
ELSEWHERE = profile_beside("oz")


def open_world(path: Path, *, restarts: int = 0) -> World:
    """Open a world on a database; after a restart its tokens are not those of the first start."""
    url = f"sqlite:///{path}/watchword.db"
    migrate(url)
    world = World(storage=open_storage(url))
    for _ in range(1_000 * restarts):
        world.random(1)
    return world


def close(world: World) -> None:
    world.close()
    assert isinstance(world.storage, SqlStorage)
    world.storage.close()


@pytest.fixture
def world(tmp_path: Path) -> Generator[World]:
    world = open_world(tmp_path)
    yield world
    close(world)


async def make(world: World, token: str, number: int, company: str | None) -> tuple[int, bytes]:
    """Make one user, past any client: ten thousand times its work would be most of the time."""
    profile = {"first_name": "john", "last_name": f"{number:05}", "company_id": company}
    credentials = {"email": f"user{number}@acme.example", "password": PASSWORD}
    body = json.dumps({"credentials": credentials, "profile": profile}).encode()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {"x-forensic-access-token": token, "content-length": str(len(body))}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/users/",
        "query_string": b"",
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        "scheme": "http",
        "client": ("192.0.2.7", 1),
    }
    await world.site(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def make_many(world: World, person: Person) -> list[tuple[int, bytes]]:
    numbers = iter(range(MANY))
    answers: list[tuple[int, bytes]] = []

    async def work() -> None:
        for number in numbers:
            token = person.session["access_token"]
            answers.append(await make(world, token, number, person.company))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return answers


@pytest.mark.timeout(300)
def test_ten_thousand_users_are_made_in_one_run(world, client):
    people = people_of(world, client)

    answers = asyncio.run(make_many(world, people["CLIENT_ADMIN"]))

    assert len(answers) == MANY
    assert [answer for answer in answers if answer[0] != 201] == []
    page = people["ADMIN"].get("users/", sorting="last_name{desc}", limit=5_000).json()
    assert page["total_count"] == MANY + len(people)
    assert [each["last_name"] for each in page["items"][:2]] == ["09999", "09998"]
    assert log_in(client, f"user{MANY - 1}@acme.example").status_code == 200


@pytest.mark.parametrize("how", ["demote", "deactivate", "remove"])
def test_however_many_administrators_fall_upon_each_other_one_stays(world, client, how):
    emails = [f"root{number}@acme.example" for number in range(6)]
    for email in emails:
        world.add(email, profiles={"oz": {"user_type": "ADMIN"}}, password=PASSWORD)
    admins = [enter(client, email) for email in emails]
    acts = {
        "demote": lambda by, whom: by.edit(whom.id, user_type="OPERATOR"),
        "deactivate": lambda by, whom: by.edit(whom.id, is_active=False),
        "remove": lambda by, whom: by.delete(f"users/{whom.id}"),
    }
    start = threading.Barrier(len(admins))
    statuses: list[int] = []

    def fight(by: Person) -> None:
        start.wait()
        others = [each for each in admins if each is not by]
        statuses.extend(acts[how](by, each).status_code for each in others)

    threads = [threading.Thread(target=fight, args=(by,)) for by in admins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(statuses) <= {200, 204, 401, 403, 404}
    sessions = [log_in(client, email) for email in emails]
    roles = [each.json()["user"]["user_type"] for each in sessions if each.status_code == 200]
    assert "ADMIN" in roles


WAYS = {
    "off": lambda directory, subject, by: directory.set_active(subject.id, active=False, by=by),
    "away": lambda directory, subject, by: directory.remove_subject(subject.id, by=by),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_last_one_stays_whichever_door_it_is_asked_for_at(world, client, way):
    profiles = {"oz": {"user_type": "ADMIN"}, **ELSEWHERE}
    root = world.add("root@acme.example", profiles=profiles, password=PASSWORD)
    by = Actor(root.id, "somebody", Audience(next(iter(ELSEWHERE))), "")

    with pytest.raises(ForbiddenError):
        WAYS[way](world.core.directory, root, by)

    assert enter(client, "root@acme.example").shows() == 200


def test_a_removal_goes_on_after_a_restart(tmp_path):
    world = open_world(tmp_path)
    with world.client() as client:
        people = people_of(world, client)
        company = people["CLIENT"].company
        assert people["ADMIN"].delete(f"companies/{company}").status_code == 204
    close(world)

    world = open_world(tmp_path, restarts=1)
    with world.client() as client:
        assert log_in(client, people["CLIENT"].email).status_code == 403
        admin = Person(client, people["ADMIN"].session)
        assert admin.get(f"companies/{company}").json()["in_deletion"] is True
        run_jobs(world)
        assert log_in(client, people["CLIENT"].email).status_code == 401
        assert admin.get(f"companies/{company}").json() == NOT_EXIST
        assert admin.get(f"users/{people['CLIENT'].id}").json() == NOT_EXIST
    close(world)


def test_a_removal_that_was_cut_off_is_done_by_whoever_comes_next(tmp_path):
    world = open_world(tmp_path)
    with world.client() as client:
        people = people_of(world, client)
        company = people["CLIENT"].company
        people["ADMIN"].delete(f"companies/{company}")
        take_and_die(world)
    close(world)

    world = open_world(tmp_path, restarts=1)
    with world.client() as client:
        assert run_jobs(world) == []
        world.clock.advance(minutes=6)
        run_jobs(world)
        admin = enter(client, people["ADMIN"].email)
        assert admin.get(f"companies/{company}").json() == NOT_EXIST
    close(world)


def take_and_die(world: World) -> None:
    """Take the job as a worker does, do a part of it, and never say that it is done."""
    died = RuntimeError("killed")

    def die(_document: bytes) -> None:
        raise SystemExit from died

    with pytest.raises(SystemExit):
        world.core.errands.run_next({"oz.purge-company": die})


@pytest.fixture
def client(world: World) -> Generator[TestClient]:
    with world.client() as client:
        yield client
