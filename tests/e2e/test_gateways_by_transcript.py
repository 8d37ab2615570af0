"""Gateways that Debian does not have: the requests that their documentation says they send."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.checkout import ROOT
from tests.support.gateways import exchange, gate_of, listening_gate
from tests.support.world import World
from watchword.core.networks import parse_network
from watchword.core.service_tokens import Order
from watchword.gate.answers import FIELDS
from watchword.gate.asking import OVERRIDES

NAMES = {f"X-Watchword-{field}" for field in (*map(str.title, FIELDS), "Identity")}

# Traefik's forwardAuth: a GET of the address with the headers of the original, and these.
TRAEFIK = """\
GET /gate/verify HTTP/1.1
Host: 127.0.0.1:8421
User-Agent: curl/8.5.0
Accept: */*
Accept-Encoding: gzip
X-Forensic-Access-Token: {token}
X-Forwarded-For: {client}
X-Forwarded-Host: api.example
X-Forwarded-Method: {method}
X-Forwarded-Port: 80
X-Forwarded-Proto: http
X-Forwarded-Server: traefik-1
X-Forwarded-Uri: {path}
X-Real-Ip: 192.0.2.7

"""

# Envoy's ext_authz over HTTP: the method and the path of the original behind the prefix, the
# headers that are allowed, and a body if it is to be forwarded.
ENVOY = """\
{method} /gate/verify{path} HTTP/1.1
host: api.example
content-length: {length}
content-type: application/json
x-forensic-access-token: {token}
x-forwarded-for: {client}
x-envoy-internal: true{more}

{body}"""


@pytest.fixture
def world():
    world = World()
    profile = {"user_type": "CLIENT", "can_start_analysis_biometry": False}
    world.add("carol@acme.example", profiles={"oz": profile}, tenant="Acme Bank")
    yield world
    world.close()


@pytest.fixture
def address(world):
    with listening_gate(gate_of(world), world) as address:
        yield address


@pytest.fixture
def token(world):
    body = {"credentials": {"email": "carol@acme.example", "password": "correct horse"}}
    return world.client().post("/api/authorize/auth", json=body).json()["access_token"]


def ask(address, transcript, client="192.0.2.7", more="", **said):
    said |= {"client": client, "more": more}
    head, gap, body = transcript.partition("\n\n")
    head = head.format(length=len(said.get("body", "")), **said).replace("\n", "\r\n")
    sent = head + "\r\n\r\n" + (body.format(**said) if gap else "")
    [told] = exchange(address, sent.encode())
    return told


def test_traefik_is_answered(address, token):
    passed = ask(address, TRAEFIK, method="GET", path="/api/folders/?limit=1", token=token)
    assert (passed.status, passed.headers["x-watchword-login"]) == (200, "carol@acme.example")
    refused = ask(address, TRAEFIK, method="POST", path="/api/companies/", token=token)
    assert (refused.status, refused.headers["content-type"][:16]) == (403, "application/json")


def test_envoy_is_answered_and_its_bodies_are_judged(address, token):
    path = "/api/folders/1b4e28ba-2fa1-11d2-883f-0016d3cca427/analyses/?a=b"
    for kind, status in (("quality", 200), ("biometry", 403), ("quality", 200)):
        body = f'{{"analyses": [{{"type": "{kind}"}}]}}'
        told = ask(address, ENVOY, method="POST", path=path, token=token, body=body)
        assert told.status == status
    told = ask(address, ENVOY, method="DELETE", path=path, token=token, body="")
    assert told.status == 403


def read(name: str):
    return yaml.safe_load(Path(ROOT / "deploy" / name).read_text())


def test_traefiks_snippet_asks_the_gate_and_takes_every_header():
    asks = read("traefik/dynamic.yaml")["http"]["middlewares"]["watchword"]["forwardAuth"]
    assert asks["address"].endswith("/gate/verify")
    assert asks["trustForwardHeader"] is False
    assert set(asks["authResponseHeaders"]) == NAMES


def test_envoys_snippet_asks_the_gate_and_fails_closed():
    [listener] = read("envoy/envoy.yaml")["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    clearing, asking, _ = manager["http_filters"]
    removed = clearing["typed_config"]["mutations"]["request_mutations"]
    assert {each["remove"] for each in removed} == {name.lower() for name in NAMES}
    asks = asking["typed_config"]
    assert asks["failure_mode_allow"] is False
    assert asks["http_service"]["path_prefix"] == "/gate/verify"
    assert manager["use_remote_address"] is True


def body_shown_by_envoy(path: str) -> bool:
    """Say whether the snippet has Envoy show the gate what is sent to this path."""
    [listener] = read("envoy/envoy.yaml")["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    [host] = manager["route_config"]["virtual_hosts"]
    route = next(each for each in host["routes"] if fits(each["match"], path))
    nothing = {"check_settings": {"disable_request_body_buffering": False}}
    own = route.get("typed_per_filter_config", {}).get("envoy.filters.http.ext_authz", nothing)
    return not own["check_settings"]["disable_request_body_buffering"]


def fits(match: dict[str, Any], path: str) -> bool:
    """Say whether Envoy takes a path for one of these; an expression is about all of it."""
    if "prefix" in match:
        return path.startswith(match["prefix"])
    return re.fullmatch(match["safe_regex"]["regex"], path) is not None


@pytest.mark.parametrize(
    "path",
    [
        "/api/folders/1b4e28ba/analyses/",
        "/api/folders/1b4e28ba/analyses",
        "/api/folders/1b4e28ba/%61nalyses/",
        "/%61pi/folders/1b4e28ba/analyses/",
    ],
)
def test_envoy_shows_what_an_analysis_is_to_be_under_every_spelling_of_its_path(path):
    assert body_shown_by_envoy(path)


@pytest.mark.parametrize(
    "path",
    [
        "/api/folders/",
        "/api/folders/1b4e28ba/media/",
        "/idscanenterprisesvc/journey/upload",
        "/detect",
        "/",
    ],
)
def test_envoy_keeps_no_upload_waiting(path):
    """It refuses what is larger than it may keep, and uploads are."""
    assert not body_shown_by_envoy(path)


def shown_by_envoy(name: str) -> bool:
    """Say whether the snippet has Envoy show the gate a client's header of this name."""
    [listener] = read("envoy/envoy.yaml")["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    asks = manager["http_filters"][1]["typed_config"]
    return any(
        re.fullmatch(pattern["safe_regex"]["regex"], name)
        if "safe_regex" in pattern
        else pattern["exact"] == name
        for pattern in asks["allowed_headers"]["patterns"]
    )


@pytest.mark.parametrize(
    "name",
    [
        "x_watchword_subject",
        "x.watchword.subject",
        "x-watchword_login",
        "x_watchword-identity",
        "x-watchword-new",
        *sorted(name.decode() for name in OVERRIDES),
        *sorted(name.decode().replace("-", "_") for name in OVERRIDES),
    ],
)
def test_envoy_shows_the_gate_what_it_refuses(address, token, name):
    said = {"method": "GET", "path": "/api/folders/", "token": token, "body": ""}
    assert shown_by_envoy(name)
    assert ask(address, ENVOY, **said).status == 200
    assert ask(address, ENVOY, more=f"\n{name}: forged", **said).status == 403


@pytest.mark.parametrize("name", ["user-agent", "x-forwarded-uri", "x-original-uri", "accept"])
def test_envoy_shows_the_gate_nothing_else(name):
    assert not shown_by_envoy(name)


@pytest.mark.parametrize("name", ["x_watchword_subject", "X-HTTP-Method-Override"])
def test_traefik_shows_the_gate_everything(address, token, name):
    transcript = TRAEFIK.replace("Accept: */*", f"Accept: */*\n{name}: forged")
    assert ask(address, transcript, method="GET", path="/api/folders/", token=token).status == 403


class TestAddresses:
    """A token that is bound to networks is good from there alone, as the gateway saw the client."""

    @pytest.fixture
    def bound(self, world) -> str:
        station = world.add(
            "station@acme.example", profiles={"oz": {"user_type": "CLIENT_SERVICE"}}, service=True
        )
        audience = world.opened["oz"].dialect.audience
        networks = (parse_network("192.0.2.0/24"),)
        issued = world.core.service_tokens.issue(Order(station.id, audience, networks=networks))
        return str(issued.token.secret)

    @pytest.mark.parametrize("transcript", [TRAEFIK, ENVOY], ids=["traefik", "envoy"])
    @pytest.mark.parametrize(
        ("client", "status"),
        [
            ("192.0.2.7", 200),
            ("198.51.100.9", 401),
            # What a client sends itself stands before what the gateway adds.
            ("198.51.100.9, 192.0.2.7", 200),
            ("192.0.2.7, 198.51.100.9", 401),
            ("192.0.2.7,", 401),
            ("unknown", 401),
            ("", 401),
        ],
    )
    def test_the_last_address_is_the_clients(self, address, bound, transcript, client, status):
        said = {"method": "GET", "path": "/api/folders/", "token": bound, "body": ""}
        for _ in range(3):
            assert ask(address, transcript, client=client, **said).status == status


@pytest.mark.parametrize(
    "name", ["nginx/watchword.conf", "caddy/Caddyfile", "haproxy/watchword.lua"]
)
def test_every_snippet_hands_on_every_header(name):
    text = Path(ROOT / "deploy" / name).read_text().lower()
    for header in NAMES:
        assert header.lower() in text or f'"{header.lower().removeprefix("x-watchword-")}"' in text
