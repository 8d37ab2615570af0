"""What ``watchword service-token`` does: issuing, listing and revoking on the host itself."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from watchword.cli.naming import require_subject
from watchword.config import TableError
from watchword.core.core import Core
from watchword.core.networks import Network, parse_network
from watchword.core.service_tokens import Issued, Order, ServiceToken
from watchword.core.sessions import ServiceTokenId
from watchword.core.subjects import Audience, Subject, SubjectId

__all__ = [
    "Wanted",
    "describe",
    "issue",
    "list_tokens",
    "read_date",
    "read_networks",
    "read_token_id",
    "show_table",
    "to_json",
]

MOST_LISTED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service token as the flags ask for it."""

    login: str
    audience: str | None = None
    until: datetime | None = None
    networks: tuple[Network, ...] = ()


def read_date(text: str | None) -> datetime | None:
    """Return a day (its beginning, in UTC) or an instant. Raises `TableError`."""
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TableError("--until", "expected a date such as 2030-12-31") from error


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that are named. Raises `TableError`."""
    try:
        return tuple(parse_network(text) for text in texts)
    except ValueError as error:
        raise TableError("--network", str(error)) from error


def read_token_id(text: str) -> ServiceTokenId:
    """Return the id of a service token. Raises `TableError`."""
    try:
        return ServiceTokenId(UUID(text))
    except ValueError as error:
        raise TableError("TOKEN-ID", "expected an id as the list shows it") from error


def issue(core: Core, wanted: Wanted, *, instead: bool) -> Issued:
    """Issue a service token, in the place of all earlier ones or beside them.

    Raises `NotFoundError`, `TableError`, or whatever keeps the subject from having one.
    """
    subject = require_subject(core, wanted.login)
    audience = _audience(core, wanted.audience)
    order = Order(subject.id, audience, wanted.until, wanted.networks)
    tokens = core.service_tokens
    return tokens.reissue(order) if instead else tokens.issue(order)


def describe(issued: Issued) -> str:
    """Return the line that goes with a new token."""
    told = issued.service_token
    return (
        f"token {told.id} of {issued.subject.name} at {told.audience}, "
        f"expires {_shown(told.expires_at)}, from {_networks(told)}"
    )


def list_tokens(core: Core, login: str | None) -> list[tuple[Subject | None, ServiceToken]]:
    """Return living service tokens with their subjects, oldest first. Raises `NotFoundError`."""
    only = None if login is None else require_subject(core, login)
    found = core.service_tokens.list_living(None if only is None else only.id, MOST_LISTED)
    subjects: dict[SubjectId, Subject | None] = {}
    with core.storage.read() as transaction:
        for each in found:
            if each.subject_id not in subjects:
                subjects[each.subject_id] = transaction.subjects.find(each.subject_id)
    return [(subjects[each.subject_id], each) for each in found]


def show_table(rows: Iterable[tuple[Subject | None, ServiceToken]]) -> Iterator[str]:
    """Yield a line for each token."""
    for subject, told in rows:
        name = "-" if subject is None else subject.name
        used = "never used" if told.used_at is None else f"used {_shown(told.used_at)}"
        yield (
            f"{told.id}  {told.audience}  {name}  issued {_shown(told.issued_at)}  "
            f"expires {_shown(told.expires_at)}  {used}  from {_networks(told)}"
        )


def to_json(rows: Iterable[tuple[Subject | None, ServiceToken]]) -> str:
    """Return the tokens as a JSON array; times are those of ISO 8601, in UTC."""
    told = [
        {
            "token_id": str(each.id),
            "audience": each.audience,
            "login": None if subject is None else subject.name,
            "subject_id": str(each.subject_id),
            "issued_at": each.issued_at.isoformat(),
            "expires_at": each.expires_at.isoformat(),
            "deadline": None if each.deadline is None else each.deadline.isoformat(),
            "used_at": None if each.used_at is None else each.used_at.isoformat(),
            "networks": [str(network) for network in each.networks],
        }
        for subject, each in rows
    ]
    return json.dumps(told, indent=2)


def _audience(core: Core, named: str | None) -> Audience:
    """Return the audience that is meant: the one that has service tokens, if there is one only."""
    known = [key for key, each in core.policy.audiences.items() if each.service_tokens is not None]
    if named is not None:
        return Audience(named)
    if len(known) != 1:
        raise TableError("--audience", f"name one of: {', '.join(known) or 'none is switched on'}")
    return known[0]


def _networks(told: ServiceToken) -> str:
    return " ".join(str(network) for network in told.networks) or "anywhere"


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
