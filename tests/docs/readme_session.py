"""Runs the READMEs' blocks as a reader would: one shell, one folder, top to bottom."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from readme_blocks import Block, title

from real_command import clean_environment

_MARK = "@@step"
_STEP = re.compile(rf"^{_MARK} (\d+) (\w+)(?: (\d+))?\n", re.MULTILINE)
PORT = "8601"
"""The port that the READMEs name; a test takes a free one instead."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and the output that its page promises for it."""

    where: str
    command: str
    promised: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did."""

    exit_code: int
    output: str


def steps(block: Block) -> list[Step]:
    """The ``$`` commands of a console block with the lines below each."""
    found: list[Step] = []
    for offset, line in enumerate(block.text.splitlines(), start=1):
        if line.startswith("$ "):
            found.append(Step(f"{title(block.page)}:{block.line + offset}", line[2:], ""))
        elif found:
            last = found[-1]
            found[-1] = Step(last.where, last.command, f"{last.promised}{line}\n")
    return found


def keeps_promise(promised: str, output: str) -> bool:
    """Whether the output is what was promised, where ``…`` stands for anything at all."""
    pattern = ".*".join(re.escape(part) for part in promised.strip("\n").split("…"))
    return re.fullmatch(pattern, output.strip("\n"), re.DOTALL) is not None


def assert_kept(todo: Sequence[Step], outcomes: Sequence[Outcome]) -> None:
    """Every step ended well and printed what its page promises."""
    assert len(outcomes) == len(todo)
    for step, outcome in zip(todo, outcomes, strict=True):
        about = f"{step.where}: {step.command}\n{outcome.output}"
        assert outcome.exit_code == 0, about
        assert keeps_promise(step.promised, outcome.output), (
            f"{about}\n-- promised --\n{step.promised}"
        )


def play(
    todo: Sequence[Step], *, folder: Path, home: Path, extra: dict[str, str] | None = None
) -> list[Outcome]:
    """Run the steps in one shell, and end whatever they left in the background."""
    port = str(_free_port())
    tools = _tools(home / "bin", port)
    environment = clean_environment(home, extra)
    environment["PATH"] = f"{tools}{os.pathsep}{environment['PATH']}"
    process = subprocess.Popen(
        ["bash", "-c", "".join(_script(i, step, port) for i, step in enumerate(todo))],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=120)
    finally:
        _end(process.pid)
    return _outcomes(output.replace(port, PORT))


def _script(number: int, step: Step, port: str) -> str:
    command = step.command.replace(PORT, port)
    wait = ""
    if command.endswith("&"):  # a person would wait for the line that says it listens
        wait = f"wait-for-port {port}\n"
    return (
        f"echo '{_MARK} {number} begins'\n{command}\ncode=$?\n{wait}"
        f'echo; echo "{_MARK} {number} ended $code"\n'
    )


def _outcomes(output: str) -> list[Outcome]:
    marks = list(_STEP.finditer(output))
    return [
        Outcome(int(ended[3]), output[begun.end() : ended.start()])
        for begun, ended in zip(marks[::2], marks[1::2], strict=True)
    ]


def _tools(folder: Path, port: str) -> Path:
    """``asstctl``, ``python`` and what the script itself needs, for the PATH."""
    folder.mkdir(parents=True)
    python = f'exec "{sys.executable}"'
    serve = f'if [ "$1" = serve ]; then shift; set -- serve --port {port} "$@"; fi\n'
    _program(folder / "asstctl", f'{serve}{python} -m asstctl "$@"')
    _program(folder / "python", f'{python} "$@"')
    _program(
        folder / "wait-for-port",
        f"{python} -c 'import http.client, sys, time\n"
        "for _ in range(600):\n"
        '    client = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)\n'
        "    try:\n"
        '        client.request("GET", "/v1/models")\n'
        "        client.getresponse()\n"
        "        break\n"
        "    except OSError:\n"
        "        time.sleep(0.05)\n"
        "time.sleep(0.5)  # it says so a moment after it can answer\n"
        '\' "$1"',
    )
    return folder


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
