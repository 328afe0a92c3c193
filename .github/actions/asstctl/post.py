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
from sticky import digest_line, find, find_plan, marker, split_head
from words import whole_sections

_LIMIT: Final = 65_536
"""Characters that GitHub takes as the body of a comment or issue."""
_ROOM: Final = 1_000
"""Characters that a cut plan needs at least."""


def main(kind: str) -> int:
    """Post a ``comment``, the ``result`` of an apply in it, or an ``issue``; always 0."""
    token = os.environ.get("GITHUB_TOKEN", "")
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    api_url = os.environ.get("GITHUB_API_URL", "https://api.github.com")
    github = GitHub(api_url.rstrip("/"), repository, token)
    try:
        if kind == "comment":
            _comment(github, wanted=os.environ.get("INPUT_COMMENT", "true"))
        elif kind == "result":
            _result(github)
        else:
            _issue(github, subject=os.environ.get("SUBJECT", ""))
    except ApiError as error:
        _excuse(kind, error)
    return 0


def _result(github: GitHub) -> None:
    """Put what came of an apply at the head of the comment in which its plan was."""
    found = find_plan(github, os.environ.get("KEY", ""))
    if found is None:
        log("No comment: no pull request of this commit has a plan in one.")
        return
    done = Path(os.environ["MARKDOWN"]).read_text(encoding="utf-8")
    head, body = split_head(str(found["body"]))
    foot = f"\n<sub>asstctl · {commit()[:7]} · [log and artifacts]({run_url()})</sub>\n\n---\n\n"
    text = head + done + foot
    text += whole_sections(body, _LIMIT - 1 - len(text)) if len(text) < _LIMIT - _ROOM else ""
    github.call("PATCH", _path(github, "issues/comments", found), {"body": text[: _LIMIT - 1]})
    log(f"Updated {found.get('html_url', 'the comment')}")


def _comment(github: GitHub, *, wanted: str) -> None:
    pull = pull_request()
    if pull is None:
        log("No comment: this run is not about a pull request.")
        return
    comments = f"/repos/{github.repository}/issues/{pull.number}/comments"
    existing = find(github, f"{comments}?", _marker("plan"))
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
    existing = find(github, f"{issues}?state=open", _marker("drift"))
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


def _path(github: GitHub, kind: str, item: dict[str, Any]) -> str:
    number = item["number"] if kind == "issues" else item["id"]
    return f"/repos/{github.repository}/{kind}/{number}"


def _marker(what: str) -> str:
    return marker(what, os.environ.get("KEY", ""))


def _body(what: str) -> str:
    markdown = Path(os.environ["MARKDOWN"]).read_text(encoding="utf-8")
    digest = os.environ.get("DIGEST", "")
    head = f"{_marker(what)}\n" + (f"{digest_line(digest)}\n" if digest else "")
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
