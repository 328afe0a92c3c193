"""Whole processes: ``asstctl --help`` beside ``import click``; ``validate`` is told with it."""

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from .bench_validate import write_project
from .rows import Row, best_of

BUDGET = 3.0
BASELINE = 'python -c "import click"'


def run(repeat: int = 20) -> list[Row]:
    """Measure the least that a call of the command costs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_project(root, assistants=1)
        start = partial(_start, _environment(root))
        seconds_help, seconds_validate, click = best_of(
            repeat,
            lambda: start("-m", "asstctl", "--help"),
            lambda: start("-m", "asstctl", "-C", str(root), "validate"),
            lambda: start("-c", "import click"),
        )
    return [
        Row("asstctl --help", seconds_help, BASELINE, click, BUDGET),
        Row("asstctl validate, one assistant", seconds_validate, BASELINE, click),
    ]


def _environment(root: Path) -> dict[str, str]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    # An installed package is compiled already: keep byte code, and not in the checkout.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    environ["PYTHONPYCACHEPREFIX"] = str(root / ".bytecode")
    return environ


def _start(environ: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=environ)
