"""The console's page of the reference has every call that there is."""

import re

from tests.support.checkout import ROOT
from watchword.console.wire import OPERATIONS

PAGE = ROOT / "docs/reference/console.md"


def test_every_operation_is_documented() -> None:
    documented = set(re.findall(r"^### `(.+?)`$", PAGE.read_text(), re.MULTILINE))

    assert documented == {f"{each.method} {each.path}" for each in OPERATIONS}


def test_every_code_is_documented() -> None:
    codes = set(re.findall(r'"([a-z-]+)"$', _said(), re.MULTILINE))

    assert codes
    assert codes <= set(re.findall(r"`([a-z-]+)`", PAGE.read_text()))


def _said() -> str:
    source = (ROOT / "src/watchword/console/refusing.py").read_text()
    return source[source.index("def _said") :]
