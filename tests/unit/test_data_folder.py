"""Where the data lies, and what is made of it at the first start."""

from datetime import timedelta
from pathlib import Path

import pytest

from watchword.bootstrap import migrate_store, now
from watchword.cli.apply import opened_core
from watchword.cli.commands import forget_master_key
from watchword.cli.doctor import Level, examine
from watchword.cli.overrides import Overrides, load
from watchword.cli.serve import prepare
from watchword.config import Configuration, DatabaseTable, ServerTable, VaultTable
from watchword.core.errors import StorageUnavailableError
from watchword.core.subjects import Audience
from watchword.seal import data_folder, master_key_file, open_vault, prepare_vault
from watchword.storage.keys import make_master_key


@pytest.fixture
def unmigrated(tmp_path: Path) -> Configuration:
    return Configuration(database=DatabaseTable(f"sqlite:///{tmp_path}/a.db"))


@pytest.fixture
def configuration(unmigrated: Configuration) -> Configuration:
    migrate_store(unmigrated.database.url)
    return unmigrated


def at(folder: Path, key_file: str = "") -> Configuration:
    migrate_store(f"sqlite:///{folder.parent}/a.db")
    return Configuration(
        server=ServerTable(data=str(folder)),
        database=DatabaseTable(f"sqlite:///{folder.parent}/a.db"),
        vault=VaultTable(key_file),
    )


class TestPlace:
    def test_it_is_beside_a_file(self, configuration: Configuration, tmp_path: Path) -> None:
        assert data_folder(configuration) == tmp_path / "a.db-data"
        assert master_key_file(configuration) == tmp_path / "a.db-data" / "master.key"

    def test_it_is_in_the_working_directory_of_a_server_with_postgres(self) -> None:
        configuration = Configuration(database=DatabaseTable("postgresql://host/name"))

        assert data_folder(configuration) == Path("watchword-data")

    def test_it_is_where_an_operator_wants_it(self) -> None:
        configuration = Configuration(
            server=ServerTable(data="/srv/data"), vault=VaultTable("/etc/key")
        )

        assert data_folder(configuration) == Path("/srv/data")
        assert master_key_file(configuration) == Path("/etc/key")

    def test_the_environment_wins_over_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "watchword.toml"
        file.write_text('[server]\ndata = "a"\n[vault]\nkey_file = "b"\n')
        assert load(file, Overrides()).vault.key_file == "b"
        monkeypatch.setenv("WATCHWORD_DATA", "c")
        monkeypatch.setenv("WATCHWORD_VAULT_KEY_FILE", "d")

        configuration = load(file, Overrides())

        assert (configuration.server.data, configuration.vault.key_file) == ("c", "d")


class TestFirstStart:
    def test_a_key_is_made_once_for_the_owner_alone(self, configuration: Configuration) -> None:
        prepare_vault(configuration)
        made = master_key_file(configuration).read_bytes()
        prepare_vault(configuration)

        assert master_key_file(configuration).read_bytes() == made
        assert data_folder(configuration).stat().st_mode & 0o777 == 0o700

    def test_what_was_put_is_there_after_a_restart(self, configuration: Configuration) -> None:
        prepare_vault(configuration)
        vault = open_vault(configuration, now)
        key = vault.new_key()
        blob = vault.put(key, b"a photograph")
        prepare_vault(configuration)

        assert open_vault(configuration, now).get(key, blob.id) == b"a photograph"

    def test_no_second_key_is_made_for_what_the_first_has_sealed(
        self, configuration: Configuration, tmp_path: Path
    ) -> None:
        prepare_vault(configuration)
        vault = open_vault(configuration, now)
        vault.put(vault.new_key(), b"a photograph")
        master_key_file(configuration).unlink()
        (tmp_path / "a.db").unlink()
        migrate_store(configuration.database.url)

        with pytest.raises(ValueError, match="is gone"):
            prepare_vault(configuration)

    def test_a_key_that_an_operator_names_is_not_made(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="No such file"):
            prepare_vault(at(tmp_path / "data", str(tmp_path / "key")))

    def test_opening_makes_nothing(self, configuration: Configuration) -> None:
        open_vault(configuration, now)

        assert not data_folder(configuration).exists()


class TestTheDatabaseKnowsItsKey:
    """Decision 0113: a folder that is not mounted is told from a first start."""

    def test_a_key_that_is_gone_is_not_made_again(
        self, configuration: Configuration, tmp_path: Path
    ) -> None:
        prepare_vault(configuration)
        data_folder(configuration).rename(tmp_path / "not mounted")

        with pytest.raises(ValueError, match=r"is not in .*a\.db-data/master\.key"):
            prepare_vault(configuration)
        assert not data_folder(configuration).exists()

        (tmp_path / "not mounted").rename(data_folder(configuration))
        prepare_vault(configuration)

    def test_another_hosts_key_is_refused(
        self, configuration: Configuration, tmp_path: Path
    ) -> None:
        prepare_vault(configuration)
        key = tmp_path / "key"
        make_master_key(key)

        for named in ("", str(key)):
            other = at(tmp_path / "other", named)
            if not named:
                data_folder(other).mkdir()
                make_master_key(master_key_file(other))
            with pytest.raises(ValueError, match="is not the database's master key"):
                prepare_vault(other)

    def test_the_same_key_in_another_place_is_good(
        self, configuration: Configuration, tmp_path: Path
    ) -> None:
        prepare_vault(configuration)
        master_key_file(configuration).rename(tmp_path / "key")

        prepare_vault(at(tmp_path / "data", str(tmp_path / "key")))

    def test_of_two_hosts_that_start_at_once_with_a_key_each_one_is_refused(
        self, configuration: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def make_late(path: Path) -> None:
            make_master_key(path)
            monkeypatch.undo()
            prepare_vault(at(tmp_path / "other"))

        monkeypatch.setattr("watchword.seal.make_master_key", make_late)

        with pytest.raises(ValueError, match="is not the database's master key"):
            prepare_vault(configuration)


class TestGoingOnWithoutTheKey:
    def test_the_next_start_makes_another(
        self, configuration: Configuration, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert prepare(configuration) == 0
        key = master_key_file(configuration)
        lost = key.read_bytes()
        with opened_core(configuration) as core:
            old = core.vouching.published()
        key.unlink()
        assert prepare(configuration) == 1

        assert forget_master_key(database=configuration.database.url) == 0
        assert prepare(configuration) == 1
        assert "move that folder away" in capfd.readouterr().err
        (data_folder(configuration) / "vault").rename(tmp_path / "nobody can open it")

        assert prepare(configuration) == 0
        assert key.read_bytes() != lost
        with opened_core(configuration) as core:
            assert core.vouching.vouch(Audience("oz"), {}, timedelta(minutes=1)).count(".") == 2
            new = core.vouching.published()
        assert not {each["kid"] for each in old} & {each["kid"] for each in new}

    def test_who_was_interrupted_says_it_again(
        self, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(_storage: object) -> None:
            raise StorageUnavailableError

        prepare_vault(configuration)
        with opened_core(configuration) as core:
            core.vouching.published()
        data_folder(configuration).rename(data_folder(configuration).with_name("lost"))
        with monkeypatch.context() as patched:
            patched.setattr("watchword.seal.unbind_key", die)
            assert forget_master_key(database=configuration.database.url) == 1

        assert forget_master_key(database=configuration.database.url) == 0
        assert prepare(configuration) == 0
        with opened_core(configuration) as core:
            assert core.vouching.vouch(Audience("oz"), {}, timedelta(minutes=1)).count(".") == 2

    def test_a_key_that_is_there_is_not_forgotten(
        self, configuration: Configuration, capsys: pytest.CaptureFixture[str]
    ) -> None:
        prepare_vault(configuration)

        assert forget_master_key(database=configuration.database.url) == 1

        assert "nothing is lost" in capsys.readouterr().err
        prepare_vault(configuration)


def test_a_server_that_is_prepared_has_everything(unmigrated: Configuration) -> None:
    assert prepare(unmigrated) == 0

    assert master_key_file(unmigrated).exists()


def test_a_server_does_not_start_with_an_open_key(
    configuration: Configuration, capfd: pytest.CaptureFixture[str]
) -> None:
    prepare_vault(configuration)
    master_key_file(configuration).chmod(0o644)

    assert prepare(configuration) == 1
    assert "chmod 600" in capfd.readouterr().err


def open_to_others(configuration: Configuration) -> dict[str, str]:
    found = [each for each in examine(configuration) if "open to others" in each.remark]
    return {each.subject: each.remark for each in found if each.level is Level.WEAK}


def test_the_doctor_looks_at_the_modes(configuration: Configuration) -> None:
    prepare_vault(configuration)
    assert open_to_others(configuration) == {}
    master_key_file(configuration).chmod(0o640)
    data_folder(configuration).chmod(0o755)

    weak = open_to_others(configuration)
    assert weak.keys() == {"data folder"}
    assert "mode 755" in weak["data folder"]


class TestTheDoctorOnTheMasterKey:
    """What a server would not start with is broken, in the same words."""

    def told(self, configuration: Configuration) -> tuple[Level, str]:
        [found] = [each for each in examine(configuration) if each.subject == "master key"]
        return found.level, found.remark

    def test_before_the_first_start_there_is_none_to_be(self, unmigrated: Configuration) -> None:
        assert self.told(unmigrated) == (Level.OK, "will be made at the first start")
        assert not data_folder(unmigrated).exists()

    def test_after_it_there_is_a_good_one(self, configuration: Configuration) -> None:
        prepare_vault(configuration)

        assert self.told(configuration) == (Level.OK, "is good")

    def test_one_that_is_gone_is_broken(self, configuration: Configuration) -> None:
        prepare_vault(configuration)
        vault = open_vault(configuration, now)
        vault.put(vault.new_key(), b"a photograph")
        master_key_file(configuration).unlink()

        level, remark = self.told(configuration)
        assert (level, "is not in" in remark) == (Level.BROKEN, True)

    def test_so_is_one_that_is_open_or_none(self, configuration: Configuration) -> None:
        prepare_vault(configuration)
        master_key_file(configuration).chmod(0o640)
        level, remark = self.told(configuration)
        assert (level, "chmod 600" in remark) == (Level.BROKEN, True)

        master_key_file(configuration).chmod(0o600)
        master_key_file(configuration).write_text("none")
        level, remark = self.told(configuration)
        assert (level, "is no key" in remark) == (Level.BROKEN, True)

    def test_and_one_that_an_operator_names_and_that_is_not_there(self, tmp_path: Path) -> None:
        level, remark = self.told(at(tmp_path / "data", str(tmp_path / "key")))

        assert (level, "No such file" in remark) == (Level.BROKEN, True)
