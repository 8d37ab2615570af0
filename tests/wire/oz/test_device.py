"""What a login's headers say of the device: wire contract Oz 3.6."""

import pytest

from tests.wire.oz.talk import log_in

KEYS = [
    "device_family",
    "device_platform",
    "device_os",
    "app_version",
    "app_build",
    "device_locale",
    "sdk_version",
    "sdk_build",
    "bundle_id",
]
HEADERS = {
    "Device-Family": "iPhone12,1",
    "Device-Platform": "iOS",
    "Device-OS-Version": "15.4.1",
    "App-Version": "2.3.0",
    "App-Build": "77",
    "Device-Locale": "en_US",
    "SDK-Version": "4.0.2",
    "SDK-Build": "402",
    "Bundle-Id": "com.example.bank",
}
SHOWN = ["iPhone12,1", "ios", "15.4.1", "2.3.0", 77, "en_US", "4.0.2", 402, "com.example.bank"]


def device(client, headers):
    answer = log_in(client, headers=headers)
    assert answer.status_code == 200
    return answer.json()["device_info"]


def test_a_client_that_says_nothing_has_nine_nulls(client):
    assert list(device(client, {}).items()) == [(key, None) for key in KEYS]


@pytest.mark.parametrize("prefix", ["X-Lamb", "X-Forensic", "x-forensic"])
def test_both_families_of_headers_are_read(client, prefix):
    said = device(client, {f"{prefix}-{name}": value for name, value in HEADERS.items()})
    assert list(said.items()) == list(zip(KEYS, SHOWN, strict=True))


def test_the_vendors_own_prefix_wins(client):
    headers = {"X-Lamb-App-Version": "1", "X-Forensic-App-Version": "2", "X-Lamb-App-Build": "3"}
    said = device(client, headers)
    assert (said["app_version"], said["app_build"]) == ("2", 3)


def test_text_is_trimmed_and_collapsed(client):
    assert device(client, {"X-Lamb-Device-Family": " Galaxy   S9 "})["device_family"] == "Galaxy S9"


@pytest.mark.parametrize("odd", ["", "1.2", "-1", "x", "²", "9" * 16, "1e3"])
def test_a_build_that_is_no_integer_is_null(client, odd):
    headers = {"X-Lamb-App-Build": odd.encode("latin-1")}
    assert device(client, headers)["app_build"] is None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("en_US", "en_US"),
        ("EN-us", "en_US"),
        ("ru", "ru"),
        ("zh-hans-cn", "zh_Hans_CN"),
        ("es_419", "es_419"),
        ("english", None),
        ("en_US.UTF-8", None),
        ("*", None),
    ],
)
def test_a_locale_is_brought_into_its_usual_form_or_is_null(client, said, shown):
    assert device(client, {"X-Lamb-Device-Locale": said})["device_locale"] == shown


@pytest.mark.parametrize("odd", ["x" * 257, "\x01", "\x7f"])
def test_a_text_that_is_odd_is_null(client, odd):
    headers = {"X-Forensic-Device-Family": odd.encode("latin-1")}
    assert device(client, headers)["device_family"] is None
