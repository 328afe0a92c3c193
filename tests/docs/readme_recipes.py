"""What the READMEs' recipes need around them: repositories, accounts, a server without API."""

import http.server
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from readme_blocks import ROOT

LABELS: Final = frozenset(
    {"config", "manifest", "workflow", "script", "branch", "adopt", "gone"},
)
"""The labels of blocks that ``test_docs_manual.py`` checks."""
_AUTHOR: Final = ("-c", "user.name=reader", "-c", "user.email=reader@example.com")


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular; what it says."""
    command = ["git", "-c", "commit.gpgsign=false", *_AUTHOR, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit_all(folder: Path, message: str) -> None:
    """Commit everything that is not ignored."""
    git(folder, "add", "--all")
    git(folder, "commit", "--message", message)


def repository(folder: Path) -> None:
    """Make the folder a repository with one commit, tagged v1.4.0, which is origin's main too."""
    git(folder, "init", "--initial-branch=main")
    commit_all(folder, "Begin")
    git(folder, "tag", "v1.4.0")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")


def used_actions(workflow: str) -> list[str]:
    """What a workflow's text uses, with the version comment if it has one."""
    lines = (line.strip().removeprefix("- ") for line in workflow.splitlines())
    return [line.removeprefix("uses: ") for line in lines if line.startswith("uses: ")]


def in_this_repository(used: str) -> Path | None:
    """The file of this repository that ``asstctl/asstctl/…@COMMIT`` stands for."""
    path, _, ref = used.partition("@")
    if not path.startswith("asstctl/asstctl/") or ref != "COMMIT":
        return None
    found = ROOT / path.removeprefix("asstctl/asstctl/")
    return found / "action.yml" if found.is_dir() else found


@contextmanager
def server_without_api() -> Iterator[str]:
    """A server on which every path is a 404; its root."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _NotFound)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _NotFound(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        return
