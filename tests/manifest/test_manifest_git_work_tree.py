"""What makes a stamp say ``-dirty``, and what ``--require-clean`` refuses."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, Folder

from asstctl.manifest.git.work_tree import UncommittedError, clean_commit, read_work_tree
from asstctl.manifest.load import load
from support.git import commit, git, write

STORE = "kind: vector_store\nkey: docs\nfiles: ['docs/**/*.md']\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A committed project in a folder of a repository, with a submodule in ``docs/shared``."""
    write(tmp_path / "shared", {"porto.md": "Wine.\n"})
    commit(tmp_path / "shared")
    root = tmp_path / "mono" / "ai"
    Folder(root).write(
        {
            "assistants/docs.yaml": STORE,
            "assistants/guide.yaml": ASSISTANT + "instructions: {file: prompts/guide.md}\n",
            "prompts/guide.md": "Be kind.\n",
            "docs/lisbon.md": "Trams.\n",
            "README": "Read me.\n",
            ".gitignore": ".asstctl/\n/docs/made/\n",
        }
    )
    git(tmp_path / "mono", "init", "-q", "-b", "main")
    git(tmp_path / "mono", "submodule", "add", "-q", str(tmp_path / "shared"), "ai/docs/shared")
    commit(tmp_path / "mono")
    return root


def changes(root: Path, *outputs: str) -> list[str]:
    project = load(root, environ={}).project
    assert project is not None
    found = read_work_tree(root, project.files, outputs=[root / path for path in outputs])
    assert found is not None
    assert found.commit == git(root, "rev-parse", "HEAD") + ("-dirty" if found.changes else "")
    return list(found.changes)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("assistants/new.yaml", ASSISTANT),  # a manifest that no commit holds
        ("docs/deep/new.md", "New."),
        ("docs/made/new.md", "Ignored, and uploaded all the same."),
        ("docs/shared/new.md", "New in the submodule."),
        ("prompts/guide.md", "Be rude.\n"),
        ("README", "Changed: it is tracked.\n"),
        ("docs/ü b'.md", "A name that git would quote."),
    ],
)
def test_what_no_commit_holds_is_a_change(root: Path, path: str, content: str) -> None:
    write(root, {path: content})

    assert changes(root) == [path]


@pytest.mark.parametrize(
    "path", ["plan.json", "plan.md", "notes/today.md", ".asstctl/x", "docs/shared/untracked.txt"]
)
def test_untracked_files_that_no_manifest_uses_are_none(root: Path, path: str) -> None:
    write(root, {path: "not committed", "../other/elsewhere.md": "not of the project"})

    assert changes(root) == []


def test_an_output_is_no_change_even_where_it_is_tracked(root: Path) -> None:
    write(root, {"plan.md": "old", "docs/plan.md": "old"})
    commit(root.parent, "reports")
    write(root, {"plan.md": "new", "docs/plan.md": "new, and a document of the store"})

    assert changes(root) == ["docs/plan.md", "plan.md"]
    assert changes(root, "plan.md", "docs/plan.md") == ["docs/plan.md"]


@pytest.mark.parametrize("settings", ["none", "ignore = all"])
def test_an_edit_inside_a_submodule_counts(root: Path, settings: str) -> None:
    if settings != "none":
        git(root.parent, "config", "-f", ".gitmodules", "submodule.ai/docs/shared.ignore", "all")
        git(root.parent, "config", "diff.ignoreSubmodules", "all")
        commit(root.parent, "ignore")
    write(root, {"docs/shared/porto.md": "Port.\n"})
    assert changes(root) == ["docs/shared"]

    commit(root / "docs/shared", "there, and not here")
    assert changes(root) == ["docs/shared"]

    git(root.parent, "update-index", "ai/docs/shared")
    git(root.parent, "commit", "-q", "--allow-empty", "-m", "here too")
    assert changes(root) == []


def test_a_deleted_file_and_a_conflict_count(root: Path) -> None:
    (root / "README").unlink()
    assert changes(root) == ["README"]
    git(root, "checkout", "-q", "-b", "other")
    write(root, {"README": "theirs"})
    commit(root.parent, "theirs")
    git(root, "checkout", "-q", "main")
    write(root, {"README": "ours"})
    commit(root.parent, "ours")
    with pytest.raises(Exception, match="merge"):
        git(root, "merge", "other")

    assert changes(root) == ["README"]


def test_a_link_is_as_committed_as_itself_and_what_it_leads_to(root: Path) -> None:
    write(root, {"library/faro.md": "Beach.\n"})
    (root / "docs/link.md").symlink_to("../library/faro.md")
    (root / "docs/shelf").symlink_to("../library", target_is_directory=True)
    write(root, {"assistants/docs.yaml": STORE.replace("'docs/**", "docs/shelf/*.md, 'docs/**")})
    git(root, "add", "library", "assistants")
    git(root, "commit", "-q", "-m", "the library")
    assert changes(root) == ["docs/link.md", "docs/shelf/faro.md"]

    git(root, "rm", "-q", "--cached", "-r", "library")
    git(root, "add", "docs")
    git(root, "commit", "-q", "-m", "the links")
    assert changes(root) == ["docs/link.md", "docs/shelf/faro.md"]

    commit(root.parent, "both")
    assert changes(root) == []


def test_require_clean_names_a_few_and_counts_the_rest(root: Path) -> None:
    project = load(root, environ={}).project
    assert project is not None
    assert clean_commit(root, project.files) == git(root, "rev-parse", "HEAD")
    write(root, {f"docs/{name}.md": name for name in "abcde"})
    project = load(root, environ={}).project
    assert project is not None

    with pytest.raises(UncommittedError, match=r"docs/a\.md, docs/b\.md, docs/c\.md and 2 more"):
        clean_commit(root, project.files)
