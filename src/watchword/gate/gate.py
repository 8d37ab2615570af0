"""The gate itself: may this request pass, and what is its answer?

Rules of this file:

1. A yes is given only for a good token, or by a rule that asks for none. Whatever cannot be told,
   read or judged is a no.
2. Nothing is remembered of a no. A yes is remembered beside the very principal that it was given
   to, and only for as long as `Access.recall` hands out that one and what else was looked at
   (`GateSide.watched`) is the same object: it ends when the principal does.
3. `Gate.recall` never blocks: it answers from memory or not at all, and then `Gate.answer` does, on
   a thread.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar, cast

from watchword.core.access import Access, Principal
from watchword.core.errors import CoreError, ForbiddenError, TokenMissingError
from watchword.core.sessions import SessionId
from watchword.core.shelf import ColdError, insist
from watchword.core.tokens import TokenDigest, digest
from watchword.gate.answers import FIELDS, NOBODY, Answer, admit, answer, no_answer
from watchword.gate.asking import (
    REFUSAL,
    VERIFY,
    Asked,
    Dialect,
    Headers,
    UntoldError,
    bare,
    dialect_of,
    parse,
    read,
)
from watchword.gate.asserting import Assertions, Signed
from watchword.gate.paths import AmbiguousPathError, plain_path
from watchword.gate.rules import SHARED, Held, Rulebook
from watchword.web.door import Door
from watchword.web.errors import UnexpectedError, WebError
from watchword.web.gating import Need, Rule
from watchword.web.messages import Request
from watchword.web.operation import ANY_METHOD

__all__ = ["Call", "Gate", "GateDoor"]

S = TypeVar("S")

MOST_YES: Final = 32_768
"""Of how many sessions a yes is remembered at each door, at under a kilobyte each."""
MOST_PLACES: Final = 4_096
MOST_SHAPES: Final = 256
MOST_HEADS: Final = 16_384
"""How many paths, lists of header names and requests are remembered; then it begins anew."""
LONGEST_PLACE: Final = 1_024
"""Bytes of a method, a host and a path that are remembered: whoever has no token chooses them."""

UNTOLD: Final = no_answer(403, "the gateway does not tell what was asked for, or of whom")
PASSED: Final = 200
AGAIN: Final = no_answer(503, "ask again", (b"retry-after", b"1"))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """What a gateway sent, with the names of headers in lower case."""

    method: bytes
    target: bytes
    headers: Headers = field(repr=False)
    body: bytes = field(default=b"", repr=False)


class _Yes:
    """A yes that was given to a principal: to whom, in the light of what, by which rules."""

    __slots__ = ("answer", "given", "principal", "signed", "watched")

    def __init__(
        self, principal: Principal, watched: object, told: tuple[Answer, Signed | None]
    ) -> None:
        self.principal = principal
        self.watched = watched
        self.answer, self.signed = told
        self.given: set[int] = set()


class GateDoor(Generic[S]):
    """One dialect at the gate: its door, its rules, and to whom it said yes."""

    def __init__(self, door: Door[S], rules: Rulebook[S]) -> None:
        """Begin without any yes."""
        self.door = door
        self.side = door.dialect.gate
        self.desk = door.desk
        self.audience = door.dialect.audience
        self.watched = door.dialect.gate.watched
        self.rules = rules
        self.yes: dict[SessionId, _Yes] = {}


@dataclass(frozen=True, slots=True)
class _Place(Generic[S]):
    """Where a call belongs: whose it is, and the rule about it; ``given`` is its number in a yes.

    Only for calls whose answer is the same for all requests of a principal.
    """

    door: GateDoor[S]
    given: int


class Gate:
    """Judges calls. One instance a process."""

    def __init__(
        self,
        access: Access,
        doors: Sequence[GateDoor[Any]],
        *,
        entries: int = MOST_YES,
        strict: bool = True,
        fields: Sequence[str] = FIELDS,
        assertions: Assertions | None = None,
    ) -> None:
        """Remember yeses of at most so many sessions at each door.

        Unless ``strict``, calls that no rule is about need a good token and nothing else. A yes
        tells these ``fields`` of a caller; with ``assertions``, it states all in a signed header.
        """
        self._access = access
        self._recall_by = access.recall_by
        self._doors = doors
        self._entries = min(entries, MOST_YES)
        self._assertions = assertions
        self._fields = fields
        more = () if assertions is None else (assertions.nothing,)
        self._open = admit(None, NOBODY, *more, fields=fields)
        self._strict = strict
        word = "nobody" if strict else "authenticated"
        self._otherwise: Held[Any] = Held(
            Rule(ANY_METHOD, "/**", word), SHARED[word], ours=True, is_default=True
        )
        self._shapes: dict[tuple[bytes, ...], Dialect] = {}
        self._places: dict[tuple[bytes, bytes, bytes], _Place[Any]] = {}
        self._heads: dict[bytes, tuple[GateDoor[Any], TokenDigest, _Yes]] = {}

    def recall(self, call: Call) -> Answer | None:
        """Return the answer if it can be given without blocking; who asked `quick` asks on here."""
        try:
            return _only_no(call, self._answer(call, blocking=False))
        except ColdError:
            return None

    def answer(self, call: Call) -> Answer:
        """Return the answer where blocking is allowed."""
        try:
            found = insist(lambda: self._answer(call, blocking=True))
        except CoreError as error:
            return self.refuse(call, error)
        return _only_no(call, found) or UNTOLD

    def known(self, head: bytes) -> Answer | None:
        """Return the yes to a request that is the same, byte for byte, as one before.

        What its bytes mean, and whose place in the rules that is, was found out then and cannot
        have changed; that the token is good and that its holder may is looked at anew. Kept are a
        digest for the bytes and one for the token in them, neither of which opens anything.
        """
        seen = self._heads.get(sha256(head).digest())
        if seen is None:
            return None
        door, name, yes = seen
        principal = self._recall_by(name, door.audience)
        # As `_still` has it, which is a call more.
        found = yes.answer
        if principal is None or yes.principal is not principal or found.until is not None:
            return None if principal is None else self._still(door, yes, principal)
        try:
            return found if door.watched(door.desk) is yes.watched else None
        except ColdError:
            return None

    def quick(self, target: bytes, headers: Headers, head: bytes = b"") -> Answer | None:
        """Return a yes that was given before, for a call without a body; None means *ask*.

        Dictionaries and one digest: no loop, no parser and no object of its own. ``head`` are the
        bytes of the request, if `known` is to be asked the next time.
        """
        told = dict(headers)
        names = tuple(told)
        dialect = self._shapes.get(names)
        if dialect is None or len(names) != len(headers) or bare(target) != VERIFY:
            return None
        where = told[dialect.method], told.get(dialect.host, b""), bare(told[dialect.uri])
        place = self._places.get(where) or self._place(where)
        secret = None if place is None else place.door.side.quick_token(place.door.desk, told)
        if place is None or not secret:
            return None
        name, door = digest(secret), place.door
        # Without an address: a token that is for some networks only goes the long way.
        principal = self._recall_by(name, door.audience)
        yes = None if principal is None else door.yes.get(principal.session.id)
        if principal is None or yes is None or place.given not in yes.given:
            return None
        found = self._still(door, yes, principal)
        if head and found is not None:
            if len(self._heads) >= MOST_HEADS:
                self._heads.clear()
            self._heads[sha256(head).digest()] = door, name, yes
        return found

    def _place(self, where: tuple[bytes, bytes, bytes]) -> "_Place[Any] | None":
        """Return where such calls belong, and remember it; None for those that go the long way.

        Who asks may have no token, so what is remembered is bounded in number and in length.
        """
        method, host, path = where
        try:
            door, _, held, _ = self.explain(parse(method, path, host, "", ()))
        except (UntoldError, AmbiguousPathError):
            return None
        if held.need is None or held.need.by_request:
            return None
        place = _Place(door, id(held))
        if sum(map(len, where)) <= LONGEST_PLACE:
            if len(self._places) >= MOST_PLACES:
                self._places.clear()
            self._places[where] = place
        return place

    def explain(self, asked: Asked) -> tuple[GateDoor[Any], str, Held[Any], Mapping[str, str]]:
        """Return whose a call is, its path as it is read, the rule about it, and its names.

        Raises `AmbiguousPathError`, or `UntoldError` if it is nobody's.
        """
        path = plain_path(bare(asked.target))
        door = self._door(asked.host, path)
        if door is None:
            raise UntoldError
        nothing: Mapping[str, str] = {}
        found = door.rules.find(asked.method, path)
        if found is None and not self._strict:
            # What stands behind the gate may overlook a slash at the end, and so would its rule.
            turned = path[:-1] if path.endswith("/") else f"{path}/"
            found = door.rules.find(asked.method, turned)
        held, names = found or (self._otherwise, nothing)
        return door, path, held, names

    def refuse(self, call: Call, error: Exception) -> Answer:
        """Return the answer to a call that could not even be judged."""
        try:
            asked = read(call.method, call.target, call.headers)
            door, path, _, _ = self.explain(asked)
        except (UntoldError, AmbiguousPathError):
            return no_answer(503, "this cannot be judged now")
        return answer(door.door.refuse(_request(call, asked, path, {}), error))

    def _answer(self, call: Call, *, blocking: bool) -> Answer | None:
        try:
            asked = read(call.method, call.target, call.headers)
            door, path, held, names = self.explain(asked)
        except UntoldError:
            return UNTOLD
        except AmbiguousPathError:
            return self._refuse_path(call)
        if held.need is None:
            return self._open
        request = _request(call, asked, path, names)
        try:
            return self._judge(door, held, request, call, blocking=blocking)
        except ColdError:
            raise
        except (CoreError, WebError) as error:
            return answer(door.door.refuse(request, error))
        except Exception:
            # Whatever it is, a gateway gets a no in the vendor's shape, never a yes by default.
            log.exception("fault", extra={"dialect": door.door.dialect.name, "path": path})
            return answer(door.door.refuse(request, UnexpectedError()))

    def _judge(
        self, door: GateDoor[S], held: Held[S], request: Request, call: Call, *, blocking: bool
    ) -> Answer | None:
        side, desk = door.side, door.desk
        principal = self._vouch(door, request, blocking=blocking)
        if principal is None:
            return None
        slow = side.slow(desk, principal)
        if slow and not blocking:
            return None
        # Looked at before anything is judged by it, so that a change in between is noticed.
        watched, need = side.watched(desk), cast("Need[S]", held.need)
        need.require(desk, request, principal)
        if slow:
            return self._admit(door, principal)[0]
        yes = door.yes.get(principal.session.id)
        if yes is None or yes.principal is not principal or yes.watched is not watched:
            yes = _Yes(principal, watched, self._admit(door, principal, yes))
            if len(door.yes) >= self._entries:
                door.yes.clear()
            door.yes[principal.session.id] = yes
        elif self._is_over(yes.answer):
            # In its place, so that requests that are known stay known.
            yes.answer, yes.signed = self._admit(door, principal)
        if not need.by_request:
            yes.given.add(id(held))
            self._remember(call)
        return yes.answer

    def _admit(
        self, door: GateDoor[S], principal: Principal, before: _Yes | None = None
    ) -> tuple[Answer, Signed | None]:
        """Return a yes, with what is signed in it: what was ``before``, if it is still true."""
        told = door.side.identify(door.desk, principal)
        if self._assertions is None:
            return admit(principal, told, fields=self._fields), None
        name, last = door.door.dialect.name, None if before is None else before.signed
        signed = self._assertions.sign(name, principal, told, last)
        more, until = signed.header, signed.until
        return admit(principal, told, more, fields=self._fields, until=until), signed

    def _is_over(self, found: Answer) -> bool:
        """Say whether an answer is to be made anew, because of what is signed in it."""
        if self._assertions is None or found.until is None:
            return False
        return self._assertions.is_over(found.until)

    def _still(self, door: GateDoor[Any], yes: _Yes, principal: Principal) -> Answer | None:
        """Return a yes if it was given to this very principal, in the light of what is still so."""
        if yes.principal is not principal:
            return None
        found = yes.answer
        if found.until is not None and self._is_over(found):
            return None
        try:
            return found if door.watched(door.desk) is yes.watched else None
        except ColdError:
            return None

    def _vouch(self, door: GateDoor[S], request: Request, *, blocking: bool) -> Principal | None:
        """Return who is calling; None if that cannot be told without blocking."""
        secret = door.door.dialect.read_token(door.desk, request)
        if not secret:
            raise TokenMissingError
        audience, address = door.audience, request.address
        if blocking:
            return self._access.principal(secret, audience, address)
        return self._access.recall(secret, audience, address)

    def _remember(self, call: Call) -> None:
        """Remember that calls with headers of these names are told in a sound way."""
        names = tuple(dict(call.headers))
        dialect = dialect_of(names)
        if dialect is not None:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            self._shapes[names] = dialect

    def _refuse_path(self, call: Call) -> Answer:
        """Refuse a path that can be read in two ways, in the words of whose it would be."""
        asked = read(call.method, call.target, call.headers)
        path = bare(asked.target).decode("latin-1")
        door = self._door(asked.host, path)
        if door is None:
            return UNTOLD
        return answer(door.door.refuse(_request(call, asked, path, {}), ForbiddenError()))

    def _door(self, host: str, path: str) -> GateDoor[Any] | None:
        for each in self._doors:
            if each.door.host in {"", host} and each.door.routes.claims(path):
                return each
        return None


def _only_no(call: Call, found: Answer | None) -> Answer | None:
    """Return a no where only that is asked for, even if it has become a yes since."""
    yes = found is not None and found.status == PASSED
    return AGAIN if yes and bare(call.target) == REFUSAL else found


def _request(call: Call, asked: Asked, path: str, names: Mapping[str, str]) -> Request:
    return Request(
        method=asked.method,
        path=path,
        headers=call.headers,
        body=call.body,
        query=asked.target.partition(b"?")[2],
        parameters=names,
        address=asked.address,
    )
