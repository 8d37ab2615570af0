"""Where in a TOML file a key stands."""

import pytest

from watchword.cli.lines import find_line

TEXT = """\
# a comment
[[tenants]]
name = "A"

[[subjects]]
logins = ["a"]
full_name = "A"

[[subjects]]
logins = ["b"]
[subjects.oz]
user_type = "ADMIN"
[subjects.idscan]
areas = ["scanning"]

[[findface.groups]]
name = "Guards"

[[subjects]]
logins = ["c"]
oz.user_type = "ADMIN"
[[subjects.idscan]]
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("tenants[0].name", 3),
        ("subjects[0].logins", 6),
        ("subjects[0].full_name", 7),
        ("subjects[1].logins", 10),
        ("subjects[1].oz.user_type", 12),
        ("subjects[1].idscan.areas[0]", 14),
        ("subjects[1].oz.absent", 11),
        ("subjects[1].absent", 9),
        ("findface.groups[0].name", 17),
        ("subjects[2].oz.user_type", 21),
        ("subjects[2].idscan", 22),
        ("absent", 1),
        ("", 1),
    ],
)
def test_the_line_of_a_key(key: str, line: int) -> None:
    assert find_line(TEXT, key) == line
