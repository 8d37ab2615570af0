"""``JourneyDefinition/GetAll``: what is in the store, for whom (wire contract IDscan 2.4)."""

import threading

import msgspec
import pytest

from tests.wire.idscan.calls import ask, opened, token_of
from watchword.core.subjects import Audience
from watchword.dialects.idscan import definitions
from watchword.dialects.idscan.definitions import KIND, definition_key
from watchword.dialects.idscan.schemas import (
    CapturingMedia,
    ChannelType,
    EntryDefinition,
    EntryType,
    JourneyDefinition,
)

HERE = Audience("idscan")
NAMES = {"capture": ChannelType.CAPTURE_STUDIO, "page": ChannelType.WEB, "app": ChannelType.MOBILE}


def definition(name: str, channel: ChannelType) -> JourneyDefinition:
    return JourneyDefinition(
        journey_definition_id=f"id-of-{name}",
        name=name,
        channel_type=channel,
        capturing_media=CapturingMedia.CAMERA,
        last_updated_date_time="2021-02-19T16:10:33.8750076",
        is_active=True,
        entry_definitions=(
            EntryDefinition("e1", f"id-of-{name}", EntryType.FRONTSIDE, 0, is_optional=False),
        ),
        is_predefined_journey=False,
    )


def put(world, tenant_id, **names: ChannelType) -> None:
    documents = {
        definition_key(tenant_id, name): msgspec.json.encode(definition(name, channel))
        for name, channel in names.items()
    }
    world.core.shelf.put(HERE, KIND, documents)


def names_in(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["Name"] for each in answer.json()]


@pytest.fixture
def token(client) -> str:
    return token_of(client)


def test_without_definitions_the_answer_is_an_empty_array(client, token) -> None:
    answer = ask(client, authorization=token)

    assert (answer.status_code, answer.content) == (200, b"[]")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_a_definition_is_told_in_the_vendors_spelling_and_order(world, client, token) -> None:
    put(world, None, page=ChannelType.WEB)

    assert ask(client, authorization=token).content == (
        b'[{"JourneyDefinitionId":"id-of-page","Name":"page","ChannelType":2,"CapturingMedia":4,'
        b'"LastUpdatedDateTime":"2021-02-19T16:10:33.8750076","IsActive":true,'
        b'"EntryDefinitions":[{"JourneyEntryDefinitionId":"e1","JourneyDefinitionId":"id-of-page",'
        b'"Type":1,"Order":0,"IsOptional":false}],"IsPredefinedJourney":false}]'
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["app", "capture", "page"]),
        ("?channeltype=", ["app", "capture", "page"]),
        ("?other=web", ["app", "capture", "page"]),
        ("?channeltype=web", ["page"]),
        ("?channeltype=Web", ["page"]),
        ("?ChannelType=WEB", ["page"]),
        ("?channeltype=CaptureStudio", ["capture"]),
        ("?channeltype=Mobile", ["app"]),
        ("?channeltype=3", ["app"]),
    ],
)
def test_the_channel_type_chooses_in_any_case(world, client, token, query, found) -> None:
    put(world, None, **NAMES)

    assert names_in(ask(client, query, authorization=token)) == found


@pytest.mark.parametrize("wrong", ["fax", "4", "web,web", "%00", "%FF", "web&channeltype=web"])
def test_an_unknown_channel_type_is_refused(client, token, wrong) -> None:
    answer = ask(client, f"?channeltype={wrong}", authorization=token)

    assert (answer.status_code, answer.json()) == (400, {"Message": "The request is invalid."})


def test_an_unknown_channel_type_is_not_told_to_strangers(client) -> None:
    assert ask(client, "?channeltype=fax").status_code == 401


def test_a_change_is_seen_by_the_next_call(world, client, token) -> None:
    assert names_in(ask(client, authorization=token)) == []
    put(world, None, **NAMES)
    assert names_in(ask(client, authorization=token)) == ["app", "capture", "page"]
    world.core.shelf.remove(HERE, KIND, definition_key(None, "page"))
    assert names_in(ask(client, authorization=token)) == ["app", "capture"]


def test_a_tenants_definitions_are_seen_by_its_own_subjects_only() -> None:
    with opened() as world, world.client() as client:
        ids = {}
        for name in ("north", "south"):
            subject = world.add(
                name, password=name, profiles={"idscan": {"role": "Investigator"}}, tenant=name
            )
            ids[name] = subject.tenant_id
            put(world, subject.tenant_id, **{f"of-{name}": ChannelType.WEB})
        put(world, None, common=ChannelType.WEB)

        def seen(**login: str) -> list[str]:
            return names_in(ask(client, authorization=token_of(client, **login)))

        assert seen(username="north", password="north") == ["of-north"]
        assert seen(username="south", password="south") == ["of-south"]
        assert seen() == ["common"]


def test_many_are_listed_where_nobody_else_has_to_wait(world, client, token, monkeypatch) -> None:
    threads = []

    def select_and_tell(*asked: object) -> object:
        threads.append(threading.current_thread().name)
        return definitions.select(*asked)  # type: ignore[arg-type] # whatever it is asked

    monkeypatch.setattr("watchword.dialects.idscan.defining.select", select_and_tell)
    monkeypatch.setattr("watchword.dialects.idscan.defining.FEW_DEFINITIONS", 2)
    for count in (2, 3):
        put(world, None, **{f"d{number}": ChannelType.WEB for number in range(count)})
        for _ in range(2):
            assert len(names_in(ask(client, authorization=token))) == count

    # What was just changed is read anew on a thread, few or many.
    assert [name.startswith("store") for name in threads] == [True, False, True, True]
