"""A git repository with a project in it, and the runs that its events begin."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from action.github import FakeGitHub
from action.runner import Runner, run_git

REPOSITORY = "acme/assistants"
KEY = "sk-acme-0123456789abcdef"
"""The key of the account that is served."""


@dataclass
class Repository:
    """A git repository with a project, and the runs that its events begin."""

    path: Path
    temp: Path
    github: FakeGitHub
    program: Path | None = None
    runs: int = field(default=0)

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text, encoding="utf-8")

    def commit(self) -> str:
        """Commit everything; the hash."""
        run_git(self.path, "add", "--all")
        run_git(self.path, "commit", "--quiet", "--allow-empty", "--message=Change")
        return run_git(self.path, "rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        """Begin a branch."""
        run_git(self.path, "checkout", "--quiet", "-b", name)

    def pull_request(self, *, fork: bool = False, **more: Any) -> Runner:
        """A runner, in this very folder, for a pull request from the branch that is checked out."""
        head = {
            "ref": run_git(self.path, "rev-parse", "--abbrev-ref", "HEAD"),
            "repo": {"full_name": "somebody/assistants" if fork else REPOSITORY, "fork": fork},
        }
        pull = {"number": 7, "head": head, "user": {"login": "somebody"}, "title": "A change"}
        return self._runner("pull_request", {"pull_request": pull | more}, "refs/pull/7/merge")

    def push(self, ref: str = "refs/heads/main") -> Runner:
        """A runner for a push."""
        return self._runner("push", {}, ref)

    def schedule(self) -> Runner:
        """A runner for a nightly run."""
        return self._runner("schedule", {}, "refs/heads/main")

    def _runner(self, name: str, event: dict[str, Any], ref: str) -> Runner:
        self.runs += 1
        event["repository"] = {"full_name": REPOSITORY, "default_branch": "main"}
        return Runner(
            workspace=self.path,
            temp=self.temp / str(self.runs),
            github=self.github,
            event_name=name,
            event=event,
            ref=ref,
            sha=run_git(self.path, "rev-parse", "HEAD"),
            origin=self.path,
            program=self.program,
        )
