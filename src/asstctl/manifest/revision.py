"""Which git commit the manifests come from."""

import os
from pathlib import Path


def current_commit(root: Path) -> str | None:
    """The commit's full hash, with ``-dirty`` when the project's folder differs from it.

    None outside git, before the first commit, and where git itself is missing. Submodules and
    asstctl's own folder do not count.
    """
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from git import GitCommandError, InvalidGitRepositoryError, NoSuchPathError, Repo

    try:
        with Repo(root, search_parent_directories=True) as repo:
            commit = repo.git.rev_parse("--verify", "--quiet", "HEAD")
            changed = repo.git.status(
                "--porcelain",
                "--ignore-submodules=all",
                "--",
                str(root.resolve()),
                f":(exclude){(root.resolve() / '.asstctl')}",
            )
    except (GitCommandError, InvalidGitRepositoryError, NoSuchPathError, OSError, ValueError):
        return None
    return f"{commit}-dirty" if changed else str(commit)
