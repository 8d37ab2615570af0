"""``POST /oauth2/introspect/batch``: several tokens at once, an addition of ours."""

import pytest

from tests.wire.oauth.calls import (
    BATCH,
    OTHERS,
    ask,
    basic,
    bearer,
    enter,
    post,
    token_of,
)

INACTIVE = {"active": False}


def ask_all(client, tokens, headers=None, **fields):
    return post(client, BATCH, {"token": tokens, **fields}, headers or basic("guard"))


def test_each_token_is_told_of_as_alone_and_in_its_place(client):
    tokens = ["x", token_of(client), *(enter(client, other) for other in OTHERS), "y"]
    told = ask_all(client, tokens).json()

    assert list(told) == ["tokens"]
    assert told["tokens"] == [ask(client, token).json() for token in tokens]
    assert [each["active"] for each in told["tokens"]] == [
        token not in {"x", "y"} for token in tokens
    ]


def test_one_token_is_a_batch_too(client):
    assert ask_all(client, "x").json() == {"tokens": [INACTIVE]}


def test_the_same_token_twice_is_told_of_twice(client):
    assert ask_all(client, ["x", "x"]).json() == {"tokens": [INACTIVE] * 2}


def test_what_the_caller_may_not_ask_about_is_inactive_in_it(client):
    tokens = [token_of(client), *(enter(client, other) for other in OTHERS)]
    told = ask_all(client, tokens, basic("robot")).json()["tokens"]

    assert [each["active"] for each in told] == [True] + [False] * len(OTHERS)


def test_known_tokens_take_no_thread(client, world):
    tokens, guard = [token_of(client) for _ in range(5)], bearer(token_of(client, "guard"))
    first = ask_all(client, tokens, guard)

    def refuse(_work):
        raise AssertionError("a thread was asked")

    world.lanes.store.run = world.lanes.login.run = refuse

    assert ask_all(client, tokens, guard).content == first.content


@pytest.mark.parametrize("count", [1, 99, 100])
def test_there_may_be_a_hundred(client, count):
    assert len(ask_all(client, ["x" * 576] * count).json()["tokens"]) == count


def test_and_no_more(client):
    answer = ask_all(client, ["x"] * 101)

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "token: expected at most 100",
    }


@pytest.mark.parametrize("form", ["", "token=", "tokens=x"])
def test_there_must_be_one(client, form):
    answer = post(client, BATCH, form, basic("guard"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_one_address_holds_for_all(client):
    assert ask_all(client, ["x"], client_address="198.51.100.7").is_success
    assert ask_all(client, ["x"], client_address="nowhere").status_code == 400
