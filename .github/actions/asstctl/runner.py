"""The runner that a step talks to: its files, its log commands, and the event of the run."""

import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DEPENDABOT = "dependabot[bot]"


class InputError(Exception):
    """An input of the action cannot be used; the message is for whoever wrote the workflow."""


def set_output(name: str, value: str) -> None:
    """Set an output of the step. The delimiter is random: no value can end it early."""
    delimiter = f"end-{secrets.token_hex(16)}"
    _append("GITHUB_OUTPUT", f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def add_summary(markdown: str) -> None:
    """Add to the job summary."""
    _append("GITHUB_STEP_SUMMARY", f"{markdown}\n")


def log(text: str) -> None:
    """Write a line to the log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def log_command(name: str, message: str = "", **properties: str) -> None:
    """Tell the runner something: ``error``, ``warning``, ``notice``, ``add-mask``…"""
    given = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
        if value
    )
    log(f"::{name}{' ' if given else ''}{given}::{_escaped(message)}")


@contextmanager
def commands_off() -> Iterator[None]:
    """What is logged meanwhile is text, even when it looks like a command to the runner."""
    token = secrets.token_hex(16)
    log_command("stop-commands", token)
    try:
        yield
    finally:
        log(f"\n::{token}::")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The pull request that a run is about.

    One that is ``foreign`` comes from a fork or from Dependabot: its run gets no secrets, and its
    token may only read.
    """

    number: int
    foreign: bool


def pull_request() -> PullRequest | None:
    """The pull request of the event; None when the event is about something else."""
    event = _event()
    pull = event.get("pull_request")
    if not isinstance(pull, dict) or not isinstance(pull.get("number"), int):
        return None
    head = (pull.get("head") or {}).get("repo") or {}
    foreign = os.environ.get("GITHUB_EVENT_NAME") != "pull_request_target" and (
        head.get("full_name") != os.environ.get("GITHUB_REPOSITORY")
        or (pull.get("user") or {}).get("login") == _DEPENDABOT
    )
    return PullRequest(pull["number"], foreign)


def commit() -> str:
    """The commit that the run is about: a pull request's own, not its merge with the branch."""
    head = (_event().get("pull_request") or {}).get("head") or {}
    return str(head.get("sha") or os.environ.get("GITHUB_SHA", ""))


def run_url() -> str:
    """The page of this run."""
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    repository, run = os.environ.get("GITHUB_REPOSITORY", ""), os.environ.get("GITHUB_RUN_ID", "")
    return f"{server}/{repository}/actions/runs/{run}"


def _event() -> dict[str, Any]:
    try:
        event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    except (KeyError, OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
