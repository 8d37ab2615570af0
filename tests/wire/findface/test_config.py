"""``GET /config.json`` (wire contract FindFace 2.11, 3.3)."""

import pytest

from tests.wire.findface.door import door


def test_the_documented_defaults_are_published_to_anybody(visitor):
    answer = visitor.client.get("/config.json")

    assert answer.status_code == 200
    assert answer.content == (
        b'{"auth":{"AUTH_TYPE":"password","FACE_AUTH_CONFIDENCE":0.74,'
        b'"MAXIMUM_SESSION_LENGTH":15552000,"NEED_SESSION_RENEW":false,'
        b'"RENEW_SESSION_INTERVAL":0,"MAXIMUM_RENEW_ATTEMPTS":2},"enable_acl":true,'
        b'"language":"en-us","services":{"ffsecurity":{"active_directory":false}},"plugins":{}}'
    )


def test_what_is_set_is_published():
    with door(
        auth_type="face_or_password",
        face_auth_confidence=0.714,
        maximum_session_length=600,
        need_session_renew=True,
        renew_session_interval=30,
        maximum_renew_attempts=3,
        language="ru",
    ) as visitor:
        config = visitor.client.get("/config.json").json()

    assert config["language"] == "ru"
    assert config["auth"] == {
        "AUTH_TYPE": "face_or_password",
        "FACE_AUTH_CONFIDENCE": 0.714,
        "MAXIMUM_SESSION_LENGTH": 600,
        "NEED_SESSION_RENEW": True,
        "RENEW_SESSION_INTERVAL": 30,
        "MAXIMUM_RENEW_ATTEMPTS": 3,
    }


@pytest.mark.parametrize("header", ["Token bad", "Basic ???", "Token"])
def test_even_bad_credentials_are_not_looked_at(visitor, header):
    answer = visitor.client.get("/config.json", headers={"authorization": header})

    assert answer.status_code == 200
