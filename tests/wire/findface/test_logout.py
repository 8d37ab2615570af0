"""``POST /auth/logout/`` (seed 002; wire contract FindFace 2.2)."""

import pytest


def leave(visitor, token, path="/auth/logout/"):
    """Log out with a token."""
    return visitor.client.post(path, headers={"authorization": f"Token {token}"})


@pytest.mark.parametrize("path", ["/auth/logout/", "/auth/logout"])
def test_leaving_is_answered_with_nothing(visitor, path):
    answer = leave(visitor, visitor.enter(), path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers


def test_the_token_is_invalid_from_then_on(visitor):
    token = visitor.enter()
    leave(visitor, token)

    answer = visitor.me(token)
    assert (answer.status_code, answer.content) == (
        401,
        b'{"code":"UNAUTHORIZED","desc":"Invalid token."}',
    )


def test_the_users_other_sessions_live_on(visitor):
    gone, kept = visitor.enter(uuid="one"), visitor.enter(uuid="two")
    leave(visitor, gone)

    assert visitor.me(kept).status_code == 200


def test_leaving_twice_is_refused(visitor):
    token = visitor.enter()
    leave(visitor, token)

    assert leave(visitor, token).status_code == 401


def test_a_body_is_not_looked_at(visitor):
    headers = {"authorization": f"Token {visitor.enter()}"}

    assert visitor.client.post("/auth/logout/", content=b"{", headers=headers).status_code == 204
