"""`check` begins from the outside: what answers at the public address must be this server."""

import json
import socket
import ssl
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from oauth2system.policy import quotas
from oauth2system.runtime.runner import Runner
from oauth2system.services.keys import keyring
from oauth2system.services.server import address_check
from oauth2system.setting_types.hosts import Host
from oauth2system.settings import Settings
from oauth2system.storage.database.transactions import Database
from tests.support.in_process.door import read_settings
from tests.support.servers.event_server import running_lab
from tests.support.servers.processes import free_port
from tests.support.servers.recording_server import Sink, sink

Configured = Callable[..., Settings]


@pytest.fixture
def place() -> Generator[Sink]:
    with sink() as noted:
        yield noted


@pytest.fixture
def configured(tmp_path: Path, database_url: str) -> Configured:
    """Give a function that reads settings for this database, with a port of their own."""

    def read(**given: str) -> Settings:
        ours = {"DATABASE_URL": database_url, "PORT": str(free_port()), **given}
        return read_settings(tmp_path, **ours)

    return read


def said(settings: Settings) -> str:
    arrival = address_check.look(settings)
    assert not arrival.served
    assert arrival.problem is not None
    assert not arrival.problem.refuses
    return str(arrival.problem.message)


def kids(settings: Settings) -> list[str]:
    runner = Runner(settings, Database(settings.database_url))
    try:
        keyring.prepare(runner)
        return sorted(address_check._read_own_keys(settings) or ())  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
    finally:
        runner.close()


def answer(place: Sink, **members: object) -> None:
    place.body = json.dumps(members).encode()


def test_the_running_server_is_known_by_its_issuer_and_its_keys(tmp_path: Path) -> None:
    with running_lab(tmp_path, f"sqlite:///{tmp_path / 'oauth2system.db'}") as lab:
        keyring.prepare(lab.runner)
        assert address_check.look(lab.runner.settings) == address_check.Arrival(served=True)


def test_a_server_that_does_not_run_yet_is_no_problem(configured: Configured) -> None:
    assert address_check.look(configured()) == address_check.Arrival(served=False)


def test_a_server_with_the_right_issuer_and_keys_is_this_one(configured: Configured, place: Sink) -> None:
    settings = configured(PUBLIC_URL=place.url)
    answer(place, issuer=settings.public_url, keys=[{"kid": "another"}, "none", {}, {"kid": kids(settings)[0]}])
    assert address_check.look(settings) == address_check.Arrival(served=True)
    assert [seen.path for seen in place.seen] == ["/.well-known/openid-configuration", "/oauth2/jwks"]


@pytest.mark.parametrize("theirs", [[{"kid": "another"}], [], "none", None])
def test_a_server_with_other_keys_uses_another_database(configured: Configured, place: Sink, theirs: object) -> None:
    settings = configured(PUBLIC_URL=place.url)
    kids(settings)
    answer(place, issuer=settings.public_url, keys=theirs)
    assert "another database" in said(settings)


def test_a_server_that_runs_before_our_database_has_a_schema_is_another(
    configured: Configured, place: Sink, empty_database_url: str
) -> None:
    settings = configured(PUBLIC_URL=place.url, DATABASE_URL=empty_database_url)
    answer(place, issuer=settings.public_url, keys=[{"kid": "another"}])
    assert "another database" in said(settings)


def test_a_server_with_the_issuer_of_before_must_be_restarted(configured: Configured, place: Sink) -> None:
    answer(place, issuer="https://before.example.org")
    message = said(configured(PUBLIC_URL=place.url))
    assert "calls itself https://before.example.org" in message
    assert "Restart" in message


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (200, b"[]"), (200, b"{}"), (404, b"{}"), (421, b"x"), (500, b"")]
)
def test_another_program_at_the_address_is_named(configured: Configured, place: Sink, status: int, body: bytes) -> None:
    place.status, place.body = status, body
    assert f"something else answers ({status})" in said(configured(PUBLIC_URL=place.url))


def test_an_address_that_leads_elsewhere_is_named(configured: Configured, place: Sink) -> None:
    place.status, place.headers = 301, {"Location": "https://www.example.org/"}
    assert "sends browsers on to https://www.example.org/" in said(configured(PUBLIC_URL=place.url))


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_without_a_server_behind_it_is_no_problem_before_the_start(
    configured: Configured, place: Sink, status: int
) -> None:
    place.status = status
    assert address_check.look(configured(PUBLIC_URL=place.url)) == address_check.Arrival(served=False)
    with socket.socket() as running:
        running.bind(("127.0.0.1", 0))
        running.listen()
        port = str(running.getsockname()[1])
        assert f"({status})" in said(configured(PUBLIC_URL=place.url, PORT=port))


def test_a_server_that_its_own_address_does_not_lead_to(configured: Configured) -> None:
    with socket.socket() as running:
        running.bind(("127.0.0.1", 0))
        running.listen()
        port = str(running.getsockname()[1])
        message = said(configured(PUBLIC_URL=f"http://localhost:{free_port()}", PORT=port))
    assert "does not reach it" in message


def test_an_address_that_hangs_is_given_up(
    configured: Configured, place: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "FETCH_SECONDS", 0.2)
    place.pause_s = 1
    assert "TimeoutError" in said(configured(PUBLIC_URL=place.url, PORT=str(place.port)))


def test_an_endless_answer_is_not_read(configured: Configured, place: Sink) -> None:
    place.body = b"x" * (quotas.FETCH_LARGEST + 1)
    assert "too large" in said(configured(PUBLIC_URL=place.url, PORT=str(place.port)))


def test_https_on_the_port_of_plain_http_is_named(configured: Configured, place: Sink) -> None:
    assert "nothing answers with TLS" in said(configured(PUBLIC_URL=f"https://localhost:{place.port}"))


def test_a_certificate_that_nobody_trusts_is_named(configured: Configured, tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = Thread(target=_greet_once, args=(listening, _certificate(tmp_path)), daemon=True)
        thread.start()
        message = said(configured(PUBLIC_URL=f"https://localhost:{listening.getsockname()[1]}"))
        thread.join(5)
    assert "does not trust the certificate" in message
    assert "self-signed" in message


def _greet_once(listening: socket.socket, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    line, _address = listening.accept()
    with line, pytest.raises(ssl.SSLError):
        context.wrap_socket(line, server_side=True)


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_a_name_that_leads_nowhere_is_named(configured: Configured, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(*_arguments: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    settings = configured(PUBLIC_URL="https://id.example.org", SMTP_URL="smtp://localhost")
    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)
    assert "no address for the name id.example.org" in said(settings)


def test_check_reports_a_host_that_cannot_be_listened_on(configured: Configured) -> None:
    # The address is of this machine's loopback network, and another program has the port for itself.
    with socket.socket() as other:
        other.bind(("127.0.0.2", 0))
        settings = replace(configured(), host=Host("127.0.0.2"), port=other.getsockname()[1])
        arrival = address_check.look(settings)
    assert arrival.problem is not None
    assert arrival.problem.refuses
    assert "taken by another program" in str(arrival.problem.message)
