"""The how-to works as it stands there, from its first line to its last."""

import json
import re
import subprocess

import httpx2

from tests.e2e.conftest import PASSWORD
from tests.support.checkout import ROOT
from tests.support.processes import serve

PAGE = (ROOT / "docs/how-to/let-a-back-end-ask-about-a-token.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
SETTINGS, MACHINE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SECRET = "ab12" * 16


def test_the_lines_work_when_pasted(directory, tmp_path):
    config = tmp_path / "watchword.toml"
    config.write_text(SETTINGS)
    directory.write_text(f"{directory.read_text()}\n{MACHINE}")
    script = "set -euo pipefail\n" + "\necho\n".join(BLOCKS)

    with serve(
        tmp_path,
        *("--config", str(config), "--directory", str(directory)),
        env={"BILLING_SECRET": SECRET},
    ) as server:
        done = subprocess.run(
            ["bash", "-c", script],
            env={
                "PATH": "/usr/bin:/bin",
                "HOST": server.base_url,
                "BILLING_SECRET": SECRET,
                "EMAIL": "alice@acme.example",
                "PASSWORD": PASSWORD,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        output = server.output()

    assert done.returncode == 0, done.stderr
    before, after, metadata = [json.loads(each) for each in re.findall(r"\{.*?\}", done.stdout)]
    assert before["active"]
    assert (before["username"], before["aud"]) == ("alice", "oz")
    assert after == {"active": False}
    assert metadata["issuer"] == server.base_url
    assert len(BLOCKS) == 5
    assert SECRET not in output


def test_without_the_settings_there_is_no_such_door(directory, tmp_path):
    with serve(tmp_path, "--directory", str(directory)) as server:
        answer = httpx2.post(f"{server.base_url}/oauth2/introspect", data={"token": "x"})

    assert answer.status_code == 404
