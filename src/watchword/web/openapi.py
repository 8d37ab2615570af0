"""OpenAPI documents, made of a dialect's table of operations and its schemas.

Nothing is written by hand twice: paths and methods are the table's, shapes are msgspec's reading of
the types that answers are encoded from.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from posixpath import commonpath, dirname
from types import FunctionType
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

import msgspec

from watchword.web.about import About, Outline
from watchword.web.operation import ANY_METHOD, Guarded, Operation

__all__ = ["describe"]

S = TypeVar("S")
Json: TypeAlias = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{name}"
PATH_NAME: Final = re.compile(r"\{(\w+)\}")
BINARY: Final[Json] = {"type": "string", "format": "binary"}
BY_ITSELF: Final = (400, 429, 503)
"""Whatever is called: a request may be odd, or one too many, and a storage may be away."""
MARK: Final = r"\*(?:documented|observed|inferred|chosen)\*"
SOURCES: Final = (
    re.compile(rf" \([^)]*(?:\bseed \d|\bwire contract\b|{MARK})[^)]*\)", re.IGNORECASE),
    re.compile(rf" [^.]*{MARK}.*?\.(?=\s|$)", re.IGNORECASE),
)
"""Where a fact comes from, as docstrings of shapes have it."""
NAMES_OF_TYPES: Final[Mapping[type, str]] = {str: "string", int: "integer"}
"""Of the values that an enumeration can have."""
METHODS: Final = ("get", "put", "post", "delete", "patch")
"""What stands for any method."""


def describe(outline: Outline, operations: Iterable[Operation[S]], settings: S) -> Json:
    """Return the document of those operations that these settings offer and that are shown."""
    told = [
        (operation, operation.about)
        for operation in operations
        if operation.about is not None and operation.about.shown and operation.when(settings)
    ]
    shapes = _Shapes(settings, outline)
    for _, about in told:
        shapes.add(about.takes, about.gives, about.refusal)
        shapes.add(*about.names.values(), *(each.shape for each in about.query))
    shapes.add(outline.refusal, *outline.refusals.values(), *outline.names.values())
    shapes.read()
    return _document(outline, told, shapes)


def _document(
    outline: Outline, told: Sequence[tuple[Operation[S], About]], shapes: "_Shapes[S]"
) -> Json:
    paths: dict[str, Json] = {}
    parents = [dirname(operation.path.rstrip("/")) for operation, _ in told]
    shared = commonpath(parents) if told else ""
    for operation, about in told:
        for method in METHODS if operation.method == ANY_METHOD else (operation.method.lower(),):
            told_of = _operation(operation, about, shapes)
            told_of["operationId"] = _name(method, operation.path)
            told_of["tags"] = [_group(operation.path, shared)]
            paths.setdefault(operation.path, {})[method] = told_of
    info = {"title": outline.title, "description": outline.summary, "version": outline.version}
    document: Json = {
        "openapi": outline.openapi,
        "info": info,
        "paths": paths,
        "components": {"schemas": shapes.components, "securitySchemes": dict(outline.security)},
    }
    return cast("Json", _to_3_0(document)) if outline.openapi.startswith("3.0") else document


@dataclass(slots=True)
class _Shapes(Generic[S]):
    """The shapes of one document. They are read together, so that one name stands for one type."""

    settings: S
    outline: Outline
    components: dict[str, Json] = field(default_factory=dict[str, Json])
    _types: list[object] = field(default_factory=list[object])
    _read: list[Json] = field(default_factory=list[Json])

    def add(self, *shapes: object) -> None:
        """Take shapes in."""
        for shape in shapes:
            found = self._type(shape)
            if found is not None and found not in self._types:
                self._types.append(found)

    def read(self) -> None:
        """Read what was taken in."""
        read, self.components = msgspec.json.schema_components(
            self._types, schema_hook=_anything, ref_template=REFERENCE
        )
        self._read = cast("list[Json]", _typed(list(read)))
        self.components = cast("dict[str, Json]", _typed(self.components))
        for component in self.components.values():
            _shorten(component)

    def schema(self, shape: object) -> Json:
        """Return the schema of a shape that was taken in."""
        return self._read[self._types.index(self._type(shape))]

    def _type(self, shape: object) -> object:
        return shape(self.settings) if isinstance(shape, FunctionType) else shape


def _operation(operation: Operation[S], about: About, shapes: _Shapes[S]) -> Json:
    names = PATH_NAME.findall(operation.path)
    parts: Json = {"summary": about.summary}
    if names or about.query:
        parts["parameters"] = [*_in_path(names, about, shapes), *_in_query(about, shapes)]
    if about.takes is not None:
        parts["requestBody"] = _body(about, shapes)
    statuses = {*BY_ITSELF, *about.refuses}
    guarded = about.token or isinstance(operation, Guarded)
    if guarded:
        statuses |= {401, 403}
    if guarded or about.security is not None:
        parts["security"] = _security(about, shapes.outline)
    if names:
        statuses.add(404)
    parts["responses"] = {
        str(about.status): _success(about, shapes),
        **{str(status): _refusal(status, about, shapes) for status in sorted(statuses)},
    }
    return parts


def _body(about: About, shapes: _Shapes[S]) -> Json:
    content: Json = {"schema": shapes.schema(about.takes)}
    if about.example is not None:
        content["examples"] = {"example": {"value": about.example}}
    unread = {media: {"schema": BINARY} for media in about.unread}
    return {"required": True, "content": {about.media: content, **unread}}


def _security(about: About, outline: Outline) -> list[Json]:
    """Return the schemes of which one is enough."""
    names = outline.guards or tuple(outline.security) if about.security is None else about.security
    return [{name: []} if name else {} for name in names]


def _in_path(names: Iterable[str], about: About, shapes: _Shapes[S]) -> list[Json]:
    known = {**shapes.outline.names, **about.names}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": shapes.schema(known[name]) if name in known else {"type": "string"},
        }
        for name in names
    ]


def _in_query(about: About, shapes: _Shapes[S]) -> list[Json]:
    return [
        {
            "name": each.name,
            "in": "query",
            "description": each.summary,
            **({"required": True} if each.required else {}),
            **_content(each.media, {"schema": shapes.schema(each.shape)}),
        }
        for each in about.query
    ]


def _content(media: str, told: Json) -> Json:
    return {"content": {media: told}} if media else told


def _success(about: About, shapes: _Shapes[S]) -> Json:
    told: Json = {"description": HTTPStatus(about.status).phrase}
    if about.gives is not None:
        schema = shapes.schema(about.gives)
        told["content"] = {media: {"schema": schema} for media in about.answers}
    return told


def _refusal(status: int, about: About, shapes: _Shapes[S]) -> Json:
    outline = shapes.outline
    shape = outline.refusals.get(status, outline.refusal)
    schema = shapes.schema(shape if about.refusal is None else about.refusal)
    content = {"application/json": {"schema": schema}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _group(path: str, shared: str) -> str:
    """Return what stands first in a path behind what all paths share: what it is about."""
    first = path.removeprefix(shared).strip("/").partition("/")[0]
    return first.lstrip(".").partition(".")[0]


def _shorten(component: Json) -> None:
    """Keep the first paragraph of a docstring, without sources: they are for readers of code."""
    described: object = component.get("description")
    if isinstance(described, str):
        told = described.partition("\n\n")[0].replace("``", "`")
        for source in SOURCES:
            told = source.sub("", told)
        component["description"] = told


def _name(method: str, path: str) -> str:
    """Return a name that no other operation of the table has."""
    return f"{method}_{re.sub(r'[^0-9A-Za-z]+', '_', path).strip('_')}"


def _typed(value: object) -> object:
    """Say of which type the values of an enumeration are: readers of schemas look for it."""
    if isinstance(value, list):
        return [_typed(each) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    told = {key: _typed(each) for key, each in cast("Json", value).items()}
    choices: object = told.get("enum")
    if isinstance(choices, list) and "type" not in told:
        # A Literal's or an Enum's values are of one type in all that we have.
        told["type"] = NAMES_OF_TYPES[type(cast("list[object]", choices)[0])]
    return told


def _anything(kind: type) -> Json:
    """Describe what msgspec cannot: ``object`` is any JSON."""
    if kind is object:
        # Not empty: msgspec takes an empty schema for none.
        return {"description": "Any JSON."}
    # What msgspec wants of this hook for a type that it does not describe.
    raise NotImplementedError


def _to_3_0(value: object) -> object:
    """Say in OpenAPI 3.0 what 3.1 says in JSON Schema's own words."""
    if isinstance(value, list):
        return [_to_3_0(each) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    told = {key: _to_3_0(each) for key, each in cast("Json", value).items()}
    if told.get("required") == []:
        # In 3.0 a list of what is required has at least one name.
        del told["required"]
    return _without_exclusive_bounds(_without_null(told))


def _without_null(schema: Json) -> Json:
    """OpenAPI 3.0 knows no type of null, but a word for what may be null."""
    choices: object = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    left = [each for each in cast("list[Json]", choices) if each.get("type") != "null"]
    if len(left) == len(cast("list[Json]", choices)):
        return schema
    rest = {key: each for key, each in schema.items() if key != "anyOf"}
    if len(left) == 1 and "$ref" not in left[0]:
        choice = left[0]
        named = {"enum": [*choice["enum"], None]} if "enum" in choice else {}
        return {**rest, **choice, **named, "nullable": True}
    # Whatever stands beside a $ref is not read in 3.0.
    return {**rest, ("allOf" if len(left) == 1 else "anyOf"): left, "nullable": True}


def _without_exclusive_bounds(schema: Json) -> Json:
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), int | float) and schema[exclusive] is not True:
            schema = {**schema, bound: schema[exclusive], exclusive: True}
    return schema
