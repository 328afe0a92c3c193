"""Proxies and certificates: a variable that cannot be used is named, where it is used."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from asstctl.model.project import AssistantsTarget
from asstctl.remote.diagnose.way import reachable
from asstctl.remote.wire import environment
from asstctl.remote.wire.connect import connect
from asstctl.remote.wire.environment import proxy_for
from asstctl.remote.wire.observer import Exchange, Retry
from asstctl.sync.doctor.check import Verdict
from asstctl.sync.ports import AccountError, Failure


class Notes:
    """Notes what it is told."""

    wants_bodies = False

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.retries: list[Retry] = []

    def on_exchange(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def on_retry(self, retry: Retry) -> None:
        self.retries.append(retry)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)


async def ask(base_url: str, notes: Notes | None = None, timeout: float = 5.0) -> Any:
    target = AssistantsTarget(name="x", base_url=base_url, timeout=timeout)
    async with connect(target, observer=notes or Notes()) as wire:
        return (await wire.get("/assistants")).value


async def failure(base_url: str, notes: Notes | None = None) -> AccountError:
    with pytest.raises(AccountError) as told:
        await ask(base_url, notes)
    return told.value


@asynccontextmanager
async def served(context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server that answers everything with an empty object."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read(4096)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            await writer.drain()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async with await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if context else 'http'}://127.0.0.1:{port}/v1"


BROKEN_PROXIES = [
    "ftp://proxy.example.com",
    "socks4://127.0.0.1:9",
    "http://127.0.0.1:port",
    "http://",
    "http://[::1",
    "://",
]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("value", BROKEN_PROXIES)
async def test_a_proxy_that_cannot_be_used_is_named(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    notes = Notes()
    error = await failure("http://api.example.com/v1", notes)

    assert error.failure is Failure.UNREACHABLE
    assert error.what.startswith(variable)
    assert error.fix
    assert notes.retries == []


async def test_a_socks_proxy_without_its_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "_speaks_socks", lambda: False)
    monkeypatch.setenv("ALL_PROXY", "socks5://user:pa55word@127.0.0.1:9")
    error = await failure("http://api.example.com/v1")

    assert "ALL_PROXY" in error.what
    assert "asstctl[socks]" in error.fix
    assert "pa55word" not in f"{error.what}{error.why}{error.fix}"


@pytest.mark.parametrize(
    "values",
    [
        {"HTTP_PROXY": "ftp://x", "NO_PROXY": "127.0.0.1"},
        {"ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": "127.0.0.0/8"},
        {"ALL_PROXY": "socks5://127.0.0.1:9", "no_proxy": "*"},
        {"HTTPS_PROXY": "ftp://x"},
        {"SSL_CERT_FILE": "/nonexistent.pem"},
        {"SSL_CERT_DIR": "/nonexistent"},
    ],
    ids=str,
)
async def test_a_broken_variable_that_is_not_needed_does_not_matter(
    values: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    async with served() as url:
        assert await ask(url) == {}


@pytest.mark.parametrize(
    ("entries", "host", "goes_through"),
    [
        ("", "api.example.com", True),
        ("example.com", "api.example.com", False),
        (".example.com", "api.example.com", False),
        ("*.example.com", "api.example.com", False),
        ("example.com", "notexample.com", True),
        ("other.com, api.example.com", "api.example.com", False),
        ("api.example.com:8080", "api.example.com", False),
        ("api.example.com:8081", "api.example.com", True),
        ("10.0.0.0/8", "10.1.2.3", False),
        ("10.0.0.0/8", "11.1.2.3", True),
        ("10.0.0.0/8", "api.example.com", True),
        ("10.0.0.0/nonsense", "10.0.0.1", True),
        ("::1", "::1", False),
        ("*", "anything", False),
        (" , ,", "api.example.com", True),
    ],
)
def test_no_proxy_exempts_names_endings_and_networks(
    entries: str, host: str, goes_through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", entries)
    found = proxy_for("http", host, 8080)

    assert (found is not None) is goes_through


async def test_a_proxy_that_refuses_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:pa55word@127.0.0.1:9")
    with pytest.raises(AccountError) as told:
        await ask("http://api.example.com/v1", timeout=2)

    assert "127.0.0.1 of HTTP_PROXY" in told.value.why
    assert "HTTP_PROXY" in told.value.fix
    assert "pa55word" not in f"{told.value.what}{told.value.why}{told.value.fix}"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_certificates_that_are_missing_are_named(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "missing"))
    error = await failure("https://127.0.0.1:9/v1")

    assert error.failure is Failure.UNREACHABLE
    assert error.what.startswith(variable)


@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nx\n"])
async def test_certificates_that_are_none_are_named(
    content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "c.pem").write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "c.pem"))

    assert (await failure("https://127.0.0.1:9/v1")).what.startswith("SSL_CERT_FILE")


async def test_a_name_that_does_not_resolve_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    notes = Notes()
    error = await failure("http://no.such.host.example.com/v1", notes)

    assert error.failure is Failure.UNREACHABLE
    assert error.why == "the name no.such.host.example.com does not resolve"
    assert len(notes.exchanges) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that it signed itself, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    options = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x -addext"
    where = ["subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(
        [openssl, *options.split(), *where],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "cert.pem"


def context_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


async def test_a_certificate_that_nobody_signed_is_not_tried_again(certificate: Path) -> None:
    notes = Notes()
    async with served(context_of(certificate)) as url:
        error = await failure(url, notes)

    assert error.failure is Failure.UNREACHABLE
    assert "the certificate of 127.0.0.1 cannot be verified" in error.why
    assert "SSL_CERT_FILE" in error.fix
    assert len(notes.exchanges) == 1


async def test_the_doctor_says_the_same_of_a_certificate(certificate: Path) -> None:
    async with served(context_of(certificate)) as url:
        name, tls = await reachable(url)

    assert (name.verdict, tls.verdict) == (Verdict.OK, Verdict.FAILED)
    assert "cannot be verified" in tls.found
    assert "SSL_CERT_FILE" in tls.fix


async def test_a_certificate_that_is_trusted_by_name_is_accepted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with served(context_of(certificate)) as url:
        assert await ask(url) == {}


async def test_a_server_without_tls_is_not_tried_again() -> None:
    notes = Notes()
    async with served() as url:
        error = await failure(url.replace("http:", "https:"), notes)

    assert error.failure is Failure.UNREACHABLE
    assert "no TLS with 127.0.0.1" in error.why
    assert len(notes.exchanges) == 1


def test_only_the_pools_that_are_used_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> ssl.SSLContext:
        raise AssertionError("plain http needs no certificates")

    monkeypatch.setattr("asstctl.remote.wire.routes.certificates", never)

    async def plain() -> Any:
        async with served() as url:
            return await ask(url)

    assert asyncio.run(plain()) == {}
