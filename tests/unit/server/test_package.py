"""What a worker loads, and what it does without."""

import subprocess
import sys

from tests.support.programs import unmeasured

PROGRAM = """
import os, sys
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]
import watchword.server.worker
print(*sys.modules)
"""
NEEDLESS = {
    "alembic", "click", "cryptography", "cyclopts", "http.server", "ldap3", "multiprocessing",
    "psycopg", "wsgiref",
}  # fmt: skip


def test_a_worker_loads_nothing_that_it_has_no_use_for(tmp_path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=unmeasured())
    loaded = set(done.stdout.split())

    assert "uvicorn.server" in loaded
    assert not NEEDLESS & loaded


def test_who_has_loaded_packages_before_keeps_what_is_there() -> None:
    program = (
        "import uvicorn, prometheus_client, watchword.server;"
        "assert callable(uvicorn.run);"
        "assert callable(prometheus_client.generate_latest)"
    )

    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)

    assert done.returncode == 0, done.stderr
