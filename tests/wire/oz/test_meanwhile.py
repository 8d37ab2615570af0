"""What was looked at may have changed when it is stored: then the later state decides."""

import pytest

from tests.support.elsewhere import profile_beside
from tests.support.storages import WatchedStorage
from tests.support.world import World
from tests.wire.oz.people import FORBIDDEN, NOT_EXIST, people_of
from tests.wire.oz.talk import PASSWORD
from watchword.core.subjects import Audience
from watchword.storage.memory import MemoryStorage

OZ = Audience("oz")
SHARED = {"oz": {"user_type": "CLIENT"}, **profile_beside("oz")}


@pytest.fixture
def world():
    world = World(storage=WatchedStorage(MemoryStorage()))
    yield world
    world.close()


@pytest.fixture
def people(world, client):
    people = people_of(world, client)
    for person in people.values():
        person.shows()
    return people


@pytest.fixture
def meanwhile(world):
    """Return how to have something done between the next look and what follows from it."""

    def arrange(act):
        def seen(event):
            if event == "read":
                world.storage.seen = lambda _event: None
                act()

        world.storage.seen = seen

    return arrange


def profiles(role, **more):
    return {"oz": {"user_type": role, **more}}


def put(world, email, tenant, **draft):
    world.add(email, tenant=tenant, password=PASSWORD, **draft)


class TestMoved:
    """A user that was the administrator's is another company's by the time of the change."""

    @pytest.fixture(autouse=True)
    def _moved(self, world, meanwhile, people):
        email = people["CLIENT"].email
        meanwhile(lambda: put(world, email, "Other Bank", profiles=profiles("CLIENT")))

    @pytest.mark.parametrize(
        "call",
        [
            lambda p, path: p.patch(path, {"profile": {"first_name": "x"}}),
            lambda p, path: p.patch(path, {"credentials": {"password": "another horse"}}),
            lambda p, path: p.delete(path),
            lambda p, path: p.post(f"{path}/meta_data", {"a": 1}),
        ],
        ids=["names", "password", "removal", "meta data"],
    )
    def test_it_is_out_of_reach(self, people, call):
        path = f"users/{people['CLIENT'].id}"
        answer = call(people["CLIENT_ADMIN"], path)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
        shown = people["rival"].get(path).json()
        assert (shown["first_name"], shown["meta_data"]) == ("", {})


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_who_has_lost_its_profile_here_is_not_there(world, client, meanwhile, method):
    people = people_of(world, client)
    put(world, people["CLIENT"].email, "Acme Bank", profiles=SHARED)
    subject = world.core.access.principal(people["CLIENT"].session["access_token"], OZ).subject
    meanwhile(lambda: world.core.directory.remove_profile(subject.id, OZ))
    path = f"users/{people['CLIENT'].id}"
    admin = people["ADMIN"]
    admin.shows()
    answer = admin.delete(path) if method == "delete" else admin.patch(path, {"profile": {}})
    assert (answer.status_code, answer.json()) == (404, NOT_EXIST)


def test_who_has_become_an_administrator_is_out_of_reach(world, people, meanwhile):
    client = people["CLIENT"]
    meanwhile(lambda: put(world, client.email, "Acme Bank", profiles=profiles("ADMIN")))
    answer = people["CLIENT_ADMIN"].edit(client.id, user_type="CLIENT")
    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


@pytest.mark.parametrize("method", ["patch", "delete", "post"])
def test_a_company_that_has_gone_is_not_there(world, people, meanwhile, method):
    admin, company = people["ADMIN"], people["CLIENT"].company
    with world.storage.read() as transaction:
        tenant = transaction.tenants.find_by_name("Acme Bank")
    meanwhile(lambda: world.core.tenancy.remove_tenant(tenant.id))
    calls = {
        "patch": lambda: admin.patch(f"companies/{company}", {"name": "x"}),
        "delete": lambda: admin.delete(f"companies/{company}"),
        "post": lambda: admin.post(f"companies/{company}/meta_data", {"a": 1}),
    }
    answer = calls[method]()
    assert (answer.status_code, answer.json()) == (404, NOT_EXIST)
    with world.storage.read() as transaction:
        assert transaction.documents.list_of(OZ, "company") == []
