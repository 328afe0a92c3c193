"""Edits made elsewhere: seen field by field, in nobody's way when they are nobody's business."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from asstctl.errors import ExitCode
from asstctl.model.address import Address
from asstctl.model.assistant import CodeInterpreter, FileSearch, Function
from asstctl.model.desired import Desired
from asstctl.model.json import JsonObject
from asstctl.model.project import Safety
from asstctl.plan.action import Action, FileAction
from asstctl.plan.change import Block
from asstctl.plan.plan import Plan
from asstctl.plan.safety import DriftError, TooManyDeletesError
from asstctl.plan.scope import PlanOptions
from asstctl.sync.change.unmoved import MovedError
from asstctl.sync.result import Status
from support.clock import run
from support.engine import AS_IS, OVERWRITE, PRUNE, Engine, plan_with
from support.projects import Folder, assistant, mixed, project, store
from support.quirks import Quirks
from support.server import Server
from support.snapshot import snapshot
from support.state import Thing

WEATHER = Function("get_weather", "The weather.", {"type": "object", "properties": {"at": {}}})
GUIDE = assistant(
    "guide",
    name="Guide",
    instructions="You are a guide.",
    temperature=0.2,
    metadata={"team": "support"},
    tools=(WEATHER, CodeInterpreter()),
)


def the(things: Mapping[str, Thing]) -> Thing:
    (only,) = things.values()
    return only


def edit(server: Server, **fields: Any) -> None:
    """Edit the only assistant, as a dashboard would."""
    (identifier,) = server.state.assistants
    thing = server.state.assistants[identifier]
    if "metadata" in fields:
        fields["metadata"] = thing.metadata | fields["metadata"]
    server.state.update_assistant(identifier, fields)


@pytest.mark.parametrize(
    ("edits", "drifted"),
    [
        ({"name": "Edited"}, ["name"]),
        ({"temperature": 1.5}, ["temperature"]),
        ({"instructions": None}, ["instructions"]),
        ({"description": "New."}, ["description"]),
        ({"model": "gpt-4o-mini"}, ["model"]),
        ({"metadata": {"team": "sales"}}, ["metadata.team"]),
        ({"metadata": {"extra": "1"}}, ["metadata.extra"]),
        ({"tools": [{"type": "code_interpreter"}]}, ["tools.function.get_weather"]),
        ({"top_p": 0.5, "name": "Edited"}, ["name", "top_p"]),
    ],
)
def test_an_edit_is_shown_field_by_field_and_blocks(
    server: Server, engine: Engine, edits: dict[str, Any], drifted: list[str]
) -> None:
    desired = project(GUIDE)
    engine.converge(desired)
    edit(server, **edits)
    held = snapshot(server)
    (change,) = engine.plan(desired).changes

    assert change.action is Action.BLOCKED
    assert [drift.path for drift in change.drift] == drifted
    assert all(drift.applied == drift.desired for drift in change.drift)
    server.forget()
    with pytest.raises(DriftError) as refused:
        engine.apply(desired)
    assert refused.value.exit_code is ExitCode.REFUSED
    assert "assistant.guide" in refused.value.what
    assert server.writes == []
    assert snapshot(server) == held


@pytest.mark.parametrize(
    "edits",
    [
        {"name": "Edited"},
        {"instructions": None},
        {"description": "New."},
        {"metadata": {"team": "sales", "extra": "1"}},
        {"tools": []},
    ],
)
def test_overwriting_undoes_the_edit_and_only_then(
    server: Server, engine: Engine, edits: dict[str, Any]
) -> None:
    desired = project(GUIDE)
    engine.converge(desired)
    before = snapshot(server)
    edit(server, **edits)
    engine.converge(desired, OVERWRITE)

    plain = [{k: v for k, v in item.items() if v != ""} for item in snapshot(server).assistants]
    assert plain == before.assistants
    assert engine.plan(desired).is_empty


def _with_modes(modes: list[Any]) -> Desired:
    """An assistant whose function and whose response format both list some modes."""
    schema: JsonObject = {"type": "object", "properties": {"mode": {"enum": modes}}}
    answer = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return project(assistant(tools=(Function("set", None, schema),), response_format=answer))


@pytest.mark.parametrize(
    ("modes", "others"), [([0, 1], [False, True]), ([1], [[1]]), (["a", "b"], ["b", "a"])]
)
def test_json_that_python_or_a_library_takes_for_equal_is_a_change_and_drift(
    server: Server, engine: Engine, modes: list[Any], others: list[Any]
) -> None:
    paths = [
        "response_format.json_schema.schema.properties.mode.enum",
        "tools.function.set.parameters.properties.mode.enum",
    ]
    engine.converge(_with_modes(modes))
    (change,) = engine.plan(_with_modes(others)).changes
    assert [field.path for field in change.fields] == paths

    before = dict(the(server.state.assistants).fields)
    engine.converge(_with_modes(others))
    assert engine.plan(_with_modes(others)).is_empty
    (tool,) = the(server.state.assistants).fields["tools"]
    held = tool["function"]["parameters"]["properties"]["mode"]["enum"]
    assert json.dumps(held) == json.dumps(others)

    edit(server, tools=before["tools"], response_format=before["response_format"])
    (change,) = engine.plan(_with_modes(others)).changes
    assert [drift.path for drift in change.drift] == paths


def test_an_edit_that_the_manifest_takes_over_is_no_drift(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant(name="Guide")))
    edit(server, name="Edited")
    taken_over = project(assistant(name="Edited"))
    plan = engine.plan(taken_over)

    assert plan.drifted == ()
    assert [change.action for change in plan.writes] == [Action.UPDATE]
    engine.converge(taken_over)
    assert engine.plan(taken_over).is_empty


def test_a_conflict_shows_theirs_and_ours(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant(name="Guide")))
    edit(server, name="Theirs")
    (change,) = engine.plan(project(assistant(name="Ours"))).changes
    (drift,) = change.drift

    assert (drift.actual, drift.desired, drift.conflict) == ("Theirs", "Ours", True)
    assert drift.applied is None
    assert drift.base != ""


def test_drift_of_one_holds_up_all(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant("guide", name="Guide")))
    edit(server, name="Edited")
    desired = project(assistant("guide", name="Guide"), assistant("new"))

    with pytest.raises(DriftError):
        engine.apply(desired)
    assert len(server.state.assistants) == 1


IGNORED = (
    ("model", {"model": "gpt-4o-mini"}),
    ("name", {"name": "Edited"}),
    ("description", {"description": "Edited"}),
    ("instructions", {"instructions": "Edited"}),
    ("temperature", {"temperature": 1.5}),
    ("top_p", {"top_p": 0.3}),
    ("response_format", {"response_format": {"type": "json_object"}}),
    ("reasoning_effort", {"reasoning_effort": "high"}),
    ("metadata", {"metadata": {"team": "sales", "extra": "1"}}),
    ("metadata.team", {"metadata": {"team": "sales"}}),
    ("tools", {"tools": [{"type": "code_interpreter"}]}),
    (
        "tools.function.get_weather",
        {
            "tools": [
                {"type": "code_interpreter"},
                {"type": "function", "function": {"name": "get_weather", "description": "Mine."}},
            ]
        },
    ),
)


@pytest.mark.parametrize(("path", "edits"), IGNORED, ids=[path for path, _ in IGNORED])
def test_an_ignored_field_is_left_to_others(
    server: Server, engine: Engine, path: str, edits: dict[str, Any]
) -> None:
    def desired(name: str) -> Desired:
        return project(
            assistant(
                "guide",
                description=name,
                metadata={"team": "support"},
                tools=(WEATHER, CodeInterpreter()),
                ignore=(path,),
            )
        )

    engine.converge(desired("One."))
    edit(server, **edits)
    edited = {name: the(server.state.assistants).fields.get(name) for name in edits}
    pairs = {
        name: the(server.state.assistants).metadata[name] for name in edits.get("metadata", ())
    }
    assert engine.plan(desired("One.")).is_empty

    if path != "description":
        engine.converge(desired("Two."))
        assert the(server.state.assistants).fields["description"] == "Two."
    held = the(server.state.assistants)
    assert {name: held.fields.get(name) for name in edits} == edited
    assert pairs.items() <= held.metadata.items()
    assert engine.plan(desired("One." if path == "description" else "Two.")).is_empty


@pytest.mark.parametrize(
    "path", ["tools.code_interpreter.files", "tools.code_interpreter", "tools"]
)
def test_ignored_files_are_left_to_others(
    folder: Folder, server: Server, engine: Engine, path: str
) -> None:
    folder.write("a.csv", "ours")

    def desired(name: str) -> Desired:
        return project(folder.assistant("guide", code="a.csv", name=name, ignore=(path,)))

    engine.converge(desired("One"))
    upload = {"filename": "b.csv", "content": b"theirs", "purpose": "assistants"}
    theirs = server.state.upload(upload)["id"]
    edit(server, tool_resources={"code_interpreter": {"file_ids": [theirs]}})

    assert engine.plan(desired("One")).is_empty
    engine.converge(desired("Two"))
    assert the(server.state.assistants).code_files == [theirs]
    assert engine.plan(desired("Two")).is_empty


def test_an_ignored_store_is_left_to_others(server: Server, engine: Engine) -> None:
    def desired(name: str) -> Desired:
        guide = assistant(name=name, store="docs", ignore=("tools.file_search.vector_store",))
        return project(store("docs"), store("faq"), guide)

    engine.converge(desired("One"))
    other = next(i for i, s in server.state.stores.items() if s.metadata["asstctl_key"] == "faq")
    edit(server, tool_resources={"file_search": {"vector_store_ids": [other]}})

    assert engine.plan(desired("One")).is_empty
    engine.converge(desired("Two"))
    assert the(server.state.assistants).store_ids == [other]
    assert engine.plan(desired("Two")).is_empty


def edit_store(server: Server, **fields: Any) -> None:
    (identifier,) = server.state.stores
    server.state.update_store(identifier, fields)


@pytest.mark.parametrize(
    ("path", "edits"),
    [
        ("name", {"name": "Edited"}),
        ("expires_after", {"expires_after": {"anchor": "last_active_at", "days": 3}}),
    ],
)
def test_an_edit_of_a_store_is_drift_unless_ignored(
    server: Server, engine: Engine, path: str, edits: dict[str, Any]
) -> None:
    def desired(*ignore: str) -> Desired:
        return project(store("docs", name="Docs", expires_after_days=7, ignore=ignore))

    engine.converge(desired())
    edit_store(server, **edits)
    (change,) = engine.plan(desired()).changes
    assert [drift.path.split(".")[0] for drift in change.drift] == [path]

    engine.converge(desired(path))
    assert the(server.state.stores).fields[path] == edits[path]
    assert engine.plan(desired(path)).is_empty


@pytest.mark.parametrize("kind", ["added", "changed"])
def test_files_that_others_added_or_changed_are_drift(
    folder: Folder, server: Server, engine: Engine, kind: str
) -> None:
    folder.write("docs/lisbon.md", "Lisbon")
    desired = project(folder.store("docs", "docs/lisbon.md"))
    engine.converge(desired)
    held = the(server.state.stores)
    names = ["b.md"]
    if kind == "changed":
        held.files.clear()
        names = ["b.md", "c.md"]  # As many as before would have to be listed to be seen.
    for name in names:
        upload = {"filename": name, "content": b"theirs", "purpose": "assistants"}
        file = server.state.upload(upload)
        server.state.attach(held.id, {"file_ids": [file["id"]]})
    (change,) = engine.plan(desired).changes

    assert change.action is Action.BLOCKED
    assert [drift.path for drift in change.drift] == ["files"]
    engine.converge(desired, OVERWRITE)
    assert [server.state.files[i].content for i in held.files] == [b"Lisbon"]
    assert engine.plan(desired).is_empty
    assert "b.md" in {file.filename for file in server.state.files.values()}


@pytest.mark.parametrize("how", ["detached", "deleted", "some"])
@pytest.mark.parametrize("drops", [False, True])
def test_files_that_others_took_out_of_a_store_are_put_back(
    folder: Folder, how: str, drops: bool
) -> None:
    server = Server(Quirks(drops_attributes=drops))
    engine = Engine(server)
    for name in ("lisbon", "porto"):
        folder.write(f"docs/{name}.md", name)
    desired = project(
        folder.store("docs", "docs/lisbon.md docs/porto.md"), assistant("guide", store="docs")
    )
    engine.converge(desired)
    held = the(server.state.stores)
    for file_id in [*held.files][: 1 if how == "some" else 2]:
        held.files.pop(file_id)
        if how != "detached":
            server.state.delete_file(file_id)

    options = PlanOptions(remembered=frozenset({Address.parse("vector_store.docs")}))
    (change,) = engine.plan(desired, options).writes
    assert change.drift == ()
    assert {file.note for file in change.files} == {"deleted elsewhere since the last apply"}
    (unknown,) = engine.plan(desired).writes
    assert {file.note for file in unknown.files} == {"not in the account"}

    engine.converge(desired)
    contents = sorted(server.state.files[i].content for i in held.files)
    assert contents == [b"lisbon", b"porto"]
    assert engine.plan(desired).is_empty


@pytest.mark.parametrize("unlinks", [False, True])
def test_a_file_of_a_code_interpreter_that_is_gone_is_put_back(
    folder: Folder, unlinks: bool
) -> None:
    server = Server(Quirks(unlinks_deleted=unlinks))
    engine = Engine(server)
    folder.write("a.csv", "1")
    folder.write("b.csv", "2")
    desired = project(folder.assistant(code="a.csv b.csv"))
    engine.converge(desired)
    server.state.delete_file(the(server.state.assistants).code_files[0])

    (change,) = engine.plan(desired).writes
    assert change.drift == ()
    (coming,) = (file for file in change.files if file.action is FileAction.UPLOAD)
    assert coming.note == "not in the account"
    engine.converge(desired)
    held = the(server.state.assistants).code_files
    assert sorted(server.state.files[i].content for i in held) == [b"1", b"2"]
    assert engine.plan(desired).is_empty


def test_ignored_files_of_a_store_are_left_to_others(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write("docs/lisbon.md", "Lisbon")

    def desired(name: str) -> Desired:
        return project(folder.store("docs", "docs/lisbon.md", name=name, ignore=("files",)))

    engine.converge(desired("One"))
    held = the(server.state.stores)
    file = server.state.upload({"filename": "b.md", "content": b"b", "purpose": "assistants"})
    server.state.attach(held.id, {"file_ids": [file["id"]]})

    assert engine.plan(desired("One")).is_empty
    engine.converge(desired("Two"))
    assert len(held.files) == 2
    assert engine.plan(desired("Two")).is_empty


def test_protection_keeps_from_pruning_until_it_is_lifted(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant("guide", protect=True), assistant("clerk")))
    result = engine.apply(project(), PRUNE)
    plan = engine.plan(project(), PRUNE)

    assert [str(change.address) for change in result.changes] == ["assistant.clerk"]
    assert [change.action for change in plan.changes] == [Action.BLOCKED]
    assert plan.is_empty
    engine.converge(project(assistant("guide")))
    engine.converge(project(), PRUNE)
    assert server.state.assistants == {}


@pytest.mark.parametrize(
    ("edits", "drifted"),
    [
        ({"name": "Edited"}, {"name": "Edited"}),
        ({"name": None}, {"name": None}),
        ({"instructions": "Theirs."}, {"instructions": "Theirs."}),
        ({"temperature": 1.5}, {"temperature": 1.5}),
        ({"metadata": {"extra": "1"}}, {"metadata": {"team": "support", "extra": "1"}}),
    ],
)
def test_what_was_edited_elsewhere_is_not_pruned_away(
    server: Server, engine: Engine, edits: dict[str, Any], drifted: dict[str, Any]
) -> None:
    engine.converge(project(assistant(name="Guide", metadata={"team": "support"}), store("docs")))
    edit(server, **edits)
    server.forget()

    plan = engine.plan(project(), PRUNE)
    with pytest.raises(DriftError) as refused:
        engine.apply(project(), PRUNE)

    change, other = sorted(plan.changes, key=lambda item: str(item.address))
    assert {drift.path: drift.actual for drift in change.drift} == drifted
    assert (change.action, change.block) == (Action.BLOCKED, Block.DRIFT)
    assert other.action is Action.DELETE
    assert "assistant.guide" in refused.value.what
    assert server.writes == []

    (change, _) = engine.plan(project(), replace(PRUNE, overwrite_drift=True)).changes
    assert (change.action, bool(change.drift)) == (Action.DELETE, True), "it is still shown"
    engine.converge(project(), replace(PRUNE, overwrite_drift=True))
    assert server.state.assistants == {}


def test_a_file_that_somebody_added_is_an_edit_of_what_is_pruned(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write("a.md", "ours")
    engine.converge(project(folder.store("docs", "a.md")))
    assert [c.action for c in engine.plan(project(), PRUNE).changes] == [Action.DELETE]
    upload = {"filename": "b.md", "content": b"theirs", "purpose": "assistants"}
    theirs = server.state.upload(upload)["id"]
    (identifier,) = server.state.stores
    server.state.attach(identifier, {"file_ids": [theirs]})

    (change,) = engine.plan(project(), PRUNE).changes

    assert change.block is Block.DRIFT
    assert [drift.actual for drift in change.drift] == [["a.md", "b.md"]]


def test_a_destroy_shows_edits_and_goes_on(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant(name="Guide")))
    edit(server, name="Edited")

    (change,) = engine.plan(project(), PlanOptions(prune=True, destroy=True)).changes

    assert change.action is Action.DELETE
    assert [drift.actual for drift in change.drift] == ["Edited"]


def test_without_prune_nothing_is_deleted(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant("guide"), store("docs")))
    plan = engine.plan(project())
    engine.converge(project())

    assert {change.action for change in plan.changes} == {Action.FORGET}
    assert plan.is_empty
    assert len(server.state.assistants) == len(server.state.stores) == 1


def test_pruning_deletes_dependants_first(server: Server, engine: Engine) -> None:
    engine.converge(project(assistant("guide", store="docs"), store("docs")))
    server.forget()
    engine.converge(project(), PRUNE)

    deletes = [asked.path.split("/")[1] for asked in server.writes if asked.method == "DELETE"]
    assert deletes == ["assistants", "vector_stores"]


@pytest.mark.parametrize(("share", "refused"), [(0.5, True), (0.75, False), (0.0, True)])
def test_a_plan_that_deletes_too_much_is_refused(
    server: Server, engine: Engine, share: float, refused: bool
) -> None:
    engine.converge(project(*(assistant(f"a{n}") for n in range(4))))
    desired = project(assistant("a0"))
    if not refused:
        engine.apply(desired, PRUNE, Safety(share))
        assert len(server.state.assistants) == 1
        return
    with pytest.raises(TooManyDeletesError, match="3 of 4"):
        engine.apply(desired, PRUNE, Safety(share))
    assert len(server.state.assistants) == 4


def test_a_rename_keeps_the_object(folder: Folder, server: Server, engine: Engine) -> None:
    engine.converge(mixed(folder))
    ids = {*server.state.assistants, *server.state.stores}
    folder_store = folder.store("handbook", "docs/lisbon.md docs/porto.md", previously=("docs",))
    renamed = project(
        folder_store,
        folder.assistant("leader", store="handbook", previously=("nobody", "guide")),
    )
    plan = engine.plan(renamed)
    engine.converge(renamed)

    moves = {str(change.address): str(change.moved_from) for change in plan.writes}
    assert moves == {
        "vector_store.handbook": "vector_store.docs",
        "assistant.leader": "assistant.guide",
    }
    assert {change.action for change in plan.writes} == {Action.MOVE}
    assert {*server.state.assistants, *server.state.stores} == ids
    assert engine.plan(renamed).is_empty


def test_another_projects_objects_are_invisible(server: Server, engine: Engine) -> None:
    ours = project(assistant("guide", name="Ours"), store("docs"), name="ours")
    theirs = project(assistant("guide", name="Theirs"), store("docs"), name="theirs")
    engine.converge(theirs)
    before = snapshot(server)
    engine.converge(ours)
    assert {change.address.key for change in engine.plan(ours).changes} == {"guide", "docs"}
    engine.converge(project(name="ours"), PRUNE)

    assert snapshot(server) == before
    assert engine.plan(theirs).is_empty


def _in_between(
    server: Server, engine: Engine, desired: Desired, meddle: Callable[[], object]
) -> list[tuple[Status, str]]:
    """Apply with somebody at work between the plan and the apply."""

    async def all_of_it() -> list[tuple[Status, str]]:
        async with engine.account() as account:
            made = await plan_with(account, desired, AS_IS)
            meddle()
            result = await engine.execute(account, made, desired)
            assert result.exit_code is ExitCode.REFUSED
            return [(change.status, type(change.error).__name__) for change in result.changes]

    return run(all_of_it())


@pytest.mark.parametrize(
    "meddle",
    [
        lambda server: edit(server, name="Meddled"),
        lambda server: server.state.assistants.clear(),
    ],
    ids=["edited", "deleted"],
)
def test_an_object_that_moved_since_the_plan_is_left_alone(
    server: Server, engine: Engine, meddle: Callable[[Server], object]
) -> None:
    engine.converge(project(assistant(name="One")))
    outcome = _in_between(server, engine, project(assistant(name="Two")), lambda: meddle(server))

    assert outcome == [(Status.FAILED, MovedError.__name__)]
    assert "Two" not in str(server.state.assistants)


def test_a_store_that_moved_since_the_plan_is_left_alone(
    folder: Folder, server: Server, engine: Engine
) -> None:
    folder.write("a.md", "a")
    engine.converge(project(store("docs", name="One")))
    outcome = _in_between(
        server,
        engine,
        project(folder.store("docs", "a.md", name="Two")),
        lambda: edit_store(server, name="Meddled"),
    )

    assert outcome == [(Status.FAILED, MovedError.__name__)]
    assert the(server.state.stores).fields["name"] == "Meddled"
    assert the(server.state.stores).files == {}


def test_nothing_at_all_is_a_fine_project(server: Server, engine: Engine) -> None:
    plan: Plan = engine.plan(project())

    assert plan.is_empty
    assert engine.apply(project()).exit_code is ExitCode.OK
    assert server.writes == []


def test_tools_that_need_each_other_come_with_their_store(server: Server, engine: Engine) -> None:
    guide = assistant(tools=(FileSearch(max_num_results=3),), store="docs")
    desired = project(guide, store("docs"))
    engine.converge(desired)

    assert the(server.state.assistants).store_ids == list(server.state.stores)
