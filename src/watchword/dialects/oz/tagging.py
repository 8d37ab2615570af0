"""``…/meta_data``: the same four methods for every resource that has it (wire contract Oz 4.3, 8).

*Documented* are the methods and what they are for; *chosen*: ``POST`` replaces all of it, ``PATCH``
gives the keys that it names new values, both answer with what there is then, and ``DELETE`` leaves
an empty object.
"""

from collections.abc import Callable
from dataclasses import dataclass

from watchword.core.access import Principal
from watchword.dialects.oz.meta_data import MetaData, check
from watchword.dialects.oz.reading import read_body
from watchword.dialects.oz.replies import json_reply, no_content
from watchword.dialects.oz.settings import Settings
from watchword.web.about import About
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, Guarded, Lane, Operation

__all__ = ["Tagged", "operations_of"]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A resource with meta data.

    ``path`` is where one of its records is, ``noun`` what it is called in the interface's own
    description. ``see`` returns a record's meta data; ``change`` makes of them what a function
    makes of them, in one unit of work, and returns that. Both see to the caller's rights.
    """

    path: str
    noun: str
    see: Callable[[Desk[Settings], Request, Principal], MetaData]
    change: Callable[[Desk[Settings], Request, Principal, Callable[[MetaData], MetaData]], MetaData]

    def show(self, desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
        """``GET``: all of it."""
        return json_reply(200, self.see(desk, request, principal))

    def replace(self, desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
        """``POST``: this and nothing else."""
        wanted = read_body(request).values
        check(wanted)
        return json_reply(200, self.change(desk, request, principal, lambda _before: wanted))

    def modify(self, desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
        """``PATCH``: new values for the keys that it names."""
        wanted = read_body(request).values

        def merge(before: MetaData) -> MetaData:
            merged = {**before, **wanted}
            check(merged)
            return merged

        return json_reply(200, self.change(desk, request, principal, merge))

    def clear(self, desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
        """``DELETE``: nothing."""
        self.change(desk, request, principal, lambda _before: {})
        return no_content()


def operations_of(tagged: Tagged) -> tuple[Operation[Settings], ...]:
    """Return the four operations of a resource's meta data."""
    path, of, shape = (
        f"{tagged.path}/meta_data",
        f"the meta data of a {tagged.noun}",
        dict[str, object],
    )
    show = About(f"Show {of}", gives=shape)
    replace = About(f"Replace {of}", shape, shape)
    modify = About(f"Change {of}", shape, shape)
    return (
        Guarded("GET", path, tagged.show, Lane.STORE, about=show),
        Guarded("POST", path, tagged.replace, Lane.STORE, about=replace),
        Guarded("PATCH", path, tagged.modify, Lane.STORE, about=modify),
        Guarded("DELETE", path, tagged.clear, Lane.STORE, about=About(f"Remove {of}", status=204)),
    )
