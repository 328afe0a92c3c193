"""A stand-in for asstctl, for tests of what the action makes of an answer: it takes no second."""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCRIPT = """\
import json, os, sys, time
answer = json.loads(open({answer!r}).read())
with open({seen!r}, "a") as seen:
    seen.write(json.dumps({{"argv": sys.argv[1:], "environ": dict(os.environ)}}) + "\\n")
if sys.argv[1] == "validate":
    answer |= {{"exit_code": 0 if answer["diagnostics"]["valid"] else 1}}
if "--format=json" in sys.argv:
    sys.exit(print(json.dumps(answer["diagnostics"])))
for argument in sys.argv[1:]:
    name, _, path = argument.partition("=")
    if name in ("--out", "--report"):
        kind = path.rsplit(".")[-1]
        of_plan = sys.argv[1] == "plan" and kind == "json"
        written = answer["plan"] if of_plan else answer["reports"].get(kind)
        if written is not None:
            with open(path, "w") as file:
                file.write(written if isinstance(written, str) else json.dumps(written))
sys.stdout.write(answer["stdout"])
sys.stderr.write(answer["stderr"])
sys.stdout.flush()
if answer["waits"]:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        sys.exit(130)
sys.exit(answer["exit_code"])
"""


@dataclass
class Canned:
    """What the stand-in answers from now on."""

    folder: Path

    def __post_init__(self) -> None:
        self.program = self.folder / "asstctl"
        self._answer = self.folder / "answer.json"
        self._seen = self.folder / "seen"
        script = self.folder / "asstctl.py"
        text = _SCRIPT.format(answer=str(self._answer), seen=str(self._seen))
        script.write_text(text, encoding="utf-8")
        # Not Python's own path after #!: it may hold spaces, or be too long for that.
        start = f'#!/bin/sh\nexec "{sys.executable}" -IS "{script}" "$@"\n'
        self.program.write_text(start, encoding="utf-8")
        self.program.chmod(0o755)
        self.answers()

    def answers(
        self,
        exit_code: int = 0,
        *,
        stdout: str = "",
        stderr: str = "",
        markdown: str = "### asstctl plan\n\n**nothing**\n",
        plan: Mapping[str, Any] | None = None,
        reports: Mapping[str, Any] | None = None,
        diagnostics: Sequence[Mapping[str, Any]] = (),
        waits: bool = False,
    ) -> None:
        """Set the answer; by default that of a plan without changes."""
        answer = {
            "exit_code": exit_code,
            "stdout": stdout,
            "stderr": stderr,
            "plan": document() if plan is None else plan,
            "reports": {"md": markdown} | dict(reports or {}),
            "diagnostics": {"valid": not diagnostics, "diagnostics": diagnostics},
            "waits": waits,
        }
        self._answer.write_text(json.dumps(answer), encoding="utf-8")

    @property
    def seen(self) -> list[dict[str, Any]]:
        """The arguments and the environment of every call so far."""
        if not self._seen.exists():
            return []
        return [json.loads(line) for line in self._seen.read_text(encoding="utf-8").splitlines()]


def document(seal: str = "5ea1", **summary: int) -> dict[str, Any]:
    """A plan, saved or reported, as far as the action reads it."""
    counts = dict.fromkeys(("create", "update", "delete", "adopt", "move"), 0) | summary
    return {"summary": counts | {"files": {"upload": 0}}, "changes": [], "binding": 1, "seal": seal}


def digest(plan: dict[str, Any]) -> str:
    """What tells plans apart that do something else: not their commit, and not their seal."""
    what = [plan.get(name) for name in ("project", "target", "account", "changes")]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
