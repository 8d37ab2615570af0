"""What ``doctor`` says of the gate."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from watchword.cli.doctor import Finding, Level, examine
from watchword.cli.overrides import Overrides, load
from watchword.config import Configuration, read_table
from watchword.dialects import find_dialects
from watchword.gate.weaknesses import places, weaknesses
from watchword.web.operation import Dialect, PathRules

PUBLIC = {"server": {"host": "0.0.0.0"}}  # noqa: S104 - what is warned of


@dataclass(frozen=True)
class Served:
    dialect: Dialect[Any]
    host: str = ""


MODEL = next(iter(find_dialects().values()))
BELOW = replace(MODEL, name="below", paths=PathRules("/below/", slash_optional=True))
ROOT = replace(MODEL, name="root", paths=PathRules("/", fold_case=True))
SERVED = (Served(ROOT), Served(BELOW))


def configured(gate=None, **tables) -> Configuration:
    return read_table(Configuration, {"gate": gate or {}, **tables})


def found(gate=None, served=SERVED, **tables) -> list[str]:
    return list(weaknesses(configured(gate, **tables), served))


def rules(*said, served=SERVED) -> list[str]:
    table = [dict(zip(("dialect", "path", "need", "methods"), each, strict=False)) for each in said]
    return found({"rules": table}, served)


class TestPlaces:
    def test_as_it_comes_nothing_is_weak(self):
        assert found() == []
        assert places(configured()) == ["127.0.0.1:8420"]

    def test_all_places_are_told(self):
        asked = configured({"port": 8421, "socket": "/run/gate.sock"})
        assert places(asked) == ["127.0.0.1:8420", "127.0.0.1:8421", "/run/gate.sock"]

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "gate.example"])  # noqa: S104 - warned of
    def test_a_port_for_others_that_trusts_this_host_alone_is_told(self, host):
        [remark] = found({"host": host, "port": 8421})
        assert remark == f"listens on {host}:8421, but trusted_proxies are all on this host"

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    def test_a_port_of_this_host_is_not(self, host):
        assert found({"host": host, "port": 8421}) == []

    @pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
    def test_to_trust_everybody_is_told(self, network):
        signed = {"enabled": True}
        [remark] = found({"trusted_proxies": [network], "signed_identity": signed})
        assert remark == "trusted_proxies holds every address: whoever asks is believed"

    def test_identities_that_cross_a_network_unsigned_are_told(self):
        gate = {"host": "192.0.2.7", "port": 8421, "trusted_proxies": ["192.0.2.0/24"]}
        [remark] = found(gate)
        assert "signed_identity is off" in remark
        assert found({**gate, "signed_identity": {"enabled": True}}) == []
        assert "signed_identity is off" in found({"trusted_proxies": ["10.0.0.0/8"]}, **PUBLIC)[0]
        assert found({"trusted_proxies": ["10.0.0.0/8"]}) == []
        assert found({"trusted_proxies": ["10.0.0.0/8"], "enabled": False}, **PUBLIC) == []

    def test_a_socket_that_anybody_may_open_is_told(self):
        [remark] = found({"socket": "/run/gate.sock", "socket_mode": "0666"})
        assert remark == "socket_mode 0666: any user of this host is believed"

    @pytest.mark.parametrize(
        "gate",
        [
            {"rules": [{"dialect": "root", "path": "/x", "need": "nobody"}]},
            {"signed_identity": {"enabled": True}},
        ],
    )
    def test_a_gate_that_nobody_can_ask_though_it_is_set_up_is_told(self, gate):
        [remark] = found({"enabled": False, **gate})
        assert "no gateway can ask" in remark
        assert found({"enabled": False, "socket": "/run/gate.sock", **gate}) == []


class TestWhatIsOpen:
    def test_calls_without_a_rule_that_pass_are_told(self):
        [remark] = found({"default": "allow-authenticated"})
        assert "no more than a token" in remark

    def test_statements_that_live_long_are_told(self):
        [remark] = found({"signed_identity": {"enabled": True, "seconds": 3_600}})
        assert remark.startswith("signed_identity.seconds is 3600")

    def test_a_rule_for_anybody_and_everything_below_is_told(self):
        [remark] = rules(("below", "/below/public/**", "anybody"))
        assert remark == "rules[0], /below/public/**: everybody may make every call below it"
        assert rules(("below", "/below/public", "anybody")) == []


class TestRulesInVain:
    @pytest.mark.parametrize(
        ("rule", "why"),
        [
            (("below", "/elsewhere/x", "nobody"), "its path belongs to root"),
            (("root", "/below/x", "nobody"), "its path belongs to below"),
            (("root", "/a//b", "nobody"), "such paths are refused"),
            (("root", "/a;b", "nobody"), "such paths are refused"),
            (("root", "/ä", "nobody"), "such paths are refused"),
        ],
    )
    def test_a_rule_about_no_call_is_told(self, rule, why):
        [remark] = rules(rule)
        assert remark == f"rules[0], {rule[1]}: is about no call, because {why}"

    def test_where_nobody_serves_its_path_that_is_told(self):
        [remark] = rules(("below", "/x", "nobody"), served=(Served(BELOW),))
        assert remark.endswith("its path does not belong to below")

    def test_a_door_of_another_host_takes_no_path_away(self):
        served = (Served(ROOT), Served(BELOW, "below.example"))
        assert rules(("root", "/below/x", "nobody"), served=served) == []
        assert rules(("below", "/below/x", "nobody"), served=served) == []

    def test_of_two_doors_for_the_same_paths_the_first_has_them(self):
        served = (Served(ROOT), Served(replace(ROOT, name="second")))
        assert rules(("root", "/x", "nobody"), served=served) == []
        [remark] = rules(("second", "/x", "nobody"), served=served)
        assert remark.endswith("its path belongs to root")

    @pytest.mark.parametrize(
        ("first", "second", "in_vain"),
        [
            (("root", "/a/{x}"), ("root", "/A/{y}"), True),
            (("root", "/a", "nobody", ["GET"]), ("root", "/a", "nobody", ["GET", "PUT"]), True),
            (("root", "/a", "nobody", ["GET", "PUT"]), ("root", "/a", "nobody", ["GET"]), False),
            (("root", "/a", "nobody", ["GET"]), ("root", "/a"), False),
            (("root", "/a"), ("root", "/b"), False),
            (("below", "/below/a/"), ("below", "/below/a"), True),
            (("below", "/below/a"), ("below", "/below/A"), False),
        ],
    )
    def test_a_rule_that_a_later_one_replaces_is_told(self, first, second, in_vain):
        both = [(*each, "nobody")[:3] if len(each) == 2 else each for each in (first, second)]
        told = rules(*both)
        assert [remark.startswith("rules[0]") for remark in told] == [True] * in_vain

    def test_sound_rules_are_not_told(self):
        assert rules(("root", "/a/{id}/**", "authenticated"), ("below", "/below/", "nobody")) == []


class TestDoctor:
    @staticmethod
    def examined(tmp_path: Path, text: str) -> list[Finding]:
        path = tmp_path / "watchword.toml"
        path.write_text(text)
        configuration = load(path, Overrides(f"sqlite:///{tmp_path}/none.db"))
        return [each for each in examine(configuration) if each.subject == "gate"]

    def test_it_tells_where_the_gate_is_asked_and_what_is_weak(self, tmp_path):
        ok, weak = self.examined(tmp_path, '[gate]\nport = 8421\ndefault = "allow-authenticated"\n')
        assert (ok.level, ok.remark) == (Level.OK, "asked at 127.0.0.1:8420, 127.0.0.1:8421")
        assert weak.level is Level.WEAK

    def test_a_gate_that_is_off_is_told(self, tmp_path):
        [ok] = self.examined(tmp_path, "[gate]\nenabled = false\n")
        assert ok.remark == "asked at no place"

    def test_what_makes_no_sense_is_broken(self, tmp_path):
        [broken] = self.examined(
            tmp_path, '[[gate.rules]]\ndialect = "nowhere"\npath = "/x"\nneed = "nobody"\n'
        )
        assert broken.level is Level.BROKEN
        assert broken.remark.startswith("gate.rules[0].dialect")

    def test_settings_of_a_dialect_that_cannot_be_read_are_not_the_gates(self, tmp_path):
        assert self.examined(tmp_path, "[dialects.nowhere]\nenabled = true\n") == []
