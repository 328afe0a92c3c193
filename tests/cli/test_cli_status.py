"""Status and validate for machines: documents that fit their schemas, and variables for apps."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing

import jsonschema
import pytest

from asstctl.errors import UsageError
from asstctl.manifest.schema.schemas import schema
from asstctl.model.actual import Actual, ActualAssistant
from asstctl.model.assistant import AssistantSpec
from asstctl.model.desired import Desired, DesiredAssistant
from asstctl.model.dialect import ASSISTANTS, RESPONSES, Dialect
from asstctl.model.stamp import Stamp
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.sync.ports import AccountError, Failure
from asstctl.views.status.env import render_env
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


HOSTILE = [
    "asst_1 LD_PRELOAD=/tmp/evil.so",
    "asst_1\nPATH=/evil",
    "$(touch /tmp/x)",
    "`id`",
    "a;b",
    "a=b",
    "a'b",
    'a"b',
    "a\\b",
    "a\x1b[2J",
    "\u202easst_1",
    "asst_\u0661",
    "asst_1\u2028",
    "\ud800",
    "asst_1\n",
]


def plan_with_ids(ids: Mapping[str, str], dialect: Dialect = ASSISTANTS, digest: str = "") -> Plan:
    """A project whose assistants an account gives these ids, by key."""
    specs = {key: AssistantSpec(model="gpt-4o", name=key, dialect=dialect) for key in ids}
    desired = Desired(
        project="acme", assistants=tuple(DesiredAssistant(key=key, spec=specs[key]) for key in ids)
    )
    held = tuple(
        ActualAssistant(
            id=ids[key],
            spec=spec,
            raw=spec,
            stamp=Stamp(project="acme", key=key, digest=digest, fields={}),
        )
        for key, spec in specs.items()
    )
    actual = Actual(account="local", assistants=held)
    return make_plan(desired, {}, actual, target="local", commit=None, options=PlanOptions())


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_is_printed_when_one_id_would_become_more_than_a_variable(hostile: str) -> None:
    with pytest.raises(AccountError) as told:
        render_env(plan_with_ids({"good": "asst_1", "odd": hostile}))

    assert told.value.failure is Failure.GARBAGE
    assert "assistant.odd" in told.value.what
    assert hostile not in str(told.value) or hostile.isprintable()


@pytest.mark.parametrize("usual", ["asst_Ab1", "7f3c2e8a-0b1d-4c55", "urn:a.b@c/d", "0"])
def test_ids_of_every_usual_kind_are_printed(usual: str) -> None:
    assert render_env(plan_with_ids({"guide": usual})) == f"ASSTCTL_GUIDE_ID={usual}\n"


def test_an_assistant_that_is_no_object_has_a_digest_and_no_id() -> None:
    plan = plan_with_ids({"guide": "guide"}, RESPONSES, "4d55c7d0")
    assert render_env(plan) == "ASSTCTL_GUIDE_DIGEST=4d55c7d0\n"


def test_what_a_bundle_says_of_a_digest_is_no_more_trusted_than_an_id() -> None:
    with pytest.raises(AccountError):
        render_env(plan_with_ids({"guide": "guide"}, RESPONSES, "4d55\nPATH=/evil"))


def test_two_objects_of_one_variable_are_told_apart() -> None:
    with pytest.raises(UsageError) as told:
        render_env(plan_with_ids({"a-b": "asst_1", "a_b": "asst_2"}))

    assert "assistant.a-b and assistant.a_b" in told.value.what


def test_a_hostile_id_ends_in_an_error_and_no_output(project: Project) -> None:
    project.apply()
    honest = project.assistants()["Guide"].id
    hostile = f"{honest} LD_PRELOAD=/tmp/evil.so"
    with closing(sqlite3.connect(project.root / ".asstctl/account.db")) as database, database:
        database.execute("UPDATE assistants SET body = replace(body, ?, ?)", (honest, hostile))
    ran = project.run("status", "--format", "env")

    assert (ran.code, ran.out) == (1, "")
    assert "assistant.guide" in ran.err
    assert hostile in ran.err


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
