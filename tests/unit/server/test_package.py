"""What a worker loads, and what it does without."""

import os
import subprocess
import sys

PROGRAM = """
import os, sys
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]
import watchword.server.worker
print(*sys.modules)
"""
NEEDLESS = {"click", "cyclopts", "multiprocessing", "alembic", "psycopg", "cryptography", "ldap3"}


def test_a_worker_loads_nothing_that_it_has_no_use_for(tmp_path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    # Coverage measures child processes by what it leaves in their environment, and loads
    # modules of its own there that this test would take for the worker's.
    unmeasured = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=unmeasured)
    loaded = set(done.stdout.split())

    assert "uvicorn.server" in loaded
    assert not NEEDLESS & loaded


def test_who_has_loaded_uvicorn_before_keeps_what_is_there() -> None:
    program = "import uvicorn; import watchword.server; assert callable(uvicorn.run)"

    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)

    assert done.returncode == 0, done.stderr
