"""A commit is laid out with the bytes that a checkout of it gives, whatever decides over them."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from manifest_folder import Folder

from asstctl.errors import AsstctlError
from asstctl.manifest.git.revision import laid_out
from asstctl.manifest.load import Loaded, load
from support.git import commit, git, write

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a1' * 32}\nsize 35\n"
TEXT = "Trams run all night.\nMind the step.\n"
DOCUMENT = "docs/trams.md"
STORE = "kind: vector_store\nkey: docs\nfiles: [docs/*.md]\n"

# A stand-in for git-lfs: what is committed is a pointer, what is checked out is the document.
CLEAN = f"import sys; sys.stdin.read(); sys.stdout.write({POINTER!r})"
SMUDGE = f"import sys; sys.stdin.read(); sys.stdout.write({TEXT!r})"
LFS = "filter=lfs diff=lfs merge=lfs -text"
CRLF = "text eol=crlf"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with such filters; its project is in the folder ``ai``."""
    top = tmp_path / "mono"
    (top / "ai").mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    for name, program in (("clean", CLEAN), ("smudge", SMUDGE)):
        script = tmp_path / f"{name}.py"
        script.write_text(program, encoding="utf-8")
        git(top, "config", f"filter.lfs.{name}", f"'{sys.executable}' '{script}'")
    git(top, "config", "filter.lfs.required", "true")
    return top


def _project(root: Path) -> None:
    Folder(root).write({"assistants/docs.yaml": STORE, DOCUMENT: TEXT})


def _checked_out(top: Path, document: Path) -> bytes:
    """What a checkout makes of a document that was committed just now."""
    commit(top)
    document.unlink()
    git(top, "checkout", "--", ".")
    return document.read_bytes()


def _laid_out(root: Path, revision: str = "HEAD") -> bytes:
    with laid_out(root, revision) as layout:
        return (layout.root / DOCUMENT).read_bytes()


@pytest.mark.parametrize(
    ("folder", "attributes", "expected"),
    [
        ("ai", {".gitattributes": f"ai/docs/*.md {LFS}\n"}, TEXT),
        ("ai", {"ai/.gitattributes": f"docs/*.md {LFS}\n"}, TEXT),
        ("ai", {".gitattributes": "*.png -text\n", "ai/.gitattributes": f"docs/* {LFS}\n"}, TEXT),
        ("ai", {".gitattributes": f"*.md {LFS}\n", "ai/.gitattributes": "*.md !filter\n"}, TEXT),
        ("ai", {".gitattributes": f"/ai/docs/*.md {CRLF}\n"}, "CRLF"),
        ("ai", {".gitattributes": f"* {CRLF}\n"}, "CRLF"),
        ("ai", {"ai/docs/.gitattributes": f"*.md {CRLF}\n"}, "CRLF"),
        ("ai", {".gitattributes": "*.png -text\n", "ai/.gitattributes": f"*.md {CRLF}\n"}, "CRLF"),
        ("ai", {".gitattributes": f"*.md {CRLF}\n", "ai/.gitattributes": "*.md eol=lf\n"}, TEXT),
        (".", {".gitattributes": f"docs/*.md {LFS}\n"}, TEXT),
        (".", {".gitattributes": f"*.md {CRLF}\n"}, "CRLF"),
    ],
)
def test_attributes_are_those_of_the_commit(
    top: Path, folder: str, attributes: dict[str, str], expected: str
) -> None:
    root = top / folder
    _project(root)
    write(top, attributes)
    content = _checked_out(top, root / DOCUMENT)
    assert content == (TEXT.replace("\n", "\r\n") if expected == "CRLF" else TEXT).encode()

    # What lies in the work tree by now has no say.
    write(top, dict.fromkeys((*attributes, ".gitattributes"), "*.md -filter -text\n"))

    assert _laid_out(root) == content


@pytest.mark.parametrize(("setting", "end"), [("true", b"\r\n"), ("input", b"\n")])
def test_line_ends_follow_the_settings_of_the_clone(top: Path, setting: str, end: bytes) -> None:
    _project(top / "ai")
    git(top, "config", "core.autocrlf", setting)
    content = _checked_out(top, top / "ai" / DOCUMENT)

    assert content.endswith(b"step." + end)
    assert _laid_out(top / "ai") == content


def test_nothing_in_the_repository_changes(top: Path) -> None:
    _project(top / "ai")
    commit(top)
    for setting in ("core.splitIndex", "submodule.recurse", "core.sparseCheckout"):
        git(top, "config", setting, "true")
    write(top, {".git/info/sparse-checkout": "/elsewhere/\n", "ai/new.md": "not committed"})
    before = {path: os.lstat(path).st_mtime_ns for path in top.rglob("*")}

    assert _laid_out(top / "ai") == TEXT.encode()

    assert {path: os.lstat(path).st_mtime_ns for path in top.rglob("*")} == before


def _loaded(root: Path) -> Loaded:
    with laid_out(root, "HEAD") as layout:
        return load(layout.root, environ={}, submodules=layout.submodules)


def _problems(loaded: Loaded) -> list[str]:
    return [f"{found.code} {found.location}" for found in loaded.diagnostics]


@pytest.mark.parametrize(
    ("setting", "program"),
    [
        ("", ""),
        ("smudge", "no-such-program"),
        ("smudge", "false"),
        ("process", "no-such-program"),
        ("process", "false"),
    ],
)
@pytest.mark.parametrize("required", ["true", "false"])
def test_without_git_lfs_a_pointer_is_an_error(
    top: Path, setting: str, program: str, required: str
) -> None:
    _project(top / "ai")
    write(top, {".gitattributes": f"*.md {LFS}\n"})
    commit(top)
    git(top, "config", "filter.lfs.required", required)
    if setting:
        git(top, "config", f"filter.lfs.{setting}", program)
    else:
        git(top, "config", "--remove-section", "filter.lfs")

    assert _problems(_loaded(top / "ai")) == ["lfs-pointer assistants/docs.yaml:3:9"]


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_git_lfs_itself_lays_out_what_it_has(top: Path) -> None:
    git(top, "config", "--remove-section", "filter.lfs")
    git(top, "lfs", "install", "--local", "--skip-repo")
    _project(top / "ai")
    write(top, {".gitattributes": f"*.md {LFS}\n"})
    commit(top)
    assert POINTER[:40] in git(top, "show", f"HEAD:ai/{DOCUMENT}")
    assert _laid_out(top / "ai") == TEXT.encode()

    shutil.rmtree(top / ".git/lfs/objects")

    assert _problems(_loaded(top / "ai")) == ["lfs-pointer assistants/docs.yaml:3:9"]


def test_a_pointer_that_nobody_uses_stops_nobody(top: Path) -> None:
    _project(top / "ai")
    write(top, {"ai/film.mp4": TEXT, ".gitattributes": f"*.mp4 {LFS}\n"})
    commit(top)
    git(top, "config", "filter.lfs.smudge", "false")

    assert _problems(_loaded(top / "ai")) == []


def test_another_filter_that_fails_is_an_error(top: Path) -> None:
    _project(top / "ai")
    write(top, {".gitattributes": "*.md filter=crypt\n"})
    git(top, "config", "filter.crypt.clean", "cat")
    commit(top)
    git(top, "config", "filter.crypt.smudge", "false")
    git(top, "config", "filter.crypt.required", "true")

    with pytest.raises(AsstctlError) as raised:
        _laid_out(top / "ai")
    assert "smudge filter crypt failed" in raised.value.why


def test_a_commit_without_the_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"README": "x", "ai": "a file in the way of the folder"})
    commit(tmp_path)
    (tmp_path / "ai").unlink()
    _project(tmp_path / "ai")

    for folder in ("ai", "ai/docs"):
        with pytest.raises(AsstctlError, match=f"HEAD has no folder {folder}"):
            _laid_out(tmp_path / folder)


# --- submodules ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("docs/*.md", []),
        ("docs/**/*.md", ["left-out-submodule docs/shared"]),
        ("docs/*/*.md", ["no-match assistants/docs.yaml:3:9", "left-out-submodule docs/shared"]),
        (
            "docs/shared/**/*.md",
            ["no-match assistants/docs.yaml:3:9", "left-out-submodule docs/shared"],
        ),
        (
            "docs/shared/deep/porto.md",
            ["missing-file assistants/docs.yaml:3:9", "left-out-submodule docs/shared"],
        ),
    ],
)
def test_submodules_are_left_out_and_that_is_said(
    tmp_path: Path, top: Path, files: str, expected: list[str]
) -> None:
    write(tmp_path / "shared", {"deep/porto.md": "Wine.\n"})
    commit(tmp_path / "shared")
    git(top, "submodule", "add", "-q", str(tmp_path / "shared"), "ai/docs/shared")
    _project(top / "ai")
    write(top, {"ai/assistants/docs.yaml": STORE.replace("docs/*.md", files)})
    commit(top)

    loaded = _loaded(top / "ai")

    assert _problems(loaded) == expected
    assert (loaded.desired is None) == any("file" in e or "match" in e for e in expected)
    said = [found.detail for found in loaded.diagnostics if found.is_error]
    if files.startswith("docs/shared"):
        assert said == ["docs/shared is a submodule, and the files of submodules are left out."]
