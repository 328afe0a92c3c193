"""What must hold between the resources of a project."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, STORE, Folder

from asstctl.model.address import KEY_PATTERN

FILES = "tools: [{type: file_search, files: [docs/x.md]}]\n"

PROJECTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "key from a file's name": (
        {"assistants/My Guide.yaml": ASSISTANT},
        ["bad-key assistants/My Guide.yaml:1:1"],
    ),
    "no key among several": (
        {MANIFEST: f"{ASSISTANT}---\n{ASSISTANT}key: b\n"},
        ["key-needed assistants/a.yaml:1:1"],
    ),
    "same key": (
        {MANIFEST: ASSISTANT, "assistants/b.yaml": f"{ASSISTANT}key: a\n"},
        ["duplicate-key assistants/b.yaml:3:6"],
    ),
    "same file name": (
        {MANIFEST: ASSISTANT, "assistants/deep/a.yaml": ASSISTANT},
        ["duplicate-key assistants/deep/a.yaml:1:1"],
    ),
    "same key in one file": (
        {MANIFEST: f"{ASSISTANT}key: a\n---\n{ASSISTANT}key: a\n"},
        ["duplicate-key assistants/a.yaml:7:6"],
    ),
    "unknown store": (
        {
            MANIFEST: f"{ASSISTANT}tools: [{{type: file_search, vector_store: doc}}]\n",
            "assistants/docs.yaml": STORE,
        },
        ["unknown-vector-store assistants/a.yaml:3:43"],
    ),
    "store of its own beside one with its key": (
        {MANIFEST: f"{ASSISTANT}key: a\n{FILES}---\n{STORE}key: a\n"},
        ["duplicate-key assistants/a.yaml:4:1"],
    ),
    "previous key in use": (
        {MANIFEST: f"{ASSISTANT}previously: [b]\n", "assistants/b.yaml": ASSISTANT},
        ["clashing-previously assistants/a.yaml:3:14"],
    ),
    "previous key is its own": (
        {MANIFEST: f"{ASSISTANT}previously: [b, a]\n"},
        ["clashing-previously assistants/a.yaml:3:17"],
    ),
    "previous key claimed twice": (
        {
            MANIFEST: f"{ASSISTANT}previously: [x]\n",
            "assistants/b.yaml": f"{ASSISTANT}previously: [x]\n",
        },
        ["clashing-previously assistants/b.yaml:3:14"],
    ),
    "previous key of another store": (
        {MANIFEST: f"{STORE}previously: [b]\n", "assistants/b.yaml": STORE},
        ["clashing-previously assistants/a.yaml:2:14"],
    ),
    "unknown kind": ({MANIFEST: "kind: asistant\n"}, ["unknown-value assistants/a.yaml:1:7"]),
    "kind that is a list": (
        {MANIFEST: "kind: [assistant]\n"},
        ["unknown-value assistants/a.yaml:1:1"],
    ),
    "no kind": ({MANIFEST: "model: m\n"}, ["missing-field assistants/a.yaml:1:1"]),
    "no model": ({MANIFEST: "kind: assistant\n"}, ["missing-field assistants/a.yaml:1:1"]),
    "a model that is a list": (
        {MANIFEST: "kind: assistant\nmodel: [m]\n"},
        ["wrong-type assistants/a.yaml:2:1"],
    ),
}

FINE: dict[str, dict[str, str]] = {
    "an assistant and a store with one key": {MANIFEST: f"{ASSISTANT}key: a\n---\n{STORE}key: a\n"},
    "a store of its own": {MANIFEST: ASSISTANT + FILES},
    "the store of another assistant": {
        MANIFEST: ASSISTANT + FILES,
        "assistants/b.yaml": f"{ASSISTANT}tools: [{{type: file_search, vector_store: a}}]\n",
    },
    "a store whose key is made": {
        "asstctl.yaml": "project: a\nvars: {shelf: docs}\n",
        MANIFEST: f"{ASSISTANT}tools: [{{type: file_search, vector_store: docs}}]\n",
        "assistants/b.yaml": f"{STORE}key: ${{var.shelf}}\n",
    },
    "previous keys of two kinds": {
        MANIFEST: f"{ASSISTANT}previously: [x]\n",
        "assistants/b.yaml": f"{STORE}previously: [x]\n",
    },
    "previous key that another kind uses": {
        MANIFEST: f"{ASSISTANT}previously: [b]\n",
        "assistants/b.yaml": STORE,
    },
}


@pytest.mark.parametrize(("files", "expected"), PROJECTS.values(), ids=PROJECTS)
def test_resources_that_do_not_fit_together(
    project_dir: Path, files: dict[str, str], expected: list[str]
) -> None:
    folder = Folder(project_dir)
    folder.write({"docs/x.md": "x", **files})

    assert folder.problems() == expected


@pytest.mark.parametrize("files", FINE.values(), ids=FINE)
def test_resources_that_do(project_dir: Path, files: dict[str, str]) -> None:
    folder = Folder(project_dir)
    folder.write({"docs/x.md": "x", **files})

    assert folder.problems() == []


def test_a_key_that_cannot_be_comes_with_one_that_can(project_dir: Path) -> None:
    folder = Folder(project_dir)
    for name in ("My Guide", "_a_", "Ünï", "x" * 70 + "-y", "a.b"):
        folder.write({f"assistants/{name}.yaml": ASSISTANT})

    problems = folder.load().diagnostics

    assert len(problems) == 5
    for problem in problems:
        suggested = problem.fix.split("`")[1].removeprefix("key: ")
        assert KEY_PATTERN.fullmatch(suggested), suggested


def test_a_store_whose_manifest_is_broken_is_not_missed_too(project_dir: Path) -> None:
    folder = Folder(project_dir)
    user = ASSISTANT + "tools: [{type: file_search, vector_store: docs}]\n"
    for broken, code in (
        (f"{STORE}files: [none.md]\n", "missing-file"),
        (f"{STORE}foo: 1\n", "unknown-field"),
        ("kind: vector_stor\n", "unknown-value"),
        ("kind: [\n", "yaml-syntax"),
        ("\xff", "not-utf8"),
    ):
        folder.write({MANIFEST: user, "assistants/docs.yaml": broken.encode("latin-1")})

        assert [problem.split()[0] for problem in folder.problems()] == [code]


def test_everything_wrong_in_several_files_is_reported_in_reading_order(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {
            "asstctl.yaml": "project: a\nfoo: 1\n",
            "assistants/b.yaml": ASSISTANT + "zoo: 1\nbar: 1\n",
            "assistants/a.yaml": "kind: [\n",
            "assistants/c.yaml": ASSISTANT + "instructions: {file: none.md}\n",
        }
    )

    assert folder.problems() == [
        "yaml-syntax assistants/a.yaml:2:1",
        "unknown-field assistants/b.yaml:3:1",
        "unknown-field assistants/b.yaml:4:1",
        "missing-file assistants/c.yaml:3:22",
        "unknown-field asstctl.yaml:2:1",
    ]


def test_resources_come_sorted_by_key(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {f"assistants/{i}.yaml": f"{ASSISTANT}key: {key}\n" for i, key in enumerate("cab")}
    )
    folder.write({f"assistants/s{i}.yaml": f"{STORE}key: {key}\n" for i, key in enumerate("zy")})

    desired = folder.desired()

    assert [assistant.key for assistant in desired.assistants] == ["a", "b", "c"]
    assert [store.key for store in desired.stores] == ["y", "z"]
