"""``GET /api/openapi.json`` says what is so: schemathesis calls every operation by it.

Requests that fit the document must be taken, requests that do not must be refused, and every answer
must have a status and a shape that the document gives.
"""

from collections.abc import Generator, Iterator
from typing import Any, Final, Literal

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema_rs import meta
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.support.world import World
from tests.wire.oz.talk import TOKEN, log_in
from watchword.dialects.oz import DIALECT

pytestmark = pytest.mark.once

GENERATIONS: Final[tuple[Literal[5, 6], ...]] = (5, 6)
EXAMPLES = 25
EXISTS = 13
NO_CONTAINER = 14
POSITIVE = schemathesis.GenerationMode.POSITIVE


def open_world(generation: int) -> World:
    """Return a world with an administrator that no test can lock out."""
    world = World({"oz": {"api_version": generation}})
    world.add("root@acme.example", profiles={"oz": {"user_type": "ADMIN"}})
    return world


@pytest.fixture(scope="module")
def apis() -> Generator[dict[Literal[5, 6], Any]]:
    """Yield the interface in each generation, as schemathesis read it from the server itself."""
    worlds, loaded = [], {}
    for generation in GENERATIONS:
        world = open_world(generation)
        worlds.append(world)
        loaded[generation] = schemathesis.openapi.from_asgi("/api/openapi.json", world.site)
        with world.client() as client:
            token = log_in(client, "root@acme.example").json()["access_token"]
        loaded[generation].config.update(headers={TOKEN: token})
    yield loaded
    for world in worlds:
        world.close()


def cases() -> Iterator[Any]:
    """Yield every operation that is offered, in both modes where anything can be wrong with it."""
    for generation in GENERATIONS:
        offered = DIALECT.settings(api_version=generation)
        for each in DIALECT.operations:
            if each.about is None or not each.about.shown or not each.when(offered):
                continue
            fallible = "{" in each.path or each.about.takes is not None or each.about.query
            for mode in schemathesis.GenerationMode if fallible else [POSITIVE]:
                name = f"{each.method} {each.path} {generation} {mode.value}"
                yield pytest.param(generation, each.method, each.path, mode, id=name)


@pytest.mark.parametrize(("generation", "method", "path", "mode"), list(cases()))
def test_every_operation_is_as_described(apis, generation, method, path, mode):
    operation = apis[generation][path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def call(case):
        answer = case.call()
        # What is valid by itself may still clash with what an earlier example has left behind; and
        # that a picture is no container is more than a schema of bytes can say.
        untold = answer.status_code == 400 and answer.json()["error_code"] in {EXISTS, NO_CONTAINER}
        case.validate_response(answer, excluded_checks=[positive_data_acceptance] * untold)

    call()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_operation_is_described(generation):
    world = open_world(generation)
    with world.client() as client:
        document = client.get("/api/openapi.json").json()
    world.close()

    told = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    offered = {
        (each.method, each.path)
        for each in DIALECT.operations
        if each.about is not None and each.about.shown and each.when(world.opened["oz"].settings)
    }
    assert told == offered


@pytest.mark.parametrize(("generation", "told"), [(5, False), (6, True)])
def test_a_folder_may_come_as_a_container_in_the_newer_generation(generation, told):
    world = open_world(generation)
    with world.client() as client:
        document = client.get("/api/openapi.json").json()
    world.close()

    bodies = document["paths"]["/api/folders"]["post"]["requestBody"]["content"]
    assert ("application/octet-stream" in bodies) is told


@pytest.mark.parametrize("generation", GENERATIONS)
def test_its_schemas_are_sound(generation):
    world = open_world(generation)
    with world.client() as client:
        answer = client.get("/api/openapi.json")
    world.close()

    document = answer.json()
    assert answer.headers["content-type"] == "application/json; charset=utf8"
    assert document["openapi"] == "3.1.0"
    for found in document["components"]["schemas"].values():
        meta.validate(found)
