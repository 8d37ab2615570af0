"""What is known of a face is read as it was written, whatever it says."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from watchword.core.blobs import BlobId
from watchword.core.faces import FaceBox
from watchword.core.gallery import (
    Consent,
    Face,
    FaceId,
    Owner,
    drop_faces,
    find_face,
    find_faces,
    find_owner,
    list_faces,
    put_face,
)
from watchword.core.subjects import Audience, SubjectId
from watchword.storage.memory import MemoryStorage

NORTH = Audience("north")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

times = st.integers(0, 10**16).map(lambda n: EPOCH + timedelta(microseconds=n))
pixels = st.integers(-(2**31), 2**31)
faces = st.builds(
    Face,
    id=st.from_regex(r"[0-9]{1,32}", fullmatch=True).map(FaceId),
    audience=st.just(NORTH),
    subject_id=st.uuids().map(SubjectId),
    number=st.integers(1, 2**53),
    created_at=times,
    modified_at=times,
    photo_name=st.text(),
    box=st.builds(FaceBox, pixels, pixels, pixels, pixels),
    model=st.text("0123456789abcdef", min_size=64, max_size=64),
    template=st.uuids().map(lambda each: BlobId(each.hex)),
    consent=st.builds(Consent, by=st.text(), at=times, purpose=st.text(), until=st.none() | times),
    photo=st.none() | st.uuids().map(lambda each: BlobId(each.hex)),
    thumbnail=st.none(),
)


@given(face=faces, key=st.binary(min_size=1, max_size=100))
def test_a_face_comes_back_as_it_went_in_and_goes_without_a_trace(face: Face, key: bytes) -> None:
    storage = MemoryStorage()
    with storage.write() as transaction:
        put_face(transaction, Owner(face.subject_id, key), face)

    with storage.read() as transaction:
        assert find_face(transaction, NORTH, face.id) == face
        assert find_owner(transaction, face.subject_id) == Owner(
            face.subject_id, key, {face.id: NORTH}
        )
        assert list_faces(transaction, NORTH) == [face]
    with storage.write() as transaction:
        assert drop_faces(transaction, face.subject_id, None) == [face]
    with storage.read() as transaction:
        assert find_faces(transaction, [face.id]) == []
        assert find_owner(transaction, face.subject_id) is None
        assert transaction.blobs.known(face.blobs) == frozenset()


def test_what_is_secret_is_not_shown() -> None:
    owner = Owner(SubjectId(UUID(int=1)), b"a wrapped key")

    assert "wrapped" not in repr(owner)


def test_where_nothing_is_there_is_nothing_to_drop() -> None:
    storage = MemoryStorage()
    with storage.write() as transaction:
        assert drop_faces(transaction, SubjectId(UUID(int=1)), None) == []
