"""The how-to works as it stands there, from its first line to its last, in both generations."""

import json
import re
import subprocess

import pytest

from tests.e2e.conftest import PASSWORD
from tests.support.checkout import ROOT
from tests.support.processes import serve

PAGE = (ROOT / "docs/how-to/issue-a-service-token.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
OF_GENERATION = {
    6: lambda block: "is_service" not in block and "MACHINE_TOKEN" not in block,
    5: lambda block: "CLIENT_SERVICE" not in block and "service_token/$USER_ID" not in block,
}


def test_every_line_of_the_page_is_run():
    kept = {block for belongs in OF_GENERATION.values() for block in BLOCKS if belongs(block)}

    assert len(BLOCKS) == 8
    assert kept == set(BLOCKS)


@pytest.mark.parametrize("generation", [5, 6])
def test_the_lines_work_when_pasted(directory, tmp_path, generation):
    config = tmp_path / "watchword.toml"
    config.write_text(f"[dialects.oz]\napi_version = {generation}\n")
    blocks = [block for block in BLOCKS if OF_GENERATION[generation](block)]
    script = "set -euo pipefail\n" + "\n".join(blocks)

    with serve(tmp_path, "--config", str(config), "--directory", str(directory)) as server:
        done = subprocess.run(
            ["bash", "-c", script],
            env={
                "PATH": "/usr/bin:/bin",
                "HOST": server.base_url,
                "ADMIN_EMAIL": "alice@acme.example",
                "ADMIN_PASSWORD": PASSWORD,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["email"] == "adapter@acme.example"
    assert shown["user_type"] == {5: "CLIENT", 6: "CLIENT_SERVICE"}[generation]
    assert shown["is_service"] is True
    assert len(blocks) == 6
