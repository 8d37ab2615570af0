"""Of whom one must always be left: the last administrator of a door, whoever comes for it.

An audience says in its policy who counts (`watchword.core.policy.Reserve`). Asked inside of the
unit of work that makes a change, with everything changed and the index up to date: units that
write come one after another, so nobody slips in between.
"""

from collections.abc import Mapping

from watchword.core.changing import Picture
from watchword.core.errors import ForbiddenError
from watchword.core.index import Query
from watchword.core.policy import AudiencePolicy, Reserve
from watchword.core.ports import Transaction
from watchword.core.showing import collection_of
from watchword.core.subjects import Audience

__all__ = ["require_reserves"]


def require_reserves(
    transaction: Transaction,
    audiences: Mapping[Audience, AudiencePolicy],
    before: Picture,
    after: Picture | None,
) -> None:
    """Require that a change takes no audience's last one away; ``after`` None is a removal.

    Raises `ForbiddenError`.
    """
    for audience, policy in audiences.items():
        reserve = policy.reserve
        if reserve is None or not _counts(policy, reserve, before):
            continue
        if after is not None and _counts(policy, reserve, after):
            continue
        others = Query(collection_of(audience), reserve.filters, limit=1, counted=False)
        if not transaction.index.search(others).keys:
            raise ForbiddenError


def _counts(policy: AudiencePolicy, reserve: Reserve, picture: Picture) -> bool:
    """Say whether a subject is one of them. A profile that is nonsense makes nobody one."""
    document = picture.profiles.get(policy.audience)
    if document is None:
        return False
    try:
        profile = policy.read_profile(document)
    except ValueError:
        return False
    return reserve.counts(picture.subject, profile)
