"""The real command: a process of its own, with nothing of the developer's environment."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import asstctl

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
