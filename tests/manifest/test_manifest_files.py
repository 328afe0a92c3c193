"""Files that manifests refer to: found, kept inside the project, and fit for what they are for."""

import os
from pathlib import Path
from typing import Any

import pytest
from manifest_folder import ASSISTANT, MANIFEST, STORE, Folder

from asstctl.manifest.files.paths import normalised
from asstctl.manifest.files.project_files import Files
from asstctl.manifest.problems import Rejected
from asstctl.model.file import LocalFile
from asstctl.model.vector_store import AUTO_CHUNKING, Chunking


def found(files: Files, pattern: str) -> list[str]:
    return [
        item.path if isinstance(item, LocalFile) else item.code.name
        for item in files.uploads(pattern)
    ]


@pytest.fixture
def tree(project_dir: Path) -> Path:
    for path in (
        "docs/a.md",
        "docs/b.txt",
        "docs/deep/c.md",
        "docs/deep/deeper/d.md",
        "docs/.hidden.md",
        "docs/.drafts/e.md",
        "docs/[draft].md",
        ".asstctl/state.md",
        "top.md",
    ):
        file = project_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    return project_dir


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("docs/a.md", ["docs/a.md"]),
        ("./docs//a.md", ["docs/a.md"]),
        ("docs/deep/../a.md", ["docs/a.md"]),
        ("docs/*.md", ["docs/[draft].md", "docs/a.md"]),
        ("docs/?.md", ["docs/a.md"]),
        ("docs/[ab].*", ["docs/a.md", "docs/b.txt"]),
        (
            "docs/**/*.md",
            ["docs/[draft].md", "docs/a.md", "docs/deep/c.md", "docs/deep/deeper/d.md"],
        ),
        ("docs/**/**/d.md", ["docs/deep/deeper/d.md"]),
        ("docs/**/deeper/*", ["docs/deep/deeper/d.md"]),
        ("docs/deep/**", ["docs/deep/c.md", "docs/deep/deeper/d.md"]),
        ("**/c.md", ["docs/deep/c.md"]),
        ("*.md", ["top.md"]),
        ("docs/.hidden.md", ["docs/.hidden.md"]),
        ("docs/.*.md", ["docs/.hidden.md"]),
        ("docs/.drafts/*.md", ["docs/.drafts/e.md"]),
        ("docs/[draft].md", ["docs/[draft].md"]),
        (".asstctl/*", ["no-match"]),
        ("none/*.md", ["no-match"]),
        ("docs/{a,b}.md", ["missing-file"]),
        ("docs", ["not-a-file"]),
        ("docs/a.md/b.md", ["missing-file"]),
        ("", ["not-a-file"]),
        (".", ["not-a-file"]),
        ("..", ["outside-project"]),
        ("docs/../../x.md", ["outside-project"]),
        ("/etc/passwd", ["outside-project"]),
        ("C:/x.md", ["outside-project"]),
        ("docs\\a.md", ["bad-path"]),
        ("docs/a\x00.md", ["bad-path"]),
        ("docs/\ud800.md", ["bad-path"]),
        ("a" * 5000, ["bad-path"]),
        ("a" * 300, ["unreadable-file"]),
        ("docs/[z-a]", ["no-match"]),
    ],
)
def test_paths_and_globs(tree: Path, pattern: str, expected: list[str]) -> None:
    assert found(Files(tree), pattern) == expected


def test_a_link_inside_the_project_is_followed(tree: Path) -> None:
    (tree / "link.md").symlink_to(tree / "docs/a.md")
    (tree / "shelf").symlink_to(tree / "docs", target_is_directory=True)

    files = Files(tree)

    assert found(files, "link.md") == ["link.md"]
    assert found(files, "shelf/b.txt") == ["shelf/b.txt"]
    assert files.upload("link.md").bytes == len("docs/a.md")


def test_a_link_out_of_the_project_is_not(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("x")
    (tree / "docs/link.md").symlink_to(outside / "secret.md")
    (tree / "shelf").symlink_to(outside, target_is_directory=True)

    files = Files(tree)

    assert found(files, "docs/link.md") == ["outside-project"]
    assert found(files, "shelf/secret.md") == ["outside-project"]
    assert found(files, "shelf/*.md") == ["no-match"]
    assert "outside-project" in found(files, "docs/*.md")


def test_a_project_whose_name_starts_like_another_does_not_lend_it_files(tmp_path: Path) -> None:
    for name in ("acme", "acme-private"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.md").write_text("x")
    (tmp_path / "acme/link.md").symlink_to(tmp_path / "acme-private/x.md")

    assert found(Files(tmp_path / "acme"), "link.md") == ["outside-project"]


def test_links_that_go_round_end(tree: Path) -> None:
    (tree / "docs/loop").symlink_to(tree / "docs", target_is_directory=True)
    (tree / "round").symlink_to(tree / "round")

    files = Files(tree)

    assert "docs/loop/a.md" not in found(files, "docs/**/*.md")
    assert found(files, "round") == ["unreadable-file"]


def test_the_project_may_itself_be_a_link(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree, target_is_directory=True)

    assert found(Files(tmp_path / "link"), "docs/a.md") == ["docs/a.md"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_opened(tree: Path) -> None:
    os.mkfifo(tree / "pipe.md")

    assert found(Files(tree), "pipe.md") == ["not-a-file"]


def test_a_file_over_the_limit_is_refused(tree: Path) -> None:
    with (tree / "big.pdf").open("wb") as file:
        file.truncate(512 * 1024 * 1024 + 1)
    with (tree / "fits.pdf").open("wb") as file:
        file.truncate(512 * 1024 * 1024)

    assert found(Files(tree), "*.pdf") == ["file-too-large", "fits.pdf"]
    assert found(Files(tree, max_bytes=3), "top.md") == ["file-too-large"]


def test_a_file_that_may_not_be_read_is_refused(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    assert found(Files(tree), "top.md") == ["unreadable-file"]


def test_a_manifest_that_the_system_will_not_open_is_reported(
    project_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(project_dir)
    folder.write({MANIFEST: ASSISTANT})
    opened = Path.open

    def refuse(self: Path, *arguments: Any, **options: Any) -> Any:
        if self.name == "a.yaml":
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)

    assert folder.problems() == ["unreadable-file assistants/a.yaml"]


@pytest.mark.parametrize("path", ["a/b", "./a//b/", "a/c/../b"])
def test_paths_have_one_form(path: str) -> None:
    assert normalised(path) == "a/b"


@pytest.mark.parametrize("path", ["../a", "/a", "a/../..", "", "a\\b"])
def test_paths_that_are_none_are_rejected(path: str) -> None:
    with pytest.raises(Rejected):
        normalised(path)


# --- in manifests -------------------------------------------------------------------------------

MISTAKES = {
    "missing": ("instructions: {file: docs/x.md}\n", ["missing-file 3:22"]),
    "folder": ("instructions: {file: docs}\n", ["not-a-file 3:22"]),
    "outside": ("instructions: {file: ../x.md}\n", ["outside-project 3:22"]),
    "not utf-8": ("instructions: {file: latin.txt}\n", ["not-utf8 3:22"]),
    "blank": ("instructions: {file: blank.txt}\n", ["empty-file 3:22"]),
    "too long": ("instructions: {file: long.txt}\n", ["too-long 3:22"]),
    "one that is empty": (
        "tools: [{type: code_interpreter, files: [empty.txt]}]\n",
        ["empty-file 3:42"],
    ),
    "empty ones among others": (
        "tools: [{type: code_interpreter, files: ['*.txt']}]\n",
        ["skipped-file 3:42"],
    ),
    "glob without match": (
        "tools: [{type: code_interpreter, files: ['x/*.md']}]\n",
        ["no-match 3:42"],
    ),
    "glob as a file": ("instructions: {file: docs/*.md}\n", ["missing-file 3:22"]),
    "type": ("tools: [{type: file_search, files: [data.csv]}]\n", ["unsupported-file-type 3:37"]),
    "type in a glob": (
        "tools: [{type: file_search, files: ['d*']}]\n",
        ["unsupported-file-type 3:37"],
    ),
    "no ending": (
        "tools: [{type: file_search, files: [README]}]\n",
        ["unsupported-file-type 3:37"],
    ),
    "too many": (
        "tools: [{type: code_interpreter, files: ['many/*']}]\n",
        ["too-many 3:34"],
    ),
}


@pytest.mark.parametrize(("body", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_about_files_have_a_place(
    project_dir: Path, body: str, expected: list[str]
) -> None:
    folder = Folder(project_dir)
    folder.write(
        {
            "docs/a.md": "A.",
            "latin.txt": b"caf\xe9",
            "blank.txt": " \n",
            "long.txt": "x" * 256_001,
            "empty.txt": "",
            "data.csv": "1",
            "README": "x",
            **{f"many/{i}.txt": "x" for i in range(21)},
        }
    )

    assert folder.found_in(body) == expected


# --- Git LFS ------------------------------------------------------------------------------------

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a1' * 32}\nsize 35\n"
PLACES = {
    "prompt": ("instructions: {file: lfs.md}\n", "3:22"),
    "store file": ("tools: [{type: file_search, files: [lfs.md]}]\n", "3:37"),
    "store file in a glob": ("tools: [{type: file_search, files: ['*.md']}]\n", "3:37"),
    "store file with chunking": (
        "tools: [{type: file_search, files: [{path: lfs.md, chunking_strategy: {type: auto}}]}]\n",
        "3:44",
    ),
    "code file": ("tools: [{type: code_interpreter, files: [lfs.md]}]\n", "3:42"),
    "parameters": (
        "tools: [{type: function, function: {name: f, parameters: {file: lfs.md}}}]\n",
        "3:65",
    ),
    "smoke attachment": (
        "smoke: [{name: a, prompt: p, attachments: [{path: lfs.md, tools: [code_interpreter]}]}]\n",
        "3:51",
    ),
}


@pytest.mark.parametrize(("body", "place"), PLACES.values(), ids=PLACES)
def test_a_pointer_is_not_the_document(project_dir: Path, body: str, place: str) -> None:
    folder = Folder(project_dir)
    folder.write({"lfs.md": POINTER})

    assert folder.found_in(body) == [f"lfs-pointer {place}"]
    assert "git lfs pull" in said(folder)
    assert "lfs: true" in said(folder)


@pytest.mark.parametrize("path", [MANIFEST, "asstctl.yaml"])
def test_a_pointer_in_place_of_a_manifest_is_named(project_dir: Path, path: str) -> None:
    folder = Folder(project_dir)
    folder.write({MANIFEST: ASSISTANT, path: POINTER})

    assert folder.problems() == [f"lfs-pointer {path}"]


def test_a_text_about_pointers_is_a_text(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({"lfs.md": POINTER + "That is what a pointer looks like. " * 40})

    assert folder.found_in("instructions: {file: lfs.md}\n") == []


def said(folder: Folder) -> str:
    return "\n".join(f"{d.summary}\n{d.detail}\n{d.fix}" for d in folder.load().diagnostics)


def test_a_misspelt_path_is_corrected(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {"docs/lisbon.md": "x", MANIFEST: ASSISTANT + "instructions: {file: docs/lisbn.md}"}
    )

    assert 'Did you mean "docs/lisbon.md"?' in said(folder)


def test_a_path_that_counts_from_the_manifest_is_explained(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {"assistants/guide.md": "x", MANIFEST: ASSISTANT + "instructions: {file: guide.md}"}
    )

    assert "paths count from the project's folder" in said(folder)
    assert "Write assistants/guide.md." in said(folder)


JSON_FILES = {
    "syntax": ('{"type": "object",\n "a": }', "invalid-json f.json:2:7"),
    "comma": ('{"type": "object" "a": 1}', "invalid-json f.json:1:19"),
    "cut short": ('{"type": "object"', "invalid-json f.json:1:18"),
    "empty": ("", "invalid-json f.json:1:1"),
    "list": ("[]", "invalid-schema f.json:1:1"),
    "twice": ('{"type": "object", "type": "object"}', "invalid-json f.json"),
    "not a number": ('{"type": "object", "default": NaN}', "invalid-json f.json"),
    "infinite": ('{"type": "object", "default": 1e999}', "invalid-json f.json"),
    "huge": ('{"type": "object", "default": ' + "9" * 5000 + "}", "invalid-json f.json"),
    "half a character": ('{"type": "object", "default": "\\ud800"}', "invalid-json f.json"),
    "deep": ('{"a":' * 2000 + "1" + "}" * 2000, "invalid-json f.json"),
    "very deep": ("[" * 200_000, "invalid-json f.json"),
    "not utf-8": (b'{"type": "\xff"}', "not-utf8 assistants/a.yaml:3:65"),
    "schema": (
        '{"type": "object",\n "properties": {"a": {"type": "strin"}}}',
        "invalid-schema f.json:2:31",
    ),
    "schema with tabs": (
        '{\n\t"type": "object",\n\t"properties": {\n\t\t"a": {"minLength": -1}}}',
        "invalid-schema f.json:4:22",
    ),
    "no object": ('{"type": "array"}', "invalid-schema f.json:1:10"),
    "no type": ('{"properties": {}}', "invalid-schema f.json:1:1"),
}


@pytest.mark.parametrize(("content", "expected"), JSON_FILES.values(), ids=JSON_FILES)
def test_mistakes_in_a_json_file_have_a_place_in_it(
    project_dir: Path, content: str | bytes, expected: str
) -> None:
    folder = Folder(project_dir)
    body = "tools: [{type: function, function: {name: f, parameters: {file: f.json}}}]\n"
    folder.write({MANIFEST: ASSISTANT + body, "f.json": content})

    assert folder.problems() == [expected]


def test_what_strict_does_not_allow_has_a_place_in_the_json_file(project_dir: Path) -> None:
    folder = Folder(project_dir)
    body = (
        "tools: [{type: function, function: {name: f, strict: true, parameters: {file: f.json}}}]\n"
    )
    schema = '{"type": "object",\n "additionalProperties": {},\n "properties": {}}'
    folder.write({MANIFEST: ASSISTANT + body, "f.json": schema})

    assert folder.problems() == ["loose-schema f.json:2:2"]


def test_a_file_is_taken_as_it_is(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = "Say ${x}, $${y} and ${HOME}.\r\n"
    folder.write({"p.md": text, MANIFEST: ASSISTANT + "instructions: {file: p.md}\n"})

    assert folder.desired().assistants[0].spec.instructions == text


def test_code_files_are_named_once_and_sorted(project_dir: Path) -> None:
    folder = Folder(project_dir)
    body = "tools: [{type: code_interpreter, files: [b.txt, '*.txt', a.txt]}]\n"
    folder.write({"a.txt": "a", "b.txt": "b", MANIFEST: ASSISTANT + body})

    (assistant,) = folder.desired().assistants

    assert [file.path for file in assistant.code_files] == ["a.txt", "b.txt"]


def test_files_of_its_own_make_a_store_with_the_assistants_key(project_dir: Path) -> None:
    folder = Folder(project_dir)
    body = (
        "name: Guide\nlifecycle: {protect: true, ignore_changes: [name]}\npreviously: [old]\n"
        "tools: [{type: file_search, files: [docs/*.md]}]\n"
    )
    folder.write({"docs/x.md": "x", MANIFEST: ASSISTANT + body})

    desired = folder.desired()

    (store,) = desired.stores
    assert desired.assistants[0].spec.vector_store == "a"
    assert (store.key, store.spec.name, store.previously) == ("a", "Guide", ("old",))
    assert store.lifecycle.protect
    assert store.lifecycle.ignore_changes == ()
    assert [entry.file.path for entry in store.store_files] == ["docs/x.md"]


def test_the_entry_with_a_strategy_of_its_own_decides_how_a_file_is_cut(project_dir: Path) -> None:
    small = "{type: static, static: {max_chunk_size_tokens: 200, chunk_overlap_tokens: 100}}"
    large = "{type: static, static: {max_chunk_size_tokens: 4096, chunk_overlap_tokens: 0}}"
    body = (
        f"chunking_strategy: {small}\n"
        "files:\n"
        f"  - {{path: docs/a.md, chunking_strategy: auto}}\n"
        f"  - {{path: docs/b.md, chunking_strategy: auto}}\n"
        f"  - {{path: 'docs/b*', chunking_strategy: {large}}}\n"
        "  - 'docs/*.md'\n"
    )
    folder = Folder(project_dir)
    folder.write({**{f"docs/{name}.md": name for name in "abc"}, MANIFEST: STORE + body})

    (store,) = folder.desired().stores

    assert {entry.file.path: entry.chunking for entry in store.store_files} == {
        "docs/a.md": AUTO_CHUNKING,
        "docs/b.md": Chunking(4096, 0),
        "docs/c.md": Chunking(200, 100),
    }
