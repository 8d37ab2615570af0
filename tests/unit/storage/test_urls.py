"""Where a database is, as operators write it."""

from pathlib import Path

import pytest

from watchword.storage.sql import open_storage
from watchword.storage.sql.urls import postgres_url, sqlite_path


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///watchword.db", "watchword.db"),
        ("sqlite:///var/watch word.db", "var/watch word.db"),
        ("sqlite:////var/lib/watchword.db", "/var/lib/watchword.db"),
    ],
)
def test_a_file_is_relative_or_from_the_root(url: str, path: str) -> None:
    assert sqlite_path(url) == Path(path)


@pytest.mark.parametrize(
    "url", ["sqlite:///", "sqlite:///:memory:", "sqlite:///a.db?mode=ro", "sqlite:///a\x00b"]
)
def test_what_is_no_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///PATH"):
        open_storage(url)


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_server_is_written_as_libpq_or_sqlalchemy_has_it(scheme: str) -> None:
    assert sqlite_path(f"{scheme}://u@h/d") is None
    assert postgres_url(f"{scheme}://u@h/d") == "postgresql://u@h/d"


@pytest.mark.parametrize(
    "url", ["", "watchword.db", "sqlite://", "mysql://u:s3cret@h/d", "postgres:u:s3cret"]
)
def test_another_database_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ValueError, match="begins with") as refusal:
        open_storage(url)

    assert "s3cret" not in str(refusal.value)
