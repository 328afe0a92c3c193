"""The files with which a server is kept running."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from asstctl.cli.commands.serve import command

SERVE = Path(__file__).parents[2] / "examples/serve"
INSTRUCTIONS = {"FROM", "USER", "RUN", "VOLUME", "WORKDIR", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"}


def _accepted(arguments: list[str]) -> dict[str, object]:
    """What the command understands of its arguments; it refuses what it does not know."""
    assert arguments[0] == "serve"
    return command.make_context("serve", arguments[1:]).params


def _dockerfile() -> list[tuple[str, str]]:
    text = (SERVE / "Dockerfile").read_text("utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(first, rest) for first, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_runs_a_command_that_there_is() -> None:
    found = _dockerfile()
    assert {name for name, _ in found} == INSTRUCTIONS | {"CMD"}
    said = dict(found)
    program, *arguments = json.loads(said["ENTRYPOINT"])
    assert program == "asstctl"
    params = _accepted(arguments)
    assert params["key_envs"] == ("ACCOUNT_KEY",)
    assert str(params["path"]).startswith(f"{said['VOLUME']}/")
    assert str(params["port"]) == said["EXPOSE"]


def test_the_image_does_not_run_as_root() -> None:
    assert [rest for name, rest in _dockerfile() if name == "USER"][-1] == "65532:65532"


def test_the_image_asks_a_path_that_needs_no_key() -> None:
    told = dict(_dockerfile())["HEALTHCHECK"]
    *_, program = json.loads(told[told.index("[") :])
    compile(program, "healthcheck", "exec")
    assert "http://127.0.0.1:8601/healthz" in program


def test_the_service_runs_a_command_that_there_is() -> None:
    text = (SERVE / "asstctl.service").read_text("utf-8")
    (start,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    program, *arguments = shlex.split(start)
    assert program.endswith("/asstctl")
    params = _accepted(arguments)
    (state,) = re.findall(r"^StateDirectory=(.+)$", text, re.MULTILINE)
    assert str(params["path"]).startswith(f"/var/lib/{state}/")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_understands_the_service(tmp_path: Path) -> None:
    text = (SERVE / "asstctl.service").read_text("utf-8")
    unit = tmp_path / "asstctl.service"
    unit.write_text(text.replace("/opt/asstctl/bin/asstctl", sys.executable), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    mine = [line for line in done.stderr.splitlines() if "asstctl.service" in line]
    assert (done.returncode, mine) == (0, [])
