#!/usr/bin/env python3
"""Runs code for asstctl in a container of its own, with docker or podman.

    asstctl serve --model-url … --code-interpreter "python3 examples/code-interpreter/container.py"

The container has no network, a read-only file system, 1 GB of memory and one folder. Its image is
python:3-slim, or the one that the first argument names (one with pandas in it, say); pull it
before. The one of docker and podman that has it is taken.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path

asked = json.load(sys.stdin)
image = sys.argv[1] if len(sys.argv) > 1 else "python:3-slim"


def has_image(engine: str) -> bool:
    """Whether the engine works and need not pull: the time that code may take would include it."""
    found = subprocess.run([engine, "image", "inspect", image], capture_output=True, check=False)
    return found.returncode == 0


engines = [found for name in ("docker", "podman") if (found := shutil.which(name))]
engine = next(filter(has_image, engines), None)
if engine is None:
    sys.exit(f"Neither docker nor podman has the image {image}; pull it first.")
output = Path(asked["output_folder"])
for file in asked["files"]:
    shutil.copyfile(file["path"], output / file["name"])

name = f"asstctl-code-{secrets.token_hex(8)}"
command = [engine, "run", "--rm", "--interactive", "--init", "--name", name]
command += ["--network", "none", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"]
command += ["--security-opt", "no-new-privileges", "--memory", "1g", "--pids-limit", "128"]
if hasattr(os, "getuid"):  # Windows has no such users
    command += ["--user", f"{os.getuid()}:{os.getgid()}"]
    if Path(engine).name == "podman" and os.getuid():  # root's own podman refuses it
        command += ["--userns", "keep-id"]
command += ["--env", "HOME=/tmp", "--env", "MPLBACKEND=Agg", "--env", "PYTHONUNBUFFERED=1"]
command += ["--volume", f"{output}:/mnt/data", "--workdir", "/mnt/data", image, "python3", "-"]


def end(*_: object) -> None:
    """End the container: it is no child of this process, so nobody else would."""
    subprocess.run([engine, "kill", name], capture_output=True, check=False)
    sys.exit(143)


signal.signal(signal.SIGTERM, end)
sys.exit(subprocess.run(command, input=asked["code"].encode(), check=False).returncode)
