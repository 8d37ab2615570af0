"""What ``watchword service-token`` reads, and what it shows."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.house import SOUTH, House
from watchword.cli.service_tokens import (
    Wanted,
    describe,
    issue,
    list_tokens,
    read_date,
    read_networks,
    read_token_id,
    show_table,
    to_json,
)
from watchword.config import TableError
from watchword.core.errors import NotFoundError
from watchword.core.networks import parse_network
from watchword.core.policy import Policy


@pytest.fixture
def house():
    house = House()
    house.add("robot", "robot@acme.example", service=True)
    house.add("alice")
    yield house
    house.close()


class TestReading:
    @pytest.mark.parametrize(
        ("text", "read"),
        [
            (None, None),
            ("2030-12-31", datetime(2030, 12, 31, tzinfo=UTC)),
            ("2030-12-31T10:00", datetime(2030, 12, 31, 10, tzinfo=UTC)),
            ("2030-12-31T10:00+02:00", datetime(2030, 12, 31, 8, tzinfo=UTC)),
        ],
    )
    def test_a_date_is_a_day_or_an_instant(self, text, read):
        assert read_date(text) == read

    @pytest.mark.parametrize(
        "text", ["", "soon", "31.12.2030", "2030-13-01", "9999-12-31T23:00-02:00"]
    )
    def test_what_is_no_date_is_told_so(self, text):
        with pytest.raises(TableError, match="--until: expected a date"):
            read_date(text)

    def test_networks_are_read(self):
        assert read_networks(("10.1.0.0/16",)) == (parse_network("10.1.0.0/16"),)
        with pytest.raises(TableError, match="--network"):
            read_networks(("10.1.2.3/16",))

    def test_an_id_is_read(self):
        text = "c2b3e5f0-0000-4000-8000-000000000000"
        assert str(read_token_id(text)) == text
        with pytest.raises(TableError, match="TOKEN-ID"):
            read_token_id("rubbish")


class TestIssuing:
    def test_the_only_audience_that_has_them_is_meant(self, house):
        issued = issue(house.core, Wanted("ROBOT@acme.example"), instead=False)

        assert issued.service_token.audience == SOUTH
        assert house.core.access.principal(issued.token.secret, SOUTH)

    def test_an_audience_can_be_named(self, house):
        issued = issue(house.core, Wanted("robot", audience="south"), instead=False)
        assert issued.service_token.audience == SOUTH
        with pytest.raises(NotFoundError, match="audience"):
            issue(house.core, Wanted("robot", audience="north"), instead=False)

    def test_without_any_such_audience_one_is_told_so(self):
        house = House(Policy())
        house.add("robot", service=True)

        with pytest.raises(TableError, match="--audience"):
            issue(house.core, Wanted("robot"), instead=False)
        house.close()

    def test_it_is_described_without_its_secret(self, house):
        until = house.clock() + timedelta(days=1)
        networks = read_networks(("10.1.0.0/16", "192.0.2.7"))
        issued = issue(house.core, Wanted("robot", None, until, networks), instead=False)

        line = describe(issued)
        assert issued.token.secret not in line
        assert line == (
            f"token {issued.service_token.id} of robot at south, "
            "expires 2025-03-05T05:06:07Z, from 10.1.0.0/16 192.0.2.7/32"
        )

    def test_instead_of_the_earlier_ones(self, house):
        issue(house.core, Wanted("robot"), instead=False)
        last = issue(house.core, Wanted("robot"), instead=True)

        ((_, told),) = list_tokens(house.core, "robot")
        assert told == last.service_token

    @pytest.mark.parametrize(("login", "kind"), [("nobody", "subject"), ("alice", "service acc")])
    def test_only_machine_accounts_get_one(self, house, login, kind):
        with pytest.raises(NotFoundError, match=kind):
            issue(house.core, Wanted(login), instead=False)


class TestListing:
    def test_a_line_for_each(self, house):
        issued = issue(house.core, Wanted("robot"), instead=False)
        house.clock.advance(hours=1)
        house.core.access.principal(issued.token.secret, SOUTH)
        house.core.access.flush()
        issue(house.core, Wanted("robot"), instead=False)

        first, second = show_table(list_tokens(house.core, None))
        assert first == (
            f"{issued.service_token.id}  south  robot  issued 2025-03-04T05:06:07Z  "
            "expires 2026-03-04T06:06:07Z  used 2025-03-04T06:06:07Z  from anywhere"
        )
        assert "never used" in second

    def test_json_says_all(self, house):
        until = house.clock() + timedelta(days=1)
        wanted = Wanted("robot", None, until, read_networks(("10.1.0.0/16",)))
        issued = issue(house.core, wanted, instead=False)

        assert json.loads(to_json(list_tokens(house.core, "robot"))) == [
            {
                "token_id": str(issued.service_token.id),
                "audience": "south",
                "login": "robot",
                "subject_id": str(issued.subject.id),
                "issued_at": house.clock().isoformat(),
                "expires_at": until.isoformat(),
                "deadline": until.isoformat(),
                "used_at": None,
                "networks": ["10.1.0.0/16"],
            }
        ]

    def test_nobody_has_none(self, house):
        assert list_tokens(house.core, "robot") == []
        with pytest.raises(NotFoundError, match="subject"):
            list_tokens(house.core, "nobody")
