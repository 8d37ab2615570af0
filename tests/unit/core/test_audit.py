"""The audit chain: what was done to it shows."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.world import START
from watchword.core.audit import GENESIS, Entry, find_break, seal
from watchword.core.sessions import EndReason
from watchword.core.subjects import SubjectId, TenantId

words = st.text(st.characters(codec="utf-8"), max_size=8)
entries = st.builds(
    Entry,
    at=st.datetimes(timezones=st.just(UTC)),
    action=words,
    result=words,
    audience=words,
    subject_id=st.none() | st.uuids(),
    login=words,
    tenant_id=st.none() | st.uuids(),
    address=words,
    device_key=words,
    details=st.dictionaries(words, words, max_size=3),
)


def chained(listed, start=GENESIS):
    links = []
    for entry in listed:
        links.append(seal(start, entry))
        start = links[-1].hash
    return links


few = settings(max_examples=30)


@few
@given(st.lists(entries, max_size=6))
def test_a_chain_that_nobody_touched_has_no_break(listed):
    assert find_break(chained(listed)) is None


@few
@given(st.lists(entries, min_size=2, max_size=6), st.data())
def test_a_chain_that_was_touched_has_one_where_it_was_touched(listed, data):
    links = chained(listed)
    at = data.draw(st.integers(0, len(links) - 2))
    what = data.draw(st.sampled_from(["edit", "remove", "swap", "repeat", "insert", "reseal"]))
    entry = replace(links[at].entry, result=links[at].entry.result + "!")
    forged = {
        "edit": [*links[:at], replace(links[at], entry=entry), *links[at + 1 :]],
        "remove": [*links[:at], *links[at + 1 :]],
        "swap": [*links[:at], links[at + 1], links[at], *links[at + 2 :]],
        "repeat": [*links[: at + 1], links[at], *links[at + 1 :]],
        "insert": [*links[: at + 1], seal(links[at].hash, entry), *links[at + 1 :]],
        "reseal": [*links[:at], seal(links[at].previous, entry), *links[at + 1 :]],
    }[what]

    found = find_break(forged)

    assert found == {"repeat": at + 1, "insert": at + 2, "reseal": at + 1}.get(what, at)


@few
@given(entries, entries)
def test_two_entries_have_one_hash_only_if_they_are_one(one, other):
    same = seal(GENESIS, one).hash == seal(GENESIS, other).hash

    assert same is (one == other)


@few
@given(entries, st.data())
def test_every_field_counts(entry, data):
    name = data.draw(st.sampled_from([each.name for each in fields(Entry)]))
    changed = replace(entry, **{name: getattr(data.draw(entries), name)})

    same = seal(GENESIS, entry).hash == seal(GENESIS, changed).hash

    assert same is (getattr(entry, name) == getattr(changed, name))


@given(words, words)
def test_no_field_can_run_into_the_next(action, result):
    moved = Entry(START, action + result[:1], result[1:])

    same = seal(GENESIS, Entry(START, action, result)).hash == seal(GENESIS, moved).hash

    assert same is (result == "")


def test_the_order_of_details_and_the_zone_of_the_time_mean_nothing():
    entry = Entry(START, "login", "admitted", details={"a": "1", "b": "2"})
    elsewhere = START.astimezone(timezone(timedelta(hours=5, minutes=45)))

    turned = replace(entry, details={"b": "2", "a": "1"}, at=elsewhere)

    assert seal(GENESIS, turned).hash == seal(GENESIS, entry).hash


def test_a_reason_is_chained_as_the_text_that_a_database_gives_back():
    given_, read = Entry(START, "x", EndReason.LEFT), Entry(START, "x", "left")

    assert seal(GENESIS, given_).hash == seal(GENESIS, read).hash


def test_the_form_that_is_hashed_stays_as_it_is():
    """A change of this value breaks the chain of every server that was ever started."""
    entry = Entry(
        datetime(2025, 3, 4, 5, 6, 7, 891011, tzinfo=UTC),
        "login",
        "admitted",
        audience="north",
        subject_id=SubjectId(UUID(int=1)),
        login="ålice",
        tenant_id=TenantId(UUID(int=2)),
        address="192.0.2.7",
        device_key="phone",
        details={"b": "2", "a": "1"},
    )

    assert seal(GENESIS, entry).hash.hex() == (
        "073f2cd51935ac61e2f09a13a1e0e4f0aa88eceb3d6cb520a797f095249c623c"
    )


def test_a_part_of_a_chain_is_checked_from_where_it_starts():
    links = chained([Entry(START, "x", str(number)) for number in range(5)])

    assert find_break(links[3:], start=links[2].hash) is None
    assert find_break(links[3:]) == 0


def test_what_the_core_writes_down_is_a_chain(house):
    house.add("alice", tenant="Acme")
    house.use(house.enter())

    with house.storage.read() as transaction:
        links = [link for _, link in transaction.audit.list_page(0, 100)]

    assert len(links) >= 3
    assert find_break(links) is None
