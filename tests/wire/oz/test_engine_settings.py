"""``[dialects.oz]``, as far as uploads and engines go: wire contract Oz 8 and 9."""

import pytest

from watchword.config import TableError, read_table
from watchword.dialects.oz import DIALECT
from watchword.dialects.oz.profile import AnalysisType
from watchword.dialects.oz.settings import Settings

URL = "https://engine.example/judge"


def read(**table):
    return read_table(Settings, table, "dialects.oz")


def test_the_vendors_limits_on_uploads_are_the_defaults():
    assert (Settings().attachment_max_count, Settings().attachment_max_size) == (10, 10_485_760)


def test_nobody_judges_by_default():
    assert Settings().engines == {}


def test_a_kind_of_analysis_is_found_in_any_case():
    assert list(read(engines={"quality": {"url": URL}}).engines) == [AnalysisType.QUALITY]


@pytest.mark.parametrize(
    "url",
    [URL, "http://127.0.0.1:8000", "http://[::1]:8000/a?b=c", "http://engine:80/", "https://x"],
)
def test_an_engine_may_be_on_any_host(url):
    assert read(engines={"quality": {"url": url}}).engines[AnalysisType.QUALITY].url == url


@pytest.mark.parametrize(
    "engine",
    [
        {},
        {"url": ""},
        {"url": URL, "stand_in": {}},
        {"url": "engine.example"},
        {"url": "ftp://engine.example"},
        {"url": "https://"},
        {"url": "https://engine.example:99999"},
        {"url": "https://user:pass@engine.example"},
        {"url": "https://engine.example/#x"},
        {"url": "https://engine.example/a b"},
        {"url": "https://engine.example/\x7f"},
        {"url": "https://engine.example/ы"},
        {"url": "https://[engine"},
        {"url": URL, "timeout_seconds": 0},
        {"url": URL, "timeout_seconds": 121},
        {"url": URL, "patience_seconds": -1},
        {"url": URL, "tiemout_seconds": 1},
        {"stand_in": {"otherwise": "MAYBE"}},
        {"stand_in": {"verdicts": {"tag": "MAYBE"}}},
    ],
    ids=str,
)
def test_an_engine_that_cannot_be_is_told_at_start(engine):
    with pytest.raises(TableError) as wrong:
        read(engines={"biometry": engine})
    assert wrong.value.key.startswith("dialects.oz.engines")


def test_a_kind_that_is_none_is_told_at_start():
    with pytest.raises(TableError):
        read(engines={"liveness": {"url": URL}})


@pytest.mark.parametrize(
    "stand_in",
    [{"otherwise": "OPERATOR_REQUIRED"}, {"verdicts": {"tag": "OPERATOR_REQUIRED"}}],
    ids=str,
)
def test_a_liveness_check_needs_no_operator(stand_in):
    assert read(engines={"biometry": {"stand_in": stand_in}})
    with pytest.raises(TableError, match="liveness"):
        read(engines={"quality": {"stand_in": stand_in}})


def test_the_first_tag_of_the_script_decides():
    engines = read(
        engines={
            "quality": {
                "stand_in": {
                    "otherwise": "FAILED",
                    "verdicts": {"bad": "DECLINED", "good": "SUCCESS"},
                }
            }
        }
    ).engines
    judge = engines[AnalysisType.QUALITY].stand_in.judge
    assert judge(["good", "bad"]) == "DECLINED"
    assert judge(["good", "other"]) == "SUCCESS"
    assert judge(["other"]) == judge([]) == "FAILED"


@pytest.mark.parametrize(
    ("engine", "weak"),
    [
        ({"url": "https://engine.example"}, False),
        ({"url": "http://127.0.0.2:80"}, False),
        ({"url": "http://[::1]/"}, False),
        ({"url": "http://localhost/"}, False),
        ({"url": "http://engine.example"}, True),
        ({"url": "http://192.0.2.1"}, True),
        ({"stand_in": {}}, True),
    ],
    ids=str,
)
def test_what_is_weaker_than_current_norms_is_listed(engine, weak):
    own = DIALECT.weaknesses(read(engines={"quality": engine}))[len(DIALECT.weaknesses(read())) :]
    assert [sentence.partition(":")[0] for sentence in own] == ["engines.QUALITY"] * weak
