"""Sockets of the gate's own: who may open them, and what a killed server leaves behind."""

import socket
import stat

import pytest

from tests.support.ports import free_port
from watchword.config import GateTable
from watchword.server.errors import StartError
from watchword.server.listening import gate_sockets, listen


def test_without_settings_there_is_none():
    with gate_sockets(GateTable()) as sockets:
        assert sockets == []


def test_a_port_and_a_path_may_be_had_together(tmp_path):
    path, port = tmp_path / "gate.sock", free_port()
    with gate_sockets(GateTable(port=port, socket=str(path))) as (tcp, unix):
        assert tcp.getsockname() == ("127.0.0.1", port)
        assert unix.family == socket.AF_UNIX
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert not path.exists()


@pytest.mark.parametrize(("mode", "found"), [("0660", 0o660), ("600", 0o600), ("0666", 0o666)])
def test_a_path_has_the_permissions_that_are_wanted(tmp_path, mode, found):
    path = tmp_path / "gate.sock"
    with gate_sockets(GateTable(socket=str(path), socket_mode=mode)):
        assert stat.S_IMODE(path.stat().st_mode) == found


def test_what_a_killed_server_left_is_taken_away(tmp_path):
    path = tmp_path / "gate.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with gate_sockets(GateTable(socket=str(path))), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_a_living_server_is_left_alone(tmp_path):
    table = GateTable(socket=str(tmp_path / "gate.sock"))
    with gate_sockets(table):
        with pytest.raises(StartError, match="another server does"), gate_sockets(table):
            pytest.fail("two servers at one path")
        assert (tmp_path / "gate.sock").exists()


def test_what_is_no_socket_is_left_alone(tmp_path):
    path = tmp_path / "file"
    path.write_text("mine")
    table = GateTable(socket=str(path))
    with pytest.raises(StartError, match="something else"), gate_sockets(table):
        pytest.fail("a file is no socket")
    assert path.read_text() == "mine"


def test_a_path_that_cannot_be_made_is_told(tmp_path):
    table = GateTable(socket=str(tmp_path / "missing" / "gate.sock"))
    with pytest.raises(StartError, match="No such file"), gate_sockets(table):
        pytest.fail("there is no such folder")


def test_what_a_successor_made_is_not_taken_away(tmp_path):
    path = tmp_path / "gate.sock"
    with gate_sockets(GateTable(socket=str(path))):
        path.unlink()
        other = socket.socket(socket.AF_UNIX)
        other.bind(str(path))
    assert path.exists()
    other.close()


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"cannot listen on 127.0.0.1:{port}"):
            listen("127.0.0.1", port)
