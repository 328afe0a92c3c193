"""``accept``: edits of the account go into manifests, and nothing else of these changes."""

from collections.abc import Mapping
from typing import Any

import openai
import pytest

from .conftest import Project

GUIDE = """\
# Who wrote this: the travel team.
kind: assistant
name: Guide   # shown to people
model: gpt-4o
instructions: |
  Be brief.

  # Not a comment.
description: "Helps: travellers"
temperature: 0.2 # cool
metadata:
  team: support  # ask them

  # The floor.
  floor: "3"

tools:
  - type: function
    function: {name: get_weather, description: The weather., parameters: {type: object}}
  - type: file_search
    max_num_results: 8
    files: [a.md]
"""


def guide(project: Project, text: str = GUIDE) -> None:
    """A project of one assistant, applied."""
    project.write("a.md", "Lisbon is in Portugal.\n")
    project.write("assistants/guide.yaml", text)
    project.apply()


def edit(project: Project, **fields: Any) -> None:
    """Edit the assistant in the account."""

    async def work(client: openai.AsyncOpenAI) -> None:
        (found,) = (await client.beta.assistants.list()).data
        if "metadata" in fields:
            fields["metadata"] = {
                name: value
                for name, value in {**(found.metadata or {}), **fields["metadata"]}.items()
                if value is not None
            }
        await client.beta.assistants.update(found.id, **fields)

    project.account(work)


def text_of(project: Project, path: str = "assistants/guide.yaml") -> str:
    return (project.root / path).read_bytes().decode()


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"name": "Guide of Europe"}, {"name: Guide ": "name: Guide of Europe "}),
        ({"name": "yes: no"}, {"name: Guide ": 'name: "yes: no" '}),
        ({"temperature": 0.5}, {"temperature: 0.2 #": "temperature: 0.5 #"}),
        ({"temperature": 1.0}, {"temperature: 0.2 #": "temperature: null #"}),
        ({"model": "gpt-4.1"}, {"model: gpt-4o\n": "model: gpt-4.1\n"}),
        (
            {"instructions": "Be long.\n\nVery.\n"},
            {"  Be brief.\n\n  # Not a comment.\n": "  Be long.\n\n  Very.\n"},
        ),
        ({"instructions": "Costs ${var.x}."}, {"|\n  Be brief.\n\n  # Not a comment.\n": None}),
        ({"top_p": 0.5}, {"model: gpt-4o\n": "model: gpt-4o\ntop_p: 0.5\n"}),
        ({"description": "New"}, {'description: "Helps: travellers"': "description: New"}),
        ({"description": ""}, {'description: "Helps: travellers"': "description: null"}),
        ({"metadata": {"team": "sales"}}, {"team: support  # ask": "team: sales  # ask"}),
        ({"metadata": {"floor": None}}, {'  floor: "3"\n': ""}),
        ({"metadata": {"new": "1.0"}}, {'floor: "3"\n': 'floor: "3"\n  new: "1.0"\n'}),
        (
            {"response_format": {"type": "json_object"}},
            {"model: gpt-4o\n": "model: gpt-4o\nresponse_format: {type: json_object}\n"},
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, Mapping) else None,
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["unix", "windows"])
def test_an_edit_is_written_where_the_field_stands(
    project: Project, fields: dict[str, Any], changes: dict[str, str | None], ends: str
) -> None:
    guide(project, GUIDE.replace("\n", ends))
    before = text_of(project)
    edit(project, **fields)
    assert project.run("plan").out.count("changed outside"), "there is drift"

    ran = project.run("accept", "assistant.guide")

    assert (ran.code, "1 field taken over in 1 file" in ran.out) == (0, True), ran
    for old, new in changes.items():
        if new is not None:
            assert text_of(project) == before.replace(
                old.replace("\n", ends), new.replace("\n", ends), 1
            )
    after = project.run("plan")
    assert "changed outside" not in after.out
    project.apply()
    assert "No changes" in project.run("plan").out


def test_a_prompt_file_is_written_anew(project: Project) -> None:
    project.write("prompts/guide.md", "Be brief.\n")
    guide(project, "kind: assistant\nmodel: m\ninstructions: {file: prompts/guide.md}\n")
    edit(project, instructions="Be ${brief}.\n\nThanks.")

    ran = project.run("accept", "assistant.*")

    assert ran.code == 0, ran
    assert text_of(project, "prompts/guide.md") == "Be ${brief}.\n\nThanks."
    assert "+Thanks." in ran.out
    assert "changed outside" not in project.run("plan").out


def test_a_default_that_others_use_is_overridden_in_the_manifest(project: Project) -> None:
    project.write("asstctl.yaml", "project: demo\ndefaults: {model: gpt-4o, name: Same}\n")
    project.write("assistants/other.yaml", "kind: assistant\nmodel: m\n")
    project.write("assistants/guide.yaml", "kind: assistant\ninstructions: Be brief.\n")
    project.apply()

    async def work(client: openai.AsyncOpenAI) -> None:
        for found in (await client.beta.assistants.list()).data:
            if found.instructions:
                await client.beta.assistants.update(found.id, name="Mine")

    project.account(work)

    assert project.run("accept", "assistant.guide").code == 0
    assert "name: Same" in text_of(project, "asstctl.yaml")
    assert "name: Mine\n" in text_of(project)


@pytest.mark.parametrize(
    ("manifest", "fields", "field"),
    [
        ("name: Guide of ${var.city}\n", {"name": "Guide of Porto"}, "name"),
        (
            "instructions: {file: p.md, render: true}\n",
            {"instructions": "In Porto."},
            "instructions",
        ),
        ("", {"tools": [{"type": "code_interpreter"}]}, "tools.code_interpreter"),
        ("name: &n Guide\ndescription: *n\n", {"name": "Other"}, None),
    ],
    ids=["reference", "rendered", "tool", "anchor"],
)
def test_what_has_no_place_is_left_alone_and_printed(
    project: Project, manifest: str, fields: dict[str, Any], field: str | None
) -> None:
    project.write("asstctl.yaml", "project: demo\nvars: {city: Lisbon}\n")
    project.write("p.md", "In ${var.city}.")
    project.write("assistants/guide.yaml", f"kind: assistant\nmodel: m\n{manifest}")
    project.apply()
    before = text_of(project)
    edit(project, **fields)

    ran = project.run("accept", "assistant.guide")

    if field is None:  # an alias is not followed: the description keeps what it says
        assert "description: *n" in text_of(project) or ran.code == 3
        return
    assert (ran.code, f"{field}: write it by hand" in ran.out) == (3, True), ran
    assert text_of(project) == before
    assert text_of(project, "p.md") == "In ${var.city}."


@pytest.mark.parametrize(
    ("manifest", "tools"),
    [
        ("", [{"type": "code_interpreter"}]),
        ("", [{"type": "file_search", "file_search": {"max_num_results": 7}}]),
        (
            "",
            [
                {
                    "type": "function",
                    "function": {
                        "name": "f",
                        "description": "Costs ${x}: a lot",
                        "parameters": {"type": "object", "properties": {"a": {"type": "string"}}},
                    },
                }
            ],
        ),
        (
            'tools: [{type: function, function: {name: f, description: "${var.city}"}}]\n',
            [{"type": "function", "function": {"name": "f", "description": "Porto"}}],
        ),
    ],
    ids=["code_interpreter", "file_search", "function", "option"],
)
def test_what_is_printed_can_be_pasted(
    project: Project, manifest: str, tools: list[dict[str, Any]]
) -> None:
    bare = "kind: assistant\nmodel: m\n"
    project.write("asstctl.yaml", "project: demo\nvars: {city: Lisbon}\n")
    guide(project, bare + manifest)
    edit(project, tools=tools)

    ran = project.run("accept", "assistant.guide")
    rows = (row.removeprefix("      ") for row in ran.out.split("\n\n")[0].splitlines()[1:])
    project.write("assistants/guide.yaml", bare + "\n".join(rows))

    assert ran.code == 3
    assert "changed outside" not in project.run("plan").out


def test_what_was_taken_away_is_to_be_taken_out(project: Project) -> None:
    guide(project, "kind: assistant\nmodel: m\ntools: [{type: code_interpreter}]\n")
    edit(project, tools=[])

    ran = project.run("accept", "assistant.guide")

    assert "tools.code_interpreter: take it out by hand\n\n" in ran.out


def test_a_secret_is_neither_written_nor_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM_TOKEN", "hunter2-hunter2")
    project.write("assistants/guide.yaml", "kind: assistant\nmodel: m\nname: ${env.TEAM_TOKEN}\n")
    project.apply()
    edit(project, name="hunter2-hunter2-old")

    ran = project.run("accept", "assistant.guide")

    assert ran.code == 3
    assert "hunter2" not in ran.out + ran.err
    assert "hunter2" not in text_of(project)


def test_without_drift_nothing_is_written(project: Project) -> None:
    guide(project)

    ran = project.run("accept", "assistant.guide", "vector_store.*")

    assert (ran.code, ran.out) == (0, "0 fields taken over\n")
    assert text_of(project) == GUIDE
    assert project.run("accept", "assistant.nobody").code == 1


@pytest.mark.parametrize(
    ("path", "manifest", "other"),
    [
        (
            "assistants/guide.yaml",
            "kind: assistant\nmodel: gpt-5.1\nenvironment:\n"
            "  network: {access: disabled} # closed\n  desktop: {enabled: false}\n",
            "",
        ),
        (
            "assistants/box.yaml",
            "kind: environment\nkey: guide\nnetwork: {access: disabled} # closed\n"
            "desktop: {enabled: false}\n",
            "kind: assistant\nmodel: gpt-5.1\nenvironment: {key: guide}\n",
        ),
    ],
    ids=["its own", "a shared one"],
)
def test_an_edit_of_an_environment_is_written_where_it_stands(
    project: Project, path: str, manifest: str, other: str
) -> None:
    project.write(
        "asstctl.yaml",
        "project: demo\ntarget: local\ntargets: {local: {api: local, like: agents}}\n",
    )
    if other:
        project.write("assistants/user.yaml", other)
    project.write(path, manifest)
    project.apply()

    async def work(client: openai.AsyncOpenAI) -> None:
        (found,) = (await client.beta.agents.environments.templates.list()).data
        await client.beta.agents.environments.templates.update(
            found.id, network={"access": "enabled"}, desktop={"enabled": True}
        )

    project.account(work)
    assert "changed outside" in project.run("plan").out
    ran = project.run("accept", "environment.guide")

    assert (ran.code, "2 fields taken over in 1 file" in ran.out) == (0, True), ran
    expected = manifest.replace("disabled} #", "enabled} #").replace("false", "true")
    assert text_of(project, path) == expected
    project.apply()
    assert "No changes" in project.run("plan").out
