"""Asking what to do before the camera. Chosen: the vendor has nothing like it."""

from collections.abc import Generator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.faces import ScriptedEngine
from tests.wire.findface.door import UUID, Visitor, door
from watchword.core.challenges import ChallengeFault
from watchword.core.errors import ChallengeRefusedError
from watchword.core.grants import Visit
from watchword.core.sessions import Device
from watchword.dialects.findface.profile import AUDIENCE

PATH = "/auth/video-auth-challenge/"
REFUSED = b'{"code":"UNAUTHORIZED","desc":"Face not recognized."}'


@pytest.fixture(scope="module")
def asking() -> Generator[Visitor]:
    with door(ScriptedEngine(), auth_type="face_or_password") as visitor:
        yield visitor


class TestAsking:
    def test_it_answers_with_a_nonce_two_acts_and_a_deadline(self, asking: Visitor) -> None:
        answer = asking.client.post(PATH, json={"uuid": UUID})

        told = answer.json()
        assert answer.status_code == 200
        assert list(told) == ["nonce", "acts", "expires", "seconds"]
        assert len(told["nonce"]) == 64
        assert len(told["acts"]) == 2
        assert set(told["acts"]) <= {"turn-left", "turn-right", "blink"}
        deadline = datetime.fromisoformat(told["expires"])
        assert deadline == asking.world.clock() + timedelta(seconds=20)
        assert told["seconds"] == 20

    def test_nobody_may_keep_the_answer(self, asking: Visitor) -> None:
        answer = asking.client.post(PATH, json={"uuid": UUID})

        assert answer.headers["cache-control"] == "no-store"

    def test_the_slash_at_the_end_is_optional(self, asking: Visitor) -> None:
        assert asking.client.post(PATH[:-1], json={"uuid": UUID}).status_code == 200

    def test_a_token_changes_nothing(self, asking: Visitor) -> None:
        token = asking.enter()

        assert asking.call("POST", PATH, token, json={"uuid": UUID}).status_code == 200
        assert asking.call("POST", PATH, "f" * 64, json={"uuid": UUID}).status_code == 200

    def test_it_is_good_on_that_device_alone_and_once(self, asking: Visitor) -> None:
        nonce = asking.client.post(PATH, json={"uuid": "phone"}).json()["nonce"]
        redeem = asking.world.core.challenging.redeem

        redeem(nonce, Visit(AUDIENCE, device=Device("phone")))

        with pytest.raises(ChallengeRefusedError) as caught:
            redeem(nonce, Visit(AUDIENCE, device=Device("phone")))
        assert caught.value.fault is ChallengeFault.REPLAYED


class TestRefusing:
    @pytest.mark.parametrize(
        ("body", "desc"),
        [
            (b"", "This field is required."),
            (b"{}", "This field is required."),
            (b'{"uuid":null}', "This field may not be null."),
            (b'{"uuid":""}', "This field may not be blank."),
            (
                b'{"uuid":"' + b"u" * 257 + b'"}',
                "Ensure this field has no more than 256 characters.",
            ),
            (b'{"uuid":{}}', "Not a valid string."),
        ],
    )
    def test_a_body_without_a_device(self, asking: Visitor, body: bytes, desc: str) -> None:
        answer = asking.client.post(PATH, content=body)

        told = answer.json()
        assert answer.status_code == 400
        assert (told["code"], told["desc"], told["param"]) == ("BAD_PARAM", desc, "uuid")

    def test_more_than_a_few_at_once(self) -> None:
        with door(ScriptedEngine(), auth_type="face") as visitor:
            for _ in range(32):
                assert visitor.client.post(PATH, json={"uuid": UUID}).status_code == 200

            answer = visitor.client.post(PATH, json={"uuid": UUID})

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "20")
        assert answer.json()["code"] == "SERVICE_UNAVAILABLE"

    def test_where_no_face_is_any_use(self) -> None:
        with door(ScriptedEngine()) as visitor:
            answer = visitor.client.post(PATH, json={"uuid": UUID})

        assert (answer.status_code, answer.content) == (401, REFUSED)

    def test_where_no_engine_knows_any(self) -> None:
        with door(auth_type="face_or_password") as visitor:
            answer = visitor.client.post(PATH, json={"uuid": UUID})

        assert (answer.status_code, answer.content) == (401, REFUSED)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
    @given(body=st.binary(max_size=60))
    def test_whatever_the_body_is_there_is_an_answer(self, asking: Visitor, body: bytes) -> None:
        answer = asking.client.post(PATH, content=body)

        assert answer.status_code in {200, 400, 503}
        assert answer.status_code == 200 or "desc" in answer.json()
