"""``/.well-known/oauth-authorization-server``: what a client has to know (RFC 8414)."""

import pytest

from tests.wire.oauth.calls import METADATA, OTHERS, opened


def test_it_has_these_members(client):
    answer = client.get(METADATA)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "issuer": "http://testserver",
        "token_endpoint": "http://testserver/oauth2/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "revocation_endpoint": "http://testserver/oauth2/revoke",
        "revocation_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "Bearer",
        ],
        "introspection_endpoint": "http://testserver/oauth2/introspect",
        "introspection_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "Bearer",
        ],
        "introspection_batch_endpoint": "http://testserver/oauth2/introspect/batch",
        "jwks_uri": "http://testserver/.well-known/jwks.json",
    }


def test_every_endpoint_in_it_is_there(client):
    told = client.get(METADATA).json()
    endpoints = [value for name, value in told.items() if name.endswith("_endpoint")]

    assert len(endpoints) == 4
    assert {client.post(each).status_code for each in endpoints} <= {400, 401}


@pytest.mark.parametrize("host", ["id.acme.example", "id.acme.example:8443", "[2001:db8::7]:80"])
def test_the_issuer_is_the_host_that_was_asked(client, host):
    told = client.get(METADATA, headers={"host": host}).json()
    assert told["issuer"] == f"http://{host}"


@pytest.mark.parametrize("host", ["evil/../x", 'a"b', "a b", "a?b", "a#b", "user@host"])
def test_what_is_no_host_never_gets_in(client, host):
    told = client.get(METADATA, headers={"host": host}).json()

    assert told["issuer"] == ""
    assert told["token_endpoint"] == "/oauth2/token"


def test_over_https_it_says_so(world):
    with world.client(base_url="https://testserver") as client:
        assert client.get(METADATA).json()["issuer"] == "https://testserver"


@pytest.mark.parametrize("url", ["https://id.acme.example", "https://id.acme.example/"])
def test_the_issuer_is_what_the_settings_say(url):
    with opened(public_url=url) as world, world.client() as client:
        told = client.get(METADATA, headers={"host": "elsewhere"}).json()

    assert told["issuer"] == "https://id.acme.example"
    assert told["revocation_endpoint"] == "https://id.acme.example/oauth2/revoke"


def test_its_path_is_exact(client):
    for path in (f"{METADATA}/", f"{METADATA}/oauth2", METADATA.upper()):
        assert client.get(path).headers.get("content-type") != "application/json" or (
            "issuer" not in client.get(path).json()
        )


def test_other_doors_keep_the_paths_around_it(client):
    assert OTHERS
    assert "issuer" not in client.get("/.well-known/openid-configuration").text
