"""Status and validate for machines: documents that fit their schemas, and variables for apps."""

import json

import jsonschema

from asstctl.manifest.schema.schemas import schema
from cli.conftest import ASSISTANT, Project


def test_status_tells_every_state(project: Project) -> None:
    project.write("assistants/other.yaml", ASSISTANT.replace("Guide", "Other"))
    project.write("assistants/third.yaml", ASSISTANT.replace("Guide", "Third"))
    project.apply()
    project.edit("Guide", name="Edited")
    project.write("assistants/other.yaml", ASSISTANT.replace("Guide", "Changed"))
    project.remove("assistants/third.yaml")
    project.write("assistants/new.yaml", ASSISTANT.replace("Guide", "New"))
    ran = project.run("status", "--format", "json")
    document = json.loads(ran.out)
    jsonschema.validate(document, schema("status"))
    assert {item["address"]: item["state"] for item in document["resources"]} == {
        "assistant.guide": "drifted",
        "assistant.other": "changes pending",
        "assistant.third": "unmanaged now",
        "assistant.new": "missing",
    }


def test_variables_hold_the_ids_of_what_exists(project: Project) -> None:
    assert project.run("status", "--format", "env").out.strip() == ""
    project.apply()
    found = project.run("status", "--format", "env").out.strip()
    assert found == f"ASSTCTL_GUIDE_ID={project.assistants()['Guide'].id}"


def test_validate_for_machines_fits_its_schema(project: Project) -> None:
    assert project.run("validate", "--format", "json").code == 0
    project.write("assistants/guide.yaml", "kind: assistant\nmodle: gpt-4o\n")
    ran = project.run("validate", "--format", "json")
    document = json.loads(ran.out)
    jsonschema.validate(document, schema("diagnostics"))
    assert ran.code == 1
    assert {item["code"] for item in document["diagnostics"]} >= {"unknown-field"}


def test_destroy_says_why(project: Project) -> None:
    project.apply()
    ran = project.run("destroy", "--auto-approve")
    assert "everything of this project goes" in ran.out
    assert project.assistants() == {}
