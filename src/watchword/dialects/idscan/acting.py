"""Who stands in the audit log for what a call does."""

from watchword.core.access import Principal
from watchword.core.audit import Actor
from watchword.dialects.idscan.profile import AUDIENCE
from watchword.web.messages import Request

__all__ = ["actor_of"]


def actor_of(request: Request, principal: Principal) -> Actor:
    """Return who acts, and from where."""
    subject = principal.subject
    return Actor(subject.id, subject.name, AUDIENCE, request.address)
