"""Parameters of queries, as the interface describes them itself (wire contract FindFace 1, 2).

They are read by `watchword.dialects.findface.asking`; the parameters of one operation stand beside
it, put together from these.
"""

from collections.abc import Iterable
from types import GenericAlias
from typing import Annotated, Final

from msgspec import Meta

from watchword.dialects.findface.asking import LARGEST_LIMIT
from watchword.dialects.findface.schemas import Date, Text
from watchword.web.about import Parameter, Shape

__all__ = ["LIMIT", "MATCH", "PAGING", "Number", "among", "choice", "ordering", "span"]

Number = Annotated[int, Meta(ge=0, lt=10**18)]
MATCH: Final = "Letters of either case anywhere in it"
Count = Annotated[int, Meta(ge=0, le=1_000)]

# The vendor's own description types it as text where lists have cursors, and as a number where they
# have none (wire contract FindFace 1.1: a quirk of its generator). *Chosen*: a number, which it is.
LIMIT: Final = Parameter(
    "limit", f"How many to show, at most {LARGEST_LIMIT}", Annotated[int, Meta(ge=1)]
)
PAGING: Final = (
    LIMIT,
    Parameter("page", "Which page: what next_page or prev_page of another one says", Text),
)
BOUNDS: Final = {
    "gt": "After this time",
    "gte": "At this time or after it",
    "lt": "Before this time",
    "lte": "At this time or before it",
}
BACK: Final = {
    "last_n_days": "In as many days until now",
    "nth_full_week": "In the week that ended so many weeks ago; 1 is the last one",
    "nth_work_week": "The same, from Monday to Friday",
}


def among(name: str, summary: str, kind: Shape = Text) -> Parameter:
    """Return a parameter that may be repeated: any of its values will do."""
    return Parameter(name, f"{summary}; may be repeated", GenericAlias(list, (kind,)))


def choice(words: Iterable[str]) -> Shape:
    """Return the shape of one of several words."""
    return Annotated[str, Meta(extra_json_schema={"enum": list(words)})]


def ordering(known: Iterable[str]) -> Parameter:
    """Return the parameter that sorts a list by one of these."""
    words = [word for name in known for word in (name, f"-{name}")]
    return Parameter("ordering", "What to sort by; with a minus, downwards", choice(words))


def span(key: str, *bounds: str) -> tuple[Parameter, ...]:
    """Return the parameters that look at a time, ``key_gt`` and the like; all, if none is named."""
    dates = [Parameter(f"{key}_{each}", BOUNDS[each], Date) for each in bounds or BOUNDS]
    further = [] if bounds else [Parameter(f"{key}_{each}", BACK[each], Count) for each in BACK]
    return (*dates, *further)
