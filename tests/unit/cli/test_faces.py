"""``watchword faces``: who is enrolled, what is kept of them, and that it is gone."""

import base64
import bz2
import gzip
import json
import lzma
import shutil
import sqlite3
import stat
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from secrets import randbelow, token_bytes
from typing import Any

import pytest
from msgspec import structs

from tests.support.faces import NOBODY, ScriptedEngine, photo_of
from tests.support.house import NORTH, entering
from tests.support.world import FixedClock, FixedRandomness
from watchword.bootstrap import migrate_store
from watchword.cli import face_enrolling
from watchword.cli.face_commands import delete, export, list_, prove_deleted
from watchword.cli.face_commands import enrol as enrol_command
from watchword.cli.face_enrolling import enrol
from watchword.cli.face_findings import find_about_galleries
from watchword.cli.face_proof import needles_of, read_record, search
from watchword.cli.face_records import list_enrolled
from watchword.config import Configuration, DatabaseTable, FaceTable, FileError, TableError
from watchword.core.audit import Actor
from watchword.core.core import Core, assemble
from watchword.core.enrolment import NewFace
from watchword.core.faces import FaceBox, Factors, FoundFace, Template
from watchword.core.gallery import Face
from watchword.core.policy import FacePolicy
from watchword.core.seeding import SubjectDraft
from watchword.core.subjects import Audience, Subject
from watchword.seal import data_folder, master_key_file, prepare_vault
from watchword.storage.keys import read_master_key
from watchword.storage.sql import SqlStorage, open_storage
from watchword.storage.stamps import LocalStamps
from watchword.storage.vault import FileVault


@dataclass
class Place:
    """An installation on disk: SQLite, a vault in files, and people with faces in it."""

    folder: Path
    configuration: Configuration
    core: Core
    storage: SqlStorage
    clock: FixedClock

    @property
    def url(self) -> str:
        """The database, as a flag has it."""
        return self.configuration.database.url

    def add(self, login: str) -> Subject:
        """Put somebody."""
        draft = SubjectDraft((login,), password="x", profiles={NORTH: b"{}"})
        self.core.seeding.put_subject(draft)
        with self.storage.read() as transaction:
            subject = transaction.subjects.find_by_login(login)
        assert subject is not None
        return subject

    def enrol(self, subject: Subject, **more: Any) -> tuple[Face, bytes, bytes]:
        """Enrol a face, and return it with its photo and its template."""
        photo, vector = token_bytes(40_000), f"{subject.id} 0.{randbelow(10**9)}".encode()
        template = Template(ScriptedEngine().model, vector)
        found = FoundFace(FaceBox(0, 0, 9, 9), 0.9, 0.9, template, token_bytes(2_000))
        new = replace(NewFace(NORTH, subject.id, photo, "me.jpg", found, "login"), **more)
        by = Actor(subject.id, subject.name, NORTH)
        return self.core.enrolment.enrol(new, by=by), photo, vector

    def bytes_of(self) -> dict[Path, bytes]:
        """Return what every file holds."""
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def place(tmp_path: Path) -> Generator[Place]:
    folder = tmp_path / "installation"
    folder.mkdir()
    configuration = Configuration(database=DatabaseTable(f"sqlite:///{folder}/watchword.db"))
    migrate_store(configuration.database.url)
    prepare_vault(configuration)
    clock, storage = FixedClock(), open_storage(configuration.database.url)
    master = read_master_key(master_key_file(configuration))
    vault = FileVault(data_folder(configuration) / "vault", master, clock)
    policy = entering(NORTH, Factors.EITHER)
    audiences = {
        NORTH: replace(
            policy.audiences[NORTH],
            entry=replace(policy.audiences[NORTH].entry, least_likeness=0.0),
        )
    }
    policy = replace(policy, faces=FacePolicy(keep_photos=True), audiences=audiences)
    core = assemble(storage, LocalStamps(), vault, policy, clock, FixedRandomness())
    yield Place(folder, configuration, core.seeing(ScriptedEngine()), storage, clock)
    core.close()
    storage.close()


def exported(place: Place, tmp_path: Path, login: str = "alice") -> Path:
    """Export somebody's faces to a file outside of the installation."""
    path = tmp_path / "record.json"
    assert export(login=login, out=path, database=place.url) == 0
    return path


class TestListing:
    def test_it_says_who_since_when_for_what_and_by_whom(
        self, place: Place, capsys: pytest.CaptureFixture[str]
    ) -> None:
        until = place.clock() + timedelta(days=30)
        face, _, _ = place.enrol(place.add("alice"), until=until)

        assert list_(database=place.url) == 0

        line = capsys.readouterr().out
        assert line == (
            f"{face.id}  north  alice  since 2025-03-04T05:06:07Z  "
            "for login by alice until 2025-04-03T05:06:07Z  photo kept  RE-ENROL\n"
        )

    def test_as_json_for_one_subject(
        self, place: Place, capsys: pytest.CaptureFixture[str]
    ) -> None:
        face, _, _ = place.enrol(place.add("alice"))
        place.enrol(place.add("bob"))

        assert list_(login="ALICE", as_json=True, database=place.url) == 0

        (row,) = json.loads(capsys.readouterr().out)
        assert (row["face"], row["login"], row["re_enrol"]) == (face.id, "alice", True)
        assert row["consent"] == {
            "by": "alice",
            "at": face.consent.at.isoformat(),
            "purpose": "login",
            "until": None,
        }

    def test_nobody_is_no_such_subject(
        self, place: Place, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert list_(login="nobody", database=place.url) == 1
        assert capsys.readouterr().err == "watchword: there is no such subject\n"


class TestEnrolling:
    """On the host, with an engine that sees what a test says."""

    @pytest.fixture
    def photos(self, place: Place, tmp_path: Path) -> dict[str, Path]:
        alice = place.add("alice")
        contents = {
            "one": photo_of(alice),
            "two": photo_of(alice),
            "crowd": photo_of(alice, "bob"),
            "poor": photo_of(alice, poor=True),
            "nobody": NOBODY,
            "noise": b"\x00",
            "empty": b"",
            "other": photo_of("somebody"),
            "huge": b"x" * 10_485_761,
        }
        paths = {name: tmp_path / f"{name}.jpg" for name in contents}
        for name, content in contents.items():
            paths[name].write_bytes(content)
        return paths

    def enrolled(self, place: Place, *photos: Path, audience: str | None = None) -> int:
        core = place.core
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(face_enrolling, "give_sight", lambda _configuration, _core: core)
            patch.setattr(face_enrolling, "blindness", lambda _table: "")
            return len(enrol(core, place.configuration, "alice", audience, photos))

    def test_every_photo_of_a_subject(self, place: Place, photos: dict[str, Path]) -> None:
        assert self.enrolled(place, photos["one"], photos["two"]) == 2

        (first, second) = list_enrolled(place.core, "alice", None)
        assert (first.face.photo_name, second.face.photo_name) == ("one.jpg", "two.jpg")
        assert (first.face.consent.by, first.face.audience) == ("", NORTH)

    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("crowd", "shows 2 faces"),
            ("nobody", "shows 0 faces"),
            ("poor", "too small, too blurred"),
            ("noise", "no photo that can be read"),
            ("empty", "no photo that can be read"),
            ("huge", "is too large"),
        ],
    )
    def test_if_one_will_not_do_none_is_taken(
        self, place: Place, photos: dict[str, Path], name: str, problem: str
    ) -> None:
        with pytest.raises(FileError, match=problem):
            self.enrolled(place, photos["one"], photos[name])

        assert list_enrolled(place.core, None, None) == []

    def test_a_photo_that_is_not_there(self, place: Place, photos: dict[str, Path]) -> None:
        with pytest.raises(FileError, match="No such file"):
            self.enrolled(place, photos["one"].with_name("none.jpg"))

    def test_who_has_no_profile_there_is_told_so(
        self, place: Place, photos: dict[str, Path]
    ) -> None:
        """Not that there is nobody of this name, for which one would look in vain."""
        place.core.seeding.put_subject(SubjectDraft(("alice",)))

        with pytest.raises(TableError, match="--audience: alice has no profile at north"):
            self.enrolled(place, photos["one"])

    def test_somebody_else_beside_the_subject(self, place: Place, photos: dict[str, Path]) -> None:
        self.enrolled(place, photos["one"])
        likeness = dict.fromkeys(place.core.enrolment.least, 0.5)
        place.core = replace(place.core, enrolment=replace(place.core.enrolment, least=likeness))

        with pytest.raises(FileError, match="somebody else"):
            self.enrolled(place, photos["other"])

    def test_of_two_persons_neither_is_kept(self, place: Place, photos: dict[str, Path]) -> None:
        """The first may be the wrong one, and would let a stranger in."""
        likeness = dict.fromkeys(place.core.enrolment.least, 0.5)
        place.core = replace(place.core, enrolment=replace(place.core.enrolment, least=likeness))

        with pytest.raises(FileError, match=r"one\.jpg: shows somebody else"):
            self.enrolled(place, photos["other"], photos["one"])

        assert list_enrolled(place.core, None, None) == []

    def test_more_than_a_subject_may_have(self, place: Place, photos: dict[str, Path]) -> None:
        with pytest.raises(FileError, match="one more than"):
            self.enrolled(place, *[photos["one"]] * 11)

        assert list_enrolled(place.core, None, None) == []

    def test_a_door_that_is_none(self, place: Place, photos: dict[str, Path]) -> None:
        assert self.enrolled(place, photos["one"], audience="north") == 1
        with pytest.raises(TableError, match="name one of: north"):
            self.enrolled(place, photos["one"], audience="west")

    def test_no_photo_is_a_mistake(self, place: Place) -> None:
        place.add("alice")

        with pytest.raises(TableError, match="at least one"):
            self.enrolled(place)

    def test_where_nobody_looks_at_faces_nobody_is_enrolled(
        self, place: Place, photos: dict[str, Path], tmp_path: Path
    ) -> None:
        path = tmp_path / "watchword.toml"
        path.write_text("[face]\nenabled = false\n")

        refused = enrol_command(photos["one"], login="alice", config=path, database=place.url)

        assert refused == 2


class TestExporting:
    def test_all_that_is_kept_is_in_a_file_that_nobody_else_reads(
        self, place: Place, tmp_path: Path
    ) -> None:
        alice = place.add("alice")
        face, photo, vector = place.enrol(alice)

        path = exported(place, tmp_path)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        told = json.loads(path.read_text())
        assert (told["subject_id"], told["logins"]) == (str(alice.id), ["alice"])
        record = read_record(path)
        assert record.faces[0].face == face.id
        assert (record.faces[0].photo, record.faces[0].template) == (photo, vector)

    def test_that_somebody_has_it_in_clear_is_in_the_audit_trail(
        self, place: Place, tmp_path: Path
    ) -> None:
        alice = place.add("alice")
        place.enrol(alice)
        exported(place, tmp_path)

        with place.storage.read() as transaction:
            links = [link.entry for _, link in transaction.audit.list_page(0, 1_000)]
        (entry,) = [entry for entry in links if entry.action == "face.export"]
        assert (entry.subject_id, entry.login) == (alice.id, "alice")
        assert entry.details == {"faces": "1"}

    def test_a_file_that_is_there_is_left_alone(self, place: Place, tmp_path: Path) -> None:
        place.enrol(place.add("alice"))
        path = tmp_path / "record.json"
        path.write_text("mine")

        assert export(login="alice", out=path, database=place.url) == 1
        assert path.read_text() == "mine"

    def test_who_has_no_face_has_none_to_export(
        self, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        place.add("alice")

        assert export(login="alice", out=tmp_path / "r", database=place.url) == 1
        assert capsys.readouterr().err == "watchword: there is no such face\n"


class TestDeleting:
    def test_one_or_all(self, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
        alice = place.add("alice")
        ids = [place.enrol(alice)[0].id for _ in range(3)]

        assert delete(login="alice", face=ids[0], database=place.url) == 0
        assert capsys.readouterr().out == "1 faces removed\n"
        assert place.core.enrolment.known(NORTH, [alice.id]) == {alice.id: tuple(ids[1:])}
        assert delete(login="alice", database=place.url) == 0
        assert capsys.readouterr().out == "2 faces removed\n"
        assert place.core.enrolment.known(NORTH, [alice.id]) == {}

    def test_nobody_elses_by_mistake(self, place: Place) -> None:
        place.add("alice")
        other, _, _ = place.enrol(place.add("bob"))

        assert delete(login="alice", face=other.id, database=place.url) == 1


class TestTheProof:
    def test_of_a_deleted_face_nothing_is_found_anywhere(
        self, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Not in the data folder, the database, its log, nor in a backup taken afterwards."""
        _, photo, vector = place.enrol(place.add("alice"))
        stays, _, _ = place.enrol(place.add("bob"))
        record = exported(place, tmp_path)
        assert delete(login="alice", database=place.url) == 0
        capsys.readouterr()

        assert prove_deleted(record, database=place.url) == 0
        report = json.loads(capsys.readouterr().out)
        backup = self.back_up(place, tmp_path)
        assert prove_deleted(record, also=(backup,), database=place.url) == 0

        assert (report["gone"], report["found"], report["records_left"]) == (True, [], [])
        searched = {Path(each).name for each in report["files"]}
        assert {"watchword.db", "watchword.db-wal", "master.key", *stays.blobs} <= searched
        for path, content in {**place.bytes_of(), backup: backup.read_bytes()}.items():
            for window in (vector, photo[:48], photo[-48:], photo[20_000:20_048]):
                assert window not in content, path

    def back_up(self, place: Place, tmp_path: Path) -> Path:
        """Back the database up as an operator does, and the data folder beside it."""
        target = tmp_path / "backup.db"
        with (
            closing(sqlite3.connect(place.folder / "watchword.db")) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        shutil.copytree(data_folder(place.configuration), tmp_path / "backup-data")
        return target

    def test_before_that_everything_is_found(
        self, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The control: who looks finds what is there, sealed as it is."""
        face, _, _ = place.enrol(place.add("alice"))
        record = exported(place, tmp_path)
        capsys.readouterr()

        assert prove_deleted(record, database=place.url) == 1

        report = json.loads(capsys.readouterr().out)
        assert "the key" in report["records_left"]
        assert f"face {face.id}" in report["records_left"]
        said = " ".join(report["found"])
        assert "watchword.db: the wrapped key, in hexadecimal" in said
        for blob_id in face.blobs:
            assert f"{blob_id}: sealed content of face {face.id}" in said

    @pytest.mark.parametrize("form", ["plain", "hex", "base64"])
    def test_what_was_kept_in_clear_would_be_found(
        self, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
    ) -> None:
        """The control with sealing bypassed, in each form that a database could have it in."""
        _, photo, vector = place.enrol(place.add("alice"))
        record = exported(place, tmp_path)
        assert delete(login="alice", database=place.url) == 0
        write = {"plain": bytes, "hex": lambda b: b.hex().encode(), "base64": base64.b64encode}
        forms = {"plain": "", "hex": ", in hexadecimal", "base64": ", in Base64"}
        stray = data_folder(place.configuration) / "stray"
        for shift in range(3):
            stray.write_bytes(b"x" * 9_000_000 + write[form](b"x" * shift + vector + b"tail"))
            capsys.readouterr()
            assert prove_deleted(record, database=place.url) == 1
            (found,) = json.loads(capsys.readouterr().out)["found"]
            assert found.startswith(f"{stray}: the template of face")
            assert found.endswith(forms[form]) or form == "plain"
        stray.write_bytes(write[form](photo[:5_000]))
        assert prove_deleted(record, database=place.url) == 1
        assert "the photo of face" in capsys.readouterr().out

    def test_the_key_would_be_found_in_a_dump_of_postgresql(
        self, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """`pg_dump` writes bytes in hexadecimal, and the record has the key so before that."""
        alice = place.add("alice")
        place.enrol(alice)
        record = exported(place, tmp_path)
        with place.storage.read() as transaction:
            owner = transaction.documents.find(Audience("watchword"), "face-owner", str(alice.id))
        assert owner is not None
        assert delete(login="alice", database=place.url) == 0
        dump = tmp_path / "dump.sql"
        dump.write_text(f"COPY documents FROM stdin;\nwatchword\t\\\\x{owner.hex()}\n\\.\n")
        capsys.readouterr()

        assert prove_deleted(record, also=(dump,), database=place.url) == 1

        found = json.loads(capsys.readouterr().out)["found"]
        assert found == [f"{dump}: the wrapped key, in a dump"]

    @pytest.mark.parametrize(
        "packed",
        [gzip.compress(b"x"), bz2.compress(b"x"), lzma.compress(b"x"), b"PGDMP\x01\x0e\x00"],
        ids=["gzip", "bzip2", "xz", "pg_dump"],
    )
    def test_a_packed_backup_is_no_proof(
        self, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str], packed: bytes
    ) -> None:
        """What it holds stands in none of its bytes: everything would seem to be gone from it."""
        place.enrol(place.add("alice"))
        record = exported(place, tmp_path)
        backups = tmp_path / "backups"
        backups.mkdir()
        (backups / "tonight").write_bytes(packed)
        assert delete(login="alice", database=place.url) == 0
        capsys.readouterr()

        assert prove_deleted(record, also=(backups,), database=place.url) == 2

        assert "tonight: is packed" in capsys.readouterr().err

    def test_it_is_written_into_the_audit_chain(
        self, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        alice = place.add("alice")
        place.enrol(alice)
        record = exported(place, tmp_path)
        delete(login="alice", database=place.url)
        capsys.readouterr()

        prove_deleted(record, database=place.url)

        report = json.loads(capsys.readouterr().out)
        with place.storage.read() as transaction:
            links = [link for _, link in transaction.audit.list_page(0, 1_000)]
        last = links[-1]
        assert (last.entry.action, last.entry.result) == ("face.prove-deleted", "gone")
        assert last.entry.subject_id == alice.id
        assert last.entry.details["report"] == report["report_sha256"]
        assert last.hash.hex() == report["audit_head"]

    @pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"format":"other"}'])
    def test_what_is_no_record_is_refused(
        self, place: Place, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "record.json"
        path.write_bytes(content)

        assert prove_deleted(path, database=place.url) == 2
        assert prove_deleted(tmp_path / "none", database=place.url) == 2

    def test_a_place_that_is_not_there_is_no_proof(
        self, place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A backup whose name was misspelt would be one in which nothing was found."""
        place.enrol(place.add("alice"))
        record = exported(place, tmp_path)
        assert delete(login="alice", database=place.url) == 0
        capsys.readouterr()

        assert prove_deleted(record, also=(tmp_path / "elsewhere",), database=place.url) == 2

        assert "elsewhere: is not there to be looked into" in capsys.readouterr().err
        with place.storage.read() as transaction:
            actions = [link.entry.action for _, link in transaction.audit.list_page(0, 1_000)]
        assert "face.prove-deleted" not in actions

    def test_a_record_of_another_time_is_refused(self, place: Place, tmp_path: Path) -> None:
        place.enrol(place.add("alice"))
        path = exported(place, tmp_path)
        path.write_text(path.read_text().replace("face record 1", "face record 2"))

        assert prove_deleted(path, database=place.url) == 2

    def test_what_is_too_short_to_be_told_from_chance_is_not_looked_for(
        self, place: Place, tmp_path: Path
    ) -> None:
        place.enrol(place.add("alice"))
        record = read_record(exported(place, tmp_path))
        (face,) = record.faces
        short = structs.replace(face, template=b"short", photo=b"x" * 20, thumbnail=b"")

        said = [each.what for each in needles_of(structs.replace(record, faces=(short,)))]

        assert not any("template" in what or "thumbnail" in what for what in said)
        assert f"the photo of face {face.face}" in said

    def test_a_file_that_goes_while_one_looks_has_nothing_in_it(
        self, place: Place, tmp_path: Path
    ) -> None:
        place.enrol(place.add("alice"))
        needles = list(needles_of(read_record(exported(place, tmp_path))))

        assert list(search(tmp_path / "gone", needles)) == []


class TestWhatDoctorSays:
    def remarks(self, place: Place, **face: Any) -> list[str]:
        configuration = replace_face(place.configuration, **face)

        @dataclass
        class Dialect:
            audience: str = NORTH

        @dataclass
        class Door:
            dialect: Dialect

        opened: Any = {"north": Door(Dialect())}
        found = find_about_galleries(configuration, opened, place.storage)
        return [each.remark for each in found]

    def test_a_gallery_that_is_too_large(self, place: Place) -> None:
        for login in ("alice", "bob"):
            place.enrol(place.add(login))

        assert self.remarks(place, enabled=False) == []
        (remark,) = self.remarks(place, enabled=False, largest_gallery=1)
        assert remark.startswith("2 people are enrolled, above face.largest_gallery (1)")

    def test_faces_of_another_model(self, place: Place) -> None:
        pytest.importorskip("cv2", reason="the extra is not installed")
        place.enrol(place.add("alice"))

        (remark,) = self.remarks(place)

        assert remark.startswith("1 faces are of another model")


def replace_face(configuration: Configuration, **face: Any) -> Configuration:
    return Configuration(database=configuration.database, face=FaceTable(**face))
