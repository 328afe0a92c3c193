"""The main job with the real command: init, validate, plan, apply, smoke, and the receipt lost."""

import asyncio
import json
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import openai
import pytest

from asstctl.emulator import open_account

if TYPE_CHECKING:
    from .conftest import Asstctl


def test_from_nothing_to_an_answer(asstctl: "Asstctl", project_dir: Path) -> None:
    begun = asstctl("init")
    assert begun.returncode == 0
    assert "asstctl apply" in begun.stdout
    assert (project_dir / "receipts/receipt.pdf").stat().st_size > 1000

    checked = asstctl("validate")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.startswith("valid: ")

    planned = asstctl("plan")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert "2 to create · 1 file" in planned.stdout
    assert asstctl("plan", "--detailed-exitcode").returncode == 2
    assert not (project_dir / ".asstctl").exists(), "plan writes nothing"

    applied = asstctl("apply", "--auto-approve")
    assert applied.returncode == 0, applied.stderr
    assert "2 done in" in applied.stdout

    again = asstctl("plan", "--detailed-exitcode")
    assert again.returncode == 0
    assert "No changes." in again.stdout

    smoked = asstctl("smoke")
    assert smoked.returncode == 0, smoked.stderr
    assert "1 passed, 2 skipped" in smoked.stdout
    assert "$23.75" in smoked.stdout


def test_without_a_terminal_nobody_is_asked(in_process: "Asstctl", travel_guide: Path) -> None:
    refused = in_process("apply")

    assert refused.returncode == 1
    assert "--auto-approve" in refused.stderr
    assert "2 to create" in refused.stdout
    assert "2 to create" in in_process("plan").stdout, "and nothing was written"


def test_an_assistant_that_lost_its_receipt_fails_its_smoke(
    in_process: "Asstctl", applied_guide: Path
) -> None:
    asyncio.run(_detach_the_receipt(applied_guide / ".asstctl/account.db"))

    smoked = in_process("smoke", "--format", "json")
    assert smoked.returncode == 4, smoked.stderr
    statuses = {case["name"]: case["status"] for case in json.loads(smoked.stdout)["cases"]}
    assert statuses == {
        "finds the receipt": "failed",
        "adds up the receipt": "skipped",
        "splits the hotel bill": "skipped",
    }
    assert in_process("plan", "--detailed-exitcode").returncode == 2, "the plan sees it too"


def test_an_edit_elsewhere_is_drift_until_it_is_overwritten(
    in_process: "Asstctl", applied_guide: Path
) -> None:
    asyncio.run(_rename_the_assistant(applied_guide / ".asstctl/account.db"))

    refused = in_process("apply", "--auto-approve")
    assert refused.returncode == 5
    assert "--overwrite-drift" in refused.stderr
    assert "Renamed by hand" in refused.stdout

    assert in_process("apply", "--auto-approve", "--overwrite-drift").returncode == 0
    assert "No changes." in in_process("plan").stdout


@pytest.mark.parametrize("command", ["plan", "apply", "status", "smoke"])
def test_json_is_one_document_and_nothing_else(
    asstctl: "Asstctl", applied_guide: Path, command: str
) -> None:
    (applied_guide / "prompts/travel.md").write_text("Be brief.\n", encoding="utf-8")
    approve = ["--auto-approve"] if command == "apply" else []

    done = asstctl(command, "--format", "json", *approve)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["format_version"] == "1.0"


async def _detach_the_receipt(account_file: Path) -> None:
    async with _client(account_file) as client:
        store = (await client.vector_stores.list()).data[0]
        file = (await client.vector_stores.files.list(store.id)).data[0]
        await client.vector_stores.files.delete(file.id, vector_store_id=store.id)


async def _rename_the_assistant(account_file: Path) -> None:
    async with _client(account_file) as client:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            assistant = (await client.beta.assistants.list()).data[0]
            await client.beta.assistants.update(assistant.id, name="Renamed by hand")


@asynccontextmanager
async def _client(account_file: Path) -> AsyncIterator[openai.AsyncOpenAI]:
    """The unmodified SDK in front of an account's file."""
    async with open_account(account_file) as account:
        transport = httpx2.ASGITransport(app=account.app)
        async with openai.AsyncOpenAI(
            base_url="http://local/v1",
            api_key="any",
            http_client=openai.DefaultAsyncHttpxClient(transport=transport),
        ) as client:
            yield client
