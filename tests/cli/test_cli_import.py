"""Taking over what exists already."""

from typing import Any

from cli.conftest import ASSISTANT, Project


def _make(project: Project, **fields: Any) -> str:
    async def create(client: Any) -> str:
        return str((await client.beta.assistants.create(model="gpt-4o", **fields)).id)

    made: str = project.account(create)
    return made


def test_import_stamps_the_object_and_shows_what_apply_would_change(project: Project) -> None:
    made = _make(project, name="Guide", instructions="Be long.", metadata={"team": "a"})
    ran = project.run("import", "guide", made)
    assert ran.code == 0
    assert "- Be long." not in ran.out  # one line is shown as before → after
    assert '"Be long." → "Be brief."' in ran.out
    guide = project.assistants()["Guide"]
    assert guide.instructions == "Be long."
    assert guide.metadata["team"] == "a"
    project.apply()
    guide = project.assistants()["Guide"]
    assert (guide.id, guide.instructions) == (made, "Be brief.")
    assert "No changes." in project.run("plan").out


def test_an_unstamped_object_is_never_taken_over_by_plan_or_apply(project: Project) -> None:
    made = _make(project, name="Guide", instructions="Be brief.")
    assert "1 to create" in project.run("plan").out
    project.apply()

    async def read(client: Any) -> Any:
        return await client.beta.assistants.retrieve(made)

    assert project.account(read).metadata == {}


def test_another_projects_object_needs_take_over_and_says_whose_it_was(project: Project) -> None:
    project.apply()
    guide = project.assistants()["Guide"].id
    project.write("asstctl.yaml", "project: second\n")
    refused = project.run("import", "guide", guide)
    assert refused.code == 5
    assert "'demo'" in refused.err
    assert project.run("import", "guide", guide, "--take-over").code == 0
    assert "No changes." in project.run("plan").out


def test_what_cannot_be_imported_is_said(project: Project) -> None:
    made = _make(project, name="Guide")
    for arguments, words in (
        (("nobody", made), "no manifest has the key"),
        (("guide", "asst_missing"), "has no assistant"),
    ):
        ran = project.run("import", *arguments)
        assert ran.code == 1
        assert words in ran.err
    project.run("import", "guide", made)
    again = project.run("import", "guide", made)
    assert again.code == 1
    assert "managed already" in again.err
    project.write("assistants/other.yaml", ASSISTANT)
    other = project.run("import", "other", made)
    assert "previously: [guide]" in other.err


def test_a_vector_store_is_imported_too(project: Project) -> None:
    project.write("assistants/docs.yaml", "kind: vector_store\nkey: docs\nname: Docs\n")

    async def create(client: Any) -> str:
        return str((await client.vector_stores.create(name="Old")).id)

    made = project.account(create)
    ran = project.run("import", "vector_store.docs", made)
    assert ran.code == 0
    assert '"Old" → "Docs"' in ran.out
