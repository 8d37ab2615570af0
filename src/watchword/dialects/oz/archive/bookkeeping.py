"""What goes with every change: an audit entry, sealed content in the ledger, an open company."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from watchword.core.audit import Entry
from watchword.core.blobs import Blob, BlobId
from watchword.core.core import Core
from watchword.core.errors import TenantClosedError
from watchword.core.ports import Transaction
from watchword.core.revocation import record
from watchword.core.subjects import TenantId
from watchword.dialects.oz.archive.drafts import MediaDraft
from watchword.dialects.oz.archive.reach import Caller
from watchword.dialects.oz.archive.records import File
from watchword.dialects.oz.settings import AUDIENCE

__all__ = ["audit", "forget", "note_blobs", "require_open", "seal"]


def audit(
    transaction: Transaction,
    caller: Caller,
    action: str,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    """Note who did what to what."""
    subject = caller.principal.subject
    entry = Entry(
        now,
        action,
        "done",
        audience=AUDIENCE,
        subject_id=subject.id,
        login=subject.name,
        tenant_id=subject.tenant_id,
        address=caller.address,
        details={key: str(value) for key, value in details.items()},
    )
    record(transaction, entry)


def seal(core: Core, key: bytes, drafts: Iterable[MediaDraft]) -> Sequence[tuple[MediaDraft, Blob]]:
    """Seal files under a key, outside of any unit of work: what comes to no commit is swept."""
    return [(each, core.vault.put(key, each.part.content)) for each in drafts]


def note_blobs(transaction: Transaction, files: Iterable[File]) -> None:
    """Note that these files refer to their content."""
    for file in files:
        transaction.blobs.add(file.blob_id)


def forget(core: Core, blobs: Iterable[BlobId]) -> None:
    """Remove content, once no record refers to it any more."""
    for blob_id in blobs:
        core.vault.remove(blob_id)


def require_open(transaction: Transaction, company_id: UUID | None) -> None:
    """Make nothing in a company that is being deleted: nobody would come to remove it.

    Raises `TenantClosedError`.
    """
    if company_id is None:
        return
    tenant = transaction.tenants.find(TenantId(company_id))
    if tenant is None or tenant.in_deletion:
        raise TenantClosedError
