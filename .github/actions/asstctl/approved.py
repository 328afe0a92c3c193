"""Lets an apply go on only with the plan that stands in the comment of its pull request.

Who approves a pull request has read that comment. The account may have changed since, or the branch
that it was merged into: then the plan does something else, and somebody has to look at it.
"""

import json
import os
import sys
from pathlib import Path

from github import ApiError, GitHub
from inputs import read_inputs
from runner import InputError, add_summary, log, log_command, set_output
from sticky import digest_in, find_plan
from words import digest_of_plan

_REASON = "plan is not the approved one"


def main() -> int:
    """Compare; 1 when the plans differ, or when there is nothing to compare with."""
    try:
        why = _refusal()
    except (InputError, ApiError, OSError, ValueError) as error:
        why = f"The plans could not be compared: {error}."
    if not why:
        log("The plan is the one that was approved.")
        return 0
    log_command("error", why, title="asstctl apply refused")
    add_summary(f"### asstctl apply refused: {_REASON}\n\n> {why}\n")
    set_output("failure-reason", _REASON)
    set_output("exit-code", "5")
    return 1


def _refusal() -> str:
    """Why not; empty when the plans are equal."""
    inputs = read_inputs(os.environ)
    if inputs.command != "apply" or inputs.plan_file is None:
        return "approved-plan needs the command apply and a plan-file."
    api_url = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    repository, token = os.environ.get("GITHUB_REPOSITORY", ""), os.environ.get("GITHUB_TOKEN", "")
    found = find_plan(GitHub(api_url.rstrip("/"), repository, token), inputs.key)
    if found is None:
        return "No pull request of this commit has a comment with a plan."
    document = json.loads(Path(inputs.plan_file).read_text(encoding="utf-8"))
    if digest_in(str(found["body"])) == digest_of_plan(document):
        return ""
    return "The plan differs from the one in the comment: plan again on a pull request."


if __name__ == "__main__":
    sys.exit(main())
