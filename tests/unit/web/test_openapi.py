"""Documents made of a table: what they say of its operations, in either version of the format."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from jsonschema_rs import meta

from watchword.web.about import About, Outline, Parameter
from watchword.web.messages import Reply
from watchword.web.openapi import Handbook, describe
from watchword.web.operation import ANY_METHOD, Guarded, Lane, Open


class Settings(msgspec.Struct, frozen=True):
    generation: int = 6


class Refusal(msgspec.Struct):
    error: str


class Thing(msgspec.Struct):
    """A thing of any kind."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    size: Annotated[float, msgspec.Meta(gt=0, lt=10)]
    owner: UUID | None = None
    part: "Thing | None" = None
    either: int | str | None = None
    choice: int | str = 0
    kind: Literal["thing"] = "thing"
    rest: object = msgspec.UNSET
    tags: list[str] = []


class OldThing(msgspec.Struct):
    name: str


def shape(settings):
    return Thing if settings.generation == 6 else OldThing


def answer(*_):
    return Reply(200)


def older(settings):
    return settings.generation < 6


OPERATIONS = (
    Open("POST", "/things", answer, Lane.LOOP, about=About("Make", shape, shape, 201)),
    Guarded(
        "GET",
        "/things",
        answer,
        Lane.LOOP,
        about=About("List", gives=list[Thing], query=(Parameter("limit", "How many", int),)),
    ),
    Guarded("DELETE", "/things/{thing_id}", answer, Lane.LOOP, about=About("Drop", status=204)),
    Guarded("GET", "/things/{thing_id}/{name}", answer, Lane.LOOP, about=About("Look")),
    Open(ANY_METHOD, "/old", answer, Lane.LOOP, about=About("Old", refuses=(409,)), when=older),
    Open("GET", "/secret", answer, Lane.LOOP),
)


def outline(openapi="3.1.0"):
    return Outline(
        title="Things",
        summary="All about things.",
        openapi=openapi,
        security={"token": {"type": "apiKey", "in": "header", "name": "X-Token"}},
        refusal=Refusal,
        names={"thing_id": UUID},
    )


def document(openapi="3.1.0", generation=6):
    return describe(outline(openapi), OPERATIONS, Settings(generation))


class TestPaths:
    def test_every_described_operation_is_there_and_no_other(self):
        found = {(path, method) for path, item in document()["paths"].items() for method in item}

        assert found == {
            ("/things", "post"),
            ("/things", "get"),
            ("/things/{thing_id}", "delete"),
            ("/things/{thing_id}/{name}", "get"),
        }

    def test_what_the_settings_do_not_offer_is_left_out(self):
        assert "/old" not in document()["paths"]
        assert "/old" in document(generation=5)["paths"]

    def test_any_method_is_five(self):
        old = document(generation=5)["paths"]["/old"]

        assert set(old) == {"get", "put", "post", "delete", "patch"}
        assert {each["operationId"] for each in old.values()} == {f"{m}_old" for m in old}

    def test_names_in_paths_have_their_shapes(self):
        one, two = document()["paths"]["/things/{thing_id}/{name}"]["get"]["parameters"]

        assert one == {
            "name": "thing_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        }
        assert two["schema"] == {"type": "string"}

    def test_parameters_of_the_query_can_be_left_out(self):
        (limit,) = document()["paths"]["/things"]["get"]["parameters"]

        assert limit == {
            "name": "limit",
            "in": "query",
            "description": "How many",
            "schema": {"type": "integer"},
        }

    def test_operations_have_names_of_their_own(self):
        names = [each["operationId"] for p in document()["paths"].values() for each in p.values()]

        assert "delete_things_thing_id" in names
        assert len(set(names)) == len(names)


class TestBodies:
    def test_a_shape_is_read_from_its_type(self):
        made = document()["paths"]["/things"]["post"]
        reference = {"$ref": "#/components/schemas/Thing"}

        assert made["requestBody"] == {
            "required": True,
            "content": {"application/json": {"schema": reference}},
        }
        assert made["responses"]["201"]["content"]["application/json"]["schema"] == reference
        thing = document()["components"]["schemas"]["Thing"]
        assert thing["required"] == ["name", "size"]
        assert thing["properties"]["rest"] == {"description": "Any JSON."}

    def test_a_shape_may_depend_on_the_settings(self):
        assert "OldThing" in document(generation=5)["components"]["schemas"]
        assert "OldThing" not in document()["components"]["schemas"]

    def test_a_success_without_a_body_says_so(self):
        assert document()["paths"]["/things/{thing_id}"]["delete"]["responses"]["204"] == {
            "description": "No Content"
        }


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "method", "statuses"),
        [
            ("/things", "post", {"201", "400", "503"}),
            ("/things", "get", {"200", "400", "401", "403", "503"}),
            ("/things/{thing_id}", "delete", {"204", "400", "401", "403", "404", "503"}),
        ],
    )
    def test_they_follow_from_the_operation(self, path, method, statuses):
        assert set(document()["paths"][path][method]["responses"]) == statuses

    def test_more_can_be_added(self):
        old = document(generation=5)["paths"]["/old"]["get"]

        assert "409" in old["responses"]

    def test_all_have_the_shape_of_a_refusal(self):
        refusal = document()["paths"]["/things"]["post"]["responses"]["400"]

        assert refusal == {
            "description": "Bad Request",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
        }

    def test_only_what_is_guarded_needs_a_token(self):
        things = document()["paths"]["/things"]

        assert things["get"]["security"] == [{"token": []}]
        assert "security" not in things["post"]


class TestVersions:
    def test_schemas_are_sound(self):
        for schema in document()["components"]["schemas"].values():
            meta.validate(schema)

    def test_3_0_has_no_null(self):
        thing = document("3.0.3")["components"]["schemas"]["Thing"]["properties"]

        assert thing["owner"] == {
            "type": "string",
            "format": "uuid",
            "nullable": True,
            "default": None,
        }
        assert thing["part"] == {
            "allOf": [{"$ref": "#/components/schemas/Thing"}],
            "nullable": True,
            "default": None,
        }
        assert thing["either"]["nullable"] is True
        assert {each["type"] for each in thing["either"]["anyOf"]} == {"integer", "string"}
        assert "nullable" not in thing["choice"]

    def test_3_0_has_truth_values_for_bounds_that_are_left_out(self):
        size = document("3.0.3")["components"]["schemas"]["Thing"]["properties"]["size"]

        assert (size["minimum"], size["exclusiveMinimum"]) == (0, True)
        assert (size["maximum"], size["exclusiveMaximum"]) == (10, True)


class TestHandbook:
    def test_it_is_written_once_for_the_same_settings(self):
        book = Handbook(outline(), lambda: OPERATIONS)
        settings = Settings()

        assert book.text(settings) is book.text(settings)
        assert msgspec.json.decode(book.text(settings)) == document()
        assert b"OldThing" in book.text(Settings(5))


def test_what_msgspec_cannot_describe_is_a_mistake_of_ours():
    odd = Open("GET", "/odd", answer, Lane.LOOP, about=About("Odd", gives=complex))

    with pytest.raises((TypeError, NotImplementedError)):
        describe(outline(), [odd], Settings())
