"""How often in a row somebody's face was not theirs, and when it is no use to them any more.

NIST SP 800-63B-4 (3.2.3) bounds how often a face may be tried: delays after 5 failures in a row,
no more than 50 until another factor was shown; 10 and 100 where every clip has to look alive. The
delays are those of the lock-out (`watchword.core.tally`), which faces share with passwords. This
file keeps the long count.

Rules of this file:

1. Whoever is named is counted: by a login, or as the owner of a session. Where nobody is, nobody's
   face was tried; that counts for the source alone.
2. The count is an account's, from wherever the failures come, and no time makes it smaller: only
   the face itself before the limit, another factor, or a new photo.
"""

import json
from dataclasses import replace
from typing import Any, Final

from watchword.core.policy import FacePolicy, LockoutPolicy
from watchword.core.ports import Transaction
from watchword.core.subjects import Audience, SubjectId

__all__ = ["add_face_failure", "face_is_off", "forget_face_failures", "lockout_of_faces"]

OURS: Final = Audience("watchword")
FAILURES: Final = "face-failures"

MOST: Final = 50
MOST_WITH_PAD: Final = 100
PAD_BEARS: Final = 2
"""By what every bound grows where clips have to look alive."""


def lockout_of_faces(lockout: LockoutPolicy, faces: FacePolicy) -> LockoutPolicy:
    """Return the policy by which the failures of faces delay the next attempt."""
    if not faces.judges_looks:
        return lockout
    return replace(lockout, free_failures=lockout.free_failures * PAD_BEARS)


def face_is_off(transaction: Transaction, subject_id: SubjectId, faces: FacePolicy) -> bool:
    """Say whether a subject has to show something else before its face is looked at again."""
    most = MOST_WITH_PAD if faces.judges_looks else MOST
    return _count(transaction, subject_id) >= most


def add_face_failure(transaction: Transaction, subject_id: SubjectId) -> None:
    """Count one more failure of whoever was named."""
    document = {"failures": _count(transaction, subject_id) + 1}
    transaction.documents.put(OURS, FAILURES, str(subject_id), json.dumps(document).encode())


def forget_face_failures(transaction: Transaction, subject_id: SubjectId) -> None:
    """Begin to count anew."""
    if transaction.documents.find(OURS, FAILURES, str(subject_id)) is not None:
        transaction.documents.remove(OURS, FAILURES, str(subject_id))


def _count(transaction: Transaction, subject_id: SubjectId) -> int:
    document = transaction.documents.find(OURS, FAILURES, str(subject_id))
    if document is None:
        return 0
    read: dict[str, Any] = json.loads(document)
    return int(read["failures"])
