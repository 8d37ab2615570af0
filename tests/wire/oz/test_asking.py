"""Asking an engine: what it is told, and everything that it may answer or fail to answer."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.wire.oz.engine import running
from watchword.dialects.oz.archive.asking import EngineError, ask
from watchword.dialects.oz.engines import Engine, Verdict
from watchword.web.calling import Attachment

EVERY = frozenset(Verdict)
LIVENESS = EVERY - {Verdict.OPERATOR_REQUIRED}
PARTS = [
    Attachment("analysis", "application/json", 9, [b'{"a":"b"}']),
    Attachment("one", "image/jpeg", 6, [b"\r\n", b"--x\0"]),
    Attachment("two", "video/mp4", 0, []),
]


@pytest.fixture
def engine():
    with running() as engine:
        yield engine


def put(url, verdicts=EVERY, parts=PARTS, **options):
    return ask(Engine(url=url, timeout_seconds=2, **options), "boundary", parts, verdicts)


def refused(*arguments, **options):
    with pytest.raises(EngineError) as error:
        put(*arguments, **options)
    return error.value.reason


class TestQuestion:
    def test_the_engine_gets_the_question_and_the_files(self, engine):
        put(engine.url)
        [question] = engine.questions
        assert question.path == "/judge?v=1"
        assert question.asked == {"a": "b"}
        assert question.files == {"one": b"\r\n--x\0", "two": b""}

    def test_no_credential_is_sent_unless_there_is_one(self, engine):
        put(engine.url)
        assert "authorization" not in engine.questions[0].headers

    def test_the_first_line_of_a_file_is_the_token(self, engine, tmp_path):
        file = tmp_path / "token"
        file.write_text("s3cret \nmore\n")
        put(engine.url, token_file=str(file))
        assert engine.questions[0].headers["authorization"] == "Bearer s3cret"

    @pytest.mark.parametrize("content", [None, b"\xff", b"a\x00b", b"a\x1bb"])
    def test_a_token_that_is_none_is_not_sent(self, engine, tmp_path, content):
        file = tmp_path / "token"
        if content is not None:
            file.write_bytes(content)
        assert "token" in refused(engine.url, token_file=str(file))
        assert engine.questions == []

    def test_a_url_without_a_path_asks_the_root(self, engine):
        put(engine.url.partition("/judge")[0])
        assert engine.questions[0].path == "/"

    def test_no_proxy_of_the_environment_is_asked(self, engine, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        assert put(engine.url).verdict is Verdict.SUCCESS


class TestAnswer:
    @pytest.mark.parametrize("verdict", Verdict)
    def test_a_verdict_is_taken_with_its_results(self, engine, verdict):
        engine.answers({"resolution": verdict, "results": {"a": [1]}, "more": 1})
        answer = put(engine.url)
        assert (answer.verdict, answer.results) == (verdict, {"a": [1]})

    def test_results_may_be_left_out(self, engine):
        engine.answers({"resolution": "DECLINED"})
        assert put(engine.url).results == {}

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"<html>",
            b"[]",
            b"{}",
            b"\xff",
            {"resolution": None},
            {"resolution": 1},
            {"resolution": "success"},
            {"resolution": "FAILED"},
            {"resolution": "SUCCESS", "results": []},
            {"resolution": "SUCCESS", "results": None},
            b'{"resolution": "SUCCESS", "results": ' + b'{"a":' * 40 + b"1" + b"}" * 41,
        ],
        ids=lambda answer: str(answer)[:40],
    )
    def test_anything_else_is_no_verdict(self, engine, answer):
        engine.answers(answer)
        assert refused(engine.url).startswith("the engine's answer ")

    def test_a_liveness_check_is_never_left_to_an_operator(self, engine):
        engine.answers({"resolution": "OPERATOR_REQUIRED"})
        assert refused(engine.url, LIVENESS) == "the engine's answer is no verdict"

    @pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 404, 500, 503])
    def test_no_other_status_will_do(self, engine, status):
        engine.answers({"resolution": "SUCCESS"}, status)
        assert refused(engine.url) == f"the engine answered with status {status}"

    def test_a_redirect_is_not_followed(self, engine):
        with running() as other:

            def redirect(handler):
                handler.send_response(307)
                handler.send_header("Location", other.url)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            engine.behave = redirect
            assert refused(engine.url) == "the engine answered with status 307"
            assert other.questions == []

    def test_an_answer_is_read_up_to_a_bound(self, engine):
        full = {"resolution": "SUCCESS", "results": {"a": "x" * 60_000}}
        engine.answers(full)
        assert len(put(engine.url).results["a"]) == 60_000
        engine.answers({**full, "more": "x" * 6_000})
        assert refused(engine.url) == "the engine's answer is too long"

    def test_an_endless_answer_is_read_up_to_a_bound(self, engine):
        def pour(handler):
            handler.send_response(200)
            handler.end_headers()
            while True:
                handler.wfile.write(b" " * 65_536)

        engine.behave = pour
        assert refused(engine.url) == "the engine's answer is too long"

    def test_an_answer_that_is_cut_off_is_none(self, engine):
        def cut(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b'{"resolution": "SUCCESS"}')

        engine.behave = cut
        assert refused(engine.url) == "the engine's answer ends too early"

    @settings(
        deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(answer=st.binary(max_size=100))
    def test_any_bytes_are_a_verdict_or_none(self, engine, answer):
        engine.answers(answer)
        refused(engine.url)


class TestReach:
    def test_an_engine_that_is_down_cannot_be_reached(self):
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
            assert refused(url) == "the engine could not be reached"

    def test_a_name_that_nobody_has_cannot_be_reached(self):
        assert refused("http://engine.invalid/") == "the engine could not be reached"

    @pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 \xff\r\nA\r\n"])
    def test_something_that_is_no_http_server_cannot_be_reached(self, engine, answer):
        def speak(handler):
            handler.wfile.write(answer)
            handler.wfile.close()

        engine.behave = speak
        assert refused(engine.url)

    @pytest.mark.parametrize(
        "drip", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"]
    )
    def test_a_call_has_an_end_however_slowly_an_engine_answers(self, engine, drip):
        over = threading.Event()

        def dawdle(handler):
            handler.wfile.write(drip)
            while not over.wait(0.05):
                if drip:
                    handler.wfile.write(b"x")

        engine.behave = dawdle
        began = time.monotonic()
        try:
            reason = refused(engine.url)
        finally:
            over.set()
        assert reason == "the engine did not answer in time"
        assert time.monotonic() - began < 10

    def test_an_engine_that_takes_nothing_in_does_not_hold_a_call(self):
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen()
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
            large = Attachment("a", "image/jpeg", 50_000_000, [bytes(50_000_000)])
            assert refused(url, parts=[large]) == "the engine did not answer in time"


class TestTrust:
    @pytest.fixture
    def certificate(self, tmp_path):
        """Return the path of a certificate, with its key, for 127.0.0.1 alone."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "engine")])
        now = dt.datetime.now(dt.UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "engine.pem"
        pem = serialization.Encoding.PEM
        private = serialization.PrivateFormat.PKCS8
        plain = serialization.NoEncryption()
        file.write_bytes(key.private_bytes(pem, private, plain) + made.public_bytes(pem))
        return str(file)

    @pytest.fixture
    def secure(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with running(context) as engine:
            yield engine

    def test_a_certificate_that_one_names_is_trusted(self, secure, certificate):
        assert put(secure.url, ca_file=certificate).verdict is Verdict.SUCCESS

    def test_any_other_is_not(self, secure):
        assert refused(secure.url) == "the engine could not be trusted"
        assert secure.questions == []

    def test_nor_is_one_for_another_host(self, secure, certificate):
        url = secure.url.replace("127.0.0.1", "localhost")
        assert refused(url, ca_file=certificate) == "the engine could not be trusted"

    def test_without_the_file_nobody_is_asked(self, secure, tmp_path):
        assert refused(secure.url, ca_file=str(tmp_path / "none"))
        assert secure.questions == []
