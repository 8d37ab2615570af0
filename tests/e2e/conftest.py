"""A directory for a running server, and clients that speak to it as the vendors' clients do."""

import textwrap
from pathlib import Path

import pytest

PASSWORD = "plum-tree-88"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a directory file with one subject at all three doors, and a machine account."""
    path = tmp_path / "directory.toml"
    path.write_text(
        textwrap.dedent(f"""
            [[tenants]]
            name = "Acme Bank"

            [[subjects]]
            logins = ["alice@acme.example", "alice"]
            full_name = "Alice Example"
            password = "{PASSWORD}"
            active = true
            [subjects.oz]
            user_type = "ADMIN"
            [subjects.idscan]
            role = "SuperAdministrator"
            areas = ["scanning", "investigation"]
            [subjects.findface]
            primary_group = "Administrator"

            [[subjects]]
            logins = ["station@acme.example", "station"]
            password = "{PASSWORD}"
            service = true
            tenant = "Acme Bank"
            [subjects.oz]
            user_type = "CLIENT_SERVICE"
            [subjects.idscan]
            role = "User"
            areas = ["scanning", "investigation"]
            """)
    )
    return path
