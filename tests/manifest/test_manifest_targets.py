"""Targets of the three APIs, their bundles, and what they lay over every assistant."""

from pathlib import Path
from typing import Any

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.model.dialect import Api
from asstctl.model.project import (
    AgentsTarget,
    CodeRunner,
    EmbeddingModel,
    LocalTarget,
    ResponsesTarget,
    Secret,
    Target,
    UpstreamModel,
    dialect_of,
    secrets_of,
)

OPENAI = "https://api.openai.com/v1"
HEAD = "project: a\ntarget: one\ntargets:\n"


def target(folder: Folder, text: str) -> Target:
    folder.write({"asstctl.yaml": f"{HEAD}  one: {text}\n", MANIFEST: ASSISTANT})
    loaded = folder.load()
    assert loaded.diagnostics == ()
    assert loaded.project is not None
    return loaded.project.target


def test_responses_and_agents_need_no_url(project_dir: Path) -> None:
    folder = Folder(project_dir)
    bundle = project_dir / "assistants.one.json"

    assert target(folder, "{api: responses}") == ResponsesTarget(
        name="one", base_url=OPENAI, bundle=bundle
    )
    assert target(folder, "{api: agents}") == AgentsTarget(name="one", base_url=OPENAI)


def test_the_local_account_may_have_models_and_run_code(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.environ = {"KEY": "k"}
    url = "https://x.example/deployments/big?api-version=1"
    found = target(
        folder,
        f"{{api: local, model: {{base_url: '{url}', names: {{gpt-4o: big}}, context: 8192}}, "
        "embeddings: {base_url: 'http://127.0.0.1:1/v1', name: small, api_key: '${env.KEY}'}, "
        "code_interpreter: {command: [python3, run.py], timeout: 5}}",
    )
    assert isinstance(found, LocalTarget)
    assert found.model == UpstreamModel(base_url=url, names={"gpt-4o": "big"}, context=8192)
    assert found.embeddings == EmbeddingModel(
        base_url="http://127.0.0.1:1/v1", name="small", api_key=Secret("k")
    )
    assert secrets_of(found) == {"k"}
    assert found.code_interpreter == CodeRunner(
        command=("python3", "run.py"), folder=project_dir, timeout=5.0
    )


def test_they_say_everything_that_a_server_can(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.environ = {"KEY": "k"}
    server = (
        "base_url: 'https://x.example', api_key: '${env.KEY}', api_version: v1, "
        "headers: {X-A: '${env.KEY}'}, parallelism: 2, timeout: 30"
    )
    said: dict[str, Any] = {
        "name": "one",
        "base_url": "https://x.example",
        "api_key": Secret("k"),
        "api_version": "v1",
        "headers": {"X-A": Secret("k")},
        "parallelism": 2,
        "timeout": 30.0,
    }

    assert target(folder, f"{{api: agents, {server}}}") == AgentsTarget(**said)
    assert target(
        folder, f"{{api: responses, {server}, bundle: 'deploy/${{target.name}}.json'}}"
    ) == ResponsesTarget(**said, bundle=project_dir / "deploy/one.json")


@pytest.mark.parametrize("api", Api)
def test_the_local_account_is_like_one_of_the_three(project_dir: Path, api: Api) -> None:
    folder = Folder(project_dir)
    found = target(folder, f"{{api: local, like: {api}}}")

    assert isinstance(found, LocalTarget)
    assert dialect_of(found).api is api
    responses = api is Api.RESPONSES
    assert found.bundle == (project_dir / "assistants.one.json" if responses else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{api: local, bundle: b.json}", "not-here asstctl.yaml:4:21"),
        ("{api: local, like: agents, bundle: b.json}", "not-here asstctl.yaml:4:35"),
        ("{api: local, like: chat}", "unknown-value asstctl.yaml:4:27"),
        ("{api: agents, bundle: b.json}", "unknown-field asstctl.yaml:4:22"),
        ("{api: responses, bundle: ../b.json}", "outside-project asstctl.yaml:4:33"),
        ("{api: responses, bundle: /b.json}", "outside-project asstctl.yaml:4:33"),
        ("{api: responses, bundle: out/b.json}", "outside-project asstctl.yaml:4:33"),
        ("{api: responses, bundle: ''}", "empty-value asstctl.yaml:4:33"),
        ("{api: responses, api_key: k}", "literal-secret asstctl.yaml:4:34"),
        ("{api: responses, overrides: {modle: m}}", "unknown-field asstctl.yaml:4:37"),
        ("{api: responses, overrides: {key: k}}", "not-here asstctl.yaml:4:37"),
        ("{api: responses, overrides: {model: '${var.m}'}}", "unknown-variable asstctl.yaml:4:44"),
    ],
)
def test_mistakes_have_a_place(
    project_dir: Path, tmp_path_factory: pytest.TempPathFactory, text: str, expected: str
) -> None:
    folder = Folder(project_dir)
    (project_dir / "out").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    folder.write({"asstctl.yaml": f"{HEAD}  one: {text}\n", MANIFEST: ASSISTANT})

    assert folder.problems() == [expected]


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("bundle: b.json", "bundle: ./x/../b.json", ["shared-bundle asstctl.yaml:5:33"]),
        ("bundle: b.json", "bundle: linked.json", ["shared-bundle asstctl.yaml:5:33"]),
        ("bundle: assistants.two.json", "timeout: 1", ["shared-bundle asstctl.yaml:5:3"]),
        ("bundle: b.json", "bundle: B.json", ["shared-bundle asstctl.yaml:5:33"]),
        ("bundle: b.json", "bundle: c.json", []),
        ("timeout: 1", "timeout: 1", []),
    ],
)
def test_two_targets_have_no_bundle_in_common(
    project_dir: Path, one: str, two: str, expected: list[str]
) -> None:
    folder = Folder(project_dir)
    (project_dir / "linked.json").symlink_to(project_dir / "b.json")
    text = f"  one: {{api: responses, {one}}}\n  two: {{api: responses, {two}}}\n"
    folder.write({"asstctl.yaml": HEAD + text, MANIFEST: ASSISTANT})

    assert folder.problems() == expected


# --- overrides for all assistants ---------------------------------------------------------------

LAYERS = (
    "project: a\ntarget: one\n"
    "defaults: {model: default, metadata: {a: default, b: default}, top_p: 0.5}\n"
    "targets:\n"
    "  one: {api: local}\n"
    "  two:\n"
    "    api: local\n"
    "    vars: {tier: fast}\n"
    "    overrides: {model: '${var.tier}', metadata: {a: target, c: target}, top_p: null}\n"
)


def test_they_lie_between_a_document_and_its_own_overrides(project_dir: Path) -> None:
    folder = Folder(project_dir)
    body = "metadata: {a: document}\noverrides: {two: {metadata: {c: own}}}\n"
    folder.write({"asstctl.yaml": LAYERS, MANIFEST: f"kind: assistant\nmodel: document\n{body}"})

    one, two = (folder.desired(name).assistants[0].spec for name in ("one", "two"))

    assert (one.model, one.top_p, one.metadata) == (
        "document",
        0.5,
        {"a": "document", "b": "default"},
    )
    assert (two.model, two.top_p, two.metadata) == (
        "fast",
        None,
        {"a": "target", "b": "default", "c": "own"},
    )


def test_they_are_no_business_of_a_store(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({"asstctl.yaml": LAYERS, MANIFEST: "kind: vector_store\nname: Docs\n"})

    assert folder.desired("two").stores[0].spec.metadata == {}


def test_a_mistake_is_shown_in_the_layer_that_it_is_in(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = LAYERS.replace("top_p: null", "tools: [{type: file_search, vector_store: no}]")
    folder.write({"asstctl.yaml": text, MANIFEST: "kind: assistant\n"})

    assert folder.problems() == ["unknown-vector-store asstctl.yaml:9:115"]


def test_a_target_that_is_not_in_use_is_checked_all_the_same(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = LAYERS.replace("top_p: null", "instructions: {file: none.md}")
    folder.write({"asstctl.yaml": text, MANIFEST: "kind: assistant\n"})

    assert folder.problems("one") == ["missing-file asstctl.yaml:9:94"]


def test_what_the_environment_gives_there_is_sensitive(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.environ = {"TEAM": "secret-team"}
    text = LAYERS.replace("c: target", "c: '${env.TEAM}'")
    folder.write({"asstctl.yaml": text, MANIFEST: "kind: assistant\n"})

    assert "secret-team" in folder.desired("two").sensitive.secrets
    assert folder.desired("one").sensitive.secrets == frozenset()


def test_a_hostile_name_is_told_in_signs_that_show(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {
            "asstctl.yaml": 'project: acme\ntargets: {"\\e[31m": {api: local}}\n',
            MANIFEST: ASSISTANT
            + "overrides: {prod: {model: n}}\nsmoke: [{prompt: x, targets: [y]}]\n",
        }
    )

    told = [diagnostic.detail for diagnostic in folder.load().diagnostics]

    assert "asstctl.yaml has \\u001b[31m." in told
    assert "\x1b" not in "".join(told)
