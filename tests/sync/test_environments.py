"""Environments of agents, from manifests to an account in memory and back."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from asstctl.errors import AsstctlError
from asstctl.model.actual import Upload
from asstctl.model.desired import Desired
from asstctl.model.dialect import AGENTS
from asstctl.model.environment import EnvironmentFile, EnvironmentSpec
from asstctl.model.file import Content, content_name
from asstctl.model.stamp import ENVIRONMENT
from asstctl.model.template_name import TemplateName, project_mark
from asstctl.plan.action import Action
from asstctl.plan.plan import Plan
from asstctl.plan.planner import make_plan
from asstctl.plan.scope import PlanOptions
from asstctl.plan.warnings import NAMES_CHANGED
from asstctl.sync.adopt.adopt import adopt
from asstctl.sync.apply import ApplyOptions, apply_plan
from asstctl.sync.ownership import DuplicateKeyError
from asstctl.sync.ports import (
    AccountError,
    EnvironmentList,
    Failure,
    OnBytes,
    RemoteEnvironment,
)
from asstctl.sync.refresh import refresh
from asstctl.sync.result import ApplyResult, Status
from asstctl.sync.uploads.garbage import find_garbage
from asstctl.sync.uploads.journal import NoJournal
from support.memory_account import Client, Holdings
from support.projects import PROJECT, Folder, assistant, changed, environment, project
from support.values import shown

PRUNE = PlanOptions(prune=True)
LIMITS = ApplyOptions(parallelism=4, indexing_timeout=1)


@dataclass
class Agents(Client):
    """An account of agents that may keep less than it is sent."""

    keeps_names: bool = True
    makes_desktops: bool = False

    def _shown(self, spec: EnvironmentSpec) -> EnvironmentSpec:
        return replace(super()._shown(spec), desktop=spec.desktop or self.makes_desktops)

    async def upload(self, content: Content, name: str, on_bytes: OnBytes) -> Upload:
        made = await super().upload(content, name, on_bytes)
        if not self.keeps_names:
            made = replace(made, filename="upload")
            self.holdings.uploads[made.id] = made
        return made


class Bare(Client):
    """A server without environment templates."""

    async def list_environments(self) -> EnvironmentList:
        raise AccountError("404", failure=Failure.MISSING, status=404)


async def plan(client: Client, desired: Desired, options: PlanOptions = PRUNE) -> Plan:
    contents, actual = await refresh(client, desired, all_files=options.prune)
    return make_plan(desired, contents, actual, target="t", commit=None, options=options)


async def apply(client: Client, desired: Desired, options: PlanOptions = PRUNE) -> ApplyResult:
    contents, actual = await refresh(client, desired, all_files=options.prune)
    made = make_plan(desired, contents, actual, target="t", commit=None, options=options)
    result = await apply_plan(made, contents, actual, client, LIMITS)
    assert [change.error for change in result.changes if change.error] == []
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.write("data/a.csv", "Lisbon")
    return folder


def hosted(folder: Folder, **fields: object) -> Desired:
    return project(
        folder.environment("box", "data/a.csv", **fields),
        assistant("guide", environment="box", dialect=AGENTS),
    )


def template(client: Client) -> RemoteEnvironment:
    (found,) = client.holdings.environments.values()
    return found


async def test_agent_and_template_know_each_other_and_uploads_are_named_by_content(
    folder: Folder,
) -> None:
    client = Agents(Holdings())
    result = await apply(client, hosted(folder, name="Travel", env={"TOKEN": "s3cret"}))

    (agent,) = client.holdings.assistants.values()
    (upload,) = client.holdings.uploads.values()
    name = TemplateName.parse(template(client).spec.name)
    assert agent.spec.metadata[ENVIRONMENT] == template(client).id
    assert name is not None
    assert (name.title, name.project, name.key) == ("Travel", project_mark(PROJECT), "box")
    assert len(upload.filename) == 43 + len(".csv")
    assert template(client).spec.files == (EnvironmentFile(upload.id, "/workspace/data/a.csv"),)
    assert client.holdings.confided[template(client).id].env == {"TOKEN": "s3cret"}
    assert not result.others_run_on
    assert (await plan(client, hosted(folder, name="Travel", env={"TOKEN": "s3cret"}))).is_empty


async def test_a_changed_file_is_switched_over_before_the_old_upload_goes(folder: Folder) -> None:
    client = Agents(Holdings())
    await apply(client, hosted(folder))
    (old,) = client.holdings.uploads
    folder.write("data/a.csv", "Lisboa")
    result = await apply(client, hosted(folder))

    (new,) = client.holdings.uploads
    assert new != old
    assert template(client).spec.files[0].ref == new
    assert result.others_run_on


async def test_what_the_server_keeps_otherwise_is_said_once_and_stamped(folder: Folder) -> None:
    client = Agents(Holdings(), makes_desktops=True)
    result = await apply(client, hosted(folder))

    assert [change.extra for change in result.changes if change.extra] == [("desktop",)]
    assert (await plan(client, hosted(folder))).is_empty
    held = client.holdings.environments
    spec = replace(template(client).spec, network={"access": "enabled"})
    held[template(client).id] = replace(template(client), spec=spec)
    assert len((await plan(client, hosted(folder))).drifted) == 1


async def test_where_no_names_are_kept_that_is_said_and_files_go_with_a_change(
    folder: Folder,
) -> None:
    client = Agents(Holdings(), keeps_names=False)
    result = await apply(client, hosted(folder))

    assert [warning.code for warning in result.warnings] == [NAMES_CHANGED]
    assert (await plan(client, hosted(folder))).is_empty
    again = await plan(client, hosted(folder, desktop=True))
    assert [file.note for change in again.writes for file in change.files if file.note] == [
        "nothing proves the content of the upload that is there"
    ]
    await apply(client, hosted(folder, desktop=True))
    assert (await plan(client, hosted(folder, desktop=True))).is_empty


async def test_an_upload_that_was_deleted_elsewhere_is_made_again(folder: Folder) -> None:
    client = Agents(Holdings())
    await apply(client, hosted(folder))
    client.holdings.uploads.clear()
    await apply(client, hosted(folder))

    assert template(client).spec.files[0].ref in client.holdings.uploads
    assert (await plan(client, hosted(folder))).is_empty


async def test_a_template_that_was_deleted_elsewhere_is_made_again_and_the_agent_follows(
    folder: Folder,
) -> None:
    client = Agents(Holdings())
    await apply(client, hosted(folder))
    client.holdings.environments.clear()
    result = await apply(client, hosted(folder))

    (agent,) = client.holdings.assistants.values()
    assert [change.action for change in result.changes] == [Action.CREATE, Action.UPDATE]
    assert agent.spec.metadata[ENVIRONMENT] == template(client).id


async def test_an_agent_lets_go_before_its_template_is_pruned(folder: Folder) -> None:
    client = Agents(Holdings())
    await apply(client, hosted(folder))
    bare = project(assistant("guide", dialect=AGENTS))
    await apply(client, bare, PlanOptions())

    (agent,) = client.holdings.assistants.values()
    assert ENVIRONMENT not in agent.spec.metadata
    assert len(client.holdings.environments) == 1
    await apply(client, bare)
    assert not client.holdings.environments
    assert not client.holdings.uploads


async def test_a_rename_keeps_both_ids(folder: Folder) -> None:
    client = Agents(Holdings())
    await apply(client, hosted(folder))
    before = template(client).id, *client.holdings.assistants
    renamed = project(
        folder.environment("crate", "data/a.csv", previously=("box",)),
        assistant("chef", environment="crate", previously=("guide",), dialect=AGENTS),
    )
    await apply(client, renamed)

    name = TemplateName.parse(template(client).spec.name)
    assert name is not None
    assert name.key == "crate"
    assert (template(client).id, *client.holdings.assistants) == before
    assert (await plan(client, renamed)).is_empty


async def test_a_protected_agent_protects_its_template(folder: Folder) -> None:
    client = Agents(Holdings())
    guide = assistant("guide", environment="box", protect=True, dialect=AGENTS)
    await apply(client, project(folder.environment("box"), guide))
    doomed = await plan(client, project(), PRUNE)

    assert {change.action for change in doomed.changes} == {Action.BLOCKED}
    own = Agents(Holdings())
    await apply(own, project(environment("box", protect=True)))
    name = template(own).spec.name or ""
    assert name.endswith("!)")
    assert {change.action for change in (await plan(own, project())).changes} == {Action.BLOCKED}


async def test_two_templates_in_use_with_one_key_are_an_error_that_names_both(
    folder: Folder,
) -> None:
    client = Agents(Holdings())
    await apply(client, hosted(folder))
    other = await client.create_environment(client.holdings.confided[template(client).id])
    spec = changed(assistant("x"), metadata={ENVIRONMENT: other.id}).spec
    await client.create_assistant(replace(spec, environment=other.id))

    with pytest.raises(DuplicateKeyError, match=other.id):
        await plan(client, hosted(folder))


async def test_a_copy_that_nothing_uses_is_what_a_killed_apply_left(folder: Folder) -> None:
    client = Agents(Holdings())
    await apply(client, hosted(folder))
    original = template(client)
    await client.create_environment(client.holdings.confided[original.id])
    result = await apply(client, hosted(folder))

    assert [change.action for change in result.changes] == [Action.DELETE]
    assert template(client) == original


async def test_a_template_is_adopted_by_its_name_alone(folder: Folder) -> None:
    client = Agents(Holdings())
    theirs = await client.create_environment(
        EnvironmentSpec(name="Theirs", desktop=True, env={"KEPT": "yes"})
    )
    desired = hosted(folder)
    contents, actual = await refresh(client, desired, all_uploads=True)
    address = await adopt(
        client,
        desired,
        contents,
        actual,
        key="environment.box",
        object_id=theirs.id,
        take_over=False,
        commit=None,
    )
    planned = await plan(client, desired)

    assert str(address) == "environment.box"
    assert client.holdings.confided[theirs.id].env == {"KEPT": "yes"}
    assert TemplateName.parse(template(client).spec.name) is not None
    update = planned.changes[0]
    assert (update.action, update.id) == (Action.UPDATE, theirs.id)
    assert {field.path for field in update.fields} == {"desktop", "name"}


async def test_what_a_template_of_any_project_names_is_in_use(folder: Folder) -> None:
    client = Agents(Holdings())
    desired = hosted(folder)
    contents, _ = await refresh(client, desired)
    (content,) = contents.values()
    used = await client.upload(content, content_name(content), lambda _: None)
    loose = await client.upload(content, content_name(content), lambda _: None)
    other = EnvironmentSpec(files=(EnvironmentFile(used.id, "/workspace/a.csv"),))
    await client.create_environment(other)
    garbage = await find_garbage(client, desired, NoJournal())

    assert [orphan.upload.id for orphan in garbage.ours] == [loose.id]


async def test_a_server_without_templates_is_fine_until_one_is_asked_for(folder: Folder) -> None:
    client = Bare(Holdings())
    result = await apply(client, project(assistant("guide", dialect=AGENTS)))

    assert [change.status for change in result.changes] == [Status.DONE]
    with pytest.raises(AsstctlError, match="has no environments"):
        await plan(client, hosted(folder))


async def test_a_name_that_does_not_come_back_fails_the_change(folder: Folder) -> None:
    class Nameless(Agents):
        def _shown(self, spec: EnvironmentSpec) -> EnvironmentSpec:
            return replace(shown(spec), name=None)

    client = Nameless(Holdings())
    desired = project(environment("box"))
    contents, actual = await refresh(client, desired)
    made = make_plan(desired, contents, actual, target="t", commit=None, options=PRUNE)
    result = await apply_plan(made, contents, actual, client, LIMITS)

    (change,) = result.changes
    assert change.status is Status.FAILED
    assert "its stamp did not come back" in str(change.error)
