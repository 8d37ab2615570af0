"""Documents made of a table: what they say of its operations, in either version of the format."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
import yaml
from jsonschema_rs import meta

from watchword.web.about import About, Outline, Parameter
from watchword.web.handbook import Handbook
from watchword.web.messages import Reply
from watchword.web.openapi import describe
from watchword.web.operation import ANY_METHOD, Guarded, Lane, Open


class Settings(msgspec.Struct, frozen=True):
    generation: int = 6


class Refusal(msgspec.Struct):
    error: str


class Denial(msgspec.Struct):
    lacking: str


class Thing(msgspec.Struct):
    """A thing of any kind (seed 001). *Observed* in the wild.

    This is for those who read the code.
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    size: Annotated[float, msgspec.Meta(gt=0, lt=10)]
    owner: UUID | None = None
    part: "Thing | None" = None
    either: int | str | None = None
    choice: int | str = 0
    kind: Literal["thing"] = "thing"
    sizes: Literal[1, 2] = 1
    colour: Literal["red", "blue"] | None = None
    rest: object = msgspec.UNSET
    tags: list[str] = []


class Optional(msgspec.Struct):
    name: str = ""


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


def outline(openapi="3.1.0", **more):
    return Outline(
        title="Things",
        summary="All about things.",
        openapi=openapi,
        security={"token": {"type": "apiKey", "in": "header", "name": "X-Token"}},
        refusal=Refusal,
        names={"thing_id": UUID},
        **more,
    )


def document(openapi="3.1.0", generation=6):
    return describe(outline(openapi), OPERATIONS, Settings(generation))


SCHEMES = {
    "token": {"type": "apiKey", "in": "header", "name": "X-Token"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "token"},
}


def told(about, *, guarded=False, **more):
    """Return what a document says of one operation."""
    kind = Guarded if guarded else Open
    operation = kind("GET", "/things", answer, Lane.LOOP, about=about)
    paths = describe(outline(**more), [operation], Settings())["paths"]
    return paths["/things"]["get"]


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

    def test_an_operation_may_have_another_shape_for_a_name(self):
        about = About("Look", names={"thing_id": int})
        operation = Open("GET", "/parts/{thing_id}", answer, Lane.LOOP, about=about)

        paths = describe(outline(), [operation], Settings())["paths"]

        (one,) = paths["/parts/{thing_id}"]["get"]["parameters"]
        assert one["schema"] == {"type": "integer"}

    def test_parameters_of_the_query_can_be_left_out(self):
        (limit,) = document()["paths"]["/things"]["get"]["parameters"]

        assert limit == {
            "name": "limit",
            "in": "query",
            "description": "How many",
            "schema": {"type": "integer"},
        }

    def test_what_is_not_to_be_shown_is_left_out(self):
        page = Open("GET", "/page", answer, Lane.LOOP, about=About("Show", shown=False))

        assert describe(outline(), [page], Settings())["paths"] == {}

    @pytest.mark.parametrize(
        ("paths", "groups"),
        [
            (["/things", "/things/{thing_id}/", "/parts/"], ["things", "things", "parts"]),
            (["/api/things", "/api/parts/{name}"], ["things", "parts"]),
            (["/api/things", "/api/openapi.json"], ["things", "openapi"]),
            (["/api/things"], ["things"]),
        ],
    )
    def test_they_are_grouped_by_what_stands_behind_what_all_share(self, paths, groups):
        table = [Open("GET", path, answer, Lane.LOOP, about=About("Look")) for path in paths]

        found = describe(outline(), table, Settings())["paths"]

        assert [found[path]["get"]["tags"] for path in paths] == [[group] for group in groups]

    def test_a_parameter_of_the_query_may_be_required(self):
        (limit,) = told(About("List", query=(Parameter("limit", "How many", required=True),)))[
            "parameters"
        ]

        assert limit["required"] is True

    def test_a_parameter_of_the_query_may_be_a_document(self):
        wanted = Parameter("wanted", "What", Thing, media="application/json")

        (found,) = told(About("Search", query=(wanted,)))["parameters"]

        schema = {"$ref": "#/components/schemas/Thing"}
        assert found["content"] == {"application/json": {"schema": schema}}
        assert "schema" not in found

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

    def test_the_values_of_an_enumeration_have_a_type(self):
        thing = document()["components"]["schemas"]["Thing"]["properties"]

        assert thing["kind"]["type"] == "string"
        assert thing["sizes"]["type"] == "integer"

    def test_a_shape_is_told_in_the_first_paragraph_of_its_docstring(self):
        thing = document()["components"]["schemas"]["Thing"]

        assert thing["description"] == "A thing of any kind."

    @pytest.mark.parametrize(
        ("docstring", "told"),
        [
            ("One `thing`. *Documented* (wire contract 2.4).", "One `thing`."),
            ("The ``body`` of a login (seed 003).", "The `body` of a login."),
            ("A thing (*chosen*: nobody knows, 7).", "A thing."),
            ("A thing. Its keys are *observed*. It has a name.", "A thing. It has a name."),
            ("A thing (or two) of a kind.", "A thing (or two) of a kind."),
        ],
    )
    def test_where_a_shape_comes_from_is_for_those_who_read_the_code(self, docstring, told):
        shape = msgspec.defstruct("Shape", ["name"], namespace={"__doc__": docstring})
        operation = Open("GET", "/", answer, Lane.LOOP, about=About("Look", gives=shape))

        made = describe(outline(), [operation], Settings())

        assert made["components"]["schemas"]["Shape"]["description"] == told

    def test_an_example_stands_beside_the_shape(self):
        content = told(About("Make", Thing, example={"name": "nut"}))["requestBody"]["content"]

        assert content["application/json"]["examples"] == {"example": {"value": {"name": "nut"}}}

    def test_a_body_may_come_unread_beside(self):
        about = About("Make", Thing, unread=("application/octet-stream",))
        content = told(about)["requestBody"]["content"]

        assert list(content) == ["application/json", "application/octet-stream"]
        unread = content["application/octet-stream"]
        assert unread == {"schema": {"type": "string", "format": "binary"}}

    def test_an_answer_may_come_in_several_types(self):
        content = told(About("Give", gives=str, answers=("text/plain", "text/html")))

        assert content["responses"]["200"]["content"] == {
            "text/plain": {"schema": {"type": "string"}},
            "text/html": {"schema": {"type": "string"}},
        }

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
            ("/things", "post", {"201", "400", "429", "503"}),
            ("/things", "get", {"200", "400", "401", "403", "429", "503"}),
            ("/things/{thing_id}", "delete", {"204", "400", "401", "403", "404", "429", "503"}),
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

    def test_a_status_may_have_a_shape_of_its_own(self):
        answers = told(About("Look"), guarded=True, refusals={403: Denial})["responses"]
        shapes = {
            status: answers[status]["content"]["application/json"]["schema"]["$ref"]
            for status in ("401", "403")
        }

        assert shapes == {
            "401": "#/components/schemas/Refusal",
            "403": "#/components/schemas/Denial",
        }

    def test_an_operation_may_refuse_in_a_shape_of_its_own(self):
        found = told(About("Look", refusal=Denial))["responses"]["400"]["content"]

        assert found["application/json"]["schema"] == {"$ref": "#/components/schemas/Denial"}

    def test_only_what_is_guarded_needs_a_token(self):
        things = document()["paths"]["/things"]

        assert things["get"]["security"] == [{"token": []}]
        assert "security" not in things["post"]


class TestSecurity:
    def outlined(self, about, *, guarded=True, guards=()):
        named = Outline("Things", "", "3.1.0", SCHEMES, Refusal, guards=guards)
        kind = Guarded if guarded else Open
        operation = kind("GET", "/things", answer, Lane.LOOP, about=about)
        return describe(named, [operation], Settings())["paths"]["/things"]["get"]

    def test_of_several_schemes_any_is_enough(self):
        assert self.outlined(About("Look"))["security"] == [{"token": []}, {"cookie": []}]

    def test_an_outline_may_name_those_that_guard(self):
        assert self.outlined(About("Look"), guards=("cookie",))["security"] == [{"cookie": []}]

    def test_an_operation_may_have_schemes_of_its_own(self):
        login = self.outlined(About("Log in", security=("token",)), guarded=False)

        assert login["security"] == [{"token": []}]

    def test_an_empty_name_is_no_scheme_at_all(self):
        found = self.outlined(About("Look", security=("token", "")), guarded=False)

        assert found["security"] == [{"token": []}, {}]


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
        assert (thing["colour"]["type"], thing["colour"]["nullable"]) == ("string", True)
        assert thing["colour"]["enum"] == ["blue", "red", None]
        assert "nullable" not in thing["choice"]

    def test_3_0_names_what_is_required_or_has_no_such_list(self):
        made = describe(
            outline("3.0.3"),
            [Open("GET", "/", answer, Lane.LOOP, about=About("Look", gives=Optional))],
            Settings(),
        )

        assert "required" not in made["components"]["schemas"]["Optional"]
        assert made["components"]["schemas"]["Refusal"]["required"] == ["error"]

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

    def test_it_can_be_had_in_yaml(self):
        book = Handbook(outline(), lambda: OPERATIONS)

        assert yaml.safe_load(book.yaml(Settings())) == document()


def test_what_msgspec_cannot_describe_is_a_mistake_of_ours():
    odd = Open("GET", "/odd", answer, Lane.LOOP, about=About("Odd", gives=complex))

    with pytest.raises((TypeError, NotImplementedError)):
        describe(outline(), [odd], Settings())
