"""Faces that are really looked at, by a server as an operator runs it: enrolled, shown, removed.

The clips are made from photos (`tests.support.face_clips`): three looks at one photo of a person
are enrolled, and a film of another photo of the same person is shown.
"""

import json
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest

from tests.support.face_clips import (
    Actor,
    Pose,
    encode,
    hold,
    jpeg,
    looks,
    perform,
    photo,
    record,
    scenery,
)
from tests.support.processes import ServerProcess, serve
from watchword.core.faces import Act
from watchword.faces.arrays import Pixels

pytestmark = pytest.mark.once

PASSWORD: Final = "plum-tree-88"
DEVICE: Final = "cam-1"
UNKNOWN: Final = {"code": "UNAUTHORIZED", "desc": "Face not recognized."}
NO_VIDEO: Final = {
    "traceback": "",
    "code": "BAD_PARAM",
    "desc": "The submitted file is not a video that can be read.",
    "param": "video",
}
TYPES: Final = ("password", "face", "face_or_password", "face_and_password")
LIVELY: Final = 4.0

DIRECTORY: Final = f"""
[[subjects]]
logins = ["root"]
password = "{PASSWORD}"
[subjects.findface]
primary_group = "Administrator"

[[subjects]]
logins = ["ann"]
password = "{PASSWORD}"
[subjects.findface]
primary_group = "User"

[[subjects]]
logins = ["ben"]
password = "{PASSWORD}"
[subjects.findface]
primary_group = "User"
"""


def configured(folder: Path, auth_type: str) -> tuple[str, str]:
    """Write a configuration, and return the flag that names it."""
    path = folder / f"{auth_type}.toml"
    path.write_text(
        textwrap.dedent(f"""
            [face]
            keep_photos = true
            # Clips are made after the challenge is known, which takes its time on a busy machine.
            challenge_seconds = 120
            [lockout]
            free_source_failures = 1000
            [dialects.findface]
            auth_type = "{auth_type}"
            """)
    )
    return "--config", str(path)


@dataclass
class Guest:
    """A client of a running server."""

    client: httpx2.Client

    def face(self, clip: bytes, **form: str) -> httpx2.Response:
        """Show a clip."""
        files = {"video": ("blob", clip, "video/mp4")}
        data = {"uuid": DEVICE} | form
        return self.client.post("/auth/video-auth/", files=files, data=data)

    def login(self, name: str, **body: str) -> httpx2.Response:
        """Log in by a password."""
        sent = {"uuid": f"{name}-1"} | body
        return self.client.post("/auth/login/", json=sent, auth=(name, PASSWORD))

    def call(self, method: str, path: str, token: str, **options: Any) -> httpx2.Response:
        """Make a call with a token."""
        headers = {"authorization": f"Token {token}"}
        return self.client.request(method, path, headers=headers, **options)

    def enrol(self, token: str, user: int, picture: bytes) -> httpx2.Response:
        """Add a photo."""
        files = {"source_photo": ("me.jpg", picture, "image/jpeg")}
        return self.call("POST", "/user-face/", token, files=files, data={"user": str(user)})


@dataclass
class Scene:
    """An installation in which Ann and Ben are enrolled, and clips of whoever may come."""

    folder: Path
    guest: Guest
    root: str
    ids: Mapping[str, int]

    def told(self, action: str = "video_auth") -> dict[str, Any]:
        """Return what the audit log was told last of such a thing."""
        answer = self.guest.call("GET", f"/audit-logs/?action_type={action}&limit=1", self.root)
        entry: dict[str, Any] = answer.json()["results"][0]
        return entry

    def refused(self, clip: bytes, **form: str) -> str:
        """Show a clip that is refused, and return why, as the audit log has it."""
        answer = self.guest.face(clip, **form)
        assert (answer.status_code, answer.json()) == (401, UNKNOWN)
        return str(self.told()["action_details"]["result"])


@pytest.fixture(scope="module")
def ann() -> Actor:
    return Actor.named("person_b_2")


@pytest.fixture(scope="module")
def clip(ann: Actor) -> bytes:
    """Return a clip of Ann, from a photo that is not among those that she enrols with."""
    return record(ann, hold(1.6, liveliness=LIVELY))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an installation whose people have no faces yet."""
    folder = tmp_path_factory.mktemp("installation")
    (folder / "directory.toml").write_text(DIRECTORY)
    return folder


def greet(server: ServerProcess, auth_type: str, folder: Path) -> Scene:
    """Enter as the administrator, who needs a password for it."""
    guest = Guest(httpx2.Client(base_url=server.base_url, timeout=120))
    answer = guest.login("root")
    assert answer.status_code == 200, (auth_type, answer.text)
    root = answer.json()["token"]
    rows = guest.call("GET", "/users/", root).json()["results"]
    return Scene(folder, guest, root, {row["name"]: row["id"] for row in rows})


@pytest.fixture(scope="module")
def scene(installation: Path) -> Generator[Scene]:
    flags = (*configured(installation, "face_or_password"), "--directory", "directory.toml")
    with serve(installation, *flags) as server:
        scene = greet(server, "face_or_password", installation)
        for name, person in (("ann", "person_b_1"), ("ben", "person_a_1")):
            for picture in looks(person):
                answer = scene.guest.enrol(scene.root, scene.ids[name], picture)
                assert answer.status_code == 201, answer.text
        yield scene
        scene.guest.client.close()


class TestWhoIsLetIn:
    def test_three_photos_of_somebody_and_a_film_of_a_fourth(
        self, scene: Scene, clip: bytes
    ) -> None:
        answer = scene.guest.face(clip)

        assert answer.status_code == 200, answer.text
        user = answer.json()["user"]
        assert (user["name"], user["has_face"]) == ("ann", True)
        told = scene.told()["action_details"]
        assert told["result"] == "admitted"
        assert float(told["likeness"]) - float(told["next_likeness"]) > 0.0416
        assert told["tiers"] == "motion"

    def test_the_same_in_the_form_that_other_browsers_record(
        self, scene: Scene, ann: Actor
    ) -> None:
        webm = record(ann, hold(1.6, liveliness=LIVELY), form="webm")

        assert scene.guest.face(webm, name="ann").status_code == 200

    def test_a_session_lives_on_for_who_is_there_yet(self, scene: Scene, clip: bytes) -> None:
        def renew(name: str) -> httpx2.Response:
            token = scene.guest.login(name).json()["token"]
            files = {"video": ("blob", clip, "video/mp4")}
            return scene.guest.call("POST", "/auth/video-auth-renew/", token, files=files)

        assert renew("ann").status_code == 200
        refused = renew("ben")

        assert (refused.status_code, refused.json()) == (401, UNKNOWN)
        told = scene.told("video_auth_renew")
        assert (told["user_login"], told["action_details"]["result"]) == ("ben", "no-match")


class TestWhoIsNot:
    """Each in the vendor's shape, with a line in the audit log."""

    def test_another_person(self, scene: Scene) -> None:
        stranger = record(Actor.named("impostor_1"), hold(1.6, liveliness=LIVELY))

        assert scene.refused(stranger) == "no-match"
        assert scene.refused(stranger, name="ann") == "no-match"
        assert scene.told()["user_login"] == "ann"

    def test_a_still_photo_as_a_clip(self, scene: Scene, ann: Actor) -> None:
        assert scene.refused(record(ann, [Pose()] * 24)) == "not-live"
        assert scene.told()["action_details"]["lacking"] == "motion"

    def test_two_faces(self, scene: Scene, ann: Actor) -> None:
        other = Actor.named("person_a_2")
        script = hold(1.6, liveliness=LIVELY)
        frames = (np.hstack([ann.frame(pose), other.frame(pose)]) for pose in script)

        assert scene.refused(encode(cast("Iterator[Pixels]", frames))) == "several-faces"

    def test_no_face(self, scene: Scene) -> None:
        assert scene.refused(encode([scenery()] * 24)) == "no-face"

    @pytest.mark.parametrize("form", ["noise", "cut off", "of two gigabytes, it says"])
    def test_a_file_that_is_no_clip(self, scene: Scene, clip: bytes, form: str) -> None:
        bad = {
            "noise": b"\x00\x01" * 5_000,
            "cut off": clip[:600],
            # The box that holds the film says that it is longer than the whole file.
            "of two gigabytes, it says": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
            b"\x7f\xff\xff\xffmdat" + bytes(10_000),
        }

        answer = scene.guest.face(bad[form])

        assert (answer.status_code, answer.json()) == (400, NO_VIDEO)
        assert scene.told()["action_details"]["result"] == "unreadable"

    def test_a_body_that_says_it_has_two_gigabytes(self, scene: Scene) -> None:
        """Refused by its head: nobody waits for the rest, and nobody makes room for it."""
        url = urlsplit(str(scene.guest.client.base_url))
        head = (
            f"POST /auth/video-auth/ HTTP/1.1\r\nhost: {url.netloc}\r\n"
            "content-type: multipart/form-data; boundary=b\r\n"
            f"content-length: {2 * 2**30}\r\n\r\n--b\r\n"
        )
        with socket.create_connection((url.hostname, url.port), timeout=60) as connection:
            connection.sendall(head.encode())
            answer = connection.recv(65_536).decode()

        assert answer.startswith("HTTP/1.1 413 ")
        assert '"code":"REQUEST_ENTITY_TOO_LARGE"' in answer

    def test_a_clip_that_was_good_once_under_a_challenge(self, scene: Scene, ann: Actor) -> None:
        asked = self.challenge(scene)
        while Act.BLINK in asked["acts"]:  # from a photo, heads are turned more surely than lids
            asked = self.challenge(scene)
        good = record(ann, perform([Act(each) for each in asked["acts"]]), form="webm")
        answer = scene.guest.face(good, challenge=asked["nonce"])
        assert answer.status_code == 200, scene.told()
        assert scene.told()["action_details"]["tiers"] == "challenge motion"

        again = scene.guest.face(good, challenge=asked["nonce"])

        assert (again.status_code, again.json()["param"]) == (400, "challenge")
        fresh = self.challenge(scene)
        while fresh["acts"] == asked["acts"]:
            fresh = self.challenge(scene)
        assert scene.refused(good, challenge=fresh["nonce"]) == "not-live"
        assert scene.told()["action_details"]["lacking"] == "challenge"

    def challenge(self, scene: Scene) -> dict[str, Any]:
        answer = scene.guest.client.post("/auth/video-auth-challenge/", json={"uuid": DEVICE})
        asked: dict[str, Any] = answer.json()
        return asked


class TestEnrolling:
    def test_a_face_of_somebody_else_is_not_taken_beside_ones_own(self, scene: Scene) -> None:
        answer = scene.guest.enrol(scene.root, scene.ids["ann"], photo("person_a_2"))

        assert (answer.status_code, answer.json()["param"]) == (400, "source_photo")

    def test_faces_are_found_on_a_photo(self, scene: Scene) -> None:
        files = {"photo": ("p.jpg", photo("person_a_1"), "image/jpeg")}

        (face,) = scene.guest.call("POST", "/detect", scene.root, files=files).json()["objects"][
            "face"
        ]

        assert face["detection_score"] > 0.8
        assert face["low_quality"] is False

    def test_a_picture_of_nobody_has_none(self, scene: Scene) -> None:
        answer = scene.guest.enrol(scene.root, scene.ids["ben"], jpeg(scenery()))

        assert answer.json()["desc"].startswith("All objects on a photo are of low quality")


class TestEveryAuthType:
    @pytest.mark.parametrize("auth_type", TYPES)
    def test_it_takes_what_it_says(
        self, scene: Scene, installation: Path, clip: bytes, auth_type: str
    ) -> None:
        """On the same database, with the faces that are enrolled there."""
        assert scene.ids["ann"]
        with serve(installation, *configured(installation, auth_type)) as server:
            guest = Guest(httpx2.Client(base_url=server.base_url, timeout=120))
            by_face = guest.face(clip, name="ann")
            token = by_face.json().get("token", "")
            alone = guest.call("GET", "/users/me/", token or "x" * 64).status_code == 200
            by_password = guest.login("ann").status_code == 200
            both = guest.login("ann", uuid=DEVICE, video_auth_token=token or "x")
            guest.client.close()

        got = (by_face.status_code == 200, alone, by_password, both.status_code == 200)
        assert (
            got
            == {
                "password": (False, False, True, True),
                "face": (True, True, False, False),
                "face_or_password": (True, True, True, True),
                "face_and_password": (True, False, False, True),
            }[auth_type]
        )
        if auth_type == "face_and_password":
            assert both.json()["token"] == token


class TestRemoving:
    def command(self, scene: Scene, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the installation while its server runs."""
        return subprocess.run(
            [sys.executable, "-m", "watchword", "faces", *arguments],
            cwd=scene.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_of_a_face_that_was_removed_nothing_is_found_while_the_server_runs(
        self, scene: Scene, tmp_path: Path
    ) -> None:
        table = {"name": "cara", "real_name": "Cara", "active": True, "password": PASSWORD}
        made = scene.guest.call(
            "POST", "/users/", scene.root, json={**table, "primary_group": 3}
        ).json()
        added = scene.guest.enrol(scene.root, made["id"], photo("impostor_2")).json()
        cover = scene.guest.call("GET", added["thumbnail"], scene.root)
        assert cover.headers["content-type"] == "image/jpeg"
        out = tmp_path / "cara.json"
        assert self.command(scene, "export", "--login", "cara", "--out", str(out)).returncode == 0
        before = self.command(scene, "prove-deleted", str(out))
        assert before.returncode == 1, before.stderr

        gone = scene.guest.call("DELETE", f"/user-face/{added['id']}/", scene.root)
        assert gone.status_code == 204

        deadline = time.monotonic() + 60
        after = self.command(scene, "prove-deleted", str(out))
        while after.returncode and time.monotonic() < deadline:
            # Whoever looks at an old state keeps the log from being emptied for a moment.
            time.sleep(0.5)
            after = self.command(scene, "prove-deleted", str(out))
        report = json.loads(after.stdout)
        assert (report["found"], report["records_left"]) == ([], [])
        template = json.loads(out.read_text())["faces"][0]["template"]
        for path in scene.folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert template.encode() not in content, path
                assert photo("impostor_2")[:64] not in content, path
