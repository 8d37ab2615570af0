"""Who is calling, and what that one may do.

Rules of this file (*observed* and *documented*, wire contract FindFace 2.6, 2.7, 4.1):

1. Members of the role Administrator may do everything.
2. Nobody else manages users or roles, whatever permissions a role has been given.
3. All others may do what the permissions of their roles say, each by its name.
"""

from dataclasses import dataclass

from watchword.core.access import Principal
from watchword.core.audit import Actor
from watchword.core.errors import ScopeMissingError
from watchword.core.sessions import Session
from watchword.core.subjects import Subject
from watchword.core.tokens import TokenDigest, digest
from watchword.dialects.findface.groups import Rights, kept_groups, rights_of
from watchword.dialects.findface.profile import AUDIENCE, as_profile
from watchword.dialects.findface.security import read_token
from watchword.dialects.findface.settings import Settings
from watchword.web.messages import Request
from watchword.web.operation import Desk

__all__ = ["Caller", "caller_of"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind a call. ``actor`` is how the audit log names it."""

    subject: Subject
    session: Session
    rights: Rights
    token: TokenDigest
    actor: Actor

    @property
    def administrates(self) -> bool:
        """Whether it is an administrator."""
        return self.rights.administrates

    def may(self, permission: str) -> bool:
        """Say whether a permission of this application is held."""
        return self.administrates or f"ffsecurity.{permission}" in self.rights.held

    def require(self, permission: str) -> None:
        """Raise `ScopeMissingError` unless a permission of this application is held."""
        if not self.may(permission):
            raise ScopeMissingError(f"ffsecurity.{permission}")

    def require_administrator(self, permission: str) -> None:
        """Raise `ScopeMissingError`, with what it would take, for anybody else."""
        if not self.administrates:
            raise ScopeMissingError(permission)


def caller_of(desk: Desk[Settings], request: Request, principal: Principal) -> Caller:
    """Return who is calling."""
    subject = principal.subject
    return Caller(
        subject=subject,
        session=principal.session,
        rights=rights_of(kept_groups(desk.core.shelf), as_profile(principal.profile)),
        token=digest(read_token(desk, request) or ""),
        actor=Actor(
            subject.id,
            subject.name,
            AUDIENCE,
            request.address,
            principal.session.device.key,
        ),
    )
