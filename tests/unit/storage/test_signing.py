"""Keys that sign: made, read from an operator's file, and kept by the vaults."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from watchword.core.signing import Algorithm, key_id
from watchword.storage.late import LateVault
from watchword.storage.memory import MemoryVault
from watchword.storage.signing import make_private_key, publish, read_private_key, sign
from watchword.storage.vault import FileVault

MASTER = bytes(range(32))


def now():
    return datetime(2025, 3, 4, tzinfo=UTC)


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "signing.pem"
    path.touch(mode=0o600)
    return path


def generate(path: Path, *kind: str) -> None:
    """Make a key as the documentation says."""
    done = subprocess.run(["openssl", *kind], capture_output=True, check=True)
    path.write_bytes(done.stdout)


class TestKeys:
    @pytest.mark.parametrize(
        ("algorithm", "curve", "length"),
        [(Algorithm.ES384, "P-384", 64), (Algorithm.ES256, "P-256", 43)],
    )
    def test_a_public_key_is_a_json_web_key(self, algorithm, curve, length):
        public = publish(make_private_key(algorithm))

        assert list(public) == ["crv", "kty", "x", "y"]
        assert (public["crv"], public["kty"]) == (curve, "EC")
        assert {len(public["x"]), len(public["y"])} == {length}

    def test_its_id_follows_from_it(self):
        """The thumbprint of a key computed by hand, as RFC 7638 has it."""
        assert key_id({"kty": "EC", "crv": "P-384", "x": "a", "y": "b"}) == (
            key_id({"y": "b", "x": "a", "crv": "P-384", "kty": "EC"})
        )
        assert len(key_id(publish(make_private_key()))) == 43

    @pytest.mark.parametrize(
        ("algorithm", "length"), [(Algorithm.ES384, 96), (Algorithm.ES256, 64)]
    )
    def test_a_signature_is_two_numbers_side_by_side(self, algorithm, length):
        private = make_private_key(algorithm)

        assert {len(sign(private, b"message")) for _ in range(20)} == {length}


class TestFiles:
    def test_a_key_in_pem_is_read(self, key_file):
        generate(key_file, "ecparam", "-name", "secp384r1", "-genkey", "-noout")

        assert publish(read_private_key(key_file))["crv"] == "P-384"

    @pytest.mark.parametrize(
        "kind",
        [
            ("ecparam", "-name", "prime256v1", "-genkey", "-noout"),
            ("genpkey", "-algorithm", "ed25519"),
        ],
    )
    def test_a_key_of_another_kind_is_refused(self, key_file, kind):
        generate(key_file, *kind)

        with pytest.raises(ValueError, match="another kind; expected: EC on secp384r1"):
            read_private_key(key_file)

    @pytest.mark.parametrize("content", [b"", b"rubbish", bytes(range(256))])
    def test_what_is_no_key_is_refused(self, key_file, content):
        key_file.write_bytes(content)

        with pytest.raises(ValueError, match="holds no private key"):
            read_private_key(key_file)

    def test_a_key_that_is_not_there_is_told_so(self, tmp_path):
        with pytest.raises(ValueError, match="No such file"):
            read_private_key(tmp_path / "nowhere.pem")

    def test_a_key_that_others_may_read_is_refused(self, key_file):
        key_file.chmod(0o640)

        with pytest.raises(ValueError, match="open to others"):
            read_private_key(key_file)


@pytest.fixture(params=["memory", "files", "late"])
def vault(request, tmp_path):
    if request.param == "memory":
        return MemoryVault(now)
    files = FileVault(tmp_path / "vault", MASTER, now)
    return files if request.param == "files" else LateVault(lambda: files, lambda: True)


class TestVaults:
    @pytest.mark.parametrize(
        ("algorithm", "length"), [(Algorithm.ES384, 96), (Algorithm.ES256, 64)]
    )
    def test_it_signs_with_the_key_that_it_made(self, vault, algorithm, length):
        key = vault.new_signing_key(algorithm)

        signature = vault.sign(key.wrapped, b"message")
        assert (key.algorithm, len(signature)) == (algorithm, length)

    def test_every_key_is_another(self, vault):
        assert (
            vault.new_signing_key(Algorithm.ES384).public
            != vault.new_signing_key(Algorithm.ES384).public
        )

    def test_a_private_key_is_not_shown(self, vault):
        key = vault.new_signing_key(Algorithm.ES384)

        assert "wrapped" not in repr(key)

    @pytest.mark.parametrize("odd", [b"", b"x", bytes(300)])
    def test_it_signs_with_no_key_that_is_not_its_own(self, vault, odd):
        with pytest.raises(ValueError, match=r"\S"):
            vault.sign(odd, b"message")

    def test_a_key_for_content_does_not_sign(self, vault):
        with pytest.raises(ValueError, match=r"\S"):
            vault.sign(vault.new_key(), b"message")


def test_another_vault_with_the_same_master_key_signs_too(tmp_path):
    one, other = (FileVault(tmp_path / "vault", MASTER, now) for _ in range(2))
    stranger = FileVault(tmp_path / "vault", bytes(32), now)
    key = one.new_signing_key(Algorithm.ES384)

    assert len(other.sign(key.wrapped, b"message")) == 96
    with pytest.raises(ValueError, match="another key"):
        stranger.sign(key.wrapped, b"message")


def test_nothing_of_a_private_key_lies_in_clear(tmp_path):
    private = make_private_key()
    key = FileVault(tmp_path / "vault", MASTER, now, private).new_signing_key(Algorithm.ES384)

    assert private[40:72] not in key.wrapped


def test_the_operators_own_key_is_the_one(tmp_path):
    private = make_private_key()
    vault = FileVault(tmp_path / "vault", MASTER, now, private)

    assert vault.new_signing_key(Algorithm.ES384).public == publish(private)
    assert vault.new_signing_key(Algorithm.ES256).algorithm is Algorithm.ES256
