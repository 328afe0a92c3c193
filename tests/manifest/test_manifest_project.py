"""``asstctl.yaml``: targets, variables, secrets and where the manifests are."""

from pathlib import Path

import pytest
from manifest_folder import ASSISTANT, MANIFEST, Folder

from asstctl.errors import ExitCode
from asstctl.manifest.load import load, require
from asstctl.manifest.problems import ManifestError
from asstctl.model.assistant import AssistantSpec
from asstctl.model.project import AssistantsTarget, LocalTarget, Safety, Secret, UpstreamModel

TWO = "targets: {one: {api: local}, two: {api: local}}\n"
PROD = "targets:\n  prod:\n    api: assistants\n    base_url: https://x.example/v1\n"

MISTAKES = {
    "no name": ("target: local\n", ["missing-field asstctl.yaml:1:1"]),
    "name": ("project: Acme Travel\n", ["bad-name asstctl.yaml:1:10"]),
    "long name": (f"project: {'x' * 65}\n", ["bad-name asstctl.yaml:1:10"]),
    "number as name": ("project: 12\n", ["wrong-type asstctl.yaml:1:10"]),
    "field": ("project: a\nmanifest: x\n", ["unknown-field asstctl.yaml:2:1"]),
    "manifests": ("project: a\nmanifests: x\n", ["wrong-type asstctl.yaml:2:12"]),
    "glob": (
        "project: a\nmanifests: ['nothing/*.yaml', 'assistants/*']\n",
        ["no-match asstctl.yaml:2:13"],
    ),
    "glob that leaves": (
        "project: a\nmanifests: [../*.yaml]\n",
        ["outside-project asstctl.yaml:2:13"],
    ),
    "list": ("- project\n", ["not-a-mapping asstctl.yaml:1:1"]),
    "empty": ("", ["empty-document asstctl.yaml"]),
    "syntax": ("project: [\n", ["yaml-syntax asstctl.yaml:2:1"]),
    "two documents": ("project: a\n---\nproject: b\n", ["several-documents asstctl.yaml:3:1"]),
    "default": ("project: a\ndefaults: {temperature: 3}\n", ["out-of-range asstctl.yaml:2:25"]),
    "default key": ("project: a\ndefaults: {key: x}\n", ["not-here asstctl.yaml:2:12"]),
    "default's field": ("project: a\ndefaults: {modle: x}\n", ["unknown-field asstctl.yaml:2:12"]),
    "default inside": (
        "project: a\ndefaults: {metadata: {a: 1, b: x}}\n",
        ["wrong-type asstctl.yaml:2:26"],
    ),
    "deletes": ("project: a\nsafety: {max_deletes: 2}\n", ["out-of-range asstctl.yaml:2:23"]),
    "safety": ("project: a\nsafety: {max_delete: 0}\n", ["unknown-field asstctl.yaml:2:10"]),
    "variable": ("project: a\nvars: {a: [b]}\n", ["wrong-type asstctl.yaml:2:8"]),
    "variable's name": ("project: a\nvars: {'a b': c}\n", ["bad-name asstctl.yaml:2:8"]),
    "variable in a variable": (
        "project: a\nvars: {a: b, c: '${var.a}'}\n",
        ["bad-reference asstctl.yaml:2:17"],
    ),
    "unset in a variable": (
        "project: a\nvars: {a: '${env.NOPE}'}\n",
        ["unset-variable asstctl.yaml:2:11"],
    ),
    "target": ("project: a\ntarget: prod\n", ["unknown-target asstctl.yaml:2:9"]),
    "target's name": (
        "project: a\ntargets: {My Target: {api: local}}\n",
        ["bad-name asstctl.yaml:2:11"],
    ),
    "no choice": (f"project: a\n{TWO}", ["target-not-chosen asstctl.yaml:2:1"]),
    "api": ("project: a\ntargets: {x: {api: chat}}\n", ["unknown-value asstctl.yaml:2:20"]),
    "no api": ("project: a\ntargets: {x: {path: a.db}}\n", ["missing-field asstctl.yaml:2:11"]),
    "no url": (
        "project: a\ntargets: {x: {api: assistants}}\n",
        ["missing-field asstctl.yaml:2:11"],
    ),
    "field of the other api": (
        "project: a\ntargets: {x: {api: local, base_url: 'http://x'}}\n",
        ["unknown-field asstctl.yaml:2:27"],
    ),
    "path": (
        "project: a\ntargets: {x: {api: local, path: ../x.db}}\n",
        ["outside-project asstctl.yaml:2:33"],
    ),
    "absolute path": (
        "project: a\ntargets: {x: {api: local, path: /x.db}}\n",
        ["outside-project asstctl.yaml:2:33"],
    ),
    "parallelism": (f"project: a\n{PROD}    parallelism: 0\n", ["out-of-range asstctl.yaml:6:18"]),
    "timeout": (f"project: a\n{PROD}    timeout: 0\n", ["out-of-range asstctl.yaml:6:14"]),
    "literal key": (
        f"project: a\n{PROD}    api_key: hunter2\n",
        ["literal-secret asstctl.yaml:6:14"],
    ),
    "key in part": (
        f"project: a\n{PROD}    api_key: x${{env.KEY}}\n",
        ["literal-secret asstctl.yaml:6:14"],
    ),
    "key from a variable": (
        f"project: a\n{PROD}    api_key: ${{var.key}}\n",
        ["literal-secret asstctl.yaml:6:14"],
    ),
    "number as key": (f"project: a\n{PROD}    api_key: 42\n", ["literal-secret asstctl.yaml:6:14"]),
    "list as key": (f"project: a\n{PROD}    api_key: [a]\n", ["literal-secret asstctl.yaml:6:5"]),
    "unset key": (
        f"project: a\n{PROD}    api_key: ${{env.NOPE}}\n",
        ["unset-variable asstctl.yaml:6:14"],
    ),
    "empty key": (
        f"project: a\n{PROD}    api_key: ${{env.EMPTY}}\n",
        ["unset-variable asstctl.yaml:6:14"],
    ),
    "header": (
        f"project: a\n{PROD}    headers: {{X-A: b}}\n",
        ["literal-secret asstctl.yaml:6:20"],
    ),
    "header's name": (
        f"project: a\n{PROD}    headers: {{'X A': '${{env.KEY}}'}}\n",
        ["bad-name asstctl.yaml:6:15"],
    ),
    "upstream key": (
        "project: a\n"
        "targets: {x: {api: local, model: {base_url: 'http://x', name: m, api_key: k}}}\n",
        ["literal-secret asstctl.yaml:2:75"],
    ),
}
URLS = ["ftp://x", "x.example", "https://", "https://user:pw@x.example", "https://x.example?a=b",
        "https://x.example/#a", "https://[::1", "https://x:y", "https:// x", ""]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_have_a_place(project_dir: Path, text: str, expected: list[str]) -> None:
    folder = Folder(project_dir)
    folder.environ = {"KEY": "k", "EMPTY": " \n"}
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert folder.problems() == expected
    assert folder.load().desired is None


@pytest.mark.parametrize("url", URLS)
def test_a_base_url_names_a_host_and_nothing_secret(project_dir: Path, url: str) -> None:
    folder = Folder(project_dir)
    text = f"project: a\ntargets: {{x: {{api: assistants, base_url: '{url}'}}}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert folder.problems() == ["bad-url asstctl.yaml:2:42"]


def test_without_a_project_there_is_a_word_about_init(tmp_path: Path) -> None:
    loaded = load(tmp_path, environ={})

    (problem,) = loaded.diagnostics
    assert (problem.code, str(problem.location)) == ("no-project", "asstctl.yaml")
    assert problem.detail == (
        f"There is no asstctl.yaml in {tmp_path}, nor in any folder above it."
    )
    assert "asstctl init" in problem.fix
    assert (loaded.project, loaded.desired, loaded.ok) == (None, None, False)


def test_who_is_too_deep_inside_a_project_is_told_where_it_is(
    project_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Folder(project_dir)
    deep = project_dir / "prompts/de"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)

    (problem,) = load(Path(), environ={}).diagnostics
    (elsewhere,) = load(Path(".."), environ={}).diagnostics

    assert problem.detail == "There is no asstctl.yaml in the current folder."
    assert "There is one in ../..: run the command there" in problem.fix
    assert elsewhere.detail == f"There is no asstctl.yaml in {deep.parent}."
    assert f"There is one in {project_dir}: run" in elsewhere.fix


def test_a_project_file_with_the_other_ending_is_named(project_dir: Path) -> None:
    (project_dir / "asstctl.yml").write_text("project: acme\n")

    (problem,) = load(project_dir, environ={}).diagnostics

    assert "Rename asstctl.yml" in problem.fix


def test_so_is_one_that_is_a_link_to_nowhere(project_dir: Path) -> None:
    (project_dir / "asstctl.yaml").symlink_to("gone.yaml")

    (problem,) = load(project_dir, environ={}).diagnostics

    assert "is a symbolic link" in problem.detail


def test_a_folder_that_is_not_there_is_no_project(tmp_path: Path) -> None:
    loaded = load(tmp_path / "nowhere", environ={})

    assert [problem.code for problem in loaded.diagnostics] == ["no-project"]


def test_a_folder_in_the_projects_place_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "asstctl.yaml").mkdir()

    loaded = load(tmp_path, environ={})

    assert [problem.code for problem in loaded.diagnostics] == ["not-a-file"]


def test_a_project_without_manifests_still_has_its_target(project_dir: Path) -> None:
    loaded = Folder(project_dir).load()

    assert [problem.code for problem in loaded.diagnostics] == ["empty-project"]
    assert loaded.project is not None
    assert loaded.desired is None


def test_broken_manifests_leave_the_project_readable(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.found_in("foo: 1\n")

    loaded = folder.load()

    assert loaded.project is not None
    assert loaded.desired is None
    with pytest.raises(ManifestError) as raised:
        require(loaded)
    assert raised.value.what == "1 error in 1 file"
    assert raised.value.exit_code is ExitCode.ERROR
    assert raised.value.diagnostics == loaded.diagnostics


def test_a_sound_project_is_handed_over(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.found_in("")

    project, desired = require(folder.load())

    assert project.name == desired.project == "acme"


def test_the_project_file_and_its_hidden_neighbours_are_no_manifests(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {
            "asstctl.yaml": "project: a\nmanifests: ['**/*.yaml', '*.yaml']\n",
            "a.yaml": ASSISTANT,
            "deep/b.yaml": ASSISTANT,
            ".github/workflow.yaml": "on: push\n",
            ".asstctl/x.yaml": "x: 1\n",
        }
    )

    assert [assistant.key for assistant in folder.desired().assistants] == ["a", "b"]


# --- targets ------------------------------------------------------------------------------------


def test_without_targets_there_is_the_local_account(project_dir: Path) -> None:
    project = Folder(project_dir).load().project

    assert project is not None
    assert project.safety == Safety(0.5)
    assert project.target == LocalTarget(name="local", path=project_dir / ".asstctl/account.db")


@pytest.mark.parametrize(
    ("text", "asked", "chosen"),
    [
        ("targets: {only: {api: local}}\n", None, "only"),
        (f"{TWO}target: two\n", None, "two"),
        (f"{TWO}target: two\n", "one", "one"),
        (TWO, "one", "one"),
        (f"{TWO}target: '${{env.TARGET}}'\n", None, "two"),
    ],
)
def test_a_target_is_chosen(project_dir: Path, text: str, asked: str | None, chosen: str) -> None:
    folder = Folder(project_dir)
    folder.environ["TARGET"] = "two"
    folder.write({"asstctl.yaml": f"project: a\n{text}", MANIFEST: ASSISTANT})

    project = folder.load(asked).project

    assert project is not None
    assert project.target.name == chosen


def test_an_unknown_target_is_answered_with_those_there_are(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({"asstctl.yaml": f"project: a\n{TWO}", MANIFEST: ASSISTANT})

    (problem,) = folder.load("tow").diagnostics

    assert (problem.code, str(problem.location)) == ("unknown-target", "asstctl.yaml:2:1")
    assert problem.detail == "The project has one, two."
    assert problem.fix == 'Did you mean "two"?'


def test_a_target_says_everything(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.environ = {"KEY": "secret\n", "TOKEN": "t", "HOST": "x.example"}
    text = (
        "project: a\n"
        "targets:\n"
        "  azure: {api: assistants, base_url: 'https://${env.HOST}', api_key: '${env.KEY}',\n"
        "    api_version: 2025-04-01-preview, headers: {X-Team: '${env.TOKEN}'},\n"
        "    parallelism: 2, timeout: 30}\n"
        "  local: {api: local, path: 'state/${target.name}.db',\n"
        "    model: {base_url: 'http://localhost:8080/v1', name: m, api_key: '${env.KEY}'}}\n"
    )
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    azure, local = folder.load("azure").project, folder.load("local").project

    assert azure is not None
    assert azure.target == AssistantsTarget(
        name="azure",
        base_url="https://x.example",
        api_key=Secret("secret"),
        api_version="2025-04-01-preview",
        headers={"X-Team": Secret("t")},
        parallelism=2,
        timeout=30.0,
    )
    assert local is not None
    assert local.target == LocalTarget(
        name="local",
        path=folder.root / "state/local.db",
        model=UpstreamModel(
            base_url="http://localhost:8080/v1", name="m", api_key=Secret("secret")
        ),
    )


def test_what_only_another_target_needs_may_be_unset(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = (
        "project: a\ntarget: local\nvars: {region: here}\ntargets:\n  local: {api: local}\n"
        "  prod: {api: assistants, base_url: 'https://${env.HOST}/v1', api_key: '${env.KEY}',\n"
        "    vars: {region: '${env.REGION}'}}\n"
    )
    body = "name: ${var.region}\noverrides: {prod: {name: '${var.region} ${env.SUFFIX}'}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT + body})

    assert folder.desired().assistants[0].spec.name == "here"
    assert folder.problems("prod") == [
        "unset-variable assistants/a.yaml:4:26",
        "unset-variable asstctl.yaml:6:37",
        "unset-variable asstctl.yaml:6:72",
        "unset-variable asstctl.yaml:7:20",
    ]


def test_mistakes_in_other_targets_are_found_too(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = (
        "project: a\ntarget: local\ntargets:\n  local: {api: local}\n"
        "  prod: {api: assistants, base_url: 'https://u:p@x/v1', api_key: literal}\n"
    )
    folder.write({"asstctl.yaml": text, MANIFEST: ASSISTANT})

    assert folder.problems() == ["bad-url asstctl.yaml:5:37", "literal-secret asstctl.yaml:5:66"]


# --- references ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${var.city}", "Lisbon"),
        ("in ${var.city}, ${target.name}", "in Lisbon, local"),
        ("${ var.city }", "Lisbon"),
        ("${env.SEASON}", "spring"),
        ("${var.count} ${var.share} ${var.open}", "3 0.5 true"),
        ("${var.mine}", "spring days"),
        ("$${var.city}", "${var.city}"),
        ("$$${var.city}", "$${var.city}"),
        ("$5 and $ and $x", "$5 and $ and $x"),
        ("{var.city}", "{var.city}"),
    ],
)
def test_references_are_replaced(project_dir: Path, text: str, value: str) -> None:
    folder = Folder(project_dir)
    folder.environ = {"SEASON": "spring"}
    variables = "{city: Lisbon, count: 3, share: 0.5, open: true, mine: '${env.SEASON} days'}"
    folder.write(
        {
            "asstctl.yaml": f"project: a\nvars: {variables}\n",
            MANIFEST: f"{ASSISTANT}name: '{text}'\nmetadata: {{'${{var.city}}': x}}\n",
        }
    )

    spec = folder.desired().assistants[0].spec

    assert spec.name == value
    assert spec.metadata == {"${var.city}": "x"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("${var.nope}", "unknown-variable"),
        ("${env.NOPE}", "unset-variable"),
        ("${city}", "bad-reference"),
        ("${var.}", "bad-reference"),
        ("${env.A-B}", "bad-reference"),
        ("${target.api}", "bad-reference"),
        ("${}", "bad-reference"),
        ("${var.city", "bad-reference"),
    ],
)
def test_references_that_lead_nowhere_have_a_place(project_dir: Path, text: str, code: str) -> None:
    assert Folder(project_dir).found_in(f"name: x {text}\n") == [f"{code} 3:7"]


def test_a_misspelt_variable_is_corrected(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write({"asstctl.yaml": "project: a\nvars: {city: x}\n"})
    folder.found_in("name: ${var.ctiy}\n")

    (problem,) = folder.load().diagnostics

    assert problem.fix == 'Did you mean "city"?'


def test_replaced_text_is_checked(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.environ = {"EFFORT": "low", "KEY": "Not A Key"}

    assert folder.found_in("reasoning_effort: ${env.EFFORT}\n") == []
    assert folder.found_in("key: ${env.KEY}\n") == ["bad-key 3:6"]


def test_defaults_may_refer_to_the_target(project_dir: Path) -> None:
    folder = Folder(project_dir)
    folder.write(
        {
            "asstctl.yaml": "project: a\ndefaults: {metadata: {target: '${target.name}'}}\n",
            MANIFEST: ASSISTANT,
        }
    )

    assert folder.desired().assistants[0].spec.metadata == {"target": "local"}


# --- defaults and overrides ---------------------------------------------------------------------


def spec_of(folder: Folder, defaults: str, body: str, target: str | None = None) -> AssistantSpec:
    text = f"project: a\ntarget: one\n{TWO}defaults: {defaults}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: f"kind: assistant\n{body}"})
    return folder.desired(target).assistants[0].spec


def test_defaults_lie_under_every_assistant(project_dir: Path) -> None:
    spec = spec_of(
        Folder(project_dir),
        "{model: m, temperature: 1, metadata: {a: x, b: y}, tools: [{type: code_interpreter}]}",
        "temperature: 0.5\nmetadata: {b: z, c: w}\ntools: []\n",
    )

    assert (spec.model, spec.temperature, spec.tools) == ("m", 0.5, ())
    assert spec.metadata == {"a": "x", "b": "z", "c": "w"}


def test_null_takes_a_default_away(project_dir: Path) -> None:
    spec = spec_of(
        Folder(project_dir),
        "{model: m, temperature: 1, metadata: {a: x, b: y}}",
        "temperature: null\nmetadata: {a: null}\n",
    )

    assert (spec.temperature, spec.metadata) == (None, {"b": "y"})


def test_overrides_lie_over_the_document_for_their_target_alone(project_dir: Path) -> None:
    folder = Folder(project_dir)
    body = (
        "model: m\ntemperature: 0.5\ninstructions: {file: p.md}\nmetadata: {a: x, b: y}\n"
        "response_format: {type: json_schema, json_schema: {name: n}}\n"
        "overrides:\n  two: {model: n, temperature: null, instructions: Text, metadata: {b: z},\n"
        "    response_format: {type: text}}\n"
    )
    folder.write({"p.md": "From a file."})

    one = spec_of(folder, "{}", body)
    two = spec_of(folder, "{}", body, "two")

    assert (one.model, one.temperature, one.instructions) == ("m", 0.5, "From a file.")
    assert (two.model, two.temperature, two.instructions) == ("n", None, "Text")
    assert two.metadata == {"a": "x", "b": "z"}
    assert two.response_format == {"type": "text"}


def test_a_mistake_is_shown_in_the_layer_that_it_is_in(project_dir: Path) -> None:
    folder = Folder(project_dir)
    pairs = ", ".join(f"d{i}: ''" for i in range(5))
    text = f"project: a\ntarget: one\n{TWO}defaults: {{metadata: {{{pairs}}}}}\n"
    folder.write({"asstctl.yaml": text})
    folder.found_in(
        "metadata: {a: '', b: '', c: ''}\n"
        "tools: [{type: file_search, vector_store: nope}]\n"
        "overrides:\n  two: {tools: [{type: code_interpreter, files: [none.md]}]}\n"
    )

    assert folder.problems() == [
        "too-many assistants/a.yaml:3:1",
        "unknown-vector-store assistants/a.yaml:4:43",
        "missing-file assistants/a.yaml:6:50",
    ]


def test_overrides_of_a_store(project_dir: Path) -> None:
    folder = Folder(project_dir)
    text = f"project: a\ntarget: one\n{TWO}"
    body = "kind: vector_store\nname: A\noverrides: {two: {name: B, kind: vector_store}}\n"
    folder.write({"asstctl.yaml": text, MANIFEST: body})

    assert folder.problems("two") == ["not-here assistants/a.yaml:3:28"]

    folder.write({MANIFEST: body.replace(", kind: vector_store", "")})
    assert folder.desired("two").stores[0].spec.name == "B"
