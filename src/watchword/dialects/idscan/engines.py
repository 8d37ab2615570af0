"""``[dialects.idscan.engines.KIND]``, ``[dialects.idscan.webhook]``: whom this door calls itself.

Watchword reads no documents. Where an engine is configured for a kind of capture, the engine reads
what was captured, and its answer is what is stored and told.
"""

from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from watchword.web.calling import Target, check_url

__all__ = ["CaptureKind", "Engine", "Webhook"]

CaptureKind: TypeAlias = Literal["identity", "address", "selfie"]
"""What was captured: an identity document, a proof of address, a face. *Chosen*."""

# The core takes a job for dead after five minutes; a call must have ended long before.
Seconds = Annotated[int, msgspec.Meta(ge=1, le=120)]
Patience = Annotated[int, msgspec.Meta(ge=0, le=31_536_000)]

LONGEST_ANSWER: Final = 16_777_216
"""An engine may send images back; no larger ones than came."""
SUCCESS: Final = range(200, 300)


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[dialects.idscan.engines.KIND]``: who reads what was captured of one kind.

    A call ends after ``timeout_seconds``. An engine that gives no answer is asked again, for
    ``patience_seconds`` from the upload on; 0 is once. ``ca_file`` are the certificates to trust
    in place of the system's, ``token_file`` holds what is sent as a bearer token.
    """

    url: str
    timeout_seconds: Seconds = 30
    patience_seconds: Patience = 3_600
    ca_file: str = ""
    token_file: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be called. msgspec tells the ``ValueError``'s place."""
        check_url(self.url)

    @property
    def target(self) -> Target:
        """Whom to call."""
        return Target(
            self.url,
            self.timeout_seconds,
            "the engine",
            self.ca_file,
            self.token_file,
            LONGEST_ANSWER,
        )


class Webhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[dialects.idscan.webhook]``: who is told how journeys come along; nobody without a ``url``.

    It is told again until it has answered with a status of success, for ``patience_seconds``.
    """

    url: str = ""
    timeout_seconds: Seconds = 10
    patience_seconds: Patience = 259_200
    ca_file: str = ""
    token_file: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be called, and what no name can be put behind."""
        if not self.url:
            return
        check_url(self.url)
        if "?" in self.url:
            raise ValueError("expected a url without a query: names of calls are put behind it")

    def target(self, call: str) -> Target:
        """Return whom to tell by a call of this name."""
        return Target(
            f"{self.url.rstrip('/')}/{call}",
            self.timeout_seconds,
            "the webhook",
            self.ca_file,
            self.token_file,
            good=SUCCESS,
        )
