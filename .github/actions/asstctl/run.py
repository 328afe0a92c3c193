"""Runs asstctl as the inputs say, and tells the runner what came of it.

Everything arrives in environment variables, goes to asstctl as arguments that no shell reads, and
leaves through the runner's files. The exit code is asstctl's own, except that a plan with changes
(2) is no failure.
"""

import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from inputs import Inputs, read_inputs
from runner import (
    InputError,
    add_summary,
    commands_off,
    log,
    log_command,
    pull_request,
    set_output,
)
from words import (
    MAX_BYTES,
    betrays,
    block,
    counts_of_plan,
    counts_of_report,
    digest_of_plan,
    heading,
    names_of,
    reason_of,
    redacted,
    without_ansi,
)

_CHANGES_PENDING = 2
_MAX_JSON = 512_000
_MAX_ANNOTATIONS = 10
"""GitHub shows no more of one step."""
_REPORTS = {
    "plan": ("plan.json", "report.json", "plan.md"),
    "apply": ("apply.json",),
    "smoke": ("smoke.xml", "smoke.json"),
}
_POSTED = {"plan": "plan", "apply": "result"}
"""What is put into the comment, by the command that it comes from."""
_NO_SECRETS = (
    "This pull request comes from a fork or from Dependabot, whose runs get no secrets. "
    "It can be validated only, with every variable taken for set; no plan can be made."
)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended, and what it wrote, without colours."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of the command; ``outputs`` are those of the step."""

    failed: bool
    reason: str = ""
    detail: str = ""
    document: Mapping[str, Any] | None = None
    markdown: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


def main() -> int:
    """Run the command of the inputs; the step's exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        inputs = read_inputs(os.environ)
    except InputError as error:
        log_command("error", str(error), title="asstctl")
        set_output("exit-code", "1")
        set_output("failure-reason", "bad input")
        return 1
    for value in inputs.secrets:
        log_command("add-mask", value)
    work = _empty_folder(Path(os.environ["RUNNER_TEMP"]) / inputs.slug)
    ran = _asstctl(inputs, _arguments(inputs, work))
    outcome = _outcome(inputs, ran, work)
    _tell(inputs, ran, outcome, work)
    return ran.exit_code if outcome.failed else 0


def _arguments(inputs: Inputs, work: Path) -> list[str]:
    """What this action needs asstctl to do, before what the workflow adds."""
    pull = pull_request()
    match inputs.command:
        case "validate":
            own = ["--allow-unset"] if pull and pull.foreign else []
        case "plan":
            own = ["--detailed-exitcode", f"--out={_plan_file(inputs, work)}"]
            own += [f"--report={work / name}" for name in ("report.json", "plan.md")]
            own += [f"--max-bytes={MAX_BYTES}"]
        case "apply":
            own = ["--auto-approve", f"--report={work / 'apply.json'}"]
        case _:
            own = [f"--report={work / 'smoke.xml'}", f"--report={work / 'smoke.json'}"]
    saved = inputs.plan_file if inputs.command == "apply" else None
    return [*own, *inputs.args, *([str(saved)] if saved else [])]


def _plan_file(inputs: Inputs, work: Path) -> Path:
    return inputs.plan_file or work / "plan.json"


# --- the process --------------------------------------------------------------------------------


def _asstctl(inputs: Inputs, arguments: list[str], *, quiet: bool = False) -> Ran:
    color = [] if quiet or "NO_COLOR" in os.environ else ["--color=always"]
    target = [f"--target={inputs.target}"] if inputs.target else []
    program = os.environ["ASSTCTL"]
    given = [f"--var={name}={value}" for name, value in inputs.vars.items()]
    argv = [inputs.command, f"--chdir={inputs.directory}", *target, *given, *color, *arguments]
    own = {name: value for name, value in os.environ.items() if not name.startswith("INPUT_")}
    environ = {**own, **inputs.variables}
    if quiet:
        return _run([program, *argv], environ, quiet=True)
    with commands_off():
        log(redacted(f"$ asstctl {shlex.join(argv)}", inputs.hidden))
        return _run([program, *argv], environ, quiet=False)


def _run(argv: list[str], environ: Mapping[str, str], *, quiet: bool) -> Ran:
    cancellation = _Cancellation()
    process = subprocess.Popen(  # noqa: S603 - arguments, which no shell sees
        argv,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    cancellation.pass_on_to(process)
    assert process.stdout is not None
    assert process.stderr is not None
    streams = [_Reader(process.stdout, quiet=quiet), _Reader(process.stderr, quiet=quiet)]
    for stream in streams:
        stream.start()
    code = process.wait()
    for stream in streams:
        stream.join()
    stdout, stderr = (without_ansi("".join(stream.lines)) for stream in streams)
    return Ran(128 - code if code < 0 else code, stdout, stderr)


class _Reader(threading.Thread):
    """Keeps the lines of a stream, and shows them in the log as they come."""

    def __init__(self, stream: IO[str], *, quiet: bool) -> None:
        super().__init__(daemon=True)
        self.lines: list[str] = []
        self._stream = stream
        self._quiet = quiet

    def run(self) -> None:
        """Read to the end."""
        for line in self._stream:
            self.lines.append(line)
            if not self._quiet:
                sys.stdout.write(line)
                sys.stdout.flush()


class _Cancellation:
    """A cancelled run lets asstctl finish what is in flight, from the moment in which it starts."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._is_asked_for = False
        if os.name != "nt":
            signal.signal(signal.SIGINT, self._interrupt)
            signal.signal(signal.SIGTERM, self._interrupt)

    def pass_on_to(self, process: "subprocess.Popen[str]") -> None:
        """Interrupt this process when the run is cancelled, or has been meanwhile."""
        self._process = process
        if self._is_asked_for:
            self._interrupt()

    def _interrupt(self, *_: object) -> None:
        self._is_asked_for = True
        if self._process is not None:
            with suppress(OSError):
                self._process.send_signal(signal.SIGINT)


# --- what came of it ----------------------------------------------------------------------------


def _outcome(inputs: Inputs, ran: Ran, work: Path) -> Outcome:
    pending = inputs.command == "plan" and ran.exit_code == _CHANGES_PENDING
    outcome = Outcome(failed=ran.exit_code != 0 and not pending)
    valid = True
    if inputs.command == "validate" or ran.exit_code == 1:
        diagnostics = _diagnostics(inputs)
        valid = bool(diagnostics.get("valid", True))
        if inputs.command == "validate":
            outcome.document = diagnostics
    if outcome.failed:
        outcome.reason, outcome.detail = reason_of(ran.exit_code, ran.stderr, valid=valid)
    match inputs.command:
        case "plan" if not outcome.failed:
            _add_plan(outcome, inputs, work, pending=pending)
            _add_text(outcome, inputs, work, ran.stdout)
        case "apply":
            _add_apply(outcome, inputs, work)
        case "smoke":
            outcome.document = _json(work / "smoke.json")
    if not outcome.markdown:
        outcome.markdown = _output(inputs, ran, outcome)
    return outcome


def _output(inputs: Inputs, ran: Ran, outcome: Outcome) -> str:
    """What the command printed, as Markdown under a heading; all of it when it failed."""
    ended = f"failed: {outcome.reason}" if outcome.failed else "done"
    printed = f"{ran.stdout}\n{ran.stderr}" if outcome.failed else ran.stdout
    head = heading(inputs.command, inputs.subject, ended)
    return f"{head}\n{block(redacted(printed, inputs.hidden))}"


def _add_plan(outcome: Outcome, inputs: Inputs, work: Path, *, pending: bool) -> None:
    path = _plan_file(inputs, work)
    if path != work / "plan.json":
        shutil.copyfile(path, work / "plan.json")
    saved = json.loads(path.read_text(encoding="utf-8"))
    report = json.loads((work / "report.json").read_text(encoding="utf-8"))
    outcome.document = report
    outcome.markdown = (work / "plan.md").read_text(encoding="utf-8")
    outcome.outputs = counts_of_plan(report) | {
        "changes": "true" if pending else "false",
        "plan-file": str(path),
        "plan-digest": digest_of_plan(saved),
    }


def _add_text(outcome: Outcome, inputs: Inputs, work: Path, text: str) -> None:
    if not betrays(text, inputs.hidden):
        path = work / "plan.txt"
        path.write_text(text, encoding="utf-8")
        outcome.outputs["plan-text"] = str(path)


def _add_apply(outcome: Outcome, inputs: Inputs, work: Path) -> None:
    report = outcome.document = _json(work / "apply.json")
    saved = _json(inputs.plan_file) if inputs.plan_file else None
    if saved is not None and "summary" in saved:
        outcome.outputs = counts_of_plan(saved)
    elif report is not None:
        outcome.outputs = counts_of_report(report)
    if report is not None:
        outcome.outputs["changes"] = "true" if report["changes"] else "false"
    if inputs.plan_file:
        outcome.outputs["plan-file"] = str(inputs.plan_file)


def _diagnostics(inputs: Inputs) -> dict[str, Any]:
    """What is wrong with the manifests, shown at their lines in the pull request as well."""
    asked = inputs if inputs.command == "validate" else replace(inputs, command="validate", args=())
    ran = _asstctl(asked, [*_arguments(asked, inputs.directory), "--format=json"], quiet=True)
    try:
        found: dict[str, Any] = json.loads(ran.stdout)
    except ValueError:
        return {}
    for item in found["diagnostics"][:_MAX_ANNOTATIONS]:
        log_command(
            "error" if item["severity"] == "error" else "warning",
            redacted(f"{item['summary']}\n{item['detail']} {item['fix']}".strip(), inputs.hidden),
            file=(Path(inputs.place) / item["path"]).as_posix(),
            line=str(item["line"] or ""),
            col=str(item["column"] or ""),
            title=f"asstctl: {item['code']}",
        )
    return found


def _json(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


# --- telling ------------------------------------------------------------------------------------


def _tell(inputs: Inputs, ran: Ran, outcome: Outcome, work: Path) -> None:
    names = names_of(outcome.document or {})
    inputs = replace(inputs, hidden=frozenset(v for v in inputs.hidden if v not in names))
    markdown = redacted(outcome.markdown, inputs.hidden)
    outputs = {
        "exit-code": str(ran.exit_code),
        "failure-reason": outcome.reason,
        "json": _one_line(outcome.document, inputs),
        "key": inputs.key,
        "subject": inputs.subject,
        **outcome.outputs,
    }
    if name := _POSTED.get(inputs.command):
        (work / f"{name}.md").write_text(markdown, encoding="utf-8")
        outputs[f"{name}-markdown"] = str(work / f"{name}.md")
    outputs |= _artifact(inputs, work) | _bundle(inputs, outcome.document, work)
    for name, value in outputs.items():
        set_output(name, value)
    pull = pull_request()
    if pull and pull.foreign and (outcome.failed or inputs.command == "validate"):
        log_command("notice", _NO_SECRETS, title="asstctl")
        markdown += f"\n> {_NO_SECRETS}\n"
    add_summary(markdown)
    if outcome.failed:
        detail = f": {outcome.detail}" if outcome.detail else ""
        message = redacted(f"{outcome.reason}{detail} (exit code {ran.exit_code})", inputs.hidden)
        log_command("error", message, title=f"asstctl {inputs.command} failed")


def _one_line(document: Mapping[str, Any] | None, inputs: Inputs) -> str:
    text = "" if document is None else json.dumps(document, separators=(",", ":"))
    if len(text) > _MAX_JSON or betrays(text, inputs.hidden):
        log_command("warning", "The output json is empty: it is too large, or holds a secret.")
        return ""
    return text


def _artifact(inputs: Inputs, work: Path) -> dict[str, str]:
    """The folder to upload: the reports that hold no secret."""
    folder = _empty_folder(work / "artifact")
    kept = False
    for name in _REPORTS.get(inputs.command, ()):
        report = work / name
        if not report.is_file() or (name == "plan.md" and not kept):
            continue
        if betrays(report.read_text(encoding="utf-8"), inputs.hidden):
            log_command("warning", f"{name} is not uploaded: a secret shows in it.")
            continue
        shutil.copyfile(report, folder / name)
        kept = True
    return {"artifact": inputs.slug, "artifact-path": str(folder)} if kept else {}


def _bundle(inputs: Inputs, document: Mapping[str, Any] | None, work: Path) -> dict[str, str]:
    """Where the bundle is that an apply left, and a folder to upload with nothing else in it."""
    if inputs.command != "apply" or not (name := (document or {}).get("bundle")):
        return {}
    bundle = inputs.directory.resolve() / name
    workspace = Path(os.environ.get("GITHUB_WORKSPACE", ".")).resolve()
    if betrays(bundle.read_text(encoding="utf-8"), inputs.hidden):
        log_command("warning", f"{name} is neither named nor uploaded: a secret shows in it.")
        return {}
    folder = _empty_folder(work / "bundle")
    shutil.copyfile(bundle, folder / bundle.name)
    inside = bundle.is_relative_to(workspace)
    return {
        "bundle": (bundle.relative_to(workspace) if inside else bundle).as_posix(),
        "bundle-artifact": inputs.named("bundle"),
        "bundle-folder": str(folder),
    }


def _empty_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


if __name__ == "__main__":
    sys.exit(main())
