"""What the vendor's client keeps for its user: ``/users/me/data/`` (wire contract FindFace 2.7).

Values are JSON that only the client reads; here they are text. They are not read through the
core's shelf, which would keep those of every user at hand.
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from watchword.core.access import Principal
from watchword.core.audit import Actor
from watchword.core.errors import NotFoundError
from watchword.core.subjects import Subject, is_storable
from watchword.dialects.findface.bodies import ValueBody
from watchword.dialects.findface.caller import caller_of
from watchword.dialects.findface.profile import AUDIENCE
from watchword.dialects.findface.reading import read_body
from watchword.dialects.findface.replies import NO_CONTENT, json_reply
from watchword.dialects.findface.settings import Settings
from watchword.web.about import About
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk

__all__ = ["forget_values", "list_values", "put_value", "remove_value", "show_value"]

PUT_ACTION: Final = "user-data.put"
REMOVE_ACTION: Final = "user-data.remove"
"""What the audit trail calls them."""

LONGEST_KEY: Final = 256
MOST_KEYS: Final = 200
"""*Chosen*: what one user may keep here; a value is bounded as bodies are."""


class UserKeyValue(msgspec.Struct, frozen=True):
    """A value that is kept for a user.

    *Observed*.
    """

    user: int
    key: str
    value: str


def list_values(desk: Desk[Settings], _request: Request, principal: Principal) -> Reply:
    """``GET /users/me/data/``"""
    subject = principal.subject
    with desk.core.storage.read() as transaction:
        found = dict(transaction.documents.list_of(AUDIENCE, _kind(subject)))
    values = [_shown(subject, key, document) for key, document in sorted(found.items())]
    return json_reply(200, values)


def show_value(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``GET /users/me/data/{key}/``"""
    subject, key = principal.subject, request.parameters["key"]
    if not is_storable(key):
        # Nothing can be kept under it, and not every back-end may be asked for it.
        raise NotFoundError("value")
    with desk.core.storage.read() as transaction:
        found = transaction.documents.find(AUDIENCE, _kind(subject), key)
    if found is None:
        raise NotFoundError("value")
    return json_reply(200, _shown(subject, key, found))


def put_value(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``PUT /users/me/data/{key}/``: the path says the key, whatever the body says."""
    caller, key = caller_of(desk, request, principal), request.parameters["key"]
    if len(key) > LONGEST_KEY:
        raise BadFieldError("key", FieldFault.TOO_LONG, str(LONGEST_KEY))
    if not is_storable(key):
        raise BadFieldError("key", FieldFault.BAD_VALUE, "string")
    document = read_body(request.body).text("value", blank=True).encode()

    def work(before: Mapping[str, bytes]) -> Mapping[str, bytes]:
        if key not in before and len(before) >= MOST_KEYS:
            raise BadFieldError("key", FieldFault.TOO_LONG, str(MOST_KEYS))
        return {key: document}

    desk.core.shelf.change(
        AUDIENCE, _kind(caller.subject), work, by=caller.actor, action=PUT_ACTION
    )
    return json_reply(200, _shown(caller.subject, key, document))


def remove_value(desk: Desk[Settings], request: Request, principal: Principal) -> Reply:
    """``DELETE /users/me/data/{key}/``"""
    caller, key = caller_of(desk, request, principal), request.parameters["key"]

    def work(before: Mapping[str, bytes]) -> Mapping[str, None]:
        if key not in before:
            raise NotFoundError("value")
        return {key: None}

    desk.core.shelf.change(
        AUDIENCE, _kind(caller.subject), work, by=caller.actor, action=REMOVE_ACTION
    )
    return NO_CONTENT


def forget_values(desk: Desk[Settings], subject: Subject, by: Actor) -> None:
    """Remove all that was kept for a user who is gone."""

    def work(before: Mapping[str, bytes]) -> Mapping[str, None]:
        return dict.fromkeys(before)

    with desk.core.storage.read() as transaction:
        kept = transaction.documents.list_of(AUDIENCE, _kind(subject))
    if kept:
        desk.core.shelf.change(AUDIENCE, _kind(subject), work, by=by, action=REMOVE_ACTION)


def _kind(subject: Subject) -> str:
    return f"user-data/{subject.id}"


def _shown(subject: Subject, key: str, document: bytes) -> UserKeyValue:
    return UserKeyValue(subject.number, key, document.decode())


KEY: Final = {
    "key": Annotated[str, Meta(min_length=1, max_length=LONGEST_KEY, pattern=r"^[^/\x00]+$")]
}
LIST: Final = About("List what is kept for you", gives=list[UserKeyValue])
SHOW: Final = About("Show what is kept for you under a key", gives=UserKeyValue, names=KEY)
PUT: Final = About("Keep something for you under a key", ValueBody, UserKeyValue, names=KEY)
REMOVE: Final = About("Forget what is kept for you under a key", status=204, names=KEY)
