"""The tutorials' Node programs, run as they are by the official Node SDK, and newer ones.

``ASSTCTL_TEST_NODE_MODULES`` names one or more ``node_modules`` folders, separated like a PATH,
each with some version of the ``openai`` package. Without Node or the package there is nothing to
run.
"""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from asstctl.emulator import open_account
from emulator import documents
from emulator.conftest import serving

NODE = shutil.which("node")
PROGRAMS = Path(__file__).parent / "node"
MODULES = [
    folder
    for folder in os.environ.get("ASSTCTL_TEST_NODE_MODULES", "").split(os.pathsep)
    if folder and (Path(folder) / "openai" / "package.json").exists()
]


SDKS = pytest.mark.parametrize(
    "modules",
    MODULES
    or [pytest.param("", marks=pytest.mark.skip("ASSTCTL_TEST_NODE_MODULES names no openai"))],
)
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


async def _run(program: str, modules: str, folder: Path) -> Any:
    """Run a program against an account of its own; gives the JSON that it prints."""
    receipt = folder / "receipt.pdf"
    receipt.write_bytes(documents.receipt())
    async with open_account(folder / "account.db") as account, serving(account) as url:
        process = await asyncio.create_subprocess_exec(
            str(NODE),
            str(PROGRAMS / program),
            f"{url}/v1",
            str(receipt),
            env={"NODE_PATH": modules, "PATH": os.environ["PATH"]},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    return json.loads(out)


@SDKS
async def test_the_seeds_run_unchanged(modules: str, tmp_path: Path) -> None:
    told = await _run("seeds.js", modules, tmp_path)
    assert told["jokes"].startswith("[offline model] ")
    guide = told["travelGuide"]
    assert (guide["first"], guide["tools"], guide["cited"]) == ("queued", ["file_search"], True)
    assert "Burger with fries $23.75" in guide["text"]
    assert "Soda $15.50" in guide["text"]
    assert told["streaming"]["status"] == "requires_action"
    assert told["streaming"]["same"]
    assert "get_time({}) gave: noon" in told["streaming"]["heard"]
    assert told["refusal"] == {
        "status": 404,
        "message": "404 No assistant found with id 'asst_sample'.",
    }


@SDKS
async def test_responses_are_spoken_to_node(modules: str, tmp_path: Path) -> None:
    told = await _run("responses.js", modules, tmp_path)
    guide = told["guide"]
    assert "> Burger with fries $23.75" in guide["heard"]
    assert guide["same"]
    assert guide["cited"] == ["receipt.pdf"]
    assert guide["items"] == ["message", "file_search_call", "message"]
    assert "get_time({}) gave: noon" in told["called"]
    assert told["refusal"] == {
        "status": 404,
        "message": "404 Response with id 'resp_sample' not found.",
    }
