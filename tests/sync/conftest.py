"""A project folder, an empty account and the engine between them."""

from pathlib import Path

import pytest

from support.engine import Engine
from support.projects import Folder
from support.server import Server


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    return Folder(project_dir)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def engine(server: Server) -> Engine:
    return Engine(server)
