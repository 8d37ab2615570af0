"""How the dialect suite logs in and calls at this door."""

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.drivers import Driver, Gated

__all__ = ["DRIVER"]

TOKEN = "/idscanenterprisesvc/token"
GUARDED = "/idscanenterprisesvc/JourneyDefinition/GetAll"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def login(client: TestClient, name: str, password: str) -> Response:
    """Log in, and forget the cookies: the suite presents tokens in the header."""
    form = {
        "grant_type": "password",
        "username": name,
        "password": password,
        "area": "investigation",
    }
    answer = client.post(TOKEN, data=form)
    client.cookies.clear()
    return answer


def token(answer: Response) -> str:
    """Take the token out of the answer."""
    return str(answer.json()["access_token"])


def guarded(client: TestClient, secret: str | None, _name: str) -> Response:
    """Ask for the journey definitions."""
    return client.get(GUARDED, headers={} if secret is None else {"authorization": secret})


def leave(client: TestClient, secret: str) -> Response:
    """Log out."""
    return client.post("/idscanenterprisesvc/logout", headers={"authorization": secret})


def shaped(answer: Response) -> bool:
    """Say whether this is an OAuth error or a Web API message, as the path wants it."""
    is_token = answer.request.url.path.lower() == TOKEN
    spelled = answer.headers["content-type"] == (
        "application/json;charset=UTF-8" if is_token else "application/json; charset=utf-8"
    )
    body = answer.json()
    return spelled and list(body) == (["error"] if is_token else ["Message"])


def send_body(client: TestClient, body: bytes) -> Response:
    """Post raw bytes to the login."""
    return client.post(TOKEN, content=body, headers=FORM)


DRIVER = Driver(
    name="idscan",
    profile={"role": "SuperAdministrator", "groups": ["Users", "IEOSAdmins"]},
    login_name="alice",
    login=login,
    token=token,
    guarded=guarded,
    leave=leave,
    shaped=shaped,
    send_body=send_body,
    gated=Gated(
        headers=lambda token: {"Authorization": token},
        open=("POST", TOKEN),
        allowed=("GET", GUARDED),
        denied=("POST", "/idscanenterprisesvc/Configuration/Update"),
        lesser={"role": "Investigator"},
        missing=("GET", "/idscanenterprisesvc/Elsewhere"),
    ),
)
