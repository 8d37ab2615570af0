"""What operations say of themselves, as values: the words and shapes of an OpenAPI document.

How a document is made of them is `watchword.web.openapi`'s. A *shape* is any type that msgspec
can describe; where it depends on a dialect's settings, a function from the settings to the type.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["About", "Outline", "Parameter", "Shape"]

Shape: TypeAlias = object
"""A type, or a function from a dialect's settings to a type."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query. ``media`` is the type of its text where that is a document."""

    name: str
    summary: str
    shape: Shape = str
    required: bool = False
    media: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """One operation.

    ``takes`` is the shape of the body, ``gives`` that of the answer to a success (None: there is
    none). ``refuses`` are statuses beyond those that follow from the operation itself: 400, 429
    and 503 for all, 401 and 403 for those that need a token, 404 for those that name a record.
    ``refusal`` is the shape of its refusals where it is not the outline's.
    """

    summary: str
    takes: Shape | None = None
    gives: Shape | None = None
    status: int = 200
    query: tuple[Parameter, ...] = ()
    refuses: tuple[int, ...] = ()
    media: str = "application/json"
    """The type of the body that it takes."""
    unread: tuple[str, ...] = ()
    """Types of bodies that it takes beside that one and as they are, whatever they hold."""
    token: bool = False
    """Whether it reads a token itself, without being guarded."""
    security: tuple[str, ...] | None = None
    """The security schemes that it takes, one of them at a time, where they are not the outline's;
    an empty name is none at all."""
    refusal: Shape | None = None
    names: Mapping[str, Shape] = field(default_factory=dict[str, Shape])
    """The shapes of names in its path where they are not the outline's."""
    answers: tuple[str, ...] = ("application/json",)
    """The types that the answer to a success comes in."""
    example: object = None
    """A body to begin with, for those who try it out by hand."""
    shown: bool = True
    """Whether the document has it. What is no part of the interface proper is left out: its pages,
    and what is served for the sake of odd clients alone."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What holds for a whole interface.

    ``openapi`` is the version of the format to write, 3.0 or 3.1. ``security`` has the security
    schemes in OpenAPI's own words; an operation with a token takes any of those that ``guards``
    names (empty: any at all). ``refusal`` is the shape of every refusal's body (or a function from
    the settings to it) but for the statuses that ``refusals`` has, ``names`` the shapes of names in
    paths that are not plain text.
    """

    title: str
    summary: str
    openapi: str
    security: Mapping[str, Mapping[str, str]]
    refusal: Shape
    names: Mapping[str, Shape] = field(default_factory=dict[str, Shape])
    version: str = "1"
    guards: tuple[str, ...] = ()
    refusals: Mapping[int, Shape] = field(default_factory=dict[int, Shape])
