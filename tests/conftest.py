"""Guards for every test: no home folder, no network, no colours or keys from outside."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples every time: what fails in CI fails here too. `--hypothesis-profile=search`
# looks for new ones, ten times as many.
settings.register_profile("same", max_examples=50, deadline=None, derandomize=True, database=None)
settings.register_profile("search", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("same")

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def _sealed_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in (
        "ASSTCTL_TARGET",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "NO_COLOR",
        "FORCE_COLOR",
        "COLUMNS",
        "CI",
        "GITHUB_ACTIONS",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    """The URL of a database of this worker. Skips where no server is named."""
    server = os.environ.get("ASSTCTL_TEST_POSTGRES")
    if not server:
        pytest.skip("ASSTCTL_TEST_POSTGRES names no PostgreSQL server")
    from support.postgres import own_database

    with own_database(server) as database:
        yield database


@pytest.fixture
def postgres(postgres_database: str) -> str:
    """The URL of an empty PostgreSQL database."""
    from support.postgres import empty

    empty(postgres_database)
    return postgres_database


@pytest.fixture
def project_dir(tmp_path: Path) -> Path:
    """An empty folder to put a project in."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder
