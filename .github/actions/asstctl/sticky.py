"""How comments and issues of the action are found again, and what stands hidden in them."""

import re
from collections.abc import Iterator
from typing import Any

from github import GitHub
from runner import commit, pull_request

_HEAD = re.compile(r"<!-- asstctl: plan [^>]*-->\n(?:<!-- asstctl: digest ([0-9a-f]*) -->\n)?")


def marker(what: str, key: str) -> str:
    """What the body of a ``plan`` or ``drift`` begins with, for one project and target."""
    return f"<!-- asstctl: {what} {key} -->"


def digest_line(digest: str) -> str:
    """The line after the marker that says which plan it is."""
    return f"<!-- asstctl: digest {digest} -->"


def find(github: GitHub, path: str, mark: str) -> dict[str, Any] | None:
    """The comment or issue of ours that begins with a marker. Raises ApiError."""
    for item in github.pages(path):
        body = item.get("body") or ""
        if body.startswith(mark) and "pull_request" not in item and github.is_ours(item):
            return item
    return None


def find_plan(github: GitHub, key: str) -> dict[str, Any] | None:
    """The comment with the plan, on the pull request that this commit comes from."""
    for number in _pull_requests(github):
        path = f"/repos/{github.repository}/issues/{number}/comments?"
        if found := find(github, path, marker("plan", key)):
            return found
    return None


def split_head(body: str) -> tuple[str, str]:
    """The hidden lines of a plan's comment, and the rest."""
    found = _HEAD.match(body)
    return (found[0], body[found.end() :]) if found else ("", body)


def digest_in(body: str) -> str:
    """The digest of the plan in a comment; empty for a plan that failed."""
    found = _HEAD.match(body)
    return (found[1] or "") if found else ""


def _pull_requests(github: GitHub) -> Iterator[int]:
    pull = pull_request()
    if pull is not None:
        yield pull.number
        return
    for item in github.pages(f"/repos/{github.repository}/commits/{commit()}/pulls?"):
        yield int(item["number"])
