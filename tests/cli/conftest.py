"""The command line in process: real project folders, the real local account, real git."""

import asyncio
import subprocess
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from asstctl.cli.boundary import run
from asstctl.emulator import open_account

ASSISTANT = """\
kind: assistant
name: Guide
model: gpt-4o
instructions: Be brief.
"""


@dataclass(frozen=True)
class Ran:
    """What a command returned and printed."""

    code: int
    out: str
    err: str


class Project:
    """A project folder and the local account inside it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        self.write("asstctl.yaml", "project: demo\n")

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")

    def remove(self, path: str) -> None:
        """Delete a file of the project."""
        with suppress(FileNotFoundError):
            (self.root / path).unlink()

    def run(self, *arguments: str) -> Ran:
        """Run asstctl in the project's folder."""
        code = run(["-C", str(self.root), *arguments])
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    def apply(self, *arguments: str) -> Ran:
        """Apply without being asked; it must succeed."""
        ran = self.run("apply", "--auto-approve", *arguments)
        assert ran.code == 0, ran
        return ran

    def account(self, work: Callable[[openai.AsyncOpenAI], Awaitable[Any]]) -> Any:
        """Do something in the account behind asstctl's back, with the SDK."""

        async def act() -> Any:
            async with open_account(self.root / ".asstctl" / "account.db") as account:
                transport = httpx2.ASGITransport(app=account.app)
                http_client = openai.DefaultAsyncHttpxClient(transport=transport)
                async with openai.AsyncOpenAI(
                    base_url="http://local/v1", api_key="any", http_client=http_client
                ) as client:
                    return await work(client)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return asyncio.run(act())

    def assistants(self) -> dict[str, Any]:
        """The account's assistants by name."""

        async def read(client: openai.AsyncOpenAI) -> dict[str, Any]:
            page = await client.beta.assistants.list(limit=100)
            return {item.name or item.id: item for item in page.data}

        found: dict[str, Any] = self.account(read)
        return found

    def edit(self, which: str, **fields: Any) -> None:
        """Edit an assistant as somebody in a dashboard would."""
        assistant = self.assistants()[which]

        async def update(client: openai.AsyncOpenAI) -> None:
            await client.beta.assistants.update(assistant.id, **fields)

        self.account(update)

    def git(self, *arguments: str) -> str:
        """Run git in the project's folder."""
        done = subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=n@example.com", *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    """A project with one assistant, not yet applied."""
    root = tmp_path / "demo"
    root.mkdir()
    monkeypatch.chdir(tmp_path)
    made = Project(root, capsys)
    made.write("assistants/guide.yaml", ASSISTANT)
    return made
