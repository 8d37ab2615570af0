"""What becomes of somebody on a roster here: the roles that its groups come to.

*Documented* (wire contract FindFace 2.9, 5): a role is mapped to a group by the group's GUID. Who
is in none of the mapped groups has no profile. *Chosen*: of several roles the one with the lowest
number is the primary one (the Administrator's is 1), the others stand beside it.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from watchword.core.policy import EnlistPolicy
from watchword.core.roster import Person
from watchword.dialects.findface.groups import KIND, list_groups
from watchword.dialects.findface.profile import Profile, parse, written

__all__ = ["ENLISTS"]


def _profile(person: Person, documents: Mapping[str, bytes], had: bytes | None) -> bytes | None:
    """Return somebody's profile; language and comment are the user's own and stay."""
    guids = {str(group.guid) for group in person.groups}
    known = list_groups(tuple(documents.items()))
    roles = [group.name for group in known if group.ad_group_guid in guids]
    if not roles:
        return None
    before = Profile(roles[0]) if had is None else parse(had)
    changes = {"primary_group": roles[0], "groups": tuple(roles[1:]), "ad_user": True}
    return written(msgspec.structs.replace(before, **changes))


ENLISTS: Final = EnlistPolicy(_profile, KIND)
