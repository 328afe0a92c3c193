"""Keeps one comment on a pull request, or one issue for a nightly check: never a second one.

What is posted begins with a hidden marker, by which the next run finds it, and the digest of the
plan. A failure to post is told in the log and the summary and fails nothing: the red or green of a
run is asstctl's.
"""

import os
import sys
from pathlib import Path
from typing import Any, Final

from github import ApiError, GitHub
from runner import add_summary, commit, log, log_command, pull_request, run_url
from words import whole_sections

_LIMIT: Final = 65_536
"""Characters that GitHub takes as the body of a comment or issue."""


def main(kind: str) -> int:
    """Post a ``comment`` or an ``issue``; always 0."""
    token = os.environ.get("GITHUB_TOKEN", "")
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    api_url = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    github = GitHub(api_url.rstrip("/"), repository, token)
    try:
        if kind == "comment":
            _comment(github, wanted=os.environ.get("INPUT_COMMENT", "true"))
        else:
            _issue(github, subject=os.environ.get("SUBJECT", ""))
    except ApiError as error:
        _excuse(kind, error)
    return 0


def _comment(github: GitHub, *, wanted: str) -> None:
    pull = pull_request()
    if pull is None:
        log("No comment: this run is not about a pull request.")
        return
    comments = f"/repos/{github.repository}/issues/{pull.number}/comments"
    existing = _find(github, f"{comments}?", _marker("plan"))
    body = _body("plan")
    if existing is not None:
        github.call("PATCH", _path(github, "issues/comments", existing), {"body": body})
        log(f"Updated {existing.get('html_url', 'the comment')}")
    elif wanted == "changes-only" and os.environ.get("CHANGES") != "true":
        log("No comment: no changes are planned.")
    else:
        made = github.call("POST", comments, {"body": body})
        log(f"Wrote {made.get('html_url', 'a comment')}")


def _issue(github: GitHub, *, subject: str) -> None:
    issues = f"/repos/{github.repository}/issues"
    existing = _find(github, f"{issues}?state=open", _marker("drift"))
    differs = os.environ.get("CHANGES") == "true"
    if differs and existing is not None:
        github.call("PATCH", _path(github, "issues", existing), {"body": _body("drift")})
        log(f"Updated {existing.get('html_url', 'the issue')}")
    elif differs:
        title = f"The account differs from the manifests{f': {subject}' if subject else ''}"
        made = github.call("POST", issues, {"title": title[:250], "body": _body("drift")})
        log(f"Opened {made.get('html_url', 'an issue')}")
    elif existing is not None:
        done = {"body": _body("drift"), "state": "closed", "state_reason": "completed"}
        github.call("PATCH", _path(github, "issues", existing), done)
        log(f"Closed {existing.get('html_url', 'the issue')}: nothing differs any more.")
    else:
        log("Nothing differs, and no issue is open.")


def _find(github: GitHub, path: str, marker: str) -> dict[str, Any] | None:
    for item in github.pages(path):
        body = item.get("body") or ""
        if body.startswith(marker) and "pull_request" not in item and github.is_ours(item):
            return item
    return None


def _path(github: GitHub, kind: str, item: dict[str, Any]) -> str:
    number = item["number"] if kind == "issues" else item["id"]
    return f"/repos/{github.repository}/{kind}/{number}"


def _marker(what: str) -> str:
    return f"<!-- asstctl: {what} {os.environ.get('KEY', '')} -->"


def _body(what: str) -> str:
    markdown = Path(os.environ["MARKDOWN"]).read_text(encoding="utf-8")
    digest = os.environ.get("DIGEST", "")
    head = f"{_marker(what)}\n" + (f"<!-- asstctl: digest {digest} -->\n" if digest else "")
    foot = f"\n<sub>asstctl · {commit()[:7]} · [log and artifacts]({run_url()})</sub>\n"
    return head + whole_sections(markdown, _LIMIT - 1 - len(head) - len(foot)) + foot


def _excuse(kind: str, error: ApiError) -> None:
    if error.is_forbidden:
        why = f"the token may not write a {kind} here ({error})"
        pull = pull_request()
        if pull and pull.foreign:
            why += ", since the pull request comes from a fork or from Dependabot"
    else:
        why = f"GitHub did not take it ({error})"
    log_command("warning", f"No {kind}: {why}.", title="asstctl")
    add_summary(f"\n> No {kind} was written: {why}.\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
