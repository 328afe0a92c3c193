"""What came from the environment is seen by the account, and by nobody who reads an output."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asstctl.model.sensitive import spellings
from real_command import run_in_process

if TYPE_CHECKING:
    from cli.conftest import Project

PROJECT = """\
project: demo
vars: {who: "team ${env.ONE}"}
targets: {local: {api: local}}
"""
ASSISTANT = """\
kind: assistant
name: "Desk ${env.ONE}"
model: gpt-4o
description: "${var.who}, ${env.OTHER}"
instructions: |
  Be brief.
  The code is ${env.ONE}, and then ${env.OTHER}.
metadata: {own: "${env.ONE}", both: "${env.OTHER}${env.ONE}", plain: text}
tools:
  - {type: file_search, vector_store: store}
  - type: function
    function:
      name: lookup
      description: "long enough to be cut somewhere in a line of a terminal: pw ${env.OTHER}"
      parameters: {type: object, properties: {a: {type: string, enum: ["${env.ONE}", b]}}}
response_format: {type: json_schema, json_schema: {name: n, schema: {const: "${env.OTHER}"}}}
smoke:
  - name: "case ${env.ONE}"
    prompt: "What is ${env.ONE}? Call lookup."
    functions: {lookup: {output: "${env.OTHER}"}}
    expect: {contains: ["${env.OTHER}", text], equals: "${env.ONE}"}
"""
STORE = 'kind: vector_store\nname: "Store ${env.OTHER}"\n'
OUTPUTS = (
    ("plan", "--report=plan.md", "--report=plan.json", "--out=saved.json"),
    ("plan", "--format=json"),
    ("plan", "--format=markdown"),
    ("plan", "--format=markdown", "--max-bytes=1000"),
    ("graph",),
    ("apply", "saved.json", "--auto-approve", "--report=apply.json", "-vv"),
    ("plan", "-vv"),
    ("status", "--format=json"),
    ("status",),
    ("smoke", "--stream", "--report=smoke.xml", "--report=smoke.json", "--report=smoke.html", "-v"),
    ("validate", "--format=json"),
    ("destroy", "--auto-approve"),
)
# Not the separators that end a line or a paragraph: such a secret is several.
secrets = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], codec="utf-8")
    | st.sampled_from(list("\"'\\`*_<>&|#[]{}()$%+/= -~")),
    min_size=1,
    max_size=16,
).filter(lambda text: text == text.strip())
telling = secrets.filter(lambda text: len(text) >= 8 and not re.search(r"[a-z ]{4}|\*", text))


class Outputs:
    """A project in a folder of its own, and all that was ever shown of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: dict[str, str] = {}
        for path, text in {
            "asstctl.yaml": PROJECT,
            "assistants/a.yaml": ASSISTANT,
            "assistants/store.yaml": STORE,
        }.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")

    def run(self, *arguments: str, environ: Mapping[str, str]) -> None:
        ran = run_in_process(arguments, cwd=self.folder, home=self.folder, extra=environ)
        assert "a bug" not in ran.stderr
        for file in self.folder.glob("[!.]*.[!y]*"):
            self.seen[f"{arguments} {file.name}"] = file.read_text(encoding="utf-8")
        self.seen[f"{arguments}"] = f"{ran.returncode}\n{ran.stdout}\n{ran.stderr}"


def shown(*steps: tuple[tuple[str, ...], Mapping[str, str]]) -> dict[str, str]:
    """Everything that these commands show, each with its environment."""
    with TemporaryDirectory() as folder:
        outputs = Outputs(Path(folder))
        for arguments, environ in steps:
            outputs.run(*arguments, environ=environ)
        return outputs.seen


def without_what_differs(seen: Mapping[str, str]) -> dict[str, str]:
    """Outputs without ids and digests, which differ from account to account."""
    random = re.compile(r"(asst_|vs_)\w+…?|\"[0-9a-f]{64}\"|[0-9a-f]{64}|\b\d+\.\d s")
    return {name: random.sub("…", text) for name, text in seen.items()}


PLANS = (OUTPUTS[0], OUTPUTS[1], OUTPUTS[3], OUTPUTS[4], ("validate",))


@settings(max_examples=4)
@given(st.lists(secrets, min_size=4, max_size=4, unique=True))
def test_nothing_that_a_plan_shows_depends_on_the_secrets(found: list[str]) -> None:
    """So not one character of them is shown, however short they are, and rotated or not."""

    def plans(one: str, other: str, old: str, older: str) -> dict[str, str]:
        before, now = {"ONE": old, "OTHER": older}, {"ONE": one, "OTHER": other}
        first = [(arguments, before) for arguments in PLANS]
        apply = (("apply", "--auto-approve"), before)
        return without_what_differs(shown(*first, apply, *((words, now) for words in PLANS)))

    assert plans(*found) == plans("Rot4ted!", "s3cond, too", "f1rst-One", "#2#2")


@settings(max_examples=3)
@given(telling, telling)
def test_a_secret_is_in_no_output_in_no_spelling(one: str, other: str) -> None:
    environ = {"ONE": one, "OTHER": other}

    seen = shown(*((arguments, environ) for arguments in OUTPUTS))

    assert "2 done" in seen[str(OUTPUTS[5])]
    for name, text in seen.items():
        for spelling in spellings(one) | spellings(other):
            assert spelling not in text, name


def test_a_masked_plan_is_applied_as_it_was_meant(
    project: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "s3cret-Value")
    project.write("assistants/guide.yaml", "kind: assistant\nmodel: m\nname: G ${env.SECRET}\n")
    saved = str(project.root / "saved.json")
    assert project.run("plan", "--out", saved).code == 0

    monkeypatch.setenv("SECRET", "rotated-Value")
    stale = project.run("apply", saved, "--auto-approve")
    assert (stale.code, "stale-plan" in stale.err) == (5, True)
    monkeypatch.setenv("SECRET", "s3cret-Value")
    project.apply(saved)

    assert list(project.assistants()) == ["G s3cret-Value"]
    assert "No changes" in project.run("plan").out


def test_an_edit_elsewhere_shows_neither_the_old_nor_the_new_secret(
    project: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "s3cret-Value")
    project.write(
        "assistants/guide.yaml",
        "kind: assistant\nmodel: m\nname: G\ndescription: pw ${env.SECRET}\n",
    )
    project.apply()
    project.edit("G", description="pw 0lder-Value")

    drifted = project.run("plan")
    monkeypatch.setenv("SECRET", "rotated-Value")
    conflict = project.run("plan")
    document = project.run("plan", "--format", "json")

    assert "pw *** → ***" in drifted.out.replace('"', "")
    assert "changed here and in the account" in conflict.out
    (drift,) = json.loads(document.out)["changes"][0]["drift"]
    assert (drift["actual"], drift["desired"], drift["base"]) == ("***", "pw ***", "***")
    for text in (drifted.out, conflict.out, document.out):
        assert "-Value" not in text


def test_addresses_keys_and_ids_are_never_masked(
    project: "Project", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header may be the project's own name; then nothing would be found again."""
    monkeypatch.setenv("TEAM", "travel-guide")
    project.write(
        "asstctl.yaml",
        "project: travel-guide\ntargets:\n  local: {api: local, model: {base_url: 'http://x',\n"
        "    name: m, api_key: '${env.TEAM}'}}\n",
    )
    project.remove("assistants/guide.yaml")
    project.write(
        "assistants/travel-guide.yaml",
        "kind: assistant\nmodel: m\ninstructions: You are the travel-guide.\n"
        "tools: [{type: file_search, files: [docs/travel-guide.md]}]\n",
    )
    project.write("docs/travel-guide.md", "Lisbon.\n")
    saved = str(project.root / "saved.json")

    planned = project.run("plan", "--out", saved)
    project.apply(saved)
    status = json.loads(project.run("status", "--format", "json").out)

    assert "asstctl plan · travel-guide → local" in planned.out
    assert "+ assistant.travel-guide" in planned.out
    assert "docs/travel-guide.md" in planned.out
    assert 'instructions  "You are the ***."' in planned.out
    assert status["project"] == "travel-guide"
    addresses = {resource["address"] for resource in status["resources"]}
    assert addresses == {"assistant.travel-guide", "vector_store.travel-guide"}
