"""A real LDAP server for the length of a test, which calls things as Active Directory does."""

import ipaddress
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ldap3 import MODIFY_REPLACE, NONE, Connection, Server

from tests.support.ports import free_port
from tests.support.programs import require_program

__all__ = ["ADMIN", "ADMIN_PASSWORD", "BASE", "DISABLED", "NORMAL", "Slapd"]

BASE = "dc=corp,dc=example"
ADMIN = f"cn=admin,{BASE}"
ADMIN_PASSWORD = "service secret"
NORMAL = 0x200
DISABLED = NORMAL | 0x2

START_SECONDS = 20
STOP_SECONDS = 20

# What Active Directory has and OpenLDAP lacks, with the numbers that Microsoft gave it.
SCHEMA = """
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID'
    EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl'
    EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName'
    EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName'
    EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.782 NAME 'objectCategory'
    EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP top AUXILIARY
    MAY ( objectGUID $ userAccountControl $ sAMAccountName $ userPrincipalName $ objectCategory ) )
objectclass ( 1.2.840.113556.1.5.8 NAME 'group' SUP top AUXILIARY
    MAY ( objectGUID $ sAMAccountName ) )
"""

CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include {home}/ad.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {home}/slapd.pid
TLSCACertificateFile {home}/ca.pem
TLSCertificateFile {home}/server.pem
TLSCertificateKeyFile {home}/server.key
database mdb
maxsize 67108864
dbnosync
suffix "{base}"
rootdn "{admin}"
rootpw "{password}"
directory {home}/data
index objectClass,sAMAccountName,mail,objectGUID,member eq
access to attrs=userPassword by anonymous auth
access to * by dn.exact="{admin}" read by * none
"""

TREE = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
dc: corp
o: Corp

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups
"""


class Slapd:
    """A server of our own on loopback, in a temporary folder, gone when the block ends.

    It can be stopped and started again on the same ports with the same people.
    """

    def __init__(self) -> None:
        self._program = require_program("slapd")
        self._process: subprocess.Popen[bytes] | None = None
        self.port, self.tls_port = free_port(), free_port()
        self.home = Path(tempfile.mkdtemp(prefix="watchword-slapd-"))
        (self.home / "data").mkdir()
        _make_certificates(self.home)
        (self.home / "ad.schema").write_text(SCHEMA)
        (self.home / "slapd.conf").write_text(
            CONFIGURATION.format(home=self.home, base=BASE, admin=ADMIN, password=ADMIN_PASSWORD)
        )
        self._load(TREE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.home)

    @property
    def url(self) -> str:
        """Where it listens without TLS, and takes StartTLS."""
        return f"ldap://localhost:{self.port}"

    @property
    def tls_url(self) -> str:
        """Where it listens with TLS."""
        return f"ldaps://localhost:{self.tls_port}"

    @property
    def ca_file(self) -> str:
        """The authority that its certificate is from."""
        return str(self.home / "ca.pem")

    def start(self) -> None:
        """Start the server and return once it takes connections."""
        listen = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"
        command = [str(self._program), "-f", str(self.home / "slapd.conf"), "-h", listen, "-d", "0"]
        with (self.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.home)
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.tls_port)).close()
            except ConnectionRefusedError:
                time.sleep(0.02)
            else:
                return
        pytest.fail(f"slapd did not start:\n{(self.home / 'server.log').read_text()}")

    def stop(self) -> None:
        """Stop the server; clients still connected are cut off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def freeze(self) -> None:
        """Let the server take connections and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the server go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def add_person(self, name: str, password: str, guid: UUID, **values: Any) -> str:
        """Add a person and return its DN; ``values`` are further attributes."""
        dn = f"cn={name},ou=people,{BASE}"
        attributes = {
            "sn": name,
            "sAMAccountName": name,
            "objectGUID": guid.bytes_le,
            "objectCategory": "person",
            "userAccountControl": NORMAL,
            "userPassword": password,
            **values,
        }
        self._change(lambda c: c.add(dn, ["inetOrgPerson", "user"], attributes))
        return dn

    def add_group(self, name: str, guid: UUID, members: Iterable[str] = ()) -> str:
        """Add a group and return its DN."""
        dn = f"cn={name},ou=groups,{BASE}"
        attributes = {"objectGUID": guid.bytes_le, "member": [ADMIN, *members]}
        self._change(lambda c: c.add(dn, ["groupOfNames", "group"], attributes))
        return dn

    def add_referral(self, name: str, url: str) -> None:
        """Add an entry that stands for another server's."""
        classes = ["referral", "extensibleObject"]
        dn = f"cn={name},ou=groups,{BASE}"
        self._change(lambda c: c.add(dn, classes, {"cn": name, "ref": url}))

    def set(self, dn: str, attribute: str, values: Sequence[Any]) -> None:
        """Replace an attribute's values."""
        self._change(lambda c: c.modify(dn, {attribute: [(MODIFY_REPLACE, list(values))]}))

    def put_in(self, group: str, members: Iterable[str]) -> None:
        """Let these and no others be in a group."""
        self.set(group, "member", [ADMIN, *members])

    def remove(self, dn: str) -> None:
        """Remove an entry."""
        self._change(lambda c: c.delete(dn))

    def _administer(self) -> Connection:
        server = Server("127.0.0.1", self.port, get_info=NONE, connect_timeout=2)
        return Connection(server, ADMIN, ADMIN_PASSWORD, auto_bind=True, check_names=False)

    def _change(self, change: Any) -> None:
        connection = self._administer()
        change(connection)
        assert connection.result["result"] == 0, connection.result
        connection.unbind()

    def _load(self, ldif: str) -> None:
        command = [str(self._program), "-T", "add", "-f", str(self.home / "slapd.conf")]
        done = subprocess.run(command, input=ldif.encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


def _make_certificates(home: Path) -> None:
    """Make an authority and the server's certificate, good for this host alone."""
    authority, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Corp CA")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    is_authority = x509.BasicConstraints(ca=True, path_length=0)
    for name, certificate in (
        ("ca.pem", _certificate(issuer, issuer, authority, authority, is_authority)),
        ("server.pem", _certificate(subject, issuer, key, authority, names)),
    ):
        (home / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    (home / "server.key").write_bytes(private)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        .sign(signer, hashes.SHA256())
    )
