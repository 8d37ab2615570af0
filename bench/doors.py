"""The vendors' calls as loads: logging in, a guarded call, refreshing, issuing service tokens.

Written against the vendors' documents, as their clients are; this server's code is not imported.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any, Final
from urllib.parse import urlencode

from bench.client import Address, Limits, Load, drive
from bench.wire import basic, request

__all__ = [
    "CHEAPEST",
    "DOORS",
    "JSON",
    "OZ",
    "PASSWORD",
    "PERSON",
    "STATION",
    "Door",
    "enter_findface",
    "findface_lists",
    "guarded",
    "guarded_anew",
    "idscan_login",
    "logins",
    "refreshes",
    "service_tokens",
]

PASSWORD: Final = "plum-tree-88"
PERSON: Final = "alice"
STATION: Final = "station"
DEVICES: Final = 64
"""Devices that log in in turn: each of them comes back before long, as devices do."""
TOKENS: Final = 200
"""Tokens in rotation at a guarded call: more than one, so that no cache of one entry would help."""
JSON: Final = {"Content-Type": "application/json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}

OAUTH: Final = "[dialects.oauth]\nenabled = true\n"
ASKER: Final = f"""
[[subjects]]
logins = ["billing"]
password = "{PASSWORD}"
service = true
[subjects.oauth]
introspects = ["oz"]
"""
"""What the door for back-ends takes: a setting, and a back-end."""

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Door:
    """One vendor: a login on a device, and the guarded call that its answer is good for."""

    name: str
    guarded: str
    log_in: Callable[[str, str], bytes]
    call: Callable[[Answer], bytes]


def logins(door: Door, login: str) -> Load:
    """Return logins of one subject from a few devices."""
    return Load(cycle([door.log_in(login, f"device-{number}") for number in range(DEVICES)]))


def guarded(door: Door, address: Address) -> Load:
    """Log a machine account in on many devices, and return calls with those tokens in turn."""
    return Load(cycle([door.call(answer) for answer in _log_in(door, address, TOKENS)]))


def guarded_anew(door: Door, address: Address) -> Load:
    """Return the same, each with another query: nothing can be remembered of the request."""
    calls = cycle([door.call(answer) for answer in _log_in(door, address, TOKENS)])
    anew = (
        call.replace(b" HTTP/1.1\r\n", b"?call=%d HTTP/1.1\r\n" % number, 1)
        for number, call in enumerate(calls)
    )
    return Load(anew)


def introspections(address: Address) -> Load:
    """Return questions of a back-end with a token of its own about Oz's tokens in turn."""
    answers: list[Answer] = []
    headers = {**FORM, **basic("billing", PASSWORD)}
    own = request("POST", "/oauth2/token", headers, b"grant_type=client_credentials")
    load = Load(iter([own]), lambda body: answers.append(json.loads(body)))
    drive(address, load, Limits(connections=1, seconds=60, requests=1))
    headers = {**FORM, "Authorization": f"Bearer {answers[0]['access_token']}"}
    shown = [answer["access_token"] for answer in _log_in(OZ, address, TOKENS)]
    questions = [
        request("POST", "/oauth2/introspect", headers, f"token={token}".encode()) for token in shown
    ]
    return Load(cycle(questions))


def refreshes(address: Address) -> Load:
    """Return refreshes at Oz's door, each of a pair that an earlier one gave."""
    pairs = deque(
        (answer["access_token"], answer["expire_token"]) for answer in _log_in(OZ, address, DEVICES)
    )

    def send() -> Iterator[bytes]:
        while True:
            access, refresh = pairs.popleft()
            headers = {**JSON, "X-Forensic-Access-Token": access}
            body = json.dumps({"expire_token": refresh}).encode()
            yield request("POST", "/api/authorize/refresh", headers, body)

    def learn(body: bytes) -> None:
        answer = json.loads(body)
        pairs.append((answer["access_token"], answer["expire_token"]))

    return Load(send(), learn)


def enter_findface(address: Address, device: str) -> str:
    """Log an administrator in at FindFace's door and return the token."""
    answers: list[Answer] = []
    request_ = _findface_log_in(PERSON, device)
    load = Load(iter([request_]), lambda body: answers.append(json.loads(body)))
    drive(address, load, Limits(connections=1, seconds=60, requests=1))
    return str(answers[0]["token"])


def findface_lists(token: str, query: str) -> Load:
    """Return calls for the first page of FindFace's sessions."""
    headers = {"Authorization": f"Token {token}"}
    return Load(cycle([request("GET", f"/sessions/?limit=20{query}", headers)]))


def service_tokens(address: Address, method: str) -> Load:
    """Return calls of an administrator that issue (GET) or re-issue (POST) a service token."""
    (administrator,) = _log_in(OZ, address, 1, PERSON)
    (machine,) = _log_in(OZ, address, 1)
    headers = {"X-Forensic-Access-Token": administrator["access_token"]}
    path = f"/api/authorize/service_token/{machine['user_id']}"
    return Load(cycle([request(method, path, headers)]))


def _log_in(door: Door, address: Address, count: int, login: str = STATION) -> list[Answer]:
    """Log a subject in on as many devices; a rejected login raises `AnswerError`."""
    answers: list[Answer] = []
    # Devices of its own for each call: whoever logs in again on one loses the token of before.
    requests = (door.log_in(login, f"{door.guarded} {number}") for number in range(count))
    load = Load(requests, lambda body: answers.append(json.loads(body)))
    drive(address, load, Limits(connections=1, seconds=60, requests=count))
    return answers


def _oz_log_in(login: str, _device: str) -> bytes:
    credentials = {"email": f"{login}@acme.example", "password": PASSWORD}
    body = json.dumps({"credentials": credentials}).encode()
    return request("POST", "/api/authorize/auth", JSON, body)


def _oz_call(answer: Answer) -> bytes:
    headers = {"X-Forensic-Access-Token": answer["access_token"]}
    return request("GET", f"/api/users/{answer['user_id']}", headers)


def idscan_login(login: str, password: str, area: str) -> bytes:
    """Return a login at IDscan's door, for one area."""
    form = {"grant_type": "password", "username": login, "password": password, "area": area}
    return request("POST", "/idscanenterprisesvc/token", FORM, urlencode(form).encode())


def _idscan_log_in(login: str, _device: str) -> bytes:
    return idscan_login(login, PASSWORD, "investigation")


def _idscan_call(answer: Answer) -> bytes:
    headers = {"Authorization": answer["access_token"]}
    return request("GET", "/idscanenterprisesvc/JourneyDefinition/GetAll", headers)


def _findface_log_in(login: str, device: str) -> bytes:
    headers = {**JSON, **basic(login, PASSWORD)}
    return request("POST", "/auth/login/", headers, json.dumps({"uuid": device}).encode())


def _findface_call(answer: Answer) -> bytes:
    return request("GET", "/users/me/", {"Authorization": f"Token {answer['token']}"})


def _oz_configuration(answer: Answer) -> bytes:
    return request("GET", "/api/config", {"X-Forensic-Access-Token": answer["access_token"]})


def _findface_settings(answer: Answer) -> bytes:
    return request("GET", "/settings", {"Authorization": f"Token {answer['token']}"})


OZ: Final = Door("Oz", "Oz, who am I", _oz_log_in, _oz_call)
FINDFACE: Final = Door("FindFace", "FindFace, who am I", _findface_log_in, _findface_call)
DOORS: Final = (
    OZ,
    Door("IDscan", "IDscan, journey definitions", _idscan_log_in, _idscan_call),
    FINDFACE,
)
CHEAPEST: Final = (
    replace(OZ, guarded="Oz, configuration", call=_oz_configuration),
    replace(FINDFACE, guarded="FindFace, settings", call=_findface_settings),
)
"""Guarded calls that have less to tell than who somebody is; IDscan's has two bytes as it is."""
