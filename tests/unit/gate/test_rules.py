"""Which rule is about a call."""

from dataclasses import dataclass, replace

import pytest

from tests.support.drivers import DRIVERS
from watchword.config import GateRule, TableError
from watchword.dialects import find_dialects
from watchword.gate.rules import Held, Rulebook, bind_rules
from watchword.web.gating import CLOSED, Need, Rule, read_rules
from watchword.web.operation import PathRules


def nothing(*_: object) -> None:
    """Want nothing."""


ROOT = PathRules("/")


@dataclass
class Book:
    """A rulebook of a made-up vendor; a rule is told by its need."""

    table: str
    paths: PathRules = ROOT

    def find(self, method: str, path: str) -> tuple[str, dict[str, str]] | None:
        held: list[Held[object]] = [
            Held(rule, Need(nothing), ours=False) for rule in read_rules(self.table)
        ]
        found = Rulebook(self.paths, held).find(method, path)
        return None if found is None else (found[0].rule.need, dict(found[1]))


BOOK = Book("""
    GET       /things             list
    POST,PUT  /things             add
    GET       /things/{id}        show
    GET       /things/mine        mine
    *         /things/{id}/**     inside
    GET       /things/{id}/parts  parts
    GET       /**                 rest
    DELETE    /things/{a}/{b}     remove
""")


@pytest.mark.parametrize(
    ("method", "path", "need", "names"),
    [
        ("GET", "/things", "list", {}),
        ("GET", "/things/", "list", {}),
        ("HEAD", "/things", "list", {}),
        ("PUT", "/things", "add", {}),
        ("GET", "/things/mine", "mine", {}),
        ("GET", "/things/7", "show", {"id": "7"}),
        ("GET", "/things/7/parts", "parts", {"id": "7"}),
        ("PATCH", "/things/7/parts", "inside", {"id": "7"}),
        ("PATCH", "/things/7", "inside", {"id": "7"}),
        ("PATCH", "/things/mine", "inside", {"id": "mine"}),
        ("GET", "/things/7/8/9", "inside", {"id": "7"}),
        ("DELETE", "/things/7/8", "remove", {"a": "7", "b": "8"}),
        ("GET", "/", "rest", {}),
        ("GET", "/other/place", "rest", {}),
    ],
)
def test_the_most_particular_rule_counts(method, path, need, names):
    assert BOOK.find(method, path) == (need, names)


def test_where_no_rule_fits_there_is_none():
    assert BOOK.find("POST", "/other") is None
    assert Book("GET /a/{b} c").find("GET", "/a/") is None


def test_case_and_the_slash_at_the_end_count_as_the_vendor_has_it():
    folding = Book("GET /A/b c", PathRules("/a/", fold_case=True, slash_optional=False))
    assert folding.find("GET", "/a/B") == ("c", {})
    assert folding.find("GET", "/a/B/") is None
    assert BOOK.find("POST", "/Things") is None


def test_a_later_rule_replaces_an_earlier_one():
    assert Book("GET /a/{b} one\nGET /a/{c} two").find("GET", "/a/7") == ("two", {"c": "7"})


@pytest.fixture(params=sorted(DRIVERS))
def dialect(request):
    return find_dialects()[request.param]


class TestOfDialects:
    def test_every_word_of_a_rule_means_something(self, dialect):
        assert isinstance(bind_rules(dialect, ()), Rulebook)

    def test_a_word_that_means_nothing_is_an_error(self, dialect):
        odd = GateRule(dialect.name, "/x", "odd")
        with pytest.raises(TableError) as caught:
            bind_rules(dialect, [(3, odd)])
        assert caught.value.key == "gate.rules[3].need"

    @pytest.mark.parametrize("path", ["", "x", "/a/**/b", "/a**"])
    def test_a_path_that_no_call_could_have_is_an_error(self, dialect, path):
        with pytest.raises(TableError) as caught:
            bind_rules(dialect, [(0, GateRule(dialect.name, path, "nobody"))])
        assert caught.value.key == "gate.rules[0].path"

    def test_every_call_that_we_answer_ourselves_has_a_rule(self, dialect):
        book = bind_rules(dialect, ())
        missing = [
            f"{each.method} {each.path}"
            for each in dialect.operations
            if book.find(each.method, each.path.replace("{", "x").replace("}", "x")) is None
        ]
        # Pages for people, and what describes this interface, are ours alone.
        vendors = [call for call in missing if "docs" not in call and "openapi" not in call]
        assert vendors == [] or not dialect.gate.rules

    def test_without_a_word_on_gates_nobody_passes(self, dialect):
        silent = replace(dialect, gate=CLOSED)
        assert bind_rules(silent, ()).find("GET", "/anything") is None
        open_rule = GateRule(dialect.name, "/anything", "anybody")
        found = bind_rules(silent, [(0, open_rule)]).find("GET", "/anything")
        assert found is not None
        assert found[0].rule == Rule("*", "/anything", "anybody")
