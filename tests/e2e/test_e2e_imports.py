"""What starts fast has to stay fast: nothing heavy is imported by commands that do not need it.

Measured times are for ``tests/benchmarks/bench_startup.py``; these are the causes.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from real_command import clean_environment
from support.git import commit

TALKS_TO_SERVERS = {
    "openai",
    "httpx2",
    "pydantic",
    "starlette",
    "uvicorn",
    "sqlite3",
    "psycopg",
    "boto3",
    "pypdf",
    "docx",
}
COMPARES = {"deepdiff", "git"}
HEAVY = TALKS_TO_SERVERS | COMPARES | {"rich", "jsonschema", "asyncio"}
METADATA = {"importlib.metadata"}
NOT_IN_PLANS = {"openai", "git", "asstctl.smoke.ports", "rich.console"}

_PROGRAM = """\
import contextlib, io, json, sys
from asstctl.cli.boundary import run
with contextlib.redirect_stdout(io.StringIO()):
    code = run(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], HEAVY | METADATA | {"yaml", "jsonschema_rs", "hashlib", "tempfile"}),
        (["plan", "--help"], TALKS_TO_SERVERS | COMPARES),
        (["validate"], HEAVY | METADATA),
        (["schema", "assistant"], HEAVY | METADATA),
        (["init", "new"], HEAVY),
        (["plan"], NOT_IN_PLANS),
        (["plan", "--require-clean", "--ref", "HEAD", "--since", "main"], {"openai", "git"}),
        (["status"], NOT_IN_PLANS),
        (["apply", "--auto-approve"], {"openai", "git"}),
        (["apply", "--auto-approve", "--smoke"], {"openai", "git", "jsonschema"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_not_needed_is_not_imported(
    travel_guide: Path, home: Path, arguments: list[str], unwanted: set[str]
) -> None:
    commit(travel_guide)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=travel_guide,
        env=clean_environment(home),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    code, modules = json.loads(done.stdout)
    assert (code, "Traceback" in done.stderr) == (0, False), done.stderr
    assert set(modules) & unwanted == set()
