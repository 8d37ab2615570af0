"""A roster in LDAP: Active Directory, or any other server that is told what is called what.

People are found by our own account and then asked for their password by binding as them. Groups are
found by who is a member of them, so that one search gives their names and GUIDs.
"""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from watchword.core.roster import Person, PersonKey, RosterGroup
from watchword.core.subjects import is_storable
from watchword.rosters.filters import any_of, both, equals, guid_value, in_chain
from watchword.rosters.servers import Link, Servers
from watchword.rosters.settings import LdapSettings, Nesting

__all__ = ["LdapRoster", "open_ldap"]

BATCH: Final = 50
"""People whom one search finds."""
PAGE: Final = 500
"""Active Directory answers with 1000 entries at most."""
PAGED: Final = "1.2.840.113556.1.4.319"
MOST_GROUPS: Final = 10_000
MOST_LEVELS: Final = 16

SUCCESS: Final = 0
TOO_MANY: Final = 4
"""RFC 4511: there is more than was asked for."""

DISABLED: Final = 0x2
"""*Documented* by Microsoft: ``ADS_UF_ACCOUNTDISABLE`` of ``userAccountControl``."""
GUID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry: its name, and its values by attribute in lower case."""

    dn: str
    values: Mapping[str, Sequence[bytes]]

    def text(self, attribute: str) -> str:
        """Return an attribute's first value, if every back-end can hold it."""
        for value in self.values.get(attribute.lower(), ()):
            text = value.decode("utf-8", "replace").strip()
            return text if is_storable(text) else ""
        return ""

    def guid(self, attribute: str) -> UUID | None:
        """Return the GUID in an attribute, None where there is none."""
        for value in self.values.get(attribute.lower(), ()):
            if isinstance(guid_value(attribute, UUID(int=0)), bytes):
                return UUID(bytes_le=value) if len(value) == GUID_BYTES else None
            try:
                return UUID(value.decode("ascii", "replace"))
            except ValueError:
                return None
        return None


def open_ldap(settings: LdapSettings) -> "LdapRoster":
    """Return the roster that these settings describe; it is connected to when it is first asked.

    Raises ``ValueError`` for a file of authorities that is none.
    """
    return LdapRoster(settings, Servers(settings))


class LdapRoster:
    """One directory. Implements `watchword.core.ports.Roster`."""

    def __init__(self, settings: LdapSettings, servers: Servers) -> None:
        """Ask nobody yet."""
        self._settings = settings
        self._servers = servers

    def verify(self, login: str, password: str) -> Person | None:
        """Return whom a login and a password belong to, or None."""
        entry = self._servers.ask(lambda connection: self._find_one(connection, login))
        # Nobody is tried, too: the answer to an unknown login takes as long.
        dn = f"cn={secrets.token_hex(8)},{self._settings.base}" if entry is None else entry.dn
        if not self._servers.try_password(dn, password) or entry is None:
            return None
        return self._person(entry)

    def find(self, login: str) -> Person | None:
        """Return whom a login belongs to, or None."""
        entry = self._servers.ask(lambda connection: self._find_one(connection, login))
        return None if entry is None else self._person(entry)

    def find_many(self, keys: Collection[PersonKey]) -> Mapping[PersonKey, Person]:
        """Return those of the people who are still there, by key."""
        wanted = list(keys)
        found = (self._find_batch(wanted[n : n + BATCH]) for n in range(0, len(wanted), BATCH))
        return {person.key: person for batch in found for person in batch}

    def list_groups(self) -> Sequence[RosterGroup]:
        """Return all groups that there are, by name."""
        entries = self._servers.ask(self._all_groups)
        return sorted(self._groups_in(entries), key=lambda each: (each.name.casefold(), each.guid))

    def close(self) -> None:
        """Give up whatever connections there are."""
        self._servers.close()

    # --- people ---------------------------------------------------------------------------------

    def _find_one(self, connection: Link, login: str) -> _Entry | None:
        """Return the entry of a login, None if nobody or more than one has it."""
        settings = self._settings
        named = any_of(equals(attribute, login) for attribute in settings.login_attributes)
        found = self._search(connection, both(settings.user_filter, named), size_limit=2)
        return found[0] if len(found) == 1 else None

    def _find_batch(self, keys: Sequence[PersonKey]) -> list[Person]:
        attribute = self._settings.id_attribute
        named = any_of(equals(attribute, guid_value(attribute, key)) for key in keys)
        condition = both(self._settings.user_filter, named)
        entries = self._servers.ask(lambda connection: self._search(connection, condition))
        people = (self._person(entry) for entry in entries)
        return [person for person in people if person is not None]

    def _person(self, entry: _Entry) -> Person | None:
        """Return who an entry is about, None if it does not say so for good."""
        settings = self._settings
        key = entry.guid(settings.id_attribute)
        if key is None:
            return None
        flags = entry.text(settings.flags_attribute)
        return Person(
            PersonKey(key),
            tuple(filter(None, map(entry.text, settings.login_attributes))),
            entry.text(settings.name_attribute),
            self._servers.ask(lambda connection: self._groups_of(connection, entry.dn)),
            active=not (flags.isdecimal() and int(flags) & DISABLED),
        )

    # --- groups ---------------------------------------------------------------------------------

    def _groups_of(self, connection: Link, dn: str) -> tuple[RosterGroup, ...]:
        """Return the groups that somebody is in, and those that these are in, if that is wanted."""
        member = self._settings.member_attribute
        if self._settings.nesting is Nesting.CHAIN:
            return self._groups_in(self._search_groups(connection, in_chain(member, dn)))
        found: dict[str, _Entry] = {}
        level = [dn]
        for _ in range(MOST_LEVELS if self._settings.nesting is Nesting.WALK else 1):
            above: list[_Entry] = []
            for n in range(0, len(level), BATCH):
                named = any_of(equals(member, each) for each in level[n : n + BATCH])
                above += self._search_groups(connection, named)
            level = [each.dn for each in above if each.dn not in found]
            found |= {each.dn: each for each in above}
            if not level or len(found) > MOST_GROUPS:
                break
        return self._groups_in(found.values())

    def _groups_in(self, entries: Collection[_Entry]) -> tuple[RosterGroup, ...]:
        named = (
            (each.guid(self._settings.id_attribute), each.text(self._settings.group_name_attribute))
            for each in entries
        )
        return tuple(RosterGroup(guid, name) for guid, name in named if guid is not None)

    def _search_groups(self, connection: Link, condition: str) -> list[_Entry]:
        condition = both(self._settings.group_filter, condition)
        base = self._settings.group_base or self._settings.base
        return self._search(connection, condition, base=base)

    def _all_groups(self, connection: Link) -> list[_Entry]:
        base = self._settings.group_base or self._settings.base
        return self._search(connection, self._settings.group_filter, base=base)

    # --- searching ------------------------------------------------------------------------------

    def _search(
        self, connection: Link, condition: str, *, base: str = "", size_limit: int = 0
    ) -> list[_Entry]:
        """Return the entries under a base, page by page. Raises ``ValueError`` for a bad answer."""
        found: list[_Entry] = []
        cookie: bytes | None = None
        while len(found) <= MOST_GROUPS:
            connection.search(
                base or self._settings.base,
                condition,
                attributes=self._attributes(),
                size_limit=size_limit,
                time_limit=self._settings.answer_seconds,
                paged_size=None if size_limit else PAGE,
                paged_cookie=cookie,
            )
            code = connection.result["result"]
            if code != SUCCESS and not (code == TOO_MANY and size_limit):
                raise ValueError(f"a search ended with {code}")
            found += _entries(connection)
            cookie = _cookie(connection)
            if not cookie:
                break
        return found

    def _attributes(self) -> list[str]:
        settings = self._settings
        names = {*settings.login_attributes, settings.name_attribute, settings.id_attribute}
        names |= {settings.flags_attribute, settings.group_name_attribute}
        return sorted(names - {""})


def _entries(connection: Link) -> Iterator[_Entry]:
    """Yield the entries of an answer; what refers to other servers is left out."""
    for each in connection.response or ():
        if each["type"] == "searchResEntry":
            raw: Mapping[str, Sequence[bytes]] = each["raw_attributes"]
            yield _Entry(each["dn"], {name.lower(): values for name, values in raw.items()})


def _cookie(connection: Link) -> bytes | None:
    controls: Mapping[str, Any] = connection.result.get("controls") or {}
    return controls[PAGED]["value"]["cookie"] if PAGED in controls else None
