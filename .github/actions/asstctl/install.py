"""Installs asstctl into a virtual environment of its own: the workflow's Python stays as it is."""

import hashlib
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

from runner import InputError, log, log_command, set_output

_VERSION = re.compile(r"v?([0-9][0-9A-Za-z.+!]*)")
_CHECKOUT = Path(__file__).resolve().parents[3]
"""The repository that this action is part of, at the ref that it was used with."""


def main() -> int:
    """Install once per runner and requirement; the exit code."""
    try:
        requirement = _requirement(os.environ.get("INPUT_VERSION", "").strip())
    except InputError as error:
        log_command("error", str(error), title="asstctl")
        return 1
    name = hashlib.sha256(f"{requirement}\0{sys.version}".encode()).hexdigest()[:16]
    folder = Path(os.environ["RUNNER_TEMP"]) / f"asstctl-venv-{name}"
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    done = folder / "installed"
    if not done.exists():
        log(f"Installing {requirement}")
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(scripts / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        command = [*pip, "install", "--quiet", requirement]
        installed = subprocess.run(command, check=False)  # noqa: S603 - checked below
        if installed.returncode:
            return installed.returncode
        done.touch()
    set_output("asstctl", str(scripts / "asstctl"))
    return 0


def _requirement(version: str) -> str:
    """What pip is to install. Raises InputError."""
    if not version:
        if not (_CHECKOUT / "pyproject.toml").is_file():
            raise InputError("There is no asstctl around this action; give it a `version`.")
        return str(_CHECKOUT)
    match = _VERSION.fullmatch(version)
    if match is None:
        raise InputError(f"The version {version!r} is not one; write it as in 1.2.0.")
    return f"asstctl=={match[1]}"


if __name__ == "__main__":
    sys.exit(main())
