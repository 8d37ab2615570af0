"""Journey definitions: how they are kept in the core's document store, and how they are found.

A definition's key begins with its tenant's id, because the vendor gives each tenant a database of
its own (wire contract IDscan 3.4): whoever belongs to no tenant sees those of no tenant.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from watchword.core.core import Core
from watchword.core.errors import NotFoundError
from watchword.core.shelf import ColdError
from watchword.core.subjects import TenantId
from watchword.dialects.idscan.form import read_form
from watchword.dialects.idscan.profile import AUDIENCE
from watchword.dialects.idscan.schemas import ChannelType, JourneyDefinition
from watchword.web.errors import BadFieldError, FieldFault

__all__ = [
    "KIND",
    "definition_key",
    "find_definition",
    "get_definition",
    "read_channel",
    "recall_documents",
    "select",
]

KIND: Final = "journey-definition"

CHANNELS: Final[Mapping[str, ChannelType]] = {
    "capturestudio": ChannelType.CAPTURE_STUDIO,
    "web": ChannelType.WEB,
    "mobile": ChannelType.MOBILE,
    # *Chosen*: the numbers, too, which the vendor's web SDK uses and ASP.NET would take.
    **{str(int(channel)): channel for channel in ChannelType},
}


def definition_key(tenant_id: TenantId | None, definition_id: str) -> str:
    """Return the key of a definition in the store."""
    return f"{tenant_id or ''}/{definition_id}"


def read_channel(query: bytes) -> ChannelType | None:
    """Return the channel that a query asks for, None for all. Raises `BadFieldError`."""
    wanted = read_form(query).get("channeltype", "") if query else ""
    if not wanted:
        return None
    channel = CHANNELS.get(wanted.lower())
    if channel is None:
        raise BadFieldError("channeltype", FieldFault.BAD_VALUE, found=wanted)
    return channel


def select(
    documents: Mapping[str, bytes], tenant_id: TenantId | None, channel: ChannelType | None
) -> Sequence[JourneyDefinition]:
    """Return the definitions of a tenant, those of one channel if one is named, by key."""
    own = definition_key(tenant_id, "")
    found = [parse(document) for key, document in documents.items() if key.startswith(own)]
    return [each for each in found if channel is None or each.channel_type is channel]


def find_definition(
    documents: Mapping[str, bytes], tenant_id: TenantId | None, definition_id: str
) -> JourneyDefinition | None:
    """Return a definition of a tenant, or None."""
    document = documents.get(definition_key(tenant_id, definition_id))
    return None if document is None else parse(document)


def get_definition(
    documents: Mapping[str, bytes], tenant_id: TenantId | None, definition_id: str
) -> JourneyDefinition:
    """Return a definition of a tenant. Raises `NotFoundError`."""
    found = find_definition(documents, tenant_id, definition_id)
    if found is None:
        raise NotFoundError("journey definition")
    return found


def recall_documents(core: Core, kind: str = KIND) -> Mapping[str, bytes]:
    """Return all documents of a kind where blocking is allowed; most often nothing is read."""
    try:
        return core.shelf.recall(AUDIENCE, kind)
    except ColdError:
        return core.shelf.list_of(AUDIENCE, kind)


@lru_cache(maxsize=1_024)
def parse(document: bytes) -> JourneyDefinition:
    """Read a document, once: the shelf gives the same bytes until a definition changes."""
    return msgspec.json.decode(document, type=JourneyDefinition)
