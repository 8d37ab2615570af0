"""Whom a flag names."""

from watchword.core.core import Core
from watchword.core.errors import NotFoundError
from watchword.core.subjects import Subject

__all__ = ["require_subject"]


def require_subject(core: Core, login: str) -> Subject:
    """Return who has this login. Raises `NotFoundError`."""
    with core.storage.read() as transaction:
        subject = transaction.subjects.find_by_login(login)
    if subject is None:
        raise NotFoundError("subject")
    return subject
