"""A runner for this repository's own action and reusable workflow.

It reads the YAML, evaluates its expressions, and executes every ``run:`` step as it is written,
with bash, the runner's environment files and its log commands. Steps that ``uses:`` somebody
else's action are played: a checkout is a real clone, an upload copies a folder.

One step is left out: the one that installs asstctl, since it needs a package index. Its output is
the command of the checkout that is tested. ``.ci/run`` installs asstctl as the README says.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from action.expressions import holds, interpolate
from action.github import TOKEN, FakeGitHub
from real_command import clean_environment

ROOT = Path(__file__).parents[2]
ACTION = ROOT / ".github/actions/asstctl"
WORKFLOW = ROOT / ".github/workflows/assistants.yml"
_NOT_RUN = "install"
_GH = Path(__file__).parent / "gh.py"
_PLAYED = {
    "actions/checkout": "_checkout",
    "actions/setup-python": "_set_up_python",
    "actions/upload-artifact": "_upload",
    "actions/download-artifact": "_download",
}


def load(path: Path) -> dict[str, Any]:
    """A YAML file of GitHub's."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if True in document:  # YAML 1.1 reads the key ``on`` as a boolean
        document["on"] = document.pop(True)
    assert isinstance(document, dict)
    return document


@dataclass
class Log:
    """What a step wrote, read as the runner reads it: commands obeyed, secrets masked."""

    text: str = ""
    annotations: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    """Commands that the action has no business to give."""
    masks: set[str] = field(default_factory=set)
    _stopped: str = ""

    def read(self, output: str) -> None:
        for line in output.splitlines():
            found = re.match(r"\s*::([\w-]+)(?: (.*?))?::(.*)$", line)
            if self._stopped:
                if found and found[1] == self._stopped:
                    self._stopped = ""
                    continue
            elif found:
                self._obey(found[1], found[2] or "", _unescaped(found[3]))
                continue
            elif "##[" in line:
                self.strange.append(line)
            self.text += f"{line}\n"
        assert not self._stopped, "commands were switched off and never on again"
        for mask in sorted(self.masks, key=len, reverse=True):
            self.text = self.text.replace(mask, "***")

    def _obey(self, name: str, properties: str, message: str) -> None:
        if name == "stop-commands":
            self._stopped = message
        elif name == "add-mask":
            self.masks.add(message)
        elif name in ("error", "warning", "notice"):
            pairs = dict(pair.split("=", 1) for pair in properties.split(",") if pair)
            given = {key: _unescaped(value) for key, value in pairs.items()}
            self.annotations.append((name, given, message))
        else:
            self.strange.append(name)

    def told(self, kind: str) -> str:
        """All annotations of a kind as one text."""
        return "\n".join(
            f"{given.get('title', '')}: {message}"
            for name, given, message in self.annotations
            if name == kind
        )


@dataclass
class Ended:
    """How an action or a job ended."""

    ok: bool = True
    outputs: dict[str, str] = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    summary: str = ""
    steps: list[str] = field(default_factory=list)
    """The names of the steps that ran."""

    @property
    def result(self) -> str:
        return "success" if self.ok else "failure"


@dataclass
class Runner:
    """One machine and one event. ``workspace`` is where the repository is checked out."""

    workspace: Path
    temp: Path
    github: FakeGitHub
    event_name: str = "push"
    event: dict[str, Any] = field(default_factory=dict)
    ref: str = "refs/heads/main"
    sha: str = ""
    origin: Path | None = None
    artifacts: dict[str, Path] = field(default_factory=dict)
    process: int | None = None
    """The process of the step that runs."""
    action_folder: Path = ACTION
    """Where the action that is used lies; its own path, or the top of the repository."""
    program: Path | None = None
    """What runs instead of asstctl; None for asstctl itself."""

    def __post_init__(self) -> None:
        self.home = self.temp / "home"
        self.runner_temp = self.temp / "runner"
        for folder in (self.home, self.runner_temp, self.workspace):
            folder.mkdir(parents=True, exist_ok=True)
        self.event_file = self.temp / "event.json"
        self.event_file.write_text(json.dumps(self.event), encoding="utf-8")

    # --- one action -----------------------------------------------------------------------------

    def action(self, inputs: Mapping[str, str]) -> Ended:
        """Run the composite action with these inputs."""
        action = load(self.action_folder / "action.yml")
        unknown = set(inputs) - set(action["inputs"])
        assert not unknown, f"no such inputs: {unknown}"
        github = self._github_context()
        values: dict[str, str] = {}
        for name, described in action["inputs"].items():
            assert name in inputs or not described.get("required"), f"{name} is required"
            default = interpolate(str(described.get("default", "")), {"github": github})
            values[name] = inputs.get(name, default)
        steps: dict[str, Any] = {}
        ended = Ended()
        contexts = {
            "inputs": values,
            "github": github,
            "runner": {"temp": str(self.runner_temp)},
            "steps": steps,
            "success()": lambda: ended.ok,
            "failure()": lambda: not ended.ok,
            "cancelled()": lambda: False,
        }
        for step in action["runs"]["steps"]:
            if holds(step.get("if"), contexts):
                self.step(step, contexts, ended)
        ended.outputs = {
            name: interpolate(output["value"], contexts)
            for name, output in action["outputs"].items()
        }
        return ended

    def step(self, step: dict[str, Any], contexts: dict[str, Any], ended: Ended) -> None:
        """Run one step of an action, or a script of a job."""
        ended.steps.append(step["name"])
        if step.get("id") == _NOT_RUN:
            outputs, ok = {"asstctl": str(self._asstctl())}, True
        elif "uses" in step:
            given = {
                name: interpolate(str(value), contexts)
                for name, value in step.get("with", {}).items()
            }
            name = step["uses"].partition("@")[0]
            outputs, ok = getattr(self, _PLAYED[name])(given), True
        else:
            environ = {
                name: interpolate(str(value), contexts)
                for name, value in step.get("env", {}).items()
            }
            assert step["shell"] == "bash"
            outputs, ok = self._bash(step["run"], environ, ended)
        if "id" in step:
            contexts["steps"][step["id"]] = {"outputs": outputs}
        ended.ok = ended.ok and ok

    def _bash(
        self, script: str, environ: Mapping[str, str], ended: Ended
    ) -> tuple[dict[str, str], bool]:
        name = secrets.token_hex(4)
        files = {
            variable: self.temp / f"{variable}-{name}"
            for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")
        }
        for file in files.values():
            file.touch()
        path = self.temp / f"{name}.sh"
        path.write_text(script, encoding="utf-8")
        running = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(path)],
            cwd=self.workspace,
            env=self._environment() | {k: str(v) for k, v in files.items()} | dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.process = running.pid
        output, _ = running.communicate(timeout=120)
        self.process = None
        ended.log.masks.add(TOKEN)
        ended.log.read(output)
        ended.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        assert not files["GITHUB_ENV"].read_text() + files["GITHUB_PATH"].read_text()
        return dict(_outputs(files["GITHUB_OUTPUT"])), running.returncode == 0

    # --- the reusable workflow ------------------------------------------------------------------

    def workflow(
        self,
        inputs: Mapping[str, Any],
        secret: Mapping[str, str],
        *,
        between: Callable[[str], None] = lambda job: None,
    ) -> dict[str, Ended]:
        """Run the jobs that are to run, by name; ``between`` is called before each."""
        workflow = load(WORKFLOW)
        declared = workflow["on"]["workflow_call"]
        assert set(inputs) <= set(declared["inputs"])
        assert set(secret) <= set(declared["secrets"])
        values = {name: item["default"] for name, item in declared["inputs"].items()}
        values |= inputs
        needs: dict[str, Any] = {}
        jobs: dict[str, Ended] = {}
        for name, job in workflow["jobs"].items():
            wanted = job.get("needs", [])
            wanted = [wanted] if isinstance(wanted, str) else wanted
            results = [needs[other]["result"] for other in wanted]
            contexts = {
                "inputs": values,
                "github": self._github_context(),
                "secrets": dict(secret),
                "needs": {other: needs[other] for other in wanted},
                "success()": lambda results=results: all(item == "success" for item in results),
                "cancelled()": lambda: False,
            }
            needs[name] = {"result": "skipped", "outputs": {}}
            if not holds(job.get("if"), contexts):
                continue
            between(name)
            jobs[name] = self._job(name, job, contexts)
            needs[name] = {"result": jobs[name].result, "outputs": jobs[name].outputs}
        return jobs

    def _job(self, name: str, job: dict[str, Any], contexts: dict[str, Any]) -> Ended:
        machine = Runner(
            workspace=self.temp / name / "workspace",
            temp=self.temp / name,
            github=self.github,
            event_name=self.event_name,
            event=self.event,
            ref=self.ref,
            sha=self.sha,
            origin=self.origin,
            artifacts=self.artifacts,
            program=self.program,
        )
        ended = Ended()
        steps: dict[str, Any] = {}
        contexts = contexts | {
            "steps": steps,
            "runner": {"temp": str(machine.runner_temp)},
            "success()": lambda: ended.ok,
        }
        for step in job["steps"]:
            if not holds(step.get("if"), contexts):
                continue
            given = {
                key: interpolate(str(value), contexts)
                for key, value in step.get("with", {}).items()
            }
            if "run" in step:
                machine.step(step, contexts, ended)
                continue
            if step["uses"] == "$/.github/actions/asstctl":
                inner = machine.action(given)
                steps[step.get("id", step["name"])] = {"outputs": inner.outputs}
                ended.ok = ended.ok and inner.ok
                ended.log, ended.summary = inner.log, ended.summary + inner.summary
                ended.steps += inner.steps
                ended.outputs |= {f"action-{key}": value for key, value in inner.outputs.items()}
            else:
                getattr(machine, _PLAYED[step["uses"].partition("@")[0]])(given)
        ended.outputs |= {
            key: interpolate(value, contexts) for key, value in job.get("outputs", {}).items()
        }
        return ended

    # --- other people's actions -----------------------------------------------------------------

    def _checkout(self, given: Mapping[str, str]) -> dict[str, str]:
        assert given["persist-credentials"] == "False"
        assert self.origin is not None
        depth = int(given.get("fetch-depth", "1"))
        shallow = [f"--depth={depth}"] if depth else []
        run_git(self.workspace, "init", "--quiet")
        run_git(self.workspace, "remote", "add", "origin", self.origin.as_uri())
        run_git(self.workspace, "fetch", "--quiet", *shallow, "origin", self.sha)
        run_git(self.workspace, "checkout", "--quiet", "--detach", self.sha)
        return {}

    def _set_up_python(self, given: Mapping[str, str]) -> dict[str, str]:
        assert given["update-environment"] == "False"
        return {"python-path": sys.executable}

    def _upload(self, given: Mapping[str, str]) -> dict[str, str]:
        name, source = given["name"], Path(given["path"])
        assert re.fullmatch(r'[^":<>|*?\r\n\\/]{1,256}', name), "not a name for an artifact"
        files = [path for path in source.rglob("*") if path.is_file()]
        assert files
        assert not any(part.startswith(".") for path in files for part in path.parts)
        copy = self.artifacts.setdefault(name, self.temp / "artifacts" / secrets.token_hex(4))
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy)
        return {}

    def _download(self, given: Mapping[str, str]) -> dict[str, str]:
        shutil.copytree(self.artifacts[given["name"]], given["path"])
        return {}

    # --- surroundings ---------------------------------------------------------------------------

    def _gh(self) -> Path:
        """GitHub's own program, as far as a workflow needs it; the folder that it is in."""
        program = self.temp / "path" / "gh"
        program.parent.mkdir(exist_ok=True)
        program.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -P "{_GH}" {self.github.url} "$@"\n',
            encoding="utf-8",
        )
        program.chmod(0o755)
        return program.parent

    def _asstctl(self) -> Path:
        if self.program is not None:
            return self.program
        program = self.temp / "bin" / "asstctl"
        program.parent.mkdir(exist_ok=True)
        source = clean_environment(self.home)["PYTHONPATH"]
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH="{source}" exec "{sys.executable}" -P -m asstctl "$@"\n',
            encoding="utf-8",
        )
        program.chmod(0o755)
        return program

    def _github_context(self) -> dict[str, Any]:
        return {
            "token": TOKEN,
            "repository": self.github.repository,
            "event_name": self.event_name,
            "event": self.event,
            "ref": self.ref,
            "ref_name": self.ref.removeprefix("refs/heads/"),
        }

    def _environment(self) -> dict[str, str]:
        kept = clean_environment(self.home)
        del kept["PYTHONPATH"]
        event = self.event.get("pull_request") or {}
        return kept | {
            "PATH": f"{self._gh()}{os.pathsep}{kept['PATH']}",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.action_folder),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(self.event_file),
            "GITHUB_HEAD_REF": (event.get("head") or {}).get("ref", ""),
            "GITHUB_REF": self.ref,
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_RUN_ID": "4711",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_SHA": self.sha,
            "GITHUB_WORKSPACE": str(self.workspace),
            "PYTHONDONTWRITEBYTECODE": "1",
            "RUNNER_TEMP": str(self.runner_temp),
        }


def run_git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; what it says."""
    done = subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *arguments],
        cwd=folder,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


def _outputs(path: Path) -> Iterator[tuple[str, str]]:
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, separator, delimiter = line.partition("<<")
        assert separator, f"not an output: {line!r}"
        value: list[str] = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        else:
            raise AssertionError(f"{name} does not end")
        yield name, "\n".join(value)


def _unescaped(text: str) -> str:
    for escaped, plain in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, plain)
    return text
