"""The real command: a process of its own, with nothing of the developer's environment.

Starting one takes a second or more. Tests that are about what a command does, and not about being
started, call it in process: the same folder, environment and streams, and the same result.
"""

import contextlib
import io
import os
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

import asstctl
from asstctl.cli.boundary import run

COMMAND = (sys.executable, "-m", "asstctl")
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")


def clean_environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process may know: where programs are, a home that is not one, and ``extra``."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONPATH": str(Path(asstctl.__file__).parents[1]),
        "PYTHONWARNINGS": "ignore::DeprecationWarning",
        **(extra or {}),
    }


def run_asstctl(
    arguments: Sequence[str],
    *,
    cwd: Path,
    home: Path,
    extra: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``asstctl`` to its end. Without ``stdin`` there is none."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=clean_environment(home, extra),
        input="" if stdin is None else stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def run_in_process(
    arguments: Sequence[str], *, cwd: Path, home: Path, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What ``run_asstctl`` does, without a process. There is no input."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        mock.patch.dict(os.environ, clean_environment(home, extra), clear=True),
        mock.patch.object(sys, "stdin", io.StringIO()),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", DeprecationWarning)
        code = run(list(arguments))
    return subprocess.CompletedProcess(list(arguments), code, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    data = stream.detach()
    assert isinstance(data, io.BytesIO)
    return data.getvalue().decode()
