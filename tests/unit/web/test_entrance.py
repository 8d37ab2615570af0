"""What an API page says of the page on which its readers can sign in."""

from watchword.web.entrance import Entrance, invite
from watchword.web.operation import always


def test_a_link_and_a_script() -> None:
    head, link = invite(Entrance("do&or", "Door", "Key", always), None)

    assert head == '<script type="module" src="/console/assets/api-page.mjs"></script>\n'
    assert 'href="/console/login?door=do&amp;or"' in link


def test_nothing_where_there_is_no_entrance_or_it_is_shut() -> None:
    shut: Entrance[None] = Entrance("door", "Door", "Key", lambda _settings: False)

    assert invite(shut, None) == ("", "")
    assert invite(None, None) == ("", "")
