from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from leases import NOW, handle, lease

from credbroker.clock import Clock
from credbroker.credential import KubernetesCredential
from credbroker.kubernetes import KubernetesAccess
from credbroker.secret import Secret


class ApiServer(HTTPServer):
    """Answers the token that it was shown, or leads elsewhere."""

    def __init__(self, folder: Path, elsewhere: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        pair = folder / "server.pem"
        if not pair.exists():
            pair.write_bytes(b"".join(_self_signed()))
        certificate = pair.read_bytes().partition(b"-----BEGIN PRIVATE")[0]
        self.elsewhere = elsewhere
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.ca = certificate.decode()
        self.url = f"https://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"shown": self.headers["authorization"]}).encode()
        elsewhere = self.server.elsewhere if isinstance(self.server, ApiServer) else None
        self.send_response(307 if elsewhere else 200)
        self.send_header("location", elsewhere or "")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _self_signed() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "api server")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), private


@contextmanager
def running(server: ApiServer) -> Iterator[ApiServer]:
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ApiServer]:
    with running(ApiServer(tmp_path)) as server:
        yield server


def credential(token: str, server: str, ca: str | None = None) -> KubernetesCredential:
    return KubernetesCredential(Secret(token), server, "shop", ca)


def test_a_client_trusts_the_server_of_its_scope_and_shows_it_the_token_of_the_moment(server: ApiServer) -> None:
    now = NOW
    minted = [
        lease(credential(token, server.url, server.ca), seconds=seconds)
        for token, seconds in (("t1", 3600), ("t2", 7200))
    ]
    access = KubernetesAccess(handle(*minted, clock=Clock(now=lambda: now)))
    assert (access.server, access.namespace) == (server.url, "shop")
    with access.client(headers={"x-mine": "1"}) as api:
        assert api.get("/api/v1/namespaces/shop/pods").json() == {"shown": "Bearer t1"}
        now += timedelta(seconds=3000)
        assert api.get("/version").json() == {"shown": "Bearer t2"}


def test_its_authority_is_the_only_one_that_is_trusted(server: ApiServer) -> None:
    certificate, _ = _self_signed()
    for ca in (None, certificate.decode()):
        with KubernetesAccess(handle(lease(credential("t1", server.url, ca)))).client() as api:
            with pytest.raises(httpx.ConnectError):
                api.get("/")


def test_no_other_host_is_shown_the_token_whoever_leads_there(server: ApiServer, tmp_path: Path) -> None:
    with running(ApiServer(tmp_path, elsewhere=server.url)) as ours:
        access = KubernetesAccess(handle(lease(credential("t1", ours.url, ours.ca))))
        with access.client(follow_redirects=True) as api:
            assert api.get("/").json() == {"shown": None}
            for url in (server.url, ours.url.replace("https:", "http:")):
                with pytest.raises(ValueError, match="to no other"):
                    api.get(url)


def test_prints_no_secret() -> None:
    access = KubernetesAccess(handle(lease(credential("swordfish", "https://127.0.0.1:6443"))))
    assert "swordfish" not in f"{access!r} {access.client()!r} {access.client().auth!r}"
    assert access.token() == "swordfish"
