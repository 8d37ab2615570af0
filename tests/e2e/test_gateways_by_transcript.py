"""Gateways that Debian does not have: the requests that their documentation says they send."""

from pathlib import Path

import pytest
import yaml

from tests.support.checkout import ROOT
from tests.support.gateways import exchange, gate_of, listening_gate
from tests.support.world import World
from watchword.gate.answers import FIELDS

NAMES = {f"X-Watchword-{field}" for field in (*map(str.title, FIELDS), "Identity")}

# Traefik's forwardAuth: a GET of the address with the headers of the original, and these.
TRAEFIK = """\
GET /gate/verify HTTP/1.1
Host: 127.0.0.1:8421
User-Agent: curl/8.5.0
Accept: */*
Accept-Encoding: gzip
X-Forensic-Access-Token: {token}
X-Forwarded-For: 192.0.2.7
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
x-forwarded-for: 192.0.2.7
x-envoy-internal: true

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


def ask(address, transcript, **said):
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


@pytest.mark.parametrize(
    "name", ["nginx/watchword.conf", "caddy/Caddyfile", "haproxy/watchword.lua"]
)
def test_every_snippet_hands_on_every_header(name):
    text = Path(ROOT / "deploy" / name).read_text().lower()
    for header in NAMES:
        assert header.lower() in text or f'"{header.lower().removeprefix("x-watchword-")}"' in text
