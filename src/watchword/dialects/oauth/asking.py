"""Introspection (RFC 7662), of one token or of several, whichever door issued them.

Rules of this file:

1. It is answered on the event loop if this process knows the caller's token and every token that is
   asked about; else all of it is done again on a thread.
2. Who calls is found out before anything of the question is found fault with.
3. Of a token that is unknown, dead, of another audience or tenant, or not for this caller to ask
   about, the same two words are told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

from watchword.core.errors import (
    SubjectDisabledError,
    TenantClosedError,
    TokenExpiredError,
    TokenUnknownError,
)
from watchword.core.inspection import Inspected, Look
from watchword.core.networks import rank_of_address
from watchword.dialects.oauth.form import Form, read_form
from watchword.dialects.oauth.replies import json_reply
from watchword.dialects.oauth.schemas import Batch
from watchword.dialects.oauth.security import (
    Caller,
    Presented,
    get_caller,
    lane_of,
    read_presented,
    recall_caller,
)
from watchword.dialects.oauth.settings import Settings
from watchword.dialects.oauth.translate import to_introspection
from watchword.web.errors import BadFieldError, FieldFault
from watchword.web.messages import Reply, Request
from watchword.web.operation import Desk, LongerError

__all__ = ["MOST_TOKENS", "introspect", "introspect_batch"]

MOST_TOKENS: Final = 100
"""Of one batch (*chosen*): as many of the longest tokens as a usual body holds."""
LONGEST_ADDRESS: Final = 64


@dataclass(frozen=True, slots=True)
class Question:
    """Which tokens are asked about, and from which address they were shown to the caller.

    ``address`` is the context that RFC 7662 section 2.1 foresees; its name is *chosen*.
    """

    tokens: Sequence[str] = field(repr=False)
    address: str
    reply: Callable[[Sequence[Inspected | None]], Reply]


ReadQuestion: TypeAlias = Callable[[Form], Question]


def introspect(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /oauth2/introspect``"""
    return _answer(desk, request, _read_one)


def introspect_batch(desk: Desk[Settings], request: Request) -> Reply:
    """``POST /oauth2/introspect/batch``: an addition of ours (*chosen*)."""
    return _answer(desk, request, _read_several)


def _answer(desk: Desk[Settings], request: Request, read: ReadQuestion) -> Reply:
    """Answer at once if everything is known here. Raises `LongerError` if it is not."""
    form = read_form(request)
    presented = read_presented(request, form)
    caller = recall_caller(desk, presented, request.address)
    if caller is not None:
        question, look = read(form), _look(caller)
        recall = desk.core.inspection.recall
        known = [recall(token, look, question.address) for token in question.tokens]
        if None not in known:
            return question.reply(known)
    rest = partial(_answer_slowly, desk, request, form, presented, read)
    raise LongerError(rest, lane_of(presented))


def _answer_slowly(
    desk: Desk[Settings], request: Request, form: Form, presented: Presented, read: ReadQuestion
) -> Reply:
    look = _look(get_caller(desk, presented, request.address))
    question = read(form)
    seen = [_inspect(desk, token, look, question.address) for token in question.tokens]
    return question.reply(seen)


def _inspect(desk: Desk[Settings], token: str, look: Look, address: str) -> Inspected | None:
    try:
        return desk.core.inspection.inspect(token, look, address)
    except (TokenUnknownError, TokenExpiredError, SubjectDisabledError, TenantClosedError):
        return None


def _look(caller: Caller) -> Look:
    return caller.look(caller.profile.introspects)


def _read_one(form: Form) -> Question:
    form.find("token_type_hint")  # may be ignored (RFC 7662 section 2.1), but not be there twice
    return Question((form.get("token"),), _read_address(form), _reply_one)


def _read_several(form: Form) -> Question:
    tokens = form.all("token")
    if not tokens:
        raise BadFieldError("token", FieldFault.MISSING)
    if len(tokens) > MOST_TOKENS:
        raise BadFieldError("token", FieldFault.BAD_VALUE, f"at most {MOST_TOKENS}")
    return Question(tokens, _read_address(form), _reply_several)


def _read_address(form: Form) -> str:
    address = form.find("client_address")
    if address and (len(address) > LONGEST_ADDRESS or rank_of_address(address) is None):
        raise BadFieldError("client_address", FieldFault.BAD_VALUE, "an IP address")
    return address


def _reply_one(seen: Sequence[Inspected | None]) -> Reply:
    return json_reply(200, to_introspection(seen[0]))


def _reply_several(seen: Sequence[Inspected | None]) -> Reply:
    return json_reply(200, Batch([to_introspection(each) for each in seen]))
