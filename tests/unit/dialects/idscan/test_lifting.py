"""What is long is taken out of a body, and nobody can tell from what is read of it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping

import pybase64
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.dialects.idscan import members
from watchword.dialects.idscan.journeys import drafts
from watchword.dialects.idscan.journeys.drafts import UploadDraft, read_upload
from watchword.dialects.idscan.journeys.lifting import Lifted, lift
from watchword.dialects.idscan.members import Members
from watchword.dialects.idscan.settings import Settings
from watchword.web.errors import BadFieldError, BodyTooLargeError, UnreadableBodyError

SHORT = 8
MEDIUM = 30
"""Longer than any name of a member."""
IMAGE = b"\xff\xd8\xff\xe0" + bytes(100)
ENCODED = b64encode(IMAGE)
TEXTS = st.text(alphabet='ab1=\x00 "\\é\n', max_size=50)


def upload_of(image: Mapping[str, object] | None = None, **changes: object) -> bytes:
    """Return an upload with changes, in it and in its image."""
    usual_image = {"Data": ENCODED.decode(), "Name": "WhiteImage"}
    images = [usual_image | dict(image or {})]
    usual = {"InputImages": images, "IsDocumentExtracted": False, "Source": 2}
    return json.dumps(usual | changes, ensure_ascii=False).encode()


def outcome(body: bytes) -> UploadDraft | str:
    """Return what is read of a body, or what is wrong with it."""
    try:
        return read_upload(body, Settings(upload_max_bytes=4_096))
    except (BadFieldError, BodyTooLargeError, UnreadableBodyError) as error:
        return repr(error)


def restored(lifted: Lifted) -> object:
    """Return what a body says, each mark taken for what it stands for."""

    def put_back(value: object) -> object:
        match value:
            case str():
                text = lifted.texts.pop(value, None)
                return value if text is None else str(text, "utf-8")
            case list():
                return [put_back(each) for each in value]
            case dict():
                return {put_back(name): put_back(each) for name, each in value.items()}
            case _:
                return value

    return put_back(json.loads(lifted.body))


JSON = st.recursive(
    st.none() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


class TestLifting:
    @given(JSON)
    def test_nothing_is_lost_and_nothing_is_taken_for_something_else(self, value: object) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()

        lifted = lift(body, SHORT)

        assert restored(lifted) == value
        assert not lifted.texts

    @given(st.binary(max_size=60) | st.text('"\\ab', max_size=60).map(str.encode))
    def test_whatever_comes_something_comes_back(self, body: bytes) -> None:
        lifted = lift(body, SHORT)

        assert all(len(text) > SHORT for text in lifted.texts.values())
        if not lifted.texts:
            assert lifted.body == body

    def test_what_is_long_is_not_copied(self) -> None:
        body = b'{"a": "' + b"b" * 20 + b'", "c": "' + b"d" * 20 + b'", "e": "f"}'

        lifted = lift(body, SHORT)

        assert json.loads(lifted.body) == {"a": "\x000", "c": "\x001", "e": "f"}
        assert {text.obj for text in lifted.texts.values()} == {body}

    def test_each_is_taken_once(self) -> None:
        lifted = lift(b'["' + b"a" * 20 + b'"]', SHORT)

        taken = lifted.take("\x000")
        assert isinstance(taken, memoryview)
        assert bytes(taken) == b"a" * 20
        assert lifted.take("\x000") == "\x000"
        assert lifted.take("anything else") == "anything else"

    @pytest.mark.parametrize(
        "body",
        [b'["short"]', b'["' + b"a" * 20 + b'\\n"]', b'["' + b"a" * 20],
        ids=["nothing is long", "a backslash", "no end"],
    )
    def test_otherwise_a_body_is_left_as_it_is(self, body: bytes) -> None:
        assert lift(body, SHORT) == Lifted(body)

    def test_very_many_texts_are_not_gone_through(self) -> None:
        body = b'"",' * 1_000 + b'"' + b"a" * 20 + b'"'

        assert lift(body, SHORT) == Lifted(body)

    def test_neither_bodies_nor_texts_are_shown(self) -> None:
        assert "secret" not in repr(lift(b'["secret secret"]', SHORT))


class TestReading:
    """What is read of an upload is what would be read if nothing had been taken out of it."""

    @pytest.fixture
    def parsed(self, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
        """Return what is parsed, while shorter images than usual are long."""
        parsed: list[bytes] = []

        def read_members(body: bytes) -> Members:
            parsed.append(body)
            return members.read_members(body)

        monkeypatch.setattr(drafts, "lift", lambda body: lift(body, MEDIUM))
        monkeypatch.setattr(drafts, "read_members", read_members)
        return parsed

    def test_an_image_is_not_parsed(self, parsed: list[bytes]) -> None:
        draft = read_upload(upload_of(), Settings())

        assert [image.content for image in draft.images] == [IMAGE]
        assert [ENCODED in each for each in parsed] == [False]

    @pytest.mark.parametrize(
        "image",
        [{"Data": ENCODED.decode() + "*"}, {"Data": " " + ENCODED.decode()}, {"More": "m" * 99}],
        ids=["no base64", "white space", "a long text beside it"],
    )
    def test_what_is_odd_is_parsed_as_it_came(
        self, parsed: list[bytes], image: Mapping[str, str]
    ) -> None:
        outcome(upload_of(image))

        assert [ENCODED in each for each in parsed] == [False, True]

    @given(
        st.dictionaries(st.sampled_from(["Data", "Name", "ImageFormat", "More"]), JSON, max_size=1),
        st.dictionaries(
            st.sampled_from(["InputImages", "Source", "PersonEntryId", "AdditionalData", "More"]),
            JSON,
            max_size=1,
        ),
    )
    def test_it_is_the_same(
        self, image: Mapping[str, object], upload: Mapping[str, object]
    ) -> None:
        body = upload_of(image, **upload)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(drafts, "lift", lambda body: lift(body, MEDIUM))
            lifted = outcome(body)
            patched.setattr(drafts, "lift", Lifted)
            assert lifted == outcome(body)

    @given(st.text("aZ+/=- \u00e9", max_size=40) | st.binary(max_size=40).map(b64encode))
    def test_base64_is_what_the_standard_library_takes_for_it(self, text: str | bytes) -> None:
        assert decoded(b64decode, text) == decoded(pybase64.b64decode, text)


def decoded(decode: Callable[..., bytes], text: str | bytes) -> bytes | None:
    """Return what a text says, or None where it is no base64."""
    try:
        return decode(text, validate=True)
    except ValueError:
        return None
