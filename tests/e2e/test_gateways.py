"""Real gateways with the snippets of ``deploy/``, in front of a back-end that tells what it got."""

import getpass
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx2
import jwt
import pytest

from tests.support.checkout import ROOT
from tests.support.ports import free_port
from tests.support.processes import ServerProcess, serve
from tests.support.programs import PLACES, require_program
from tests.support.waiting import until

DEPLOY = ROOT / "deploy"
FOLDER = "/api/folders/1b4e28ba-2fa1-11d2-883f-0016d3cca427"
DIRECTORY = """
[[tenants]]
name = "Zürich, AG"
[[subjects]]
logins = ["carol@acme.example", "carol"]
full_name = "Carol"
password = "plum-tree-88"
tenant = "Zürich, AG"
[subjects.oz]
user_type = "CLIENT"
[subjects.idscan]
role = "User"
[subjects.findface]
primary_group = "User"
"""
NGINX = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/watchword.conf;
}}
"""
LARGE = 3_000_000
WORD = b"hello"
# Of RFC 6455 section 1.3.
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

PAGE = (ROOT / "docs/how-to/check-who-is-calling.md").read_text()
[SETTINGS] = [dedent(block) for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
[CHECK] = [dedent(block) for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)]


@dataclass
class BackEnd:
    """What stands behind the gateway, and what it was asked."""

    port: int
    seen: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Stage:
    """All that is running: the server, a gateway in front of a back-end, and the gateway's URL."""

    server: ServerProcess
    back_end: BackEnd
    url: str

    def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Ask the gateway."""
        return httpx2.request(method, self.url + path, timeout=20, **options)

    def raw(self, path: str, *lines: str) -> int:
        """Ask for a path exactly as it is written; return the status."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connected:
            head = [f"GET {path} HTTP/1.1", "Host: gateway", "Connection: close", *lines, "", ""]
            connected.sendall("\r\n".join(head).encode("latin-1"))
            with connected.makefile("rb") as answer:
                return int(answer.readline().split()[1])

    def token(self) -> str:
        """Log Carol in at Oz's door."""
        body = {"credentials": {"email": "carol@acme.example", "password": "plum-tree-88"}}
        answer = httpx2.post(self.server.base_url + "/api/authorize/auth", json=body, timeout=20)
        return str(answer.json()["access_token"])


@contextmanager
def telling() -> Generator[BackEnd]:
    """Run a back-end that keeps what it got."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            if self.headers.get("upgrade") is not None:
                self.talk()
                return
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length).decode()
            headers = [(name.lower(), value) for name, value in self.headers.items()]
            call = {"method": self.command, "path": self.path, "headers": headers, "body": body}
            back_end.seen.append(call)
            said = json.dumps(call).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def talk(self) -> None:
            """Agree to whatever protocol is wanted, and say its first word back."""
            back_end.seen.append({"headers": [("upgrade", self.headers["upgrade"])]})
            self.send_response(101)
            for name in ("Connection", "Upgrade"):
                self.send_header(name, self.headers[name])
            self.send_header("Sec-WebSocket-Accept", ACCEPT)
            self.end_headers()
            self.wfile.write(self.rfile.read(len(WORD)))
            self.close_connection = True

        do_GET = do_POST = do_DELETE = do_PATCH = handle_any  # noqa: N815 - as they are called

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is overridden
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        back_end = BackEnd(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield back_end
        server.shutdown()
        thread.join()


def nginx(folder: Path, places: dict[str, str]) -> list[str]:
    for name in ("watchword.conf", "watchword-asks.conf"):
        text = placed(DEPLOY / "nginx" / name, places)
        (folder / name).write_text(text.replace("include watch", f"include {folder}/watch"))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=getpass.getuser()))
    configuration = str(folder / "nginx.conf")
    return ["-p", str(folder), "-c", configuration, "-e", str(folder / "errors")]


def caddy(folder: Path, places: dict[str, str]) -> list[str]:
    text = placed(DEPLOY / "caddy" / "Caddyfile", places)
    own = "{\n\tadmin off\n\tauto_https off\n}\n"
    (folder / "Caddyfile").write_text(own + text)
    return ["run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def haproxy(folder: Path, places: dict[str, str]) -> list[str]:
    shutil.copy(DEPLOY / "haproxy" / "watchword.lua", folder)
    text = placed(DEPLOY / "haproxy" / "haproxy.cfg", places)
    (folder / "haproxy.cfg").write_text(text.replace("/etc/haproxy/", f"{folder}/"))
    return ["-db", "-f", str(folder / "haproxy.cfg")]


GATEWAYS: dict[str, Callable[[Path, dict[str, str]], list[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
    "haproxy": haproxy,
}


def placed(file: Path, places: dict[str, str]) -> str:
    """Return a snippet with its addresses replaced by ours, each of which must be in it."""
    text = file.read_text()
    for standard, ours in places.items():
        text = text.replace(standard, ours)
    return text


@contextmanager
def running(program: Path, words: list[str], folder: Path, port: int) -> Generator[None]:
    """Run a gateway until the end of the block."""
    log = folder / "gateway.log"
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "PATH": PLACES}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [program, *words], stdout=stream, stderr=stream, env=environment, cwd=folder
        )

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        return False

    try:
        until(answers)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def staged(name: str, folder: Path) -> Generator[Stage]:
    """Run a gateway of this name between a server and a back-end."""
    program = require_program(name)
    (folder / "directory.toml").write_text(DIRECTORY)
    (folder / "watchword.toml").write_text(SETTINGS)
    port, gate_port = free_port(), free_port()
    words = ["--config", "watchword.toml", "--directory", "directory.toml"]
    words += ["--gate-port", str(gate_port)]
    with ExitStack() as stack:
        server = stack.enter_context(serve(folder, *words, "--gate-socket", "gate.sock"))
        back_end = stack.enter_context(telling())
        places = {
            "/run/watchword/gate.sock": str(folder / "gate.sock"),
            "127.0.0.1:8421": f"127.0.0.1:{gate_port}",
            "127.0.0.1:9000": f"127.0.0.1:{back_end.port}",
            "listen 80;": f"listen 127.0.0.1:{port};",
            ":80 {": f":{port} {{",
            "bind :80": f"bind 127.0.0.1:{port}",
        }
        command = GATEWAYS[name](folder, places)
        stack.enter_context(running(program, command, folder, port))
        yield Stage(server, back_end, f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module", params=sorted(GATEWAYS))
def stage(request, tmp_path_factory) -> Generator[Stage]:
    with staged(request.param, tmp_path_factory.mktemp(request.param)) as stage:
        yield stage


def oz(token: str, **more: str) -> dict[str, str]:
    return {"X-Forensic-Access-Token": token, **more}


def test_a_good_token_passes_and_the_back_end_is_told_whose_it_is(stage):
    answer = stage.ask("GET", f"{FOLDER}?with_analyses=true", headers=oz(stage.token()))
    assert answer.status_code == 200, answer.text
    got = answer.json()
    headers = dict(got["headers"])
    assert (got["method"], got["path"]) == ("GET", f"{FOLDER}?with_analyses=true")
    assert headers["x-watchword-login"] == "carol@acme.example"
    assert headers["x-watchword-tenant"] == "Z%C3%BCrich%2C AG"
    assert headers["x-watchword-audience"] == "oz"
    assert headers["x-watchword-roles"] == "CLIENT"
    assert "can_start_analysis_quality" in headers["x-watchword-scopes"].split(",")
    assert headers["x-watchword-subject"]
    assert headers["x-watchword-session"]


def test_a_back_end_can_check_who_is_calling(stage):
    """With the lines of the how-to as they stand there."""
    page: dict[str, Any] = {}
    exec(CHECK.replace("http://127.0.0.1:8420", stage.server.base_url), page)  # noqa: S102 - ours
    answer = stage.ask("GET", FOLDER, headers=oz(stage.token()))
    told = httpx2.Headers(answer.json()["headers"])
    said = page["who_is_calling"](told)
    assert (said["login"], said["tenant"]) == ("carol@acme.example", "Zürich, AG")
    assert (said["sub"], said["sid"]) == (told["x-watchword-subject"], told["x-watchword-session"])
    head, body, signature = told["x-watchword-identity"].split(".")
    with pytest.raises(jwt.PyJWTError):
        page["who_is_calling"]({"X-Watchword-Identity": f"{head}.{body}.{signature[:-4]}AAAA"})


def test_where_anybody_may_call_a_forged_statement_is_taken_away(stage):
    before = len(stage.back_end.seen)
    stage.raw("/api/version", "X-Watchword-Identity: forged.by.me")
    told = [value for call in stage.back_end.seen[before:] for _, value in call["headers"]]
    assert "forged.by.me" not in told


def test_a_body_reaches_the_back_end_as_it_was(stage):
    body = {"analyses": [{"type": "quality"}], "more": "x" * 50_000}
    answer = stage.ask("POST", f"{FOLDER}/analyses/", json=body, headers=oz(stage.token()))
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.json()["body"]) == body
    assert answer.json()["method"] == "POST"


def test_an_upload_may_be_as_large_as_the_back_end_takes(stage):
    answer = stage.ask("POST", f"{FOLDER}/media/", content=b"x" * LARGE, headers=oz(stage.token()))
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["body"]) == LARGE


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_without_a_token_the_vendors_own_no_comes_back(stage, method):
    before = len(stage.back_end.seen)
    options = {"json": {"a": "b"}} if method == "POST" else {}
    answer = stage.ask(method, "/api/users/?limit=1", **options)
    own = httpx2.get(stage.server.base_url + "/api/users/?limit=1", timeout=20)
    assert (answer.status_code, answer.content) == (own.status_code, own.content)
    assert answer.headers["content-type"] == own.headers["content-type"]
    assert len(stage.back_end.seen) == before


def test_other_vendors_are_refused_in_their_own_words(stage):
    answer = stage.ask("GET", "/cameras/")
    assert answer.json()["code"] == "UNAUTHORIZED"
    assert answer.headers["www-authenticate"] == "Token"
    answer = stage.ask("GET", "/idscanenterprisesvc/Journey/Get?journeyID=1")
    assert list(answer.json()) == ["Message"]
    assert answer.status_code == 401


def test_a_role_that_may_not_is_refused_with_the_vendors_403(stage):
    answer = stage.ask("DELETE", FOLDER, headers=oz(stage.token()))
    assert (answer.status_code, answer.json()["error_code"]) == (403, 9)


@pytest.mark.parametrize(
    "name", ["X-Watchword-Subject", "x_watchword_subject", "X.Watchword.Subject", "X-Watchword-New"]
)
def test_no_identity_that_a_client_claims_survives(stage, name):
    token = stage.token()
    stage.raw(FOLDER, f"X-Forensic-Access-Token: {token}", f"{name}: forged")
    values = [value for call in stage.back_end.seen for _, value in call["headers"]]
    assert "forged" not in values


@pytest.mark.parametrize(
    "line",
    [
        "X-Original-URI: /config.json",
        "X-Original-Method: GET",
        "X-Forwarded-Uri: /config.json",
        "X-Forwarded-Method: GET",
        "X-HTTP-Method-Override: DELETE",
        "X-Original-URL: /config.json",
    ],
)
def test_no_header_makes_the_gate_judge_another_request(stage, line):
    before = len(stage.back_end.seen)
    assert stage.raw("/api/users/", line) in {401, 403}
    assert len(stage.back_end.seen) == before


@pytest.mark.parametrize(
    "lines",
    [
        ["Connection: close, X-Watchword-Tenant, x-watchword-roles"],
        ["Connection: X-Watchword-Tenant", "Connection: close"],
        ["Connection: close", "Connection: upgrade,X-Watchword-Identity"],
    ],
)
def test_no_client_has_taken_away_what_the_gate_says(stage, lines):
    before = len(stage.back_end.seen)
    token = stage.token()
    assert stage.raw(f"{FOLDER}/", f"X-Forensic-Access-Token: {token}", *lines) == 200
    [call] = stage.back_end.seen[before:]
    headers = dict(call["headers"])
    for name in ("Subject", "Login", "Tenant", "Roles", "Identity"):
        assert headers[f"x-watchword-{name.lower()}"]
    assert "watchword" not in headers.get("connection", "").lower()


def talk(stage: Stage, token: str, *lines: str) -> bytes:
    """Ask for another protocol and say a word in it; return all that came back."""
    host, port = stage.url.removeprefix("http://").split(":")
    shown = f"X-Forensic-Access-Token: {token}"
    head = [f"GET {FOLDER}/ HTTP/1.1", "Host: gateway", shown, *lines, "", ""]
    with socket.create_connection((host, int(port)), timeout=20) as connected:
        connected.sendall("\r\n".join(head).encode())
        answer = connected.recv(4_096)
        if answer.startswith(b"HTTP/1.1 101"):
            connected.sendall(WORD)
            while data := connected.recv(4_096):
                answer += data
    return answer


def test_websockets_pass(stage):
    key = f"Sec-WebSocket-Key: {KEY}"
    wanted = ["Connection: Upgrade", "Upgrade: WebSocket", key, "Sec-WebSocket-Version: 13"]
    answer = talk(stage, stage.token(), *wanted)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    assert answer.endswith(WORD)
    assert talk(stage, "nobody", *wanted).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize("protocol", ["h2c", "HTTP/2.0", "TLS/1.2", "h2c, websocket"])
def test_no_other_protocol_gets_out_of_the_gates_sight(stage, protocol):
    before = len(stage.back_end.seen)
    settings = "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"
    wanted = ["Connection: Upgrade, HTTP2-Settings", f"Upgrade: {protocol}", settings]
    answer = talk(stage, stage.token(), *wanted)
    assert not answer.startswith(b"HTTP/1.1 101")
    assert all("upgrade" not in dict(call["headers"]) for call in stage.back_end.seen[before:])


@pytest.mark.parametrize(
    "name",
    [
        "X-HTTP-Method-Override",
        "x_http_method_override",
        "X.Rewrite.URL",
        "SCRIPT_NAME",
        "Script-Name",
        "PATH_INFO",
    ],
)
def test_no_header_makes_a_back_end_see_another_request(stage, name):
    """With a good token: either the gate refuses it, or the gateway has taken the header away."""
    before = len(stage.back_end.seen)
    status = stage.raw(f"{FOLDER}/", f"X-Forensic-Access-Token: {stage.token()}", f"{name}: /api")
    told = [name for call in stage.back_end.seen[before:] for name, _ in call["headers"]]
    assert name.lower() not in told
    assert (status, len(told) > 0) in {(403, False), (200, True)}


@pytest.mark.parametrize(
    "path",
    [
        "/api/version/../users/",
        "/api/version/%2e%2e/users/",
        "/api//users/",
        "/api/version%2f..%2fusers/",
        "/api/version;/users/",
        "/config.json/..;/users/",
        "/api/users/%00",
        "/api\\users",
        "//api/version",
    ],
)
def test_no_path_means_one_thing_here_and_another_there(stage, path):
    before = len(stage.back_end.seen)
    assert stage.raw(path) >= 400
    assert len(stage.back_end.seen) == before


def test_a_token_that_is_revoked_is_refused_at_once(stage):
    headers = {"content-type": "application/json"}
    entered = httpx2.post(
        stage.server.base_url + "/auth/login/",
        auth=("carol", "plum-tree-88"),
        json={"uuid": "gateway"},
        headers=headers,
        timeout=20,
    )
    shown = {"Authorization": f"Token {entered.json()['token']}"}
    for _ in range(5):
        assert stage.ask("GET", "/cameras/", headers=shown).status_code == 200
    left = httpx2.post(stage.server.base_url + "/auth/logout/", headers=shown, timeout=20)
    assert left.status_code == 204
    for _ in range(5):
        assert stage.ask("GET", "/cameras/", headers=shown).status_code == 401


@pytest.mark.parametrize(("ci", "ends"), [("", pytest.skip), ("true", pytest.fail)])
def test_without_a_gateway_it_is_told_and_in_ci_not_done_without(ci, ends, tmp_path, monkeypatch):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(ends.Exception, match="absent is not installed"), staged("absent", tmp_path):
        pytest.fail("it runs")


@pytest.mark.parametrize("name", sorted(GATEWAYS))
def test_without_a_gate_nothing_passes(name, tmp_path):
    with staged(name, tmp_path) as stage:
        token = stage.token()
        assert stage.ask("GET", FOLDER, headers=oz(token)).status_code == 200
        stage.server.stop()
        assert stage.ask("GET", FOLDER, headers=oz(token)).status_code >= 500
        assert len(stage.back_end.seen) == 1
