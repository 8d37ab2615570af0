"""What every storage must keep, as classes that a back-end's test file subclasses.

Three grades: `StorageConformance` is about records, `TransactionConformance` about units of work,
`ConcurrencyConformance` about units of several threads, processes and hosts. A back-end differs
from the others in nothing that these classes can see; what it adds is in its own file. Beside them
`StorageMachine` drives a back-end and the reference side by side.
"""

from tests.conformance.storage_suite.challenges import ChallengeConformance
from tests.conformance.storage_suite.concurrency import ConcurrencyConformance
from tests.conformance.storage_suite.directory import (
    CredentialConformance,
    SubjectConformance,
    TenantConformance,
)
from tests.conformance.storage_suite.finders import FinderConformance
from tests.conformance.storage_suite.index import IndexConformance
from tests.conformance.storage_suite.ledgers import AuditConformance, LedgerConformance
from tests.conformance.storage_suite.machine import StorageMachine
from tests.conformance.storage_suite.proofs import ProofConformance
from tests.conformance.storage_suite.session_lists import SessionListConformance
from tests.conformance.storage_suite.sessions import SessionConformance, TokenConformance
from tests.conformance.storage_suite.transactions import TransactionConformance
from tests.conformance.storage_suite.work import BlobConformance, JobConformance

__all__ = [
    "ConcurrencyConformance",
    "StorageConformance",
    "StorageMachine",
    "TransactionConformance",
]


class StorageConformance(
    TenantConformance,
    SubjectConformance,
    CredentialConformance,
    SessionConformance,
    TokenConformance,
    SessionListConformance,
    ProofConformance,
    ChallengeConformance,
    LedgerConformance,
    AuditConformance,
    FinderConformance,
    IndexConformance,
    JobConformance,
    BlobConformance,
):
    """Records come back as they went in, and refusals are the same everywhere."""
