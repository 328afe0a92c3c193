"""An empty account and the engine's way to it."""

import pytest

from support.engine import Engine
from support.server import Server


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def engine(server: Server) -> Engine:
    return Engine(server)
