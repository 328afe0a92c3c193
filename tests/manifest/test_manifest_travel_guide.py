"""The sample of the design document, whole."""

from pathlib import Path

from manifest_folder import Folder

from asstctl.model.assistant import AssistantSpec, CodeInterpreter, FileSearch, Function
from asstctl.model.desired import DesiredFile, Lifecycle
from asstctl.model.diagnostics import Location
from asstctl.model.file import LocalFile
from asstctl.model.project import AssistantsTarget, LocalTarget, Safety, Secret
from asstctl.model.smoke import Expectation, ExpectationKind

TRAVEL_GUIDE: dict[str, str | bytes] = {
    "asstctl.yaml": """\
project: acme-travel
manifests: ["assistants/**/*.yaml"]
defaults: {model: gpt-4o-mini}
vars: {city: Lisbon}
target: local
targets:
  local: {api: local, path: .asstctl/account.db}
  prod:
    api: assistants
    base_url: https://api.example.com/v1
    api_key: ${env.ACME_KEY}
    vars: {city: Porto}
safety: {max_deletes: 0.25}
""",
    "assistants/travel.yaml": """\
kind: assistant
key: travel-guide
name: Guide to ${var.city} (${target.name})
model: gpt-4o
instructions: {file: prompts/travel.md}
tools:
  - type: code_interpreter
    files: [receipts/receipt.pdf]
  - type: file_search
    vector_store: travel-docs
    max_num_results: 8
  - type: function
    function: {name: get_weather, description: Now, parameters: {file: tools/weather.json}}
metadata: {team: support}
lifecycle: {protect: true, ignore_changes: [temperature]}
previously: [old-key]
overrides: {prod: {model: gpt-4.1}}
smoke:
  - name: splits the bill
    prompt: Split it.
    expect: {contains: "$331.31", max_seconds: 60}
---
kind: vector_store
key: travel-docs
files: ["docs/**/*.md"]
""",
    "prompts/travel.md": "You are a guide. ${var.city}\n",
    "receipts/receipt.pdf": b"%PDF-1.7",
    "docs/lisbon.md": "Lisbon\n",
    "docs/north/porto.md": "Porto\n",
    "tools/weather.json": '{"type": "object", "properties": {"city": {"type": "string"}}}',
}


def local(root: Path, path: str) -> LocalFile:
    return LocalFile(path, root / path, (root / path).stat().st_size)


def test_the_local_target_gets_what_the_manifests_say(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(TRAVEL_GUIDE)

    loaded = folder.load()

    assert [d.code for d in loaded.diagnostics] == ["reference-in-file"]  # in the prompt
    desired = loaded.desired
    assert desired is not None
    (assistant,) = desired.assistants
    assert assistant.spec == AssistantSpec(
        model="gpt-4o",
        name="Guide to Lisbon (local)",
        instructions="You are a guide. ${var.city}\n",
        tools=(
            CodeInterpreter(),
            FileSearch(max_num_results=8),
            Function(
                "get_weather",
                "Now",
                {"type": "object", "properties": {"city": {"type": "string"}}},
            ),
        ),
        vector_store="travel-docs",
        metadata={"team": "support"},
    )
    assert assistant.key == "travel-guide"
    assert assistant.code_files == (local(folder.root, "receipts/receipt.pdf"),)
    assert assistant.lifecycle == Lifecycle(protect=True, ignore_changes=("temperature",))
    assert assistant.previously == ("old-key",)
    assert assistant.location == Location("assistants/travel.yaml", 1, 1)
    (case,) = assistant.smoke
    assert case.name == "splits the bill"
    assert case.location == Location("assistants/travel.yaml", 19, 5)
    assert case.turns[0].expect == (
        Expectation(ExpectationKind.CONTAINS, "$331.31"),
        Expectation(ExpectationKind.MAX_SECONDS, 60),
    )
    (store,) = desired.stores
    assert store.key == "travel-docs"
    assert store.location == Location("assistants/travel.yaml", 23, 1)
    assert store.store_files == (
        DesiredFile(local(folder.root, "docs/lisbon.md")),
        DesiredFile(local(folder.root, "docs/north/porto.md")),
    )


def test_the_project_is_read_for_its_own_target(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(TRAVEL_GUIDE)

    project = folder.load().project

    assert project is not None
    assert project.name == "acme-travel"
    assert project.root == folder.root
    assert project.safety == Safety(0.25)
    assert project.target == LocalTarget(name="local", path=folder.root / ".asstctl/account.db")


def test_another_target_brings_its_variables_its_key_and_its_overrides(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(TRAVEL_GUIDE)
    folder.environ["ACME_KEY"] = "sk-verysecret"

    loaded = folder.load("prod")

    assert loaded.ok
    assert loaded.project is not None
    assert loaded.desired is not None
    assert loaded.project.target == AssistantsTarget(
        name="prod", base_url="https://api.example.com/v1", api_key=Secret("sk-verysecret")
    )
    spec = loaded.desired.assistants[0].spec
    assert (spec.model, spec.name) == ("gpt-4.1", "Guide to Porto (prod)")
