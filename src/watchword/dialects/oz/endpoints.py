"""``dialects.oz.resolution_endpoints``: whom this server calls because a client says so.

Pure. A client names the address (*chosen*: ``resolution_endpoint``; of the vendor's webhooks little
more is known than that there are some), and an operator says which may be named (*chosen*, decision
0226), or anybody could have this server call what it alone can reach.
"""

from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit

from watchword.web.calling import check_url

__all__ = ["check_endpoints", "may_call"]

PORTS = {"http": 80, "https": 443}


def check_endpoints(endpoints: Iterable[str]) -> None:
    """Raise ``ValueError`` for what is no beginning of an address."""
    for endpoint in endpoints:
        check_url(endpoint)
        if urlsplit(endpoint).query:
            raise ValueError("expected a url without a query")


def may_call(url: str, endpoints: Iterable[str]) -> bool:
    """Say whether an address can be called, and begins as one of these does."""
    try:
        check_url(url)
    except ValueError:
        return False
    found = urlsplit(url)
    return any(_is_below(found, urlsplit(endpoint)) for endpoint in endpoints)


def _is_below(found: SplitResult, allowed: SplitResult) -> bool:
    """Compare scheme, host and port, and whole segments of the path.

    A path that leads upwards is below nothing: who serves it may take the way for the place.
    """
    if _place(found) != _place(allowed):
        return False
    segments, above = found.path.split("/"), allowed.path.rstrip("/").split("/")
    return segments[: len(above)] == above and not any(map(_may_lead_upwards, segments))


def _may_lead_upwards(segment: str) -> bool:
    """Say whether some server reads more into a segment than a name.

    Servers decode before they split or after, some twice; to some a backslash parts segments, and
    what follows a semicolon belongs to none (``..;/``).
    """
    while segment != (decoded := unquote(segment)):
        segment = decoded
    return segment.partition(";")[0] in {".", ".."} or "/" in segment or "\\" in segment


def _place(url: SplitResult) -> tuple[str, str, int | None]:
    return url.scheme, (url.hostname or "").lower(), url.port or PORTS.get(url.scheme)
