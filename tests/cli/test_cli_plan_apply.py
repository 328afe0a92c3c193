"""Plan and apply as their users see them: what is printed, what is written, what is returned."""

import json
import os

import jsonschema
import pytest

from asstctl.manifest.schema.schemas import schema
from cli.conftest import ASSISTANT, Project


def test_plan_writes_nothing_not_even_an_empty_account(project: Project) -> None:
    ran = project.run("plan")
    assert ran.code == 0
    assert "1 to create" in ran.out
    assert not (project.root / ".asstctl").exists()


def test_plan_prints_the_steps_of_each_change_when_asked_for_more(project: Project) -> None:
    briefly, shown = project.run("plan"), project.run("plan", "-v")
    assert "1. create the assistant" not in briefly.out
    assert "    steps\n      1. create the assistant\n" in shown.out


def test_detailed_exit_code_is_two_exactly_while_changes_are_pending(project: Project) -> None:
    assert project.run("plan", "--detailed-exitcode").code == 2
    project.apply()
    assert project.run("plan", "--detailed-exitcode").code == 0
    project.edit("Guide", name="Edited")
    assert project.run("plan", "--detailed-exitcode").code == 2


def test_json_is_one_document_that_fits_its_schema(project: Project) -> None:
    ran = project.run("plan", "--format", "json")
    document = json.loads(ran.out)
    jsonschema.validate(document, schema("plan"))
    assert document["summary"]["create"] == 1
    ran = project.run("apply", "--auto-approve", "--format", "json")
    report = json.loads(ran.out)
    jsonschema.validate(report, schema("report"))
    assert [change["status"] for change in report["changes"]] == ["done"]
    assert ran.err == ""


def test_apply_without_a_terminal_names_the_flag_and_writes_nothing(project: Project) -> None:
    ran = project.run("apply")
    assert ran.code == 1
    assert "--auto-approve" in ran.err
    assert project.assistants() == {}


def test_apply_with_nothing_to_do_needs_no_answer(project: Project) -> None:
    project.apply()
    ran = project.run("apply")
    assert ran.code == 0
    assert "No changes." in ran.out


def test_drift_is_shown_field_by_field_and_refused_until_overwritten(project: Project) -> None:
    project.apply()
    project.edit("Guide", name="Edited", temperature=0.3)
    plan = project.run("plan")
    assert 'name  "Guide" → "Edited"' in plan.out
    assert "temperature  1.0 (the default) → 0.3" in plan.out
    refused = project.run("apply", "--auto-approve")
    assert refused.code == 5
    assert "--overwrite-drift" in refused.err
    assert "Edited" in project.assistants()
    project.apply("--overwrite-drift")
    assert project.assistants()["Guide"].temperature == 1.0
    assert "No changes." in project.run("plan").out


def test_a_field_that_both_sides_changed_shows_base_theirs_and_ours(project: Project) -> None:
    project.apply()
    project.edit("Guide", name="Theirs")
    project.write("assistants/guide.yaml", ASSISTANT.replace("Guide", "Ours"))
    plan = project.run("plan")
    assert "changed here and in the account" in plan.out
    assert "known by its digest only" in plan.out
    assert '"Theirs"' in plan.out
    assert '"Ours"' in plan.out
    assert project.run("apply", "--auto-approve").code == 5
    project.apply("--overwrite-drift")
    assert set(project.assistants()) == {"Ours"}


def test_what_a_manifest_leaves_to_others_is_neither_drift_nor_overwritten(
    project: Project,
) -> None:
    project.write("assistants/guide.yaml", ASSISTANT + "lifecycle: {ignore_changes: [name]}\n")
    project.apply()
    project.edit("Guide", name="Theirs")
    assert "No changes." in project.run("plan").out
    project.write(
        "assistants/guide.yaml",
        ASSISTANT.replace("brief", "kind") + "lifecycle: {ignore_changes: [name]}\n",
    )
    project.apply()
    assert project.assistants()["Theirs"].instructions == "Be kind."


def test_an_object_deleted_elsewhere_is_created_again_and_the_plan_says_why(
    project: Project,
) -> None:
    project.write("assistants/other.yaml", ASSISTANT.replace("Guide", "Other"))
    project.apply()
    guide = project.assistants()["Guide"]
    project.account(lambda client: client.beta.assistants.delete(guide.id))
    assert "deleted elsewhere since the last apply" in project.run("plan").out
    project.apply()
    assert set(project.assistants()) == {"Guide", "Other"}


def test_an_account_that_is_suddenly_empty_is_taken_for_the_wrong_one(project: Project) -> None:
    project.apply()
    guide = project.assistants()["Guide"]
    project.account(lambda client: client.beta.assistants.delete(guide.id))
    ran = project.run("apply", "--auto-approve")
    assert ran.code == 5
    assert "wrong-account" in ran.err
    assert project.assistants() == {}
    project.remove(".asstctl/memory.json")
    project.apply()


def test_deletes_need_prune_and_stay_below_the_limit(project: Project) -> None:
    project.write("assistants/other.yaml", ASSISTANT.replace("Guide", "Other"))
    project.apply()
    project.remove("assistants/other.yaml")
    project.remove("assistants/guide.yaml")
    project.write("assistants/third.yaml", ASSISTANT.replace("Guide", "Third"))
    ran = project.apply()
    assert "2 unmanaged now" in ran.out
    assert set(project.assistants()) == {"Guide", "Other", "Third"}
    refused = project.run("apply", "--auto-approve", "--prune")
    assert refused.code == 5
    assert "--allow-deletes 2" in refused.err
    assert project.run("apply", "--auto-approve", "--prune", "--allow-deletes", "1").code == 5
    project.apply("--prune", "--allow-deletes", "2")
    assert set(project.assistants()) == {"Third"}


def test_a_protected_object_survives_prune_and_the_rest_goes_on(project: Project) -> None:
    project.write("assistants/other.yaml", ASSISTANT.replace("Guide", "Other"))
    project.write("assistants/guide.yaml", ASSISTANT + "lifecycle: {protect: true}\n")
    project.apply()
    for path in ("assistants/guide.yaml", "assistants/other.yaml"):
        project.remove(path)
    project.write("assistants/third.yaml", ASSISTANT.replace("Guide", "Third"))
    ran = project.apply("--prune")
    assert "protect: true" in ran.out
    assert set(project.assistants()) == {"Guide", "Third"}


def test_a_rename_keeps_the_object_and_a_lookalike_is_hinted_at(project: Project) -> None:
    project.apply()
    before = project.assistants()["Guide"].id
    project.remove("assistants/guide.yaml")
    project.write("assistants/leader.yaml", ASSISTANT)
    assert "previously: [guide]" in project.run("plan").out
    project.write("assistants/leader.yaml", ASSISTANT + "previously: [guide]\n")
    assert "1 to move" in project.run("plan").out
    project.apply()
    assert project.assistants()["Guide"].id == before
    assert "No changes." in project.run("plan").out


def test_only_takes_what_it_depends_on_with_it(project: Project) -> None:
    project.write("docs/a.md", "# A\nAbout Lisbon.\n")
    project.write("stores/docs.yaml", "kind: vector_store\nkey: docs\nfiles: [docs/*.md]\n")
    project.write("asstctl.yaml", "project: demo\nmanifests: ['assistants/*', 'stores/*']\n")
    project.write(
        "assistants/searcher.yaml",
        ASSISTANT.replace("Guide", "Searcher")
        + "tools: [{type: file_search, vector_store: docs}]\n",
    )
    ran = project.apply("--only", "assistant.sear*")
    assert "vector_store.docs" in ran.out
    assert set(project.assistants()) == {"Searcher"}
    refused = project.run("plan", "--only", "assistant.nobody")
    assert refused.code == 1
    assert "matches nothing" in refused.err


def test_two_projects_share_an_account_without_seeing_each_other(project: Project) -> None:
    project.apply()
    project.write("asstctl.yaml", "project: second\n")
    ran = project.run("plan", "--prune", "--format", "json")
    assert json.loads(ran.out)["summary"] | {"files": None} == {
        **json.loads(ran.out)["summary"],
        "create": 1,
        "delete": 0,
        "files": None,
    }
    project.apply()

    async def count(client: object) -> int:
        page = await client.beta.assistants.list()  # type: ignore[attr-defined]
        return len(page.data)

    assert project.account(count) == 2
    assert project.run("destroy", "--auto-approve").code == 0
    assert project.account(count) == 1


def test_two_objects_with_one_key_are_an_error_with_both_ids(project: Project) -> None:
    project.apply()
    guide = project.assistants()["Guide"]

    async def copy(client: object) -> str:
        made = await client.beta.assistants.create(  # type: ignore[attr-defined]
            model="gpt-4o", name="Copy", metadata=guide.metadata
        )
        return str(made.id)

    copied = project.account(copy)
    ran = project.run("plan")
    assert ran.code == 1
    assert guide.id in ran.err
    assert copied in ran.err


def test_destroy_says_when_nothing_is_managed(project: Project) -> None:
    ran = project.run("destroy")
    assert ran.code == 0
    assert "demo manages nothing here: there is nothing to delete." in ran.out


@pytest.mark.skipif(os.name != "posix", reason="a terminal of POSIX")
@pytest.mark.parametrize("answer", ["demo", "yes"])
def test_destroy_asks_for_the_name_of_the_project(
    project: Project, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    project.apply()
    ours, theirs = os.openpty()
    os.write(ours, f"{answer}\n".encode())
    with os.fdopen(ours, "wb"), os.fdopen(theirs) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        ran = project.run("destroy")
    assert (ran.code == 0) == (answer == "demo")
    assert (project.assistants() == {}) == (answer == "demo")
