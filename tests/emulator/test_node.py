"""The tutorials' Node programs, run as they are by the official Node SDK.

``ASSTCTL_TEST_NODE_MODULES`` names one or more ``node_modules`` folders, separated like a PATH,
each with some version of the ``openai`` package. Without Node or the package there is nothing to
run.
"""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from asstctl.emulator import open_account
from emulator import documents
from emulator.conftest import serving

NODE = shutil.which("node")
PROGRAM = Path(__file__).parent / "node" / "seeds.js"
MODULES = [
    folder
    for folder in os.environ.get("ASSTCTL_TEST_NODE_MODULES", "").split(os.pathsep)
    if folder and (Path(folder) / "openai" / "package.json").exists()
]


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize(
    "modules",
    MODULES
    or [pytest.param("", marks=pytest.mark.skip("ASSTCTL_TEST_NODE_MODULES names no openai"))],
)
async def test_the_seeds_run_unchanged(modules: str, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.pdf"
    receipt.write_bytes(documents.receipt())
    async with open_account(tmp_path / "account.db") as account, serving(account) as url:
        process = await asyncio.create_subprocess_exec(
            str(NODE),
            str(PROGRAM),
            f"{url}/v1",
            str(receipt),
            env={"NODE_PATH": modules, "PATH": os.environ["PATH"]},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    told = json.loads(out)
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
