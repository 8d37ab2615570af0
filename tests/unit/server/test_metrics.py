"""What is counted has its place on the disk before anything is counted."""

import os
import subprocess
import sys
from pathlib import Path

COUNTING = """
from watchword.server.metrics import Metrics
metrics = Metrics()
print(len(metrics.exposition()))
for number in range(700):
    metrics.count("door", f"/an/operation/of/some/length/{number}", 200, 1)
metrics.waited(0.01, ())
print(metrics.exposition().decode())
"""


def test_files_have_no_holes_and_hold_all_that_is_counted(tmp_path: Path) -> None:
    """Whoever wrote into a hole of one on a full disk would be killed."""
    done = subprocess.run(
        [sys.executable, "-c", COUNTING],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    empty, _, text = done.stdout.partition("\n")
    assert empty == "0"
    assert text.count("watchword_requests_total{") == 700
    assert 'operation="/an/operation/of/some/length/699",status="200"} 1.0' in text
    assert "watchword_revocation_wait_seconds_count 1.0" in text
    files = sorted(tmp_path.iterdir())
    assert [each.name.partition("_")[0] for each in files] == ["counter", "histogram"]
    for each in files:
        assert each.stat().st_blocks * 512 >= each.stat().st_size > 0
