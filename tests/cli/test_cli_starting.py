"""Getting in: a project in an empty folder or an old repository, one more manifest, schemas."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from asstctl.cli.boundary import run
from asstctl.manifest.schema.schemas import OF_MANIFESTS
from asstctl.manifest.schema.written import schema_text
from asstctl.text.version import installed_version
from cli.conftest import Project

Asstctl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def asstctl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Asstctl:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["-C", str(tmp_path), *arguments])
        return code, *capsys.readouterr()

    return call


def files_in(folder: Path) -> set[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path for path in found if not path.startswith(".asstctl/")}


def test_init_joins_a_repository_and_only_appends_to_its_gitignore(
    tmp_path: Path, asstctl: Asstctl
) -> None:
    (tmp_path / ".gitignore").write_bytes(b"node_modules\nplan.json")
    (tmp_path / "README.md").write_text("mine")

    code, out, _ = asstctl("init")

    assert (code, "assistants/travel-guide.yaml" in out) == (0, True)
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["node_modules", "plan.json"]
    assert lines.count("plan.json") == 1
    assert {".asstctl/", "apply.json", "smoke.xml"} <= set(lines)
    assert (tmp_path / "README.md").read_text() == "mine"


def test_init_touches_a_gitignore_that_says_it_all_not_at_all(
    tmp_path: Path, asstctl: Asstctl
) -> None:
    text = b"apply.json\r\nplan.json\r\nplan.md\r\nsmoke.xml\r\n.asstctl/\r\n"
    (tmp_path / ".gitignore").write_bytes(text)

    assert asstctl("init", "--bare")[0] == 0

    assert (tmp_path / ".gitignore").read_bytes() == text


def test_init_overwrites_nothing_and_writes_nothing_then(tmp_path: Path, asstctl: Asstctl) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/travel.md").write_text("mine")

    code, _, err = asstctl("init")

    assert (code, "travel.md exists already" in err) == (1, True)
    assert files_in(tmp_path) == {"prompts/travel.md"}


def test_what_init_says_to_do_next_can_be_pasted(tmp_path: Path, asstctl: Asstctl) -> None:
    code, out, _ = asstctl("init", "--bare", "my project")

    assert (code, f"  cd '{tmp_path}/my project'\n" in out) == (0, True), out


@pytest.mark.parametrize("folder", [("taken", "travel", "guide"), ()], ids=["above", "inside"])
def test_init_says_where_it_may_not_write(
    tmp_path: Path, asstctl: Asstctl, folder: tuple[str, ...]
) -> None:
    """Which error a file has where a folder should be differs from system to system."""
    taken = tmp_path / ("taken" if folder else "assistants")
    taken.write_text("a file, no folder")

    code, _, err = asstctl("init", str(tmp_path.joinpath(*folder)))

    assert (code, "a bug in asstctl" in err) == (1, False)
    assert err.startswith(f"error: {taken}")


@pytest.mark.parametrize("api", ["local", "assistants", "responses", "agents"])
@pytest.mark.parametrize("bare", [[], ["--bare"]], ids=["whole", "bare"])
def test_what_init_writes_works_offline_and_is_right_for_its_target(
    tmp_path: Path,
    asstctl: Asstctl,
    monkeypatch: pytest.MonkeyPatch,
    api: str,
    bare: list[str],
) -> None:
    monkeypatch.setenv("ASSTCTL_TARGET", "local")

    code, out, err = asstctl("init", "--target", api, *bare)

    assert (code, err) == (0, "")
    assert (f"asstctl -t {api} doctor" in out) == (api != "local")
    assert asstctl("validate", "--all-targets", "--allow-unset")[0] == 0
    assert asstctl("apply", "--auto-approve")[0] == 0
    assert asstctl("plan", "--detailed-exitcode")[0] == 0
    targets = yaml.safe_load((tmp_path / "asstctl.yaml").read_text())["targets"]
    assert targets[api]["api"] == api
    assert len(files_in(tmp_path)) <= (4 if bare or api == "agents" else 6)


def test_a_bare_project_passes_its_own_test(asstctl: Asstctl) -> None:
    asstctl("init", "--bare", "--target", "responses")
    asstctl("apply", "--auto-approve")

    code, out, _ = asstctl("smoke")

    assert (code, "1 passed" in out) == (0, True)


def test_the_variable_that_names_a_target_is_not_for_init(
    tmp_path: Path, asstctl: Asstctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSTCTL_TARGET", "prod")

    assert asstctl("init")[0] == 0
    assert asstctl("init", "--target", "prod", "x")[::2] == (
        1,
        "error: there is no API 'prod' [usage]\n"
        "  Choose one of: local, assistants, responses, agents.\n",
    )


def test_new_adds_what_validates(project: Project) -> None:
    assert project.run("new", "assistant", "support").out == "  assistants/support.yaml\n"
    store = project.run("new", "vector_store", "support")
    environment = project.run("new", "environment", "support")

    assert store.out == "  assistants/vector-stores/support.yaml\n"
    assert environment.out == "  assistants/environments/support.yaml\n"
    assert "2 assistants, 1 vector store" in project.run("validate").out


@pytest.mark.parametrize(
    ("globs", "path"),
    [
        ('["bots/*.yml"]', "bots/support.yml"),
        ('["*.yaml"]', "support.yaml"),
        ('["teams/**/bots/*.yaml", "teams/*.yaml"]', "teams/support.yaml"),
    ],
)
def test_new_writes_where_the_project_looks(project: Project, globs: str, path: str) -> None:
    project.write("asstctl.yaml", f"project: demo\nmanifests: {globs}\n")

    assert project.run("new", "assistant", "support").out == f"  {path}\n"
    validated = project.run("validate").out
    assert "no-match" in validated or validated.startswith("valid: 1 assistant")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["assistant", "Über"], "'Über' is no key"),
        (["assistant", "../x"], "'../x' is no key"),
        (["assistant", "old"], "assistant.old is there already"),
        (["assistant", "other"], "assistants/other.yaml exists already"),
        (["robot", "x"], "KIND cannot be 'robot'"),
    ],
)
def test_new_says_why_not(project: Project, arguments: list[str], said: str) -> None:
    project.write("assistants/other.yaml", "kind: assistant\nkey: old\nmodel: gpt-4o\n")
    before = files_in(project.root)

    ran = project.run("new", *arguments)

    assert (ran.code, said in ran.err) == (1, True), ran.err
    assert files_in(project.root) == before


def test_new_leaves_no_file_that_nobody_would_read(project: Project) -> None:
    project.write("asstctl.yaml", "project: demo\nmanifests: [bots/*/x.yaml]\n")
    before = files_in(project.root)

    ran = project.run("new", "assistant", "support")

    assert "no glob of `manifests` would find bots/support.yaml" in ran.err
    assert files_in(project.root) == before


TWO = """\
# A word of ours.
kind: assistant
key: one
model: gpt-4o
instructions: |
  text

  --- not a document
---
kind: vector_store
key: two
"""


def test_schemas_are_written_and_every_document_leads_to_them(project: Project) -> None:
    project.write("assistants/deep/two.yaml", TWO.replace("\n", "\r\n"))

    ran = project.run("schema", "--write")

    assert (ran.code, "assistants/deep/two.yaml" in ran.out) == (0, True)
    for name in OF_MANIFESTS:
        written = project.root / f".schemas/{name}.schema.json"
        assert written.read_text(encoding="utf-8") == schema_text(name)
    comment = "# yaml-language-server: $schema=../../.schemas/manifest.schema.json\n"
    headed = comment + TWO.replace("---\nkind", f"---\n{comment}kind")
    text = (project.root / "assistants/deep/two.yaml").read_bytes().decode()
    assert text == headed.replace("\n", "\r\n")
    first = (project.root / "asstctl.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=.schemas/project.schema.json"
    assert project.run("validate").code == 0

    again = project.run("schema", "--write")
    assert (again.out, "there already" in again.err) == ("", True)


def test_the_file_of_prices_leads_to_its_schema(project: Project) -> None:
    prices = "currency: EUR\nmodels: {gpt-4o: {input: 2.5, output: 10}}\n"
    project.write("tools/prices.yaml", prices)
    text = (project.root / "asstctl.yaml").read_text()
    project.write("asstctl.yaml", f"{text}prices: tools/prices.yaml\n")

    ran = project.run("schema", "--write")

    comment = "# yaml-language-server: $schema=../.schemas/prices.schema.json\n"
    assert (ran.code, "tools/prices.yaml" in ran.out) == (0, True)
    assert (project.root / "tools/prices.yaml").read_text() == comment + prices
    assert project.run("validate").code == 0


def test_new_files_lead_where_the_project_does(project: Project) -> None:
    project.run("new", "assistant", "before")
    project.run("schema", "--write", "tools/schemas")
    project.run("new", "assistant", "after")

    lines = [
        (project.root / f"assistants/{name}.yaml").read_text().splitlines()[0]
        for name in ("before", "after")
    ]

    local = "# yaml-language-server: $schema=../tools/schemas/manifest.schema.json"
    assert lines == [local, local]


def test_headers_name_the_version_that_is_installed(project: Project) -> None:
    project.run("new", "assistant", "support")

    first = (project.root / "assistants/support.yaml").read_text().splitlines()[0]

    assert first.endswith(f"/asstctl/v{installed_version()}/schemas/manifest.schema.json")


def test_schemas_stay_in_the_project(project: Project) -> None:
    ran = project.run("schema", "--write", "../elsewhere")

    assert (ran.code, "leads out of the project" in ran.err) == (1, True)
    assert not (project.root.parent / "elsewhere").exists()


@pytest.mark.parametrize("text", TWO.split("\n---\n"))
def test_the_schema_of_manifests_checks_documents_of_either_kind(text: str) -> None:
    schema = json.loads(schema_text("manifest"))
    document = yaml.safe_load(text)

    jsonschema.validate(document, schema)
    for wrong in (document | {"kay": 1}, {**document, "kind": "robot"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
