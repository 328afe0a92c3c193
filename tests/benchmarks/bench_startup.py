"""What starting costs: whole commands beside ``import click``, in processor time."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from .bench_validate import write_project
from .rows import Row, medians

BASELINE: Final = 'python -c "import click"'
_CLICK: Final = ("-c", "import click")
_ASSISTANTS: Final = 10
_BUDGETS: Final = {"--help": 1.5, "validate": 4.0, "plan": 8.0, "status": 8.0}
_TARGET: Final = """\
target: served
targets:
  served: {{api: assistants, base_url: "{url}", api_key: "${{env.BENCH_KEY}}"}}
"""


def run(rounds: int = 15) -> Iterator[Row]:
    """Measure the least that each command costs: nothing is to be changed, in a clean clone.

    The account is served by a process of its own, whose time is not counted. git is: a command
    waits for what it starts.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environ = _environment()
        with _served(root, environ) as url:
            _prepare(root / "project", url, environ)
            for command, budget in _BUDGETS.items():
                name = f"asstctl {command}"
                arguments = ("-m", "asstctl", "-C", str(root / "project"), command)
                start = partial(_processor_seconds, environ)
                seconds, click = medians(
                    rounds, partial(start, *arguments), partial(start, *_CLICK)
                )
                of = "" if command.startswith("-") else f", {_ASSISTANTS} assistants"
                yield Row(f"{name}{of}", seconds, BASELINE, click, budget)


def _prepare(project: Path, url: str, environ: dict[str, str]) -> None:
    """A committed project that the account holds already."""
    project.mkdir()
    write_project(project, _ASSISTANTS)
    with (project / "asstctl.yaml").open("a", encoding="utf-8") as settings:
        settings.write(_TARGET.format(url=url))
    (project / ".gitignore").write_text(".asstctl/\n", encoding="utf-8")
    git = partial(subprocess.run, check=True, capture_output=True, cwd=project, env=environ)
    git(["git", "init", "--quiet"])
    git(["git", "add", "."])
    git(["git", "commit", "--quiet", "--message", "A project"])
    _processor_seconds(environ, "-m", "asstctl", "-C", str(project), "apply", "--auto-approve")


def _environment() -> dict[str, str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "BENCH_KEY": "any-key"}
    # An installed package is compiled already: use what there is, and keep what is missing.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for role in ("AUTHOR", "COMMITTER"):
        environ |= {f"GIT_{role}_NAME": "Bench", f"GIT_{role}_EMAIL": "bench@example.com"}
    return environ


def _processor_seconds(environ: dict[str, str], *arguments: str) -> float:
    """What a command and all that it waited for took of the processor, for itself and inside."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _served(root: Path, environ: dict[str, str]) -> Iterator[str]:
    """``asstctl serve`` in a process of its own; its base URL."""
    command = [sys.executable, "-m", "asstctl", "serve", "--port", "0"]
    server = subprocess.Popen(command, cwd=root, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().split(" listens on ")[1].split()[0]
    finally:
        server.terminate()
        server.communicate()
