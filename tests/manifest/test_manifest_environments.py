"""Environments in manifests: an assistant's own, shared ones, documents of their own."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.manifest.kinds.environment import MAX_FILE_BYTES, MAX_FILES
from asstctl.model.desired import Lifecycle
from asstctl.model.environment import CLOSED, EnvironmentSpec, SetupCommand
from asstctl.text.words import count

TARGETS = (
    "project: a\ntarget: cloud\ntargets:\n"
    "  cloud: {api: agents}\n"
    "  other: {api: agents}\n"
    "  old: {api: local}\n"
)
SHARED = "kind: environment\n"
ENVIRONMENT = "assistants/sandbox.yaml"


@pytest.fixture
def folder(project_dir: Path) -> Folder:
    folder = Folder(project_dir)
    folder.environ = {"TOKEN": "s3cr3t-token"}
    folder.write({"asstctl.yaml": TARGETS, "data/a.csv": "a", "data/deep/b.csv": "b"})
    return folder


def test_an_assistants_own_environment_has_its_key_and_every_field(folder: Folder) -> None:
    folder.write(
        {
            MANIFEST: f"{ASSISTANT}previously: [z]\n"
            "environment:\n"
            "  name: Travel\n"
            "  type: openai_hosted\n"
            "  files: ['data/**/*.csv', data/a.csv]\n"
            "  packages: {python: [pandas], npm: [left-pad], system: [jq]}\n"
            "  network: {access: restricted, allowed_domains: [a.org]}\n"
            "  setup_commands: [make, {command: make b, cwd: /workspace/data}]\n"
            "  env: {TOKEN: '${env.TOKEN}', MODE: fast}\n"
            "  skills: [{skill_id: skill_1, version: latest}]\n"
            "  desktop: {enabled: true}\n"
            "  capability_directories: [/workspace/tools]\n"
        }
    )
    desired = folder.desired()
    (environment,) = desired.environments
    (assistant,) = desired.assistants

    assert assistant.spec.environment == environment.key == "a"
    assert environment.location == assistant.location
    assert environment.previously == ("z",)
    assert environment.lifecycle == Lifecycle()
    assert [file.path for file in environment.files] == ["data/a.csv", "data/deep/b.csv"]
    assert environment.spec == EnvironmentSpec(
        name="Travel",
        packages={"python": ["pandas"], "npm": ["left-pad"], "system": ["jq"]},
        network={"access": "restricted", "allowed_domains": ["a.org"]},
        setup_commands=(SetupCommand("make"), SetupCommand("make b", "/workspace/data")),
        env={"TOKEN": "s3cr3t-token", "MODE": "fast"},
        skills=({"type": "skill_reference", "skill_id": "skill_1", "version": "latest"},),
        desktop=True,
        capability_directories=("/workspace/tools",),
    )
    assert desired.sensitive.text("it is s3cr3t-token") == "it is ***"


def test_an_environment_that_says_nothing_is_there_and_closed(folder: Folder) -> None:
    folder.write({MANIFEST: f"{ASSISTANT}environment: {{}}\n"})
    (environment,) = folder.desired().environments

    assert environment.spec == EnvironmentSpec(network=CLOSED)


def test_several_assistants_share_one_by_its_key(folder: Folder) -> None:
    folder.write(
        {
            MANIFEST: f"{ASSISTANT}environment: {{key: sandbox}}\n",
            "assistants/b.yaml": f"{ASSISTANT}environment: {{key: sandbox}}\n",
            ENVIRONMENT: f"{SHARED}files: [data/a.csv]\nprevious"
            "ly: [box]\n"
            "lifecycle: {protect: true, ignore_changes: [packages.npm]}\n"
            "overrides: {other: {desktop: {enabled: true}}}\n",
        }
    )
    (environment,) = folder.desired().environments
    (other,) = folder.desired("other").environments

    assert {item.spec.environment for item in folder.desired().assistants} == {"sandbox"}
    assert environment.lifecycle == Lifecycle(True, ("packages.npm",))
    assert environment.previously == ("box",)
    assert not environment.spec.desktop
    assert other.spec.desktop


def test_a_document_is_passed_over_where_an_api_has_no_environments(folder: Folder) -> None:
    folder.write({MANIFEST: ASSISTANT, ENVIRONMENT: SHARED})

    assert folder.desired("old").environments == ()
    assert len(folder.desired("cloud").environments) == 1


def test_an_assistant_that_needs_one_cannot_be_on_such_a_target(folder: Folder) -> None:
    folder.write(
        {
            MANIFEST: f"{ASSISTANT}environment: {{key: sandbox}}\n"
            "overrides: {other: {environment: null}}\n",
            ENVIRONMENT: SHARED,
        }
    )
    (diagnostic,) = folder.load("old").diagnostics

    assert f"{diagnostic.code} {diagnostic.location}" == f"not-expressible {MANIFEST}:3:1"
    assert "overrides: {old: {environment: null}}" in diagnostic.fix
    assert folder.desired("other").assistants[0].spec.environment is None


def test_an_own_environment_does_not_claim_the_earlier_key_of_a_shared_one(folder: Folder) -> None:
    folder.write(
        {MANIFEST: f"{ASSISTANT}previously: [sandbox]\nenvironment: {{}}\n", ENVIRONMENT: SHARED}
    )
    own, shared = folder.desired().environments

    assert (own.key, own.previously) == ("a", ())
    assert (shared.key, shared.previously) == ("sandbox", ())


BODIES = {
    "unknown field": ("environment: {file: [data/a.csv]}\n", ["unknown-field 3:15"]),
    "unknown kind": ("environment: {type: none}\n", ["unknown-value 3:21"]),
    "unknown key": ("environment: {key: nope}\n", ["unknown-environment 3:20"]),
    "key and more": (
        "environment: {key: sandbox, desktop: {enabled: true}}\n",
        ["conflicting-fields 3:29"],
    ),
    "no such file": ("environment: {files: [nope.csv]}\n", ["missing-file 3:23"]),
    "out of the project": ("environment: {files: [../x]}\n", ["outside-project 3:23"]),
    "no access": ("environment: {network: {}}\n", ["missing-field 3:15"]),
    "domains without a restriction": (
        "environment: {network: {access: enabled, allowed_domains: [a.org]}}\n",
        ["conflicting-fields 3:42"],
    ),
    "both kinds of domains": (
        "environment: {network: {access: restricted, allowed_domains: [a], "
        "blocked_domains: [b]}}\n",
        ["conflicting-fields 3:67"],
    ),
    "a wildcard that is blocked": (
        "environment: {network: {access: restricted, blocked_domains: ['*.org']}}\n",
        ["unknown-value 3:63"],
    ),
    "too many commands": (
        f"environment: {{setup_commands: [{', '.join(['x'] * 17)}]}}\n",
        ["too-many 3:15"],
    ),
    "a number as a variable": ("environment: {env: {PORT: 80}}\n", ["wrong-type 3:27"]),
    "a relative folder": (
        "environment: {setup_commands: [{command: x, cwd: data}]}\n",
        ["unknown-value 3:50"],
    ),
    "a title that is too long": (f"environment: {{name: {'x' * 151}}}\n", ["too-long 3:21"]),
}


@pytest.mark.parametrize(("body", "problems"), BODIES.values(), ids=BODIES)
def test_mistakes_are_found_at_their_place(folder: Folder, body: str, problems: list[str]) -> None:
    folder.write({ENVIRONMENT: SHARED})

    assert folder.found_in(body) == problems


DOCUMENTS = {
    "unknown field": ("metadata: {a: b}\n", ["unknown-field 2:1"]),
    "what cannot be left to others": (
        "lifecycle: {ignore_changes: [env, packages, network]}\n",
        ["unknown-field 2:30", "unknown-field 2:45"],
    ),
    "an override of its key": ("overrides: {other: {key: b}}\n", ["not-here 2:21"]),
    "a previous key of its own": ("previously: [a]\n", ["clashing-previously 2:14"]),
}


@pytest.mark.parametrize(("body", "problems"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_mistakes_in_a_document_are_found_at_their_place(
    folder: Folder, body: str, problems: list[str]
) -> None:
    assert folder.found_in(body, SHARED) == problems


def test_an_own_environment_beside_one_with_its_key_is_one_too_many(folder: Folder) -> None:
    folder.write(
        {MANIFEST: f"{ASSISTANT}environment: {{}}\n", "assistants/e.yaml": f"{SHARED}key: a\n"}
    )
    (diagnostic,) = folder.load().diagnostics

    assert f"{diagnostic.code} {diagnostic.location}" == f"duplicate-key {MANIFEST}:3:1"
    assert "environment: {key: a}" in diagnostic.fix


def test_so_many_files_are_allowed_and_no_more(folder: Folder) -> None:
    folder.write({f"many/{number}.txt": "x" for number in range(MAX_FILES)})
    assert folder.found_in("environment: {files: ['many/*']}\n") == []

    folder.write({"many/one-more.txt": "x"})
    assert folder.found_in("environment: {files: ['many/*']}\n") == ["too-many 3:15"]
    assert count(MAX_FILES + 1, "file") in folder.said("environment: {files: ['many/*']}\n")


def test_a_file_that_is_too_large_is_reported_at_the_glob_that_names_it(folder: Folder) -> None:
    with (folder.root / "large.bin").open("wb") as file:
        file.truncate(MAX_FILE_BYTES)
    assert folder.found_in("environment: {files: [data/a.csv, '*.bin']}\n") == []

    with (folder.root / "large.bin").open("ab") as file:
        file.write(b"x")
    body = "environment: {files: [data/a.csv, '*.bin']}\n"
    assert folder.found_in(body) == ["file-too-large 3:35"]
    assert "at most 50 MB" in folder.said(body)
